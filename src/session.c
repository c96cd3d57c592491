/* One child that is talked to until its end. */
#include "session.h"

#include <stdlib.h>

#include "error.h"

#define REST_WAIT ((int64_t)100)  /* ms to read what is left after a stop */
#define KILL_WAIT ((int64_t)1000) /* ms that a kill for a failure of ours may take */

/* ---- beginning ---------------------------------------------------------------------------------------------------- */

static int check_input(const struct subproc_session *session, size_t size, struct subproc_error *error)
{
    const struct subproc *child = session->child;
    if (!session->input && size > 0)
        return subproc_error_say(error, SUBPROC_E_INVALID, "input", "the input has a size but no data");
    if (child->is_communicating && size != child->given_size)
        return subproc_error_say(error, SUBPROC_E_INVALID, "input",
                                 "the input for command '%.300s' has another size than before", child->command);
    if (!child->is_communicating && size > 0 && !child->ends[SUBPROC_IN].pipe)
        return subproc_error_say(error, SUBPROC_E_INVALID, "input",
                                 "there is input, but 'in' of command '%.300s' is no pipe", child->command);
    return 0;
}

int subproc_session_begin(struct subproc_session *session, size_t size, struct subproc_error *error)
{
    struct subproc *child = session->child;
    int result = check_input(session, size, error);
    session->lingers_until = SUBPROC_OS_FOREVER;
    if (result < 0 || child->is_communicating)
        return result;
    if (subproc_encode_input(child, session->input, size, error) < 0) {
        struct subproc_error why = *error;
        subproc_error_sentence(error, "cannot communicate with command '%.200s': %s", child->command, why.message);
        return error->code;
    }
    for (int id = SUBPROC_OUT; id <= SUBPROC_ERR; id++)
        child->was_piped[id] = child->ends[id].pipe != NULL;
    child->is_communicating = true;
    child->input_done = 0;
    child->incomplete = false;
    if (size == 0 && child->ends[SUBPROC_IN].pipe)
        subproc_close_end(child, SUBPROC_IN);
    return 0;
}

/* ---- what is open ------------------------------------------------------------------------------------------------- */

static bool is_worked_on(const struct subproc *child, int id)
{
    if (!child->ends[id].pipe)
        return false;
    return id == SUBPROC_IN ? child->input_done < child->input_size : child->was_piped[id];
}

static bool has_streams(const struct subproc *child)
{
    return is_worked_on(child, SUBPROC_IN) || is_worked_on(child, SUBPROC_OUT) || is_worked_on(child, SUBPROC_ERR);
}

size_t subproc_session_list(const struct subproc_session *session, struct subproc_os_item *items, int *what)
{
    struct subproc *child = session->child;
    size_t count = 0;
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++) {
        if (!is_worked_on(child, id))
            continue;
        what[count] = id;
        items[count++] = (struct subproc_os_item){.kind = id == SUBPROC_IN ? SUBPROC_OS_ITEM_WRITE : SUBPROC_OS_ITEM_READ,
                                                  .child = child->os, /* see subproc_os_pipe_close */
                                                  .pipe = child->ends[id].pipe};
    }
    if (!session->ended) {
        what[count] = SUBPROC_SESSION_END;
        items[count++] = (struct subproc_os_item){.kind = SUBPROC_OS_ITEM_CHILD, .child = child->os};
    }
    return count;
}

/* ---- failures ----------------------------------------------------------------------------------------------------- */

/* Without the memory for it, the code is all that is told. */
static void remember(struct subproc_session *session, const struct subproc_error *error)
{
    if (!session->told)
        session->told = malloc(sizeof *session->told);
    if (session->told)
        *session->told = *error;
}

void subproc_session_drop(struct subproc_session *session)
{
    free(session->told);
    session->told = NULL;
}

/* ---- stopping ----------------------------------------------------------------------------------------------------- */

static void enter(struct subproc_session *session, enum subproc_phase phase, int64_t wait)
{
    session->phase = phase;
    session->phase_ends = subproc_deadline(subproc_os_now(), wait);
}

