/* Ending a child: CTRL_BREAK to ask, TerminateProcess for the rest. */
#include "error.h"
#include "win32.h"

/* The numbers that the Microsoft C runtime gives them; SIGKILL is POSIX's.
 * https://learn.microsoft.com/cpp/c-runtime-library/reference/signal */
enum { INTERRUPT = 2, SIGNAL_KILL = 9, SIGNAL_TERMINATE = 15, SIGNAL_BREAK = 21 };

enum { TERMINATED = 1 }; /* the exit code that TerminateProcess gives, as Python's */

/*
 * A process that has ended, or has begun to, can't be terminated: Windows answers ERROR_ACCESS_DENIED.
 * https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess
 */
static bool is_ending(HANDLE process)
{
    DWORD code;
    if (WaitForSingleObject(process, 0) == WAIT_OBJECT_0)
        return true;
    return GetExitCodeProcess(process, &code) && code != STILL_ACTIVE;
}

static int terminate(const struct subproc_os_child *child, const char *step, struct subproc_error *error)
{
    if (child->has_tree) {
        const DWORD native = subproc_win32_job_terminate(child->job, TERMINATED);
        return native == 0 ? 0 : subproc_os_fail(error, step, native);
    }
    if (TerminateProcess(child->process, TERMINATED))
        return 0;
    const DWORD native = GetLastError();
    return is_ending(child->process) ? 0 : subproc_os_fail(error, step, native);
}

/* The id still means this child and its group: it is not given away while we hold the handle. */
static int send_break(const struct subproc_os_child *child, struct subproc_error *error)
{
    if (!child->has_tree && WaitForSingleObject(child->process, 0) == WAIT_OBJECT_0)
        return 0;
    if (!child->can_ask || !subproc_win32_has_console())
        return subproc_error_set(error, SUBPROC_E_UNSUPPORTED, "ask", 0);
    if (GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, child->id))
        return 0;
    return subproc_error_set(error, SUBPROC_E_UNSUPPORTED, "ask", GetLastError());
}

bool subproc_os_child_has_tree(const struct subproc_os_child *child)
{
    return child->has_tree;
}

int subproc_os_child_stop(struct subproc_os_child *child, enum subproc_os_stop how, struct subproc_error *error)
{
    switch (how) {
    case SUBPROC_OS_ASK:
        return send_break(child, error);
    case SUBPROC_OS_TERMINATE:
        return terminate(child, "terminate", error);
    case SUBPROC_OS_KILL:
        break;
    }
    return terminate(child, "kill", error);
}

int subproc_os_child_signal(struct subproc_os_child *child, int number, struct subproc_error *error)
{
    switch (number) {
    case 0: /* POSIX: only asks whether a signal could be sent */
        return 0;
    case SIGNAL_KILL:
    case SIGNAL_TERMINATE:
        return terminate(child, "signal", error);
    case SIGNAL_BREAK:
        return send_break(child, error);
    default:
        return subproc_error_set(error, SUBPROC_E_UNSUPPORTED, "signal", 0);
    }
}

const char *subproc_os_signal_name(uint32_t number)
{
    switch (number) {
    case INTERRUPT:
        return "SIGINT";
    case SIGNAL_KILL:
        return "SIGKILL";
    case SIGNAL_TERMINATE:
        return "SIGTERM";
    case SIGNAL_BREAK:
        return "SIGBREAK";
    default:
        return NULL;
    }
}
