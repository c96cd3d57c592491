/* What --help prints: a subcommand's description, wrapped for a terminal of 80 columns. */
#include "help.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"

#define WIDTH      79 /* a console of 80 columns would add an empty line after one of 80 */
#define INDENT     2  /* of what is under a heading */
#define GAP        2  /* at least, between a term and its text */
#define WIDEST     18 /* a term that is wider has a line of its own */
#define OPTION_MAX 64 /* bytes of an option with its value */

struct page {
    struct cli_output output;
    size_t column;
};

static void end_line(struct page *page)
{
    cli_output_text(&page->output, "\n");
    page->column = 0;
}

static void put(struct page *page, const char *text, size_t size)
{
    cli_output_bytes(&page->output, text, size);
    page->column += size;
}

static void pad_to(struct page *page, size_t column)
{
    while (page->column < column)
        put(page, " ", 1);
}

static void put_word(struct page *page, const char *word, size_t size, size_t indent)
{
    if (page->column > indent && page->column + 1 + size > WIDTH)
        end_line(page);
    if (page->column > indent)
        put(page, " ", 1);
    pad_to(page, indent);
    put(page, word, size);
}

/* From the column where the page is, with further lines at `indent`. */
static void put_text(struct page *page, const char *text, size_t indent)
{
    while (*text != '\0') {
        size_t size = strcspn(text, " \n");
        if (size > 0)
            put_word(page, text, size, indent);
        else if (*text == '\n')
            end_line(page);
        text += size > 0 ? size : 1;
    }
    end_line(page);
}

static void put_heading(struct page *page, const char *title)
{
    end_line(page);
    put(page, title, strlen(title));
    put(page, ":", 1);
    end_line(page);
}

static void put_row(struct page *page, const char *term, const char *text, size_t indent)
{
    pad_to(page, INDENT);
    put(page, term, strlen(term));
    if (page->column + GAP > indent)
        end_line(page);
    put_text(page, text, indent);
}

static size_t widen(size_t width, const char *term)
{
    size_t size = strlen(term);
    return size > width && size <= WIDEST ? size : width;
}

static void put_rows(struct page *page, const struct cli_row *rows)
{
    size_t width = 0;
    for (const struct cli_row *row = rows; row->term != NULL; row++)
        width = widen(width, row->term);
    for (const struct cli_row *row = rows; row->term != NULL; row++)
        put_row(page, row->term, row->text, INDENT + width + GAP);
}

static void put_line(struct page *page, const char *before, const char *line)
{
    put(page, before, strlen(before));
    put(page, line, strlen(line));
    end_line(page);
}

static void put_usage(struct page *page, const char *const *synopsis)
{
    put_line(page, "Usage: ", *synopsis);
    while (*++synopsis != NULL)
        put_line(page, "       ", *synopsis);
}

static void put_subcommands(struct page *page)
{
    size_t width = 0;
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++)
        width = widen(width, each->syntax->subcommand);
    put_heading(page, "Subcommands");
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++)
        put_row(page, each->syntax->subcommand, each->syntax->summary, INDENT + width + GAP);
}

static const char *option_term(const struct cli_option *option, char *term, size_t room)
{
    if (option->value == NULL)
        return option->name;
    snprintf(term, room, option->may_lack_value ? "%s[=%s]" : "%s %s", option->name, option->value);
    return term;
}

static size_t widen_for_options(size_t width, const struct cli_option *options)
{
    char term[OPTION_MAX];
    for (; options->name != NULL; options++)
        width = widen(width, option_term(options, term, sizeof term));
    return width;
}

static void put_options(struct page *page, const struct cli_option *options, size_t indent)
{
    char term[OPTION_MAX];
    for (; options->name != NULL; options++)
        put_row(page, option_term(options, term, sizeof term), options->about, indent);
}

/* All of them have one column, whatever their heading. */
static void put_groups(struct page *page, const struct cli_option_group *groups, const struct cli_option *every)
{
    size_t width = widen_for_options(0, every);
    for (const struct cli_option_group *group = groups; group->options != NULL; group++)
        width = widen_for_options(width, group->options);
    for (; groups->options != NULL; groups++) {
        put_heading(page, groups->title);
        put_options(page, groups->options, INDENT + width + GAP);
    }
    put_options(page, every, INDENT + width + GAP);
}

static void put_section(struct page *page, const struct cli_section *section)
{
    put_heading(page, section->title);
    if (section->text != NULL)
        put_text(page, section->text, INDENT);
    if (section->rows != NULL)
        put_rows(page, section->rows);
}

static void put_example(struct page *page, const struct cli_row *example)
{
    pad_to(page, INDENT);
    put_line(page, "", example->term);
    put_text(page, example->text, 2 * INDENT + GAP);
}

/* The first of each subcommand stands for it where they are all described. */
static void put_examples(struct page *page, const struct cli_syntax *syntax)
{
    put_heading(page, "Examples");
    if (syntax->subcommand == NULL) {
        for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++)
            put_example(page, each->syntax->examples);
        return;
    }
    for (const struct cli_row *example = syntax->examples; example->term != NULL; example++)
        put_example(page, example);
}

int cli_print_help(const struct cli_syntax *syntax)
{
    static struct page page; /* its buffer is large */
    page.output.stream = SUBPROC_OUT;
    put_usage(&page, syntax->synopsis);
    end_line(&page);
    put_text(&page, syntax->introduction, 0);
    if (syntax->subcommand == NULL)
        put_subcommands(&page);
    put_groups(&page, syntax->groups, cli_besides(syntax));
    put_examples(&page, syntax);
    for (const struct cli_section *section = syntax->sections; section->title != NULL; section++)
        put_section(&page, section);
    return cli_output_finish(&page.output) ? 0 : CLI_FAILED;
}
