/* From an encoding's name to what decodes it. */
#include "encoding.h"

#include <stdio.h>
#include <string.h>

#include "error.h"
#include "os.h"

/* One encoding under its usual names, each without case, `-`, `_` and spaces. */
struct row {
    const char *name;
    enum subproc_encoding_kind kind;
    uint32_t page; /* https://learn.microsoft.com/windows/win32/intl/code-page-identifiers */
    const char *aliases[6];
};

/* Microsoft's own tables call cp949 "ks_c_5601-1987" and cp936 "gb2312". */
static const struct row rows[] = {
    {"utf-8", SUBPROC_ENCODING_UTF8, 65001, {"utf8", "65001"}},
    {"cp949", SUBPROC_ENCODING_CP949, 949, {"949", "ms949", "uhc", "ksc56011987", "ksc5601"}},
    {"euc-kr", SUBPROC_ENCODING_EUC_KR, 51949, {"euckr", "51949"}},
    {"utf-16le", SUBPROC_ENCODING_UTF16, 1200, {"utf16le", "ucs2le", "1200"}},
    {"utf-16be", SUBPROC_ENCODING_UTF16, 1201, {"utf16be", "ucs2be", "1201"}},
    {"utf-16", SUBPROC_ENCODING_UTF16, 1200, {"utf16"}},
    {"ascii", SUBPROC_ENCODING_SINGLE, 20127, {"ascii", "usascii", "ansix3.41968", "ansix3.41986", "646", "20127"}},
    {"iso-8859-1", SUBPROC_ENCODING_SINGLE, 28591, {"iso88591", "latin1", "88591", "28591", "l1"}},
    {"cp932", SUBPROC_ENCODING_SYSTEM, 932, {"932", "shiftjis", "sjis", "ms932", "windows31j"}},
    {"cp936", SUBPROC_ENCODING_SYSTEM, 936, {"936", "gbk", "gb2312", "ms936"}},
    {"cp950", SUBPROC_ENCODING_SYSTEM, 950, {"950", "big5", "ms950"}},
    {"johab", SUBPROC_ENCODING_SYSTEM, 1361, {"1361", "johab"}},
    {"gb18030", SUBPROC_ENCODING_SYSTEM, 54936, {"54936", "gb18030"}},
    {"euc-jp", SUBPROC_ENCODING_SYSTEM, 20932, {"eucjp", "51932", "20932"}},
    {"koi8-r", SUBPROC_ENCODING_SYSTEM, 20866, {"koi8r", "20866"}},
    {"koi8-u", SUBPROC_ENCODING_SYSTEM, 21866, {"koi8u", "21866"}},
    {"macintosh", SUBPROC_ENCODING_SYSTEM, 10000, {"macintosh", "macroman", "10000"}},
    {"iso-8859-2", SUBPROC_ENCODING_SYSTEM, 28592, {"iso88592", "latin2", "28592"}},
    {"iso-8859-3", SUBPROC_ENCODING_SYSTEM, 28593, {"iso88593", "latin3", "28593"}},
    {"iso-8859-4", SUBPROC_ENCODING_SYSTEM, 28594, {"iso88594", "latin4", "28594"}},
    {"iso-8859-5", SUBPROC_ENCODING_SYSTEM, 28595, {"iso88595", "28595"}},
    {"iso-8859-6", SUBPROC_ENCODING_SYSTEM, 28596, {"iso88596", "28596"}},
    {"iso-8859-7", SUBPROC_ENCODING_SYSTEM, 28597, {"iso88597", "28597"}},
    {"iso-8859-8", SUBPROC_ENCODING_SYSTEM, 28598, {"iso88598", "28598"}},
    {"iso-8859-9", SUBPROC_ENCODING_SYSTEM, 28599, {"iso88599", "latin5", "28599"}},
    {"iso-8859-13", SUBPROC_ENCODING_SYSTEM, 28603, {"iso885913", "latin7", "28603"}},
    {"iso-8859-15", SUBPROC_ENCODING_SYSTEM, 28605, {"iso885915", "latin9", "28605"}},
};

