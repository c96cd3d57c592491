/* Completion for PowerShell: the tables that subproc.ps1.in asks. */
#include <stdbool.h>
#include <string.h>

#include "../command.h"
#include "manual.h"

static bool ends_here(const char *text)
{
    return *text == '\0' || (strchr(".;", *text) != NULL && (text[1] == ' ' || text[1] == '\0'));
}

/* The first part of a text between quotes, where only the quote itself means something. The texts are ASCII, which PowerShell
 * 5.1 reads the same whatever the code page. */
static void put_quoted(FILE *file, const char *text)
{
    for (; !ends_here(text); text++) {
        if (*text == '\'')
            fputc('\'', file);
        fputc(*text, file);
    }
}

static void put_option(FILE *file, const struct cli_syntax *syntax, const struct cli_option *option)
{
    (void)syntax;
    fprintf(file, "            '%s ", option->name);
    put_quoted(file, option->about);
    fputs("'\n", file);
}

static void put_options(FILE *file, const struct cli_syntax *syntax)
{
    fprintf(file, "        '%s' = @(\n", syntax->subcommand != NULL ? syntax->subcommand : "");
    for (const struct cli_subcommand *each = cli_subcommands; syntax->subcommand == NULL && each->syntax != NULL; each++) {
        fprintf(file, "            '%s ", each->syntax->subcommand);
        put_quoted(file, each->syntax->summary);
        fputs("'\n", file);
    }
    manual_each_option(file, syntax, put_option);
    if (syntax->needs_separator)
        fputs("            '-- after this comes the command'\n", file);
    fputs("        )\n", file);
}

static void put_value_list(FILE *file, const struct cli_syntax *syntax, const struct cli_option *option, const char *sign)
{
    const char *const *values = option->choices != NULL ? option->choices : option->usual;
    fprintf(file, "        '%s %s%s' = @(", syntax->subcommand, option->name, sign);
    for (const char *const *value = values; value != NULL && *value != NULL; value++)
        fprintf(file, "%s'%s'", value == values ? "" : ", ", *value);
    fputs(")\n", file);
}

static void put_values(FILE *file, const struct cli_syntax *syntax, const struct cli_option *option)
{
    if (option->value != NULL && !option->may_lack_value)
        put_value_list(file, syntax, option, "");
    if (option->value != NULL && (option->may_lack_value || option->name[1] == '-'))
        put_value_list(file, syntax, option, "=");
}

void manual_powershell(FILE *file)
{
    fputs("    $options = @{\n", file);
    put_options(file, &cli_overview);
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++)
        put_options(file, each->syntax);
    fputs("    }\n    $values = @{\n", file);
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++)
        manual_each_option(file, each->syntax, put_values);
    fputs("    }\n\n", file);
}
