/* Completion for bash: the tables that subproc.bash.in asks. */
#include <string.h>

#include "../command.h"
#include "manual.h"

static void put_values(FILE *file, const struct cli_option *option)
{
    const char *const *values = option->choices != NULL ? option->choices : option->usual;
    const char *what = option->kind == CLI_VALUE_FILE        ? "file"
                       : option->kind == CLI_VALUE_DIRECTORY ? "directory"
                       : option->kind == CLI_VALUE_VARIABLE  ? "variable"
                                                             : ":";
    fprintf(file, " echo '%s", what);
    for (; values != NULL && *values != NULL; values++)
        fprintf(file, " %s", *values);
    fputs("' ;;\n", file);
}

/* The value is the next word, or stands behind a sign. */
static void put_value_case(FILE *file, const struct cli_syntax *syntax, const struct cli_option *option)
{
    const char *subcommand = syntax->subcommand;
    if (option->value == NULL)
        return;
    if (option->may_lack_value)
        fprintf(file, "    %s,%s=)", subcommand, option->name);
    else if (option->name[1] == '-')
        fprintf(file, "    %s,%s | %s,%s=)", subcommand, option->name, subcommand, option->name);
    else
        fprintf(file, "    %s,%s)", subcommand, option->name);
    put_values(file, option);
}

static void put_option_name(FILE *file, const struct cli_syntax *syntax, const struct cli_option *option)
{
    (void)syntax;
    fprintf(file, " %s", option->name);
}

static void put_option_case(FILE *file, const struct cli_syntax *syntax)
{
    fprintf(file, "    '%s') echo '", syntax->subcommand != NULL ? syntax->subcommand : "");
    manual_each_option(file, syntax, put_option_name);
    if (syntax->needs_separator)
        fputs(" --", file);
    for (const struct cli_subcommand *each = cli_subcommands; syntax->subcommand == NULL && each->syntax != NULL; each++)
        fprintf(file, " %s", each->syntax->subcommand);
    fputs("' ;;\n", file);
}

static const char *word_name(enum cli_word_kind kind)
{
    switch (kind) {
    case CLI_WORD_COMMAND:
        return "command";
    case CLI_WORD_PROGRAM:
        return "program";
    case CLI_WORD_FILE:
        return "file";
    default:
        return "other";
    }
}

static void begin_function(FILE *file, const char *about, const char *name)
{
    fprintf(file, "# %s\n%s()\n{\n    case $1%s in\n", about, name, strcmp(name, "_subproc_values") == 0 ? ",$2" : "");
}

static void end_function(FILE *file, const char *otherwise)
{
    fprintf(file, "%s    esac\n}\n\n", otherwise);
}

void manual_bash(FILE *file)
{
    begin_function(file, "What the values of the option $2 of the subcommand $1 are; \"--x=\" is one with its sign.",
                   "_subproc_values");
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++)
        manual_each_option(file, each->syntax, put_value_case);
    end_function(file, "    *) return 1 ;;\n");

    begin_function(file, "The options of the subcommand $1; without one, its names too.", "_subproc_options");
    put_option_case(file, &cli_overview);
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++)
        put_option_case(file, each->syntax);
    end_function(file, "");

    begin_function(file, "What the words of the subcommand $1 are after \"--\", and after \":::\".", "_subproc_words");
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++)
        fprintf(file, "    %s) echo %s %s ;;\n", each->syntax->subcommand, word_name(each->syntax->words),
                word_name(each->syntax->more_words));
    end_function(file, "    *) echo other other ;;\n");
}
