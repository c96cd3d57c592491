/* Options on the command line: one description of each subcommand, one parser for all. */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "command.h"
#include "help.h"
#include "output.h"

static bool set_colour(void *settings, const char *option, const char *value)
{
    (void)settings;
    (void)option;
    cli_colour_choose(value);
    return true;
}

static const struct cli_option every_options[] = {
    {"--color", "WHEN",
     "colour our own words: auto (the default: on a terminal, unless NO_COLOR is set or TERM is dumb), always or never",
     set_colour, .choices = cli_colour_choices},
    {"--help", NULL, "print this text"},
    {NULL},
};
#define HELP_OPTION 1

const struct cli_option *cli_besides(const struct cli_syntax *syntax)
{
    return syntax->subcommand != NULL ? every_options : every_options + HELP_OPTION;
}

struct parser {
    const struct cli_syntax *syntax;
    void *settings;
    char **next;
};

static bool is_long(const char *word)
{
    return word[1] == '-';
}

/* How many bytes of `word` are the option's name. */
static size_t name_size(const char *word)
{
    return is_long(word) ? strcspn(word, "=") : 2;
}

static const struct cli_option *find(const struct cli_option *options, const char *word)
{
    size_t size = name_size(word);
    for (; options->name != NULL; options++) {
        if (strlen(options->name) == size && memcmp(options->name, word, size) == 0)
            return options;
    }
    return NULL;
}

static const struct cli_option *find_in_groups(const struct cli_option_group *groups, const char *word)
{
    const struct cli_option *found = find(every_options, word);
    for (; groups->options != NULL && found == NULL; groups++)
        found = find(groups->options, word);
    return found;
}

/* `word` may be NULL. */
static bool wrong(const struct parser *parser, const char *what, const char *word)
{
    const char *name = parser->syntax->subcommand;
    const char *quote = word != NULL ? "'" : "";
    cli_complain("%s: %s%s%s%s (see 'subproc %s --help')", name, what, quote, word != NULL ? word : "", quote, name);
    return false;
}

/* What stands behind the name in the same word, or NULL. */
static const char *attached_value(const struct cli_option *option, const char *word)
{
    const char *end = word + name_size(word);
    if (*end == '\0')
        return NULL;
    return is_long(word) || option->may_lack_value ? end + 1 : end;
}

/* "-nVALUE" is nothing where a value needs its '='. */
static bool lacks_sign(const struct cli_option *option, const char *word)
{
    char next = word[name_size(word)];
    return option->may_lack_value && next != '\0' && next != '=';
}

size_t cli_choice(const char *const *choices, const char *value)
{
    size_t i = 0;
    while (choices[i] != NULL && strcmp(choices[i], value) != 0)
        i++;
    return i;
}

const char *const cli_encodings[] = {"utf-8", "cp949", "console", "auto", "auto:cp949", NULL};
const char *const cli_policies[] = {"replace", "ignore", "backslash", "strict", NULL};

enum subproc_text_errors cli_policy(const char *name)
{
    static const enum subproc_text_errors values[] = {SUBPROC_ERRORS_REPLACE, SUBPROC_ERRORS_IGNORE,
                                                      SUBPROC_ERRORS_BACKSLASH, SUBPROC_ERRORS_STRICT};
    return values[cli_choice(cli_policies, name)];
}

/* "a, b or c" */
static void list_choices(const char *const *choices, char *list, size_t room)
{
    *list = '\0';
    for (const char *const *choice = choices; *choice != NULL; choice++) {
        const char *before = choice == choices ? "" : choice[1] == NULL ? " or " : ", ";
        size_t size = strlen(list);
        snprintf(list + size, room - size, "%s%s", before, *choice);
    }
}

static bool store(const struct parser *parser, const struct cli_option *option, const char *value)
{
    char list[256];
    if (option->set == NULL) {
        *(bool *)((char *)parser->settings + option->flag) = true;
        return true;
    }
    if (option->choices == NULL || value == NULL || option->choices[cli_choice(option->choices, value)] != NULL)
        return option->set(parser->settings, option->name, value);
    list_choices(option->choices, list, sizeof list);
    cli_complain("%s: %s must be %s, not '%s'", parser->syntax->subcommand, option->name, list, value);
    return false;
}

/* Words that may begin with '-' are told apart by what stands before them. */
static bool unknown_option(const struct parser *parser, const char *word)
{
    const char *name = parser->syntax->subcommand;
    if (parser->syntax->needs_separator || parser->syntax->words != CLI_WORD_OTHER)
        return wrong(parser, "unknown option ", word);
    cli_complain("%s: unknown option '%s'; %s that begins with '-' stands after '--' (see 'subproc %s --help')", name, word,
                 parser->syntax->word, name);
    return false;
}

static bool take_option(struct parser *parser)
{
    const char *word = *parser->next++;
    const struct cli_option *option = find_in_groups(parser->syntax->groups, word);
    if (option == NULL || lacks_sign(option, word))
        return unknown_option(parser, word);
    const char *value = attached_value(option, word);
    if (option->value == NULL && value != NULL)
        return wrong(parser, "no value belongs to the option ", option->name);
    bool needs_value = option->value != NULL && !option->may_lack_value;
    if (needs_value && value == NULL && (value = *parser->next) != NULL)
        parser->next++;
    if (needs_value && value == NULL)
        return wrong(parser, "a value is missing after the option ", option->name);
    return store(parser, option, value);
}

static bool is_option(const char *word)
{
    return word != NULL && word[0] == '-' && word[1] != '\0' && strcmp(word, "--") != 0;
}

/* Between the options and the words. */
static bool take_separator(struct parser *parser)
{
    const char *word = *parser->next;
    if (word != NULL && strcmp(word, "--") == 0) {
        parser->next++;
        return true;
    }
    if (!parser->syntax->needs_separator)
        return true;
    if (word == NULL)
        return wrong(parser, "'--' and a command are missing", NULL);
    return wrong(parser, "'--' is missing before ", word);
}

static void missing_word(const struct parser *parser)
{
    char what[64];
    snprintf(what, sizeof what, "%s is missing%s", parser->syntax->word,
             parser->syntax->needs_separator ? " after '--'" : "");
    wrong(parser, what, NULL);
}

enum cli_parsed cli_parse(const struct cli_syntax *syntax, char **words, void *settings, char ***rest)
{
    struct parser parser = {.syntax = syntax, .settings = settings, .next = words};
    while (is_option(*parser.next)) {
        if (strcmp(*parser.next, "--help") == 0)
            return CLI_PARSED_HELP;
        if (!take_option(&parser))
            return CLI_PARSED_WRONG;
    }
    if (!take_separator(&parser))
        return CLI_PARSED_WRONG;
    *rest = parser.next;
    if (**rest != NULL || syntax->word == NULL)
        return CLI_PARSED;
    missing_word(&parser);
    return CLI_PARSED_WRONG;
}

int cli_parse_status(const struct cli_syntax *syntax, enum cli_parsed parsed)
{
    return parsed == CLI_PARSED_HELP ? cli_print_help(syntax) : CLI_FAILED;
}