static void kill_child(struct subproc_session *session, int64_t wait)
{
    struct subproc_error error = {.step = ""};
    if (subproc_os_child_stop(session->child->os, SUBPROC_OS_KILL, &error) == 0) {
        enter(session, SUBPROC_KILLED, wait);
        return;
    }
    subproc_say_failure(session->child, "stop", &error);
    if (!session->told)
        remember(session, &error);
    enter(session, SUBPROC_RESTING, REST_WAIT);
}

static void ask_child(struct subproc_session *session)
{
    const struct subproc_ladder *ladder = &session->child->stop;
    struct subproc_error unused = {.step = ""}; /* the kill tells what is wrong, if it fails too */
    int64_t wait = subproc_step_wait(ladder->ask_wait);
    if (wait >= 0 && subproc_os_child_stop(session->child->os, SUBPROC_OS_ASK, &unused) == 0) {
        enter(session, SUBPROC_ASKED, wait);
        return;
    }
    session->ask_skipped = wait >= 0;
    kill_child(session, subproc_step_wait(ladder->kill_wait));
}

/* What can't be read or written any more is left; the sinks get what they still wait for. */
static void leave_streams(struct subproc_session *session);

/* The child has ended: how, and until when others may hold its streams. False when it hasn't, or can't be asked. */
static bool look(struct subproc_session *session, struct subproc_error *error)
{
    struct subproc_os_end end;
    if (session->ended)
        return true;
    if (subproc_os_child_status(session->child->os, &end, error) < 0)
        return false;
    const int64_t linger = session->child->linger;
    session->ended = true;
    session->lingers_until = end.ended_at > SUBPROC_OS_FOREVER - linger ? SUBPROC_OS_FOREVER : end.ended_at + linger;
    return true;
}

bool subproc_session_is_stop(int outcome)
{
    return outcome == SUBPROC_E_TIMEOUT || outcome == SUBPROC_E_CANCELLED || outcome == SUBPROC_E_OUTPUT_LIMIT ||
           outcome == SUBPROC_E_DECODE;
}

void subproc_session_stop(struct subproc_session *session, int outcome, enum subproc_reason reason)
{
    struct subproc_error unused = {.step = ""}; /* the ladder tells what is wrong */
    if (session->phase != SUBPROC_TALKING)
        return;
    session->outcome = outcome;
    session->reason = reason;
    if (look(session, &unused) && !subproc_os_child_has_tree(session->child->os)) {
        enter(session, SUBPROC_RESTING, REST_WAIT);
        return;
    }
    session->stop_step = SUBPROC_STOPPED_NOT_YET;
    ask_child(session);
}

void subproc_session_fail(struct subproc_session *session, const struct subproc_error *error)
{
    struct subproc_error unused = {.step = ""};
    bool was_talking = session->phase == SUBPROC_TALKING, had_streams = has_streams(session->child);
    if (was_talking) {
        session->outcome = error->code;
        session->phase = SUBPROC_KILLED;
        remember(session, error);
    }
    leave_streams(session);
    const bool is_left = !look(session, &unused) || subproc_os_child_has_tree(session->child->os);
    if (was_talking && is_left) /* it must not go on without its streams */
        kill_child(session, KILL_WAIT);
    else if (!session->ended && !had_streams && session->phase == SUBPROC_ASKED)
        kill_child(session, KILL_WAIT);
    else if (session->ended || !had_streams) { /* not even the end can be waited for */
        if (session->phase == SUBPROC_ASKED)
            subproc_kill_the_rest(session->child);
        session->phase = SUBPROC_DONE;
    }
}

/* ---- events ------------------------------------------------------------------------------------------------------- */

