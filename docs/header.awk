# Doxygen reads include/subproc/subproc.h through this: the header is written for people, with plain comments, and this makes
# of them what Doxygen wants. `-v examples="FILE ..."` are the sources whose parts are shown with the functions.

# "/* [NAME]: FUNCTION, ..." in FILE begins an example that calls these functions, "/* [NAME] */" ends it:
# shown[FUNCTION] is "FILE NAME|FILE NAME|".
function read_examples(file, line, names, count, i, id, code) {
    while ((getline line < file) > 0) {
        if (match(line, /^\/\* \[[a-z_0-9]+\]: /)) {
            id = substr(line, 5, index(line, "]") - 5)
            line = substr(line, RLENGTH + 1)
            sub(/ \*\/$/, "", line)
            count = split(line, names, ", ")
            code = ""
        } else if (line == "/* [" id "] */") {
            for (i = 1; i <= count; i++)
                if (index(code, names[i] "("))
                    shown[names[i]] = shown[names[i]] file " " id "|"
        } else {
            code = code line
        }
    }
    close(file)
}

# What would be a command or a mark to Doxygen is text in the header, in backticks too. Addresses stay as they are.
function escape(text, out, part, found) {
    out = ""
    while (match(text, /`[^`]*`|https:[^ ]*/)) {
        part = substr(text, 1, RSTART - 1)
        found = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (found ~ /^`/)
            found = "<code>" marks(substr(found, 2, length(found) - 2)) "</code>"
        out = out links(marks(part)) found
    }
    return out links(marks(text))
}

function marks(text) {
    gsub(/[\\*<>#%@&"]|::/, "\\\\&", text)
    return text
}

# The names of functions and errors lead to their words.
function links(text, out, name) {
    out = ""
    while (match(text, /subproc_[a-z_0-9]+|SUBPROC_E_[A-Z_]*[A-Z]/)) {
        name = substr(text, RSTART, RLENGTH)
        out = out substr(text, 1, RSTART - 1)
        if (name in shown || name ~ /^SUBPROC_E_/)
            out = out "#"
        out = out name
        text = substr(text, RSTART + RLENGTH)
    }
    return out text
}

# One line of a block comment. Two aligned columns are a list, other indented lines are code where there is no list.
function body(line, text, indent, start) {
    text = line
    sub(/^ */, "", text)
    indent = length(line) - length(text)
    start = second_column(line, indent)
    if (text == "") {
        leave()
        print ""
    } else if (in_list && indent >= column) {
        print "  " escape(text)
    } else if (start) {
        if (!in_list)
            print ""
        in_list = 1
        first_column = indent
        column = start
        text = substr(line, indent + 1, start - indent)
        sub(/ +$/, "", text)
        print "- **" escape(text) "** " escape(substr(line, start + 1))
    } else if (in_list && indent > 0) {
        print "- " escape(text)
    } else if (indent > 0) {
        if (!in_code)
            print "@verbatim"
        in_code = 1
        print text
    } else {
        if (in_list || in_code)
            print ""
        leave()
        print escape(text)
    }
}

# Where the second column begins: after three blanks, in a list after one that is at its place; 0 when there is none.
function second_column(line, indent) {
    if (in_list && indent == first_column && substr(line, column, 1) == " " && substr(line, column + 1, 1) != " ")
        return column
    if (match(substr(line, indent + 1), /[^ ] (  +)/))
        return indent + RSTART + RLENGTH - 1
    return 0
}

function leave() {
    if (in_code)
        print "@endverbatim"
    in_code = in_list = 0
}

function end_block() {
    leave()
    held = 1
}

# The end of a comment waits for what it belongs to: a function has its example there.
function end_comment(next_line, name, list, count, i) {
    if (!held)
        return
    held = 0
    if (match(next_line, /subproc_[a-z_0-9]+\(/) && next_line ~ /^SUBPROC_API/) {
        name = substr(next_line, RSTART, RLENGTH - 1)
        count = split(shown[name], list, "|")
        print ""
        print "@par Example"
        if (count == 0)
            print "@snippet none " name
        for (i = 1; i < count; i++)
            print "@snippet " list[i]
    }
    print "*/"
}

BEGIN {
    count = split(examples, files, " ")
    for (i = 1; i <= count; i++)
        read_examples(files[i])
}

# A section is a group.
/^\/\* ---- / {
    title = $0
    gsub(/^\/\* -+ | -+ \*\/$/, "", title)
    id = title
    gsub(/[^a-z]+/, "_", id)
    if (in_group)
        print "/** @} */"
    print "/** @defgroup " id " " toupper(substr(title, 1, 1)) substr(title, 2) "\n@{ */"
    in_group = 1
    next
}

# The list of errors, which makes the constants.
/^ *X\([A-Z_]+, -/ {
    match($0, /X\([A-Z_]+/)
    name = substr($0, RSTART + 2, RLENGTH - 2)
    match($0, /-[0-9]+/)
    value = substr($0, RSTART, RLENGTH)
    match($0, /".*"/)
    errors = errors "    SUBPROC_E_" name " = " value ", /**< " escape(substr($0, RSTART + 1, RLENGTH - 2)) " */\n"
}
/SUBPROC_ERROR_MAP\(SUBPROC_ERROR_CONSTANT\)/ {
    printf "%s", errors
    next
}
/SUBPROC_ERROR_CONSTANT/ { next }

in_block {
    line = $0
    last = sub(/ *\*\/$/, "", line)
    sub(/^ \*? ?/, "", line)
    if (line != "" || !last)
        body(line)
    if (last) {
        in_block = 0
        end_block()
    }
    next
}

in_trailer {
    line = $0
    sub(/^ +/, "", line)
    last = sub(/ *\*\/$/, "", line)
    print "  " escape(line) (last ? " */" : "")
    in_trailer = !last
    next
}

/^ *\/\*/ {
    end_comment("")
    line = $0
    sub(/^ *\/\* ?/, "", line)
    print "/**" (first_is_read ? "" : " @file subproc/subproc.h")
    first_is_read = 1
    if (sub(/ *\*\/$/, "", line)) {
        body(line)
        end_block()
    } else {
        in_block = 1
        if (line != "")
            body(line)
    }
    next
}

/[^ ].*\/\* / {
    at = index($0, "/* ")
    line = substr($0, at + 3)
    last = sub(/ *\*\/$/, "", line)
    end_comment(substr($0, 1, at - 1))
    print substr($0, 1, at - 1) "/**< " escape(line) (last ? " */" : "")
    in_trailer = !last
    next
}

{
    documented = held
    end_comment($0)
}

/^ *uint64_t reserved\[8\];/ {
    print $0 " /**< zero */"
    next
}

# Doxygen itself says nothing of a constant without words.
/^ +SUBPROC_[A-Z_0-9]+( = [-0-9]+)?,?$/ && !documented {
    print $0 " /**< @a_constant_is_not_documented */"
    next
}

# An opaque struct is documented like any other.
documented && /^struct [a-z_]+;$/ {
    sub(/;$/, " {};")
}

{ print }

END {
    if (in_group)
        print "/** @} */"
}