/* Lower case, without what people write in different ways; false: too long, or a character that no name has. */
static bool plain_name(const char *name, char *plain, size_t size)
{
    size_t used = 0;
    for (; *name; name++) {
        char c = *name >= 'A' && *name <= 'Z' ? (char)(*name + ('a' - 'A')) : *name;
        if (c == '-' || c == '_' || c == ' ')
            continue;
        /* Not '/': iconv takes //TRANSLIT and //IGNORE as part of a name. */
        bool known = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr(".:+()", c);
        if (!known || used + 1 >= size)
            return false;
        plain[used++] = c;
    }
    plain[used] = 0;
    return used > 0;
}

/* The number in "cp1252", "windows1252", "ibm437", "1252"; 0: there is none. */
static uint32_t page_number(const char *plain)
{
    static const char *const prefixes[] = {"cp", "windows", "ibm", "ms", ""};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t skip = strlen(prefixes[i]);
        if (strncmp(plain, prefixes[i], skip) != 0)
            continue;
        size_t digits = strspn(plain + skip, "0123456789");
        if (digits == 0 || digits > 5 || plain[skip + digits])
            continue;
        uint32_t number = 0;
        for (size_t at = skip; plain[at]; at++)
            number = number * 10 + (uint32_t)(plain[at] - '0');
        return number;
    }
    return 0;
}

static const struct row *find(const char *plain)
{
    /* "cp949" and "949" are one row: the page's number is among the aliases. */
    const char *number = strncmp(plain, "cp", 2) == 0 ? plain + 2 : strncmp(plain, "windows", 7) == 0 ? plain + 7 : plain;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof rows[i].aliases / sizeof *rows[i].aliases && rows[i].aliases[j]; j++)
            if (strcmp(rows[i].aliases[j], plain) == 0 || strcmp(rows[i].aliases[j], number) == 0)
                return &rows[i];
    return NULL;
}

static void take_row(const struct row *row, struct subproc_encoding *encoding)
{
    encoding->kind = row->kind;
    encoding->page = row->page;
    encoding->big_endian = row->page == 1201;
    encoding->by_mark = strcmp(row->name, "utf-16") == 0;
    encoding->last_single = row->page == 20127 ? 0x7F : 0xFF;
    snprintf(encoding->name, sizeof encoding->name, "%s", row->name);
}

static int named(const char *name, struct subproc_encoding *encoding, struct subproc_error *error)
{
    char plain[48];
    *encoding = (struct subproc_encoding){.kind = SUBPROC_ENCODING_SYSTEM};
    if (!plain_name(name, plain, sizeof plain) || strlen(name) >= sizeof encoding->name)
        return subproc_error_say(error, SUBPROC_E_ENCODING, "encoding", "'%.64s' is no name of an encoding", name);
    const struct row *row = find(plain);
    if (row) {
        take_row(row, encoding);
        return 0;
    }
    encoding->page = page_number(plain);
    if (encoding->page)
        snprintf(encoding->name, sizeof encoding->name, "cp%u", (unsigned)encoding->page);
    else
        snprintf(encoding->name, sizeof encoding->name, "%s", name);
    return 0;
}

int subproc_encoding_named(const char *name, struct subproc_encoding *encoding, struct subproc_error *error)
{
    char plain[48], console[48];
    if (!plain_name(name, plain, sizeof plain) || strcmp(plain, "console") != 0)
        return named(name, encoding, error);
    int result = subproc_os_console_encoding(console, sizeof console, error);
    if (result != 0)
        return result;
    result = named(console, encoding, error);
    /* A locale without a charset of its own ("C") says ASCII, and its programs write what they were given. */
    if (result == 0 && encoding->page == 20127)
        result = named("utf-8", encoding, error);
    return result;
}

bool subproc_encoding_is_auto(const char *name, const char **page)
{
    static const char word[] = "auto";
    size_t at = 0;
    for (; word[at]; at++)
        if ((name[at] | 0x20) != word[at])
            return false;
    if (name[at] != 0 && name[at] != ':')
        return false;
    *page = name[at] == ':' ? name + at + 1 : "console";
    return true;
}

const char *subproc_encoding_title(const struct subproc_encoding *encoding)
{
    return encoding->kind == SUBPROC_ENCODING_UTF8 ? "UTF-8" : encoding->name;
}