/* What a capture said: whether more is to be read. */
static void heed(struct subproc_session *session, int taken, const struct subproc_error *error)
{
    if (taken == SUBPROC_TAKEN_LIMIT) {
        subproc_session_stop(session, SUBPROC_E_OUTPUT_LIMIT, SUBPROC_REASON_OUTPUT_LIMIT);
    } else if (taken == SUBPROC_TAKEN_ENOUGH) {
        subproc_session_stop(session, SUBPROC_E_CANCELLED, SUBPROC_REASON_SINK);
    } else if (taken == SUBPROC_E_DECODE && session->phase == SUBPROC_TALKING) {
        remember(session, error);
        subproc_session_stop(session, SUBPROC_E_DECODE, SUBPROC_REASON_DECODE);
    } else if (taken < 0 && taken != SUBPROC_E_DECODE) {
        subproc_session_fail(session, error);
    }
}

static void end_stream(struct subproc_session *session, int id, bool is_cut)
{
    struct subproc_error error = {.step = ""};
    subproc_close_end(session->child, (enum subproc_stream_id)id);
    if (id != SUBPROC_IN)
        heed(session, subproc_capture_end(&session->child->captures[id], is_cut, &error), &error);
}

static void leave_streams(struct subproc_session *session)
{
    struct subproc *child = session->child;
    for (int id = SUBPROC_IN; id <= SUBPROC_ERR; id++) {
        if (!child->ends[id].pipe || (id != SUBPROC_IN && !child->was_piped[id]))
            continue;
        child->incomplete = true;
        end_stream(session, id, true);
    }
}

/* Takes what is there. */
static void take(struct subproc_session *session, int id)
{
    struct subproc *child = session->child;
    struct subproc_error error = {.step = ""};
    int taken = subproc_capture_read(&child->captures[id], child->ends[id].pipe, session->scratch, session->spares, &error);
    if (taken == SUBPROC_TAKEN_END)
        end_stream(session, id, session->phase != SUBPROC_TALKING);
    else
        heed(session, taken, &error);
}

/* Gives what fits; after the last byte, or when nobody reads any more, the pipe is closed. The latter is not the caller's
 * error: a child may end without reading everything. */
static void give(struct subproc_session *session)
{
    struct subproc *child = session->child;
    struct subproc_error error = {.step = ""};
    size_t put = 0;
    const char *bytes = child->encoded ? child->encoded : session->input;
    int result = subproc_os_pipe_write(child->ends[SUBPROC_IN].pipe, bytes + child->input_done,
                                       child->input_size - child->input_done, &put, &error);
    child->input_done += result == 0 ? put : 0;
    if (result == SUBPROC_E_CLOSED || (result == 0 && child->input_done == child->input_size))
        subproc_close_end(child, SUBPROC_IN);
    else if (result < 0 && result != SUBPROC_E_AGAIN)
        subproc_session_fail(session, &error);
}

/* What follows from the end is settled afterwards. */
static void on_end(struct subproc_session *session)
{
    struct subproc_error error = {.step = ""};
    if (!look(session, &error) && error.code < 0)
        subproc_session_fail(session, &error);
}

void subproc_session_on_ready(struct subproc_session *session, int what)
{
    if (session->phase == SUBPROC_DONE)
        return;
    if (what == SUBPROC_SESSION_END)
        on_end(session);
    else if (is_worked_on(session->child, what) && what == SUBPROC_IN)
        give(session);
    else if (is_worked_on(session->child, what))
        take(session, what);
}

/* ---- time --------------------------------------------------------------------------------------------------------- */

int64_t subproc_session_until(const struct subproc_session *session)
{
    if (session->phase != SUBPROC_TALKING)
        return session->phase_ends;
    return session->lingers_until < session->deadline ? session->lingers_until : session->deadline;
}

static void on_deadline(struct subproc_session *session)
{
    if (!session->leaves_child) {
        subproc_session_stop(session, SUBPROC_E_TIMEOUT, SUBPROC_REASON_TIMED_OUT);
        return;
    }
    session->outcome = SUBPROC_E_TIMEOUT;
    session->reason = SUBPROC_REASON_TIMED_OUT;
    session->phase = SUBPROC_DONE;
}

