/* Manual pages: a description in the macros of man(7). */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "../command.h"
#include "manual.h"

#define SOURCE_WIDTH 78 /* of the lines in the file; what is shown is filled anew */
#define RELEASED     "2026-11-22"

/* ---- text ---------------------------------------------------------------------------------------------------------- */

/* What roff would read as its own, or show as a typographic sign: groff_char(7), "Basic Latin". */
static void put_character(FILE *file, char c)
{
    switch (c) {
    case '\\':
        fputs("\\e", file);
        break;
    case '-':
        fputs("\\-", file);
        break;
    case '\'':
        fputs("\\(aq", file);
        break;
    case '`':
        fputs("\\(ga", file);
        break;
    case '^':
        fputs("\\(ha", file);
        break;
    case '~':
        fputs("\\(ti", file);
        break;
    default:
        fputc(c, file);
    }
}

static void put_literal(FILE *file, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put_character(file, text[i]);
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static size_t capitals(const char *text)
{
    size_t size = 0;
    while (is_capital(text[size]))
        size++;
    return size;
}

static bool names(const char *text, const char *word, size_t size)
{
    while (*text != '\0') {
        size_t found = capitals(text);
        if (found == size && memcmp(text, word, size) == 0)
            return true;
        text += found > 0 ? found : 1;
    }
    return false;
}

static bool is_value_of_an_option(const struct cli_syntax *syntax, const char *word, size_t size)
{
    for (const struct cli_option_group *group = syntax->groups; group->options != NULL; group++) {
        for (const struct cli_option *option = group->options; option->name != NULL; option++) {
            if (option->value != NULL && names(option->value, word, size))
                return true;
        }
    }
    return false;
}

/* A word in capitals that the synopsis or an option has, and so stands for something else. */
static bool is_placeholder(const struct cli_syntax *syntax, const char *word, size_t size)
{
    for (const char *const *line = syntax->synopsis; *line != NULL; line++) {
        if (names(*line, word, size))
            return true;
    }
    return is_value_of_an_option(syntax, word, size);
}

static bool begins_a_name(const char *text, const char *at)
{
    return at == text || strchr(" ([|'", at[-1]) != NULL;
}

/* "-x" or "--name" where a word begins: its size, else 0. */
static size_t option_size(const char *text, const char *at)
{
    size_t dashes = strspn(at, "-");
    if (dashes < 1 || dashes > 2 || !begins_a_name(text, at) || !isalpha((unsigned char)at[dashes]))
        return 0;
    size_t size = dashes;
    while (isalpha((unsigned char)at[size]) || (dashes == 2 && at[size] == '-'))
        size++;
    return size;
}

static size_t placeholder_size(const struct cli_syntax *syntax, const char *text, const char *at)
{
    size_t size = capitals(at);
    if (size == 0 || (at > text && isalnum((unsigned char)at[-1])))
        return 0;
    const char *end = at[size] == 's' ? at + size + 1 : at + size;
    return !isalnum((unsigned char)*end) && is_placeholder(syntax, at, size) ? size : 0;
}

static void put_in_font(FILE *file, char font, const char *text, size_t size)
{
    fprintf(file, "\\f%c", font);
    put_literal(file, text, size);
    fputs("\\fR", file);
}

/* Options are bold, placeholders italic. */
static void put_word(FILE *file, const struct cli_syntax *syntax, const char *word, size_t size)
{
    /* Else it would be a request. */
    if (*word == '.')
        fputs("\\&", file);
    for (const char *at = word; at < word + size;) {
        size_t option = option_size(word, at);
        size_t placeholder = placeholder_size(syntax, word, at);
        if (option > 0)
            put_in_font(file, 'B', at, option);
        else if (placeholder > 0)
            put_in_font(file, 'I', at, placeholder);
        else
            put_character(file, *at);
        at += option > 0 ? option : placeholder > 0 ? placeholder : 1;
    }
}

static void put_text(FILE *file, const struct cli_syntax *syntax, const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, " \n");
        if (size > 0) {
            if (column > 0)
                fputc(column + size < SOURCE_WIDTH ? ' ' : '\n', file);
            column = column + size < SOURCE_WIDTH ? column + 1 + size : size;
            put_word(file, syntax, text, size);
        } else if (*text == '\n' && column > 0) {
            fputs("\n.PP\n", file);
            column = 0;
        }
        text += size > 0 ? size : 1;
    }
    fputc('\n', file);
}

/* ---- parts of a page ------------------------------------------------------------------------------------------------ */

static void put_heading(FILE *file, const char *title)
{
    fputs(".SH \"", file);
    for (; *title != '\0'; title++)
        put_character(file, (char)toupper((unsigned char)*title));
    fputs("\"\n", file);
}

static void put_page_name(FILE *file, const struct cli_syntax *syntax)
{
    fputs("subproc", file);
    if (syntax->subcommand != NULL)
        fprintf(file, "\\-%s", syntax->subcommand);
}

