/*
 * Models of the readers that lines are quoted for, written from their documentation: what words do they see, and does anything
 * else happen? Where a reader's behaviour depends on its surroundings, the model takes the worst. For tests and fuzz targets.
 */
#ifndef SUBPROC_TEST_PARSERS_H
#define SUBPROC_TEST_PARSERS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A growing text, with a NUL after it. Starts as {0} and is used again and again: each parser empties it first. As a list of
 * words it holds each word with a NUL after it. */
struct parsed {
    char *bytes;
    size_t size, capacity;
};

void parsed_free(struct parsed *text);

/* What two quotes inside quotes mean to a C runtime has changed over the years: a quote, and the quoted part goes on (the
 * documented rule, Visual C++ 2008 on), a quote and the part ends (before, and some other languages' runtimes), or nothing (the
 * oldest documents). */
enum parse_doubled { PARSE_GOES_ON, PARSE_ENDS, PARSE_NOTHING };

/* The words of a command line. With `program` the first is read as a program's name: a quote only begins or ends a part with
 * blanks in it, and a backslash is always just that. */
void parse_argv(const char *line, enum parse_doubled doubled, bool program, struct parsed *words);

/* The words of sh. False: a character that sh would not take literally stands without quotes, or a quote stays open. */
bool parse_sh(const char *line, struct parsed *words);

/* Words of PowerShell in single quotes. False: something stands without quotes, or a quote stays open. */
bool parse_powershell(const char *line, struct parsed *words);

enum parse_cmd_result {
    PARSE_CMD_OK,
    PARSE_CMD_SYNTAX,      /* the line is given up with a message */
    PARSE_CMD_SECOND,      /* & or |: a second command would run */
    PARSE_CMD_REDIRECTION, /* < or > */
    PARSE_CMD_BLOCK,       /* a parenthesis, which counts inside others at least */
    PARSE_CMD_LINE_END,    /* the line ends before its end */
    PARSE_CMD_CONSTRUCT /* the first word is no program's name: @, a label, a keyword, a drive, one of cmd's own commands with
                              something that ends it early */
};

/* Which variables there are. */
enum parse_variables {
    PARSE_SOME_VARIABLES, /* CD, CMDCMDLINE, PATH, `a` and `a^`; their values hold quotes and signs */
    PARSE_ALL_VARIABLES   /* those, and every other name has a value too */
};

/*
 * The words, its name first, of the C-runtime program that cmd starts for `line`. With `in_batch` not NULL: `line` runs a batch
 * file, whose one line is `in_batch`, such as "program %*", and the program is what that line starts. Command extensions are on,
 * delayed expansion is off.
 */
enum parse_cmd_result parse_cmd(const char *line, const char *in_batch, enum parse_variables variables,
                                struct parsed *words);

#ifdef __cplusplus
}
#endif

#endif
