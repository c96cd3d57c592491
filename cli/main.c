/* The subproc command: picks the subcommand. */
#include <string.h>

#include "command.h"
#include "help.h"
#include "output.h"
#include "platform.h"

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)
#define VERSION    TEXT(SUBPROC_VERSION_MAJOR) "." TEXT(SUBPROC_VERSION_MINOR) "." TEXT(SUBPROC_VERSION_PATCH)

static int dispatch(char **words)
{
    if (words[0] == NULL) {
        cli_complain("a subcommand is missing (see 'subproc --help')");
        return CLI_FAILED;
    }
    if (strcmp(words[0], "--help") == 0)
        return cli_print_help(&cli_overview);
    if (strcmp(words[0], "--version") == 0)
        return cli_print("subproc " VERSION "\n");
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++) {
        if (strcmp(words[0], each->syntax->subcommand) == 0)
            return each->run(words + 1);
    }
    cli_complain("unknown %s '%s' (see 'subproc --help')", words[0][0] == '-' ? "option" : "subcommand", words[0]);
    return CLI_FAILED;
}

int main(int argc, char **argv)
{
    char **words = cli_platform_words(argv);
    if (words == NULL) {
        cli_complain("the command line is not well-formed text");
        return CLI_FAILED;
    }
    /* POSIX allows an empty argv: then there is no name to step over. */
    return dispatch(argc > 0 ? words + 1 : words);
}