static void put_title(FILE *file, const struct cli_syntax *syntax)
{
    fputs(".\\\" Made by subproc_manual from the tables of the command; not to be edited.\n.TH ", file);
    fputs(syntax->subcommand != NULL ? "SUBPROC\\-" : "SUBPROC", file);
    for (const char *c = syntax->subcommand; c != NULL && *c != '\0'; c++)
        fputc(toupper((unsigned char)*c), file);
    fprintf(file, " 1 " RELEASED " \"subproc %d.%d.%d\" \"User Commands\"\n", SUBPROC_VERSION_MAJOR, SUBPROC_VERSION_MINOR,
            SUBPROC_VERSION_PATCH);
}

static void put_name(FILE *file, const struct cli_syntax *syntax)
{
    put_heading(file, "Name");
    put_page_name(file, syntax);
    fputs(" \\- ", file);
    put_literal(file, syntax->summary, strlen(syntax->summary));
    fputc('\n', file);
}

/* The names of the command and the subcommand stand as they are, so they are bold. */
static void put_synopsis(FILE *file, const struct cli_syntax *syntax)
{
    put_heading(file, "Synopsis");
    for (const char *const *line = syntax->synopsis; *line != NULL; line++) {
        size_t size = strlen("subproc") + (syntax->subcommand != NULL ? 1 + strlen(syntax->subcommand) : 0);
        if (line != syntax->synopsis)
            fputs(".br\n", file);
        put_in_font(file, 'B', *line, size);
        fputc(' ', file);
        put_text(file, syntax, *line + size);
    }
}

static void put_row(FILE *file, const struct cli_syntax *syntax, const struct cli_row *row)
{
    fputs(".TP\n", file);
    put_text(file, syntax, row->term);
    put_text(file, syntax, row->text);
}

static void put_option(FILE *file, const struct cli_syntax *syntax, const struct cli_option *option)
{
    fputs(".TP\n", file);
    put_in_font(file, 'B', option->name, strlen(option->name));
    if (option->value != NULL) {
        fputs(option->may_lack_value ? "[=" : " ", file);
        put_word(file, syntax, option->value, strlen(option->value));
        fputs(option->may_lack_value ? "]" : "", file);
    }
    fputc('\n', file);
    put_text(file, syntax, option->about);
}

static void put_options(FILE *file, const struct cli_syntax *syntax)
{
    put_heading(file, "Options");
    for (const struct cli_option_group *group = syntax->groups; group->options != NULL; group++) {
        fprintf(file, ".SS \"%s\"\n", group->title);
        for (const struct cli_option *option = group->options; option->name != NULL; option++)
            put_option(file, syntax, option);
    }
    for (const struct cli_option *option = cli_besides(syntax); option->name != NULL; option++)
        put_option(file, syntax, option);
}

static void put_subcommands(FILE *file)
{
    put_heading(file, "Subcommands");
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++) {
        fprintf(file, ".TP\n.BR subproc\\-%s (1)\n", each->syntax->subcommand);
        put_text(file, &cli_overview, each->syntax->summary);
    }
}

static void put_sections(FILE *file, const struct cli_syntax *syntax)
{
    for (const struct cli_section *section = syntax->sections; section->title != NULL; section++) {
        put_heading(file, section->title);
        if (section->text != NULL)
            put_text(file, syntax, section->text);
        for (const struct cli_row *row = section->rows; row != NULL && row->term != NULL; row++)
            put_row(file, syntax, row);
    }
}

static void put_example(FILE *file, const struct cli_syntax *syntax, const struct cli_row *example)
{
    put_text(file, syntax, example->text);
    fputs(".PP\n.RS 4\n.nf\n", file);
    put_literal(file, example->term, strlen(example->term));
    fputs("\n.fi\n.RE\n", file);
}

static void put_own_examples(FILE *file, const struct cli_syntax *syntax)
{
    for (const struct cli_row *example = syntax->examples; example->term != NULL; example++) {
        if (example != syntax->examples)
            fputs(".PP\n", file);
        put_example(file, syntax, example);
    }
}

static void put_one_of_each(FILE *file)
{
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++) {
        if (each != cli_subcommands)
            fputs(".PP\n", file);
        put_example(file, each->syntax, each->syntax->examples);
    }
}

static void put_examples(FILE *file, const struct cli_syntax *syntax)
{
    put_heading(file, "Examples");
    if (syntax->subcommand == NULL)
        put_one_of_each(file);
    else
        put_own_examples(file, syntax);
}

static void put_references(FILE *file, const struct cli_syntax *syntax)
{
    put_heading(file, "See also");
    if (syntax->subcommand != NULL)
        fputs(".BR subproc (1),\n", file);
    const char *before = "";
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++) {
        if (each->syntax == syntax)
            continue;
        fprintf(file, "%s.BR subproc\\-%s (1)", before, each->syntax->subcommand);
        before = ",\n";
    }
    fputc('\n', file);
}

void manual_page(FILE *file, const struct cli_syntax *syntax)
{
    put_title(file, syntax);
    put_name(file, syntax);
    put_synopsis(file, syntax);
    put_heading(file, "Description");
    put_text(file, syntax, syntax->introduction);
    if (syntax->subcommand == NULL)
        put_subcommands(file);
    put_options(file, syntax);
    put_sections(file, syntax);
    put_examples(file, syntax);
    put_references(file, syntax);
}
