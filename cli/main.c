/* The subproc command: picks the subcommand. */
#include <string.h>

#include "command.h"
#include "output.h"
#include "platform.h"

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)
#define VERSION    TEXT(SUBPROC_VERSION_MAJOR) "." TEXT(SUBPROC_VERSION_MINOR) "." TEXT(SUBPROC_VERSION_PATCH)

static const char help[] = "\
Usage: subproc run [OPTION...] -- COMMAND [ARG...]\n\
       subproc pipe [OPTION...] -- COMMAND [ARG...] ::: COMMAND [ARG...]...\n\
       subproc parallel [OPTION...] -- COMMAND [ARG...] [::: ARG...]\n\
       subproc which [--json] NAME...\n\
       subproc quote --for=argv|sh [--json] [--] ARG...\n\
       subproc --version | --help\n\
\n\
Runs programs the same way on every system.\n\
\n\
  run       run a command with a deadline, a directory, an environment; its result as JSON\n\
  pipe      run commands, the output of each being the input of the next\n\
  parallel  run a command once for each argument, several at a time\n\
  which     print the file that a name would start\n\
  quote     join words into one line for a shell or for a Windows command line\n\
\n\
'subproc SUBCOMMAND --help' tells more about each.\n\
\n\
Exit status: the command's; 124 timed out; 125 subproc itself failed; 126 the command can't be executed; 127 it was not\n\
found; 128+N signal N.\n";

static const struct {
    const char *name;
    int (*run)(char **words);
} subcommands[] = {
    {"run", cli_run}, {"pipe", cli_pipe}, {"parallel", cli_parallel}, {"which", cli_which}, {"quote", cli_quote}};

static int dispatch(char **words)
{
    if (words[0] == NULL) {
        cli_complain("a subcommand is missing (see 'subproc --help')");
        return CLI_FAILED;
    }
    if (strcmp(words[0], "--help") == 0)
        return cli_print(help);
    if (strcmp(words[0], "--version") == 0)
        return cli_print("subproc " VERSION "\n");
    for (size_t i = 0; i < sizeof subcommands / sizeof subcommands[0]; i++) {
        if (strcmp(words[0], subcommands[i].name) == 0)
            return subcommands[i].run(words + 1);
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
