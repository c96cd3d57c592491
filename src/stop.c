/* Ending a child: one signal, or the ladder of ask, wait, kill, wait. */
#include "child.h"
#include "error.h"
#include "options.h"

#define DEFAULT_WAIT ((int64_t)1000) /* ms on each step of the ladder */

static int stop_with(struct subproc *child, enum subproc_os_stop how, const char *what, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!child)
        return subproc_say_no_child(error);
    int result = subproc_os_child_stop(child->os, how, error);
    return result < 0 ? subproc_say_failure(child, what, error) : 0;
}

int subproc_terminate(struct subproc *child, struct subproc_error *error)
{
    return stop_with(child, SUBPROC_OS_TERMINATE, "terminate", error);
}

int subproc_kill(struct subproc *child, struct subproc_error *error)
{
    return stop_with(child, SUBPROC_OS_KILL, "kill", error);
}

int subproc_signal(struct subproc *child, int number, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!child)
        return subproc_say_no_child(error);
    if (number < 0)
        return subproc_error_say(error, SUBPROC_E_INVALID, "signal", "there is no such signal");
    int result = subproc_os_child_signal(child->os, number, error);
    return result < 0 ? subproc_say_failure(child, "signal", error) : 0;
}

/* ---- the ladder ------------------------------------------------------------------------------------------------- */

int64_t subproc_step_wait(int64_t wish)
{
    return wish == 0 ? DEFAULT_WAIT : wish;
}

static bool has_ended(struct subproc *child)
{
    struct subproc_os_end end;
    struct subproc_error unused;
    return subproc_os_child_status(child->os, &end, &unused) == 0;
}

static int wait_for_end(struct subproc *child, int64_t wait, struct subproc_error *error)
{
    struct subproc_os_item item = {.kind = SUBPROC_OS_ITEM_CHILD, .child = child->os};
    return subproc_os_wait(&item, 1, subproc_deadline(subproc_os_now(), wait), error);
}

void subproc_kill_the_rest(struct subproc *child)
{
    struct subproc_error unused = {.step = ""}; /* it can be refused by those alone who changed who they are */
    if (subproc_os_child_has_tree(child->os))
        (void)subproc_os_child_stop(child->os, SUBPROC_OS_KILL, &unused);
}

/* Asks and waits. 0: it ended; else the kill comes, whatever failed. */
static int ask(struct subproc *child, int64_t wait)
{
    struct subproc_error unused = {.step = ""}; /* the kill tells what is wrong, if it fails too */
    if (wait < 0)
        return SUBPROC_E_TIMEOUT;
    int result = subproc_os_child_stop(child->os, SUBPROC_OS_ASK, &unused);
    if (result < 0)
        return result;
    result = wait_for_end(child, wait, &unused);
    if (result == 0)
        subproc_kill_the_rest(child);
    return result;
}

static int kill_and_wait(struct subproc *child, int64_t wait, struct subproc_error *error)
{
    int killed = subproc_os_child_stop(child->os, SUBPROC_OS_KILL, error);
    if (killed < 0)
        return subproc_say_failure(child, "stop", error);
    int result = wait_for_end(child, wait, error);
    if (result == SUBPROC_E_TIMEOUT)
        subproc_error_say(error, result, "kill", "command '%.300s' was killed but still runs", child->command);
    return result;
}

/* Ask, wait, kill, wait, without reading pipes; a tree whose leader has ended is asked and killed all the same. 0: it has
 * ended; TIMEOUT or ACCESS: it still runs, and *error has the sentence; else it could not be waited for. */
static int climb_ladder(struct subproc *child, const struct subproc_ladder *ladder, struct subproc_error *error)
{
    if (has_ended(child) && !subproc_os_child_has_tree(child->os))
        return 0;
    int result = ask(child, subproc_step_wait(ladder->ask_wait));
    return result < 0 ? kill_and_wait(child, subproc_step_wait(ladder->kill_wait), error) : 0;
}

int subproc_say_cancelled(struct subproc *child, int climbed, struct subproc_error *error)
{
    struct subproc_error why = *error;
    subproc_error_set(error, SUBPROC_E_CANCELLED, "wait", climbed < 0 ? why.native : 0);
    if (climbed < 0)
        subproc_error_sentence(error, "command '%.200s' was cancelled, but %s", child->command, why.message);
    else
        subproc_error_sentence(error, "command '%.300s' was cancelled", child->command);
    return SUBPROC_E_CANCELLED;
}

int subproc_stop_cancelled(struct subproc *child, struct subproc_error *error)
{
    int climbed = climb_ladder(child, &child->stop, error);
    return subproc_say_cancelled(child, climbed, error);
}

int subproc_stop(struct subproc *child, const struct subproc_ladder *ladder, struct subproc_exit *status,
                 struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!child)
        return subproc_say_no_child(error);
    ladder = ladder ? ladder : &child->stop;
    int result = subproc_options_check_stop(ladder, error);
    if (result < 0)
        return result;
    result = climb_ladder(child, ladder, error);
    if (result == 0)
        return subproc_poll(child, status, given);
    struct subproc_os_end end = {.exit.kind = SUBPROC_EXIT_RUNNING};
    struct subproc_error unused = {.step = ""};
    (void)subproc_os_child_status(child->os, &end, &unused); /* else it still runs, or is not known to have ended */
    if (status)
        *status = end.exit;
    return error->message[0] ? result : subproc_say_failure(child, "stop", error);
}
