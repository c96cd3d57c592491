# bash completion for subproc. Made by subproc_manual from the tables of the command; not to be edited.
# zsh reads it too, after: autoload -U bashcompinit && bashcompinit

# What the values of the option $2 of the subcommand $1 are; "--x=" is one with its sign.
_subproc_values()
{
    case $1,$2 in
    run,-t) echo ':' ;;
    run,-k) echo ':' ;;
    run,-C) echo 'directory' ;;
    run,-e) echo ':' ;;
    run,--unset | run,--unset=) echo 'variable' ;;
    run,-s=) echo ': sh cmd powershell pwsh' ;;
    run,--via | run,--via=) echo ':' ;;
    run,--via-shell=) echo ': yes no' ;;
    run,-i) echo 'file' ;;
    run,--encoding | run,--encoding=) echo ': utf-8 cp949 console auto auto:cp949' ;;
    run,--errors | run,--errors=) echo ': replace ignore backslash strict' ;;
    run,--max-output | run,--max-output=) echo ':' ;;
    run,--color | run,--color=) echo ': auto always never' ;;
    pipe,-t) echo ':' ;;
    pipe,-k) echo ':' ;;
    pipe,-C) echo 'directory' ;;
    pipe,-e) echo ':' ;;
    pipe,--unset | pipe,--unset=) echo 'variable' ;;
    pipe,-i) echo 'file' ;;
    pipe,--encoding | pipe,--encoding=) echo ': utf-8 cp949 console auto auto:cp949' ;;
    pipe,--errors | pipe,--errors=) echo ': replace ignore backslash strict' ;;
    pipe,--max-output | pipe,--max-output=) echo ':' ;;
    pipe,--color | pipe,--color=) echo ': auto always never' ;;
    parallel,-j) echo ':' ;;
    parallel,-t) echo ':' ;;
    parallel,-k) echo ':' ;;
    parallel,-C) echo 'directory' ;;
    parallel,-e) echo ':' ;;
    parallel,--unset | parallel,--unset=) echo 'variable' ;;
    parallel,--via | parallel,--via=) echo ':' ;;
    parallel,--via-shell=) echo ': yes no' ;;
    parallel,--timeline | parallel,--timeline=) echo 'file' ;;
    parallel,--encoding | parallel,--encoding=) echo ': utf-8 cp949 console auto auto:cp949' ;;
    parallel,--errors | parallel,--errors=) echo ': replace ignore backslash strict' ;;
    parallel,--max-output | parallel,--max-output=) echo ':' ;;
    parallel,--color | parallel,--color=) echo ': auto always never' ;;
    decode,-f) echo ': utf-8 cp949 console auto auto:cp949' ;;
    decode,--errors | decode,--errors=) echo ': replace ignore backslash strict' ;;
    decode,--color | decode,--color=) echo ': auto always never' ;;
    which,--color | which,--color=) echo ': auto always never' ;;
    quote,--for | quote,--for=) echo ': argv batch cmd powershell sh' ;;
    quote,--color | quote,--color=) echo ': auto always never' ;;
    *) return 1 ;;
    esac
}

# The options of the subcommand $1; without one, its names too.
_subproc_options()
{
    case $1 in
    '') echo ' --version --help run pipe parallel decode which quote' ;;
    'run') echo ' -t -k --kill-tree -C -e --unset --clear-env -s --via --via-shell -i --merge --tail --encoding --errors --max-output --json --color --help --' ;;
    'pipe') echo ' -t -k --kill-tree -C -e --unset --clear-env -i --pipefail --encoding --errors --max-output --json --color --help --' ;;
    'parallel') echo ' -j --halt -t -k --kill-tree -C -e --unset --clear-env --via --via-shell --tag --keep-order --progress --no-progress --timeline --encoding --errors --max-output --json --color --help --' ;;
    'decode') echo ' -f --errors --newlines --detect --json --color --help' ;;
    'which') echo ' --json --color --help' ;;
    'quote') echo ' --for --json --color --help' ;;
    esac
}

# What the words of the subcommand $1 are after "--", and after ":::".
_subproc_words()
{
    case $1 in
    run) echo command other ;;
    pipe) echo command command ;;
    parallel) echo command file ;;
    decode) echo file other ;;
    which) echo program other ;;
    quote) echo other other ;;
    *) echo other other ;;
    esac
}

# compgen's replies, a line each: they may hold blanks.
_subproc_reply()
{
    local line
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(compgen "$@")
}

_subproc_files()
{
    compopt -o filenames 2>/dev/null
    _subproc_reply "$1" -- "$2"
}

# The values of the option $2 of the subcommand $1 that begin with $3; false when it takes none.
_subproc_value()
{
    local what
    what=$(_subproc_values "$1" "$2") || return
    case $what in
    file) _subproc_files -f "$3" ;;
    directory) _subproc_files -d "$3" ;;
    variable) _subproc_reply -e -- "$3" ;;
    *) _subproc_reply -W "${what#:}" -- "$3" ;;
    esac
}

# A command with words of its own begins after word number $1.
_subproc_command()
{
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset $(($1 + 1))
    elif declare -F _command_offset >/dev/null; then
        _command_offset $(($1 + 1))
    elif [ "$COMP_CWORD" -eq $(($1 + 1)) ]; then
        _subproc_files -c "$2"
    else
        _subproc_files -f "$2"
    fi
}

_subproc_word()
{
    case $1 in
    command) _subproc_command "$2" "$3" ;;
    program) _subproc_files -c "$3" ;;
    file) _subproc_files -f "$3" ;;
    esac
}

# The number of the last word before the cursor that is "--", or after that ":::"; 0: there is none.
_subproc_separator()
{
    local i found=0
    for ((i = 2; i < COMP_CWORD; i++)); do
        case $found,${COMP_WORDS[i]} in
        0,-- | [1-9]*,:::) found=$i ;;
        esac
    done
    echo $found
}

_subproc()
{
    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} subcommand=
    local separator after_dashes after_colons
    COMPREPLY=()
    [ "$COMP_CWORD" -le 1 ] || subcommand=${COMP_WORDS[1]}
    read -r after_dashes after_colons < <(_subproc_words "$subcommand")
    separator=$(_subproc_separator)
    if [ "$separator" -gt 0 ]; then
        [ "${COMP_WORDS[separator]}" = -- ] || after_dashes=$after_colons
        _subproc_word "$after_dashes" "$separator" "$word"
        return
    fi
    # bash takes "=" for a word of its own.
    if [ "$word" = = ]; then
        word='' option+==
    elif [ "$option" = = ]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}=
    fi
    _subproc_value "$subcommand" "$option" "$word" && return
    _subproc_reply -W "$(_subproc_options "$subcommand")" -- "$word"
    [ "$after_dashes" = command ] || [ "${word#-}" != "$word" ] || _subproc_word "$after_dashes" 0 "$word"
}

complete -F _subproc subproc subproc.exe
