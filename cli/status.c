/* How a command went, as an exit status and as a line for people. */
#include "status.h"

#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "platform.h"

static bool is_start_step(const struct subproc_error *error)
{
    return strcmp(error->step, "exec") == 0 || strcmp(error->step, "interpreter") == 0;
}

static int error_status(const struct subproc_error *error)
{
    switch (error->code) {
    case SUBPROC_E_TIMEOUT:
        return CLI_TIMED_OUT;
    case SUBPROC_E_FORMAT:
        return CLI_CANNOT_EXECUTE;
    case SUBPROC_E_ACCESS:
    case SUBPROC_E_UNSUPPORTED:
        return is_start_step(error) ? CLI_CANNOT_EXECUTE : CLI_FAILED;
    case SUBPROC_E_NOT_FOUND:
        return is_start_step(error) ? CLI_NOT_FOUND : CLI_FAILED;
    default:
        return CLI_FAILED;
    }
}

/* A terminal's Ctrl-C reaches the command as well, which then may end before we stop it. */
static bool was_stopped(const struct subproc_exit *exit, const struct subproc_error *error)
{
    if (cli_platform_caught() == 0)
        return false;
    return error->code == SUBPROC_E_CANCELLED || (error->code == SUBPROC_OK && subproc_returncode(exit) != 0);
}

int cli_exit_status(const struct subproc_exit *exit, const struct subproc_error *error)
{
    if (was_stopped(exit, error))
        return CLI_SIGNAL_BASE + cli_platform_caught();
    if (error->code != SUBPROC_OK)
        return error_status(error);
    if (exit->kind == SUBPROC_EXIT_SIGNALLED)
        return CLI_SIGNAL_BASE + (int)exit->code;
    return (int)exit->code;
}

const char *cli_signal_name(int number)
{
    static const char *const names[] = {[1] = " (SIGHUP)", [2] = " (SIGINT)", [15] = " (SIGTERM)", [21] = " (SIGBREAK)"};
    bool is_known = number > 0 && number < (int)(sizeof names / sizeof *names) && names[number] != NULL;
    return is_known ? names[number] : "";
}

/* A failure that has no code of its own is told with its number: the system's words for it may be in any language. */
void cli_tell_error(const struct subproc_error *error)
{
    if (error->code == SUBPROC_E_OS)
        cli_complain("%s (system error %" PRId64 ")", error->message, error->native);
    else if (error->code != SUBPROC_OK)
        cli_complain("%s", error->message);
}

void cli_tell_end(const char *subcommand, const struct subproc_exit *exit, const struct subproc_error *error)
{
    int caught = cli_platform_caught();
    if (was_stopped(exit, error))
        cli_complain("%s: stopped by signal %d%s", subcommand, caught, cli_signal_name(caught));
    else
        cli_tell_error(error);
}

void cli_tell_missing_tree(const char *subcommand, const struct subproc_result *result)
{
    if (result->tree_missing != 0 && result->reason != SUBPROC_REASON_ENDED)
        cli_complain(
            "%s: only the command was stopped, not what it started: a stream of it is our terminal, or no job could "
            "be had",
            subcommand);
}
