/* Options on the command line: one description of each subcommand for the parser, --help, the manual page and completion. */
#ifndef SUBPROC_CLI_OPTIONS_H
#define SUBPROC_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "subproc/subproc.h"

/* What a value is, for completion. */
enum cli_value_kind { CLI_VALUE_OTHER, CLI_VALUE_FILE, CLI_VALUE_DIRECTORY, CLI_VALUE_VARIABLE };

/* What the words after the options are, for completion. */
enum cli_word_kind { CLI_WORD_OTHER, CLI_WORD_COMMAND, CLI_WORD_PROGRAM, CLI_WORD_FILE };

/* Tables of these end with a NULL name. */
struct cli_option {
    const char *name;  /* as it is written: "-t" or "--json" */
    const char *value; /* what its value is called: "--name VALUE", "--name=VALUE", "-n VALUE", "-nVALUE"; NULL: none */
    const char *about; /* one paragraph */
    /* Stores it. False when the value can't be right: the reason has been told. NULL: `flag` becomes true. */
    bool (*set)(void *settings, const char *option, const char *value);
    size_t flag;                /* where in the settings a bool is */
    bool may_lack_value;        /* "-n" (the value is NULL), "-n=VALUE" */
    const char *const *choices; /* what the value may be, ending with NULL; only then is it given to `set` */
    const char *const *usual;   /* what it may be, among others */
    enum cli_value_kind kind;
};

/* Tables of these end with NULL options. */
struct cli_option_group {
    const char *title;
    const struct cli_option *options;
};

/* Tables of these end with a NULL term. */
struct cli_row {
    const char *term, *text;
};

/* Tables of these end with a NULL title. */
struct cli_section {
    const char *title, *text;
    const struct cli_row *rows; /* after the text; NULL: none */
};

/* Text is not wrapped; "\n\n" parts paragraphs. Tables of strings end with NULL. */
struct cli_syntax {
    const char *subcommand;      /* NULL: all of them */
    const char *summary;         /* a few words, such as "run a command" */
    const char *const *synopsis; /* whole lines */
    const char *introduction;
    const struct cli_option_group *groups; /* without those of cli_besides */
    const struct cli_section *sections;
    const struct cli_row *examples;       /* a line, and what it is good for; the first stands for all elsewhere */
    bool needs_separator;                 /* the words that are no options must stand after "--" */
    const char *word;                     /* what must follow the options, such as "a NAME"; NULL: nothing must */
    enum cli_word_kind words, more_words; /* the latter after a ":::" */
};

/* The options that are in no group: what every subcommand has, or what there is without one. */
const struct cli_option *cli_besides(const struct cli_syntax *syntax);

enum cli_parsed { CLI_PARSED, CLI_PARSED_HELP, CLI_PARSED_WRONG };

/* Reads the options and sets *rest to the words after them. The reason for WRONG has been told; for HELP, the
 * text is still to be printed. */
enum cli_parsed cli_parse(const struct cli_syntax *syntax, char **words, void *settings, char ***rest);

/* The exit status when cli_parse did not say CLI_PARSED; prints the help. */
int cli_parse_status(const struct cli_syntax *syntax, enum cli_parsed parsed);

/* Where `value` is among `choices`; where their NULL is when it isn't. */
size_t cli_choice(const char *const *choices, const char *value);

/* What `run` and `decode` take for --errors, what that is, and what many want of --encoding and -f. */
extern const char *const cli_policies[];
enum subproc_text_errors cli_policy(const char *name);
extern const char *const cli_encodings[];

/* A number of bytes with an optional K, M or G (of 1,024), and an optional ":head", ":tail", ":both" or ":stop". */
bool cli_parse_limit(const char *text, struct subproc_limit *limit);

/* A number with an optional fraction and an optional ms, s, m, h or d, in milliseconds, rounded up. */
bool cli_parse_duration(const char *text, int64_t *milliseconds);

#endif