static void settle_talking(struct subproc_session *session, int64_t now)
{
    if (session->ended && has_streams(session->child) && now >= session->lingers_until &&
        session->lingers_until <= session->deadline)
        leave_streams(session);
    if (session->phase != SUBPROC_TALKING)
        return;
    if (session->ended && !has_streams(session->child))
        session->phase = SUBPROC_DONE;
    else if (now >= session->deadline)
        on_deadline(session);
}

static void give_up_killing(struct subproc_session *session)
{
    struct subproc_error error;
    subproc_error_say(&error, SUBPROC_E_TIMEOUT, "kill", "command '%.300s' was killed but still runs",
                      session->child->command);
    if (!session->told)
        remember(session, &error);
    enter(session, SUBPROC_RESTING, REST_WAIT);
}

/* The ends of our pipes are all that can be heard of a tree's other members. */
static bool has_obeyed(const struct subproc_session *session)
{
    return session->ended && !(subproc_os_child_has_tree(session->child->os) && has_streams(session->child));
}

static void rest(struct subproc_session *session, enum subproc_stop_step step)
{
    session->stop_step = step;
    if (step == SUBPROC_STOPPED_BY_ASK)
        subproc_kill_the_rest(session->child);
    enter(session, SUBPROC_RESTING, REST_WAIT);
}

/* What the ladder gave up may have ended while the rest was read. */
static void finish_resting(struct subproc_session *session)
{
    struct subproc_error unused = {.step = ""};
    leave_streams(session);
    if (look(session, &unused) && session->stop_step == SUBPROC_STOPPED_NOT_YET) {
        bool was_killed = session->told && session->told->code == SUBPROC_E_TIMEOUT;
        session->stop_step = was_killed ? SUBPROC_STOPPED_BY_KILL : SUBPROC_STOPPED_NOT_NEEDED;
        if (session->outcome != SUBPROC_E_DECODE)
            subproc_session_drop(session);
    }
    session->phase = SUBPROC_DONE;
}

static void settle_once(struct subproc_session *session, int64_t now)
{
    switch (session->phase) {
    case SUBPROC_TALKING:
        settle_talking(session, now);
        break;
    case SUBPROC_ASKED:
        if (has_obeyed(session))
            rest(session, SUBPROC_STOPPED_BY_ASK);
        else if (now >= session->phase_ends)
            kill_child(session, subproc_step_wait(session->child->stop.kill_wait));
        break;
    case SUBPROC_KILLED:
        if (session->ended)
            rest(session, SUBPROC_STOPPED_BY_KILL);
        else if (now >= session->phase_ends)
            give_up_killing(session);
        break;
    case SUBPROC_RESTING:
        if (now >= session->phase_ends || (session->ended && !has_streams(session->child)))
            finish_resting(session);
        break;
    case SUBPROC_DONE:
        break;
    }
}

bool subproc_session_settle(struct subproc_session *session, int64_t now)
{
    enum subproc_phase before;
    do {
        before = session->phase;
        settle_once(session, now);
    } while (session->phase != before);
    return session->phase == SUBPROC_DONE;
}

/* ---- one session alone -------------------------------------------------------------------------------------------- */

static void turn(struct subproc_session *session)
{
    struct subproc_os_item items[SUBPROC_SESSION_ITEMS + 1];
    int what[SUBPROC_SESSION_ITEMS];
    struct subproc_error error = {.step = ""};
    size_t count = subproc_session_list(session, items, what);
    int64_t until = subproc_session_until(session);
    int result = session->phase == SUBPROC_TALKING ? subproc_await(session->child, items, count, until, &error)
                                                   : subproc_os_wait(items, count, until, &error);
    if (result == SUBPROC_E_CANCELLED)
        subproc_session_stop(session, result, SUBPROC_REASON_CANCELLED);
    else if (result < 0 && result != SUBPROC_E_TIMEOUT)
        subproc_session_fail(session, &error);
    for (size_t i = 0; result == 0 && i < count; i++)
        if (items[i].ready)
            subproc_session_on_ready(session, what[i]);
}

void subproc_session_run(struct subproc_session *session)
{
    while (!subproc_session_settle(session, subproc_os_now()))
        turn(session);
}
