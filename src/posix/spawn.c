/* Starting a child: prepare, start in one of two ways, adopt. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix.h"

/* By a sandbox. glibc 2.36's posix_spawn, too, goes on without clone3 after ENOSYS alone. */
static bool is_forbidden(const struct subproc_posix_verdict *verdict)
{
    return verdict->step != NULL && (verdict->errnum == ENOSYS || verdict->errnum == EPERM);
}

/* ---- the first way: posix_spawn -------------------------------------------------------------------------------- */

#if SUBPROC_HAVE_POSIX_SPAWN && (SUBPROC_HAVE_CLOSEFROM_ACTION || defined(POSIX_SPAWN_CLOEXEC_DEFAULT))

/* Whether posix_spawn has all that this start needs, each failure with a step of its own. */
static bool posix_spawn_serves(const struct subproc_posix_launch *launch)
{
    const struct subproc_posix *posix = launch->posix;
#if !SUBPROC_HAVE_ADDCHDIR
    if (launch->directory != NULL)
        return false;
#endif
#if !defined(POSIX_SPAWN_SETSID)
    if (posix->new_session != 0)
        return false;
#endif
    /* to lead a new group can't fail, to join one can */
    return launch->bound_to == 0 && (posix->set & ~(uint32_t)SUBPROC_POSIX_PROCESS_GROUP) == 0 &&
           posix->process_group == 0 && posix->descriptor_count == 0 && posix->limit_count == 0;
}

static void add_default_signals(const struct subproc_posix *posix, posix_spawnattr_t *attributes)
{
    sigset_t defaults;
    if (posix->signals == SUBPROC_SIGNALS_RESET) {
        sigfillset(&defaults);
        sigdelset(&defaults, SIGKILL); /* no system lets these two be set, and some answer with an error */
        sigdelset(&defaults, SIGSTOP);
    } else {
        sigemptyset(&defaults);
        sigaddset(&defaults, SIGPIPE);
    }
    (void)posix_spawnattr_setsigdefault(attributes, &defaults); /* stores it: can't fail with a good pointer */
}

/* The setters only store; flags that the system doesn't know are the one error. 0 or an errno. */
static int fill_attributes(const struct subproc_posix_launch *launch, posix_spawnattr_t *attributes)
{
    const struct subproc_posix *posix = launch->posix;
    unsigned flags = 0;
    if (posix->signals != SUBPROC_SIGNALS_INHERIT) {
        sigset_t none;
        sigemptyset(&none);
        (void)posix_spawnattr_setsigmask(attributes, &none);
        add_default_signals(posix, attributes);
        flags |= POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    }
    if (launch->leads_group) {
        (void)posix_spawnattr_setpgroup(attributes, 0);
        flags |= POSIX_SPAWN_SETPGROUP;
    }
#if defined(POSIX_SPAWN_SETSID)
    if (posix->new_session != 0)
        flags |= POSIX_SPAWN_SETSID;
#endif
#if defined(POSIX_SPAWN_CLOEXEC_DEFAULT)
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
    return posix_spawnattr_setflags(attributes, (short)flags);
}

static int add_descriptor(posix_spawn_file_actions_t *actions, const struct subproc_posix_mapping *mapping)
{
#if defined(POSIX_SPAWN_CLOEXEC_DEFAULT)
    if (mapping->source == mapping->target)
        return posix_spawn_file_actions_addinherit_np(actions, mapping->target);
#endif
    /* of a number to itself it clears close-on-exec: https://pubs.opengroup.org/onlinepubs/9799919799/functions/
       posix_spawn_file_actions_adddup2.html */
    return posix_spawn_file_actions_adddup2(actions, mapping->source, mapping->target);
}

/* 0 or an errno. */
static int fill_actions(const struct subproc_posix_launch *launch, posix_spawn_file_actions_t *actions)
{
    int problem = 0;
    for (size_t i = 0; i < launch->map_count && problem == 0; i++)
        problem = add_descriptor(actions, &launch->map[i]);
#if SUBPROC_HAVE_CLOSEFROM_ACTION
    if (problem == 0)
        problem = posix_spawn_file_actions_addclosefrom_np(actions, (int)launch->map_count);
#endif
#if SUBPROC_HAVE_ADDCHDIR
    if (problem == 0 && launch->directory != NULL)
        problem = posix_spawn_file_actions_addchdir_np(actions, launch->directory);
#endif
    return problem;
}

/* A start costs far more than a look, and a PATH has many directories. */
static int spawn_if_there(const struct subproc_posix_launch *launch, const char *program,
                          const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, pid_t *pid)
{
    struct stat file;
    if (stat(program, &file) != 0)
        return errno;
    return posix_spawn(pid, program, actions, attributes, launch->argv, launch->environment);
}

/* posix_spawn doesn't say what failed, so the directory is looked at first, as the other way enters it first. */
static void judge(const struct subproc_posix_launch *launch, int errnum, struct subproc_posix_verdict *verdict)
{
    const int problem = launch->directory != NULL ? subproc_posix_directory_problem(launch->directory) : 0;
    if (problem != 0)
        *verdict = (struct subproc_posix_verdict){.step = "chdir", .code = SUBPROC_E_NO_DIRECTORY, .errnum = problem};
    else if (errnum == EAGAIN || errnum == ENOMEM)
        *verdict = (struct subproc_posix_verdict){.step = "fork", .errnum = errnum};
}

static struct subproc_posix_verdict spawn_first(const struct subproc_posix_launch *launch,
                                                const posix_spawn_file_actions_t *actions,
                                                const posix_spawnattr_t *attributes, struct subproc_posix_born *born)
{
    struct subproc_posix_verdict verdict = launch->verdict;
    int problem = 0;
    for (const char **program = launch->programs; *program != NULL; program++) {
        problem = spawn_if_there(launch, *program, actions, attributes, &born->pid);
        if (problem == 0)
            return (struct subproc_posix_verdict){.step = NULL};
        if (!subproc_posix_pass_over(&verdict, *program, problem))
            break;
    }
    judge(launch, problem, &verdict);
    return verdict;
}

static bool fill_and_spawn(const struct subproc_posix_launch *launch, posix_spawn_file_actions_t *actions,
                           posix_spawnattr_t *attributes, struct subproc_posix_born *born,
                           struct subproc_posix_verdict *verdict)
{
    if (fill_attributes(launch, attributes) != 0 || fill_actions(launch, actions) != 0)
        return false;
    *verdict = spawn_first(launch, actions, attributes, born);
    return !is_forbidden(verdict);
}

/*
 * False: posix_spawn can't do it, libc won't prepare it (glibc refuses numbers above the soft limit), or it may not: then the
 * other way does it, or tells what is wrong.
 */
static bool start_by_posix_spawn(const struct subproc_posix_launch *launch, struct subproc_posix_born *born,
                                 struct subproc_posix_verdict *verdict)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    bool done = false;
    if (!posix_spawn_serves(launch) || posix_spawn_file_actions_init(&actions) != 0)
        return false;
    if (posix_spawnattr_init(&attributes) == 0) {
        done = fill_and_spawn(launch, &actions, &attributes, born, verdict);
        (void)posix_spawnattr_destroy(&attributes); /* frees what init made */
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return done;
}

#else

static bool start_by_posix_spawn(const struct subproc_posix_launch *launch, struct subproc_posix_born *born,
                                 struct subproc_posix_verdict *verdict)
{
    (void)launch;
    (void)born;
    (void)verdict;
    return false;
}

#endif

/* ---- the second way: child.c ----------------------------------------------------------------------------------- */

/* The write end must keep clear of the numbers that the child fills. 0 or an errno. */
static int open_report(struct subproc_posix_launch *launch)
{
    int ends[2];
    int problem = subproc_posix_pipe(ends);
    if (problem != 0)
        return problem;
    launch->report_from = ends[0];
    launch->report_to = subproc_posix_off_targets(launch, ends[1]);
    problem = launch->report_to < 0 ? errno : 0;
    if (launch->report_to != ends[1])
        subproc_os_handle_close(ends[1]);
    return problem;
}

/* What the pipe brought; step NULL when it brought nothing, because its exec closed it. */
static void read_report(struct subproc_posix_launch *launch)
{
    subproc_os_handle_close(launch->report_to);
    launch->report_to = -1;
    ssize_t got;
    do
        got = read(launch->report_from, launch->told, sizeof *launch->told);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof *launch->told)
        launch->told->step = NULL;
}

/* The child has left or is about to: nothing else could hold it. */
static void bury(const struct subproc_posix_born *born)
{
    while (waitpid(born->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    subproc_os_handle_close(born->pidfd);
}

/*
 * Where the child shares our memory until its exec or its end, what it told stands there before we go on. So once that was
 * seen to be so, no pipe is needed; not so in a copy, as fork makes it, and as emulators do of every way to start.
 */
static struct subproc_posix_verdict start_once(struct subproc_posix_launch *launch, struct subproc_posix_born *born)
{
    static atomic_bool sharing_was_seen;
    struct subproc_posix_verdict told = {.step = NULL};
    launch->told = &told;
    int problem = atomic_load(&sharing_was_seen) ? 0 : open_report(launch);
    if (problem != 0)
        return (struct subproc_posix_verdict){.step = "pipe", .errnum = problem};
    problem = subproc_posix_start_process(launch, born);
    if (problem != 0)
        return (struct subproc_posix_verdict){.step = "fork", .errnum = problem};
    if (launch->memory_is_shared)
        atomic_store(&sharing_was_seen, true);
    else
        read_report(launch);
    if (told.step != NULL)
        bury(born);
    return told;
}

/* Whether a start may go another way: what this child was refused, none of the next asks for. */
static bool has_another_way(const struct subproc_posix_verdict *verdict, atomic_bool *must_copy, atomic_bool *opens_none)
{
    if (verdict->step == subproc_posix_table_step)
        atomic_store(must_copy, true);
    else if (verdict->step == subproc_posix_again_step)
        atomic_store(opens_none, true);
    else
        return false;
    return true;
}

static struct subproc_posix_verdict start_by_child(struct subproc_posix_launch *launch, struct subproc_posix_born *born)
{
    static atomic_bool must_copy, opens_none;
    struct subproc_posix_verdict verdict;
    do {
        *born = (struct subproc_posix_born){.pid = -1, .pidfd = -1};
        launch->copies_table = atomic_load(&must_copy);
        launch->opens_again = !atomic_load(&opens_none);
        verdict = start_once(launch, born);
    } while (has_another_way(&verdict, &must_copy, &opens_none));
    return verdict;
}

/* ---- both ------------------------------------------------------------------------------------------------------ */

static bool sigchld_is_ignored(void)
{
    struct sigaction action;
    return sigaction(SIGCHLD, NULL, &action) == 0 &&
           (action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT) != 0);
}

static bool all_are_open(const struct subproc_posix_launch *launch)
{
    for (size_t i = 0; i < launch->map_count; i++)
        if (fcntl(launch->map[i].source, F_GETFD) < 0)
            return false;
    return true;
}

/* A descriptor that was given but isn't open is found when it is used: looking at each before would cost every start. */
static int fail(const struct subproc_posix_launch *launch, const struct subproc_posix_verdict *verdict,
                struct subproc_error *error)
{
    if (verdict->errnum == EBADF && !all_are_open(launch))
        return subproc_error_set(error, SUBPROC_E_INVALID, "descriptors", verdict->errnum);
    if (verdict->code != 0)
        return subproc_error_set(error, verdict->code, verdict->step, verdict->errnum);
    return subproc_os_fail(error, verdict->step, verdict->errnum);
}

/*
 * child.c first where clone3 starts it, which is the fastest way there is; elsewhere posix_spawn, which may know a faster one
 * than we do. Each may be forbidden by a sandbox that allows the other. Where SIGCHLD is ignored only child.c will do, since
 * only a pidfd at birth is sure to name the child.
 */
static struct subproc_posix_verdict start_somehow(struct subproc_posix_launch *launch, bool sigchld_ignored,
                                                  struct subproc_posix_born *born)
{
    struct subproc_posix_verdict verdict;
    if (!SUBPROC_HAVE_CLONE3 && !sigchld_ignored && start_by_posix_spawn(launch, born, &verdict))
        return verdict;
    verdict = start_by_child(launch, born);
    if (SUBPROC_HAVE_CLONE3 && !sigchld_ignored && is_forbidden(&verdict) && strcmp(verdict.step, "fork") == 0)
        (void)start_by_posix_spawn(launch, born, &verdict);
    return verdict;
}

/* A thread that is cancelled in the middle would leave the child and its descriptors behind. */
static struct subproc_posix_verdict start_uncancelled(struct subproc_posix_launch *launch, bool sigchld_ignored,
                                                      struct subproc_posix_born *born)
{
    int cancel_state;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state); /* can't fail with good values */
    const struct subproc_posix_verdict verdict = start_somehow(launch, sigchld_ignored, born);
    (void)pthread_setcancelstate(cancel_state, NULL);
    return verdict;
}

static struct subproc_os_child *new_child(void)
{
    struct subproc_os_child *child = calloc(1, sizeof *child);
    if (child == NULL || pthread_mutex_init(&child->lock, NULL) == 0)
        return child;
    free(child);
    return NULL;
}

static void adopt(struct subproc_os_child *child, const struct subproc_posix_launch *launch,
                  const struct subproc_posix_born *born, bool sigchld_ignored)
{
    child->pid = born->pid;
    child->has_tree = launch->has_tree;
    struct rusage own;
    child->own_peak_rss = getrusage(RUSAGE_SELF, &own) == 0 ? own.ru_maxrss : 0;
    child->waits_alone = launch->waits_alone;
    /* Where the host ignores SIGCHLD a child that has ended leaves no zombie behind to keep its number. */
    subproc_posix_notice_born(child, born->pidfd, !sigchld_ignored && !launch->waits_alone);
    subproc_posix_sweep(born->pid);
}

static int start(struct subproc_posix_launch *launch, struct subproc_os_child **child, struct subproc_error *error)
{
    struct subproc_os_child *made = new_child();
    if (made == NULL)
        return subproc_os_fail(error, "spawn", ENOMEM);
    struct subproc_posix_born born = {.pid = -1, .pidfd = -1};
    const bool sigchld_ignored = sigchld_is_ignored();
    launch->waits_alone = launch->waits_alone && !sigchld_ignored;
    const struct subproc_posix_verdict verdict = start_uncancelled(launch, sigchld_ignored, &born);
    if (verdict.step != NULL) {
        (void)pthread_mutex_destroy(&made->lock); /* nobody holds it */
        free(made);
        return fail(launch, &verdict, error);
    }
    adopt(made, launch, &born, sigchld_ignored);
    *child = made;
    return 0;
}

static int prepare_and_start(const struct subproc_os_plan *plan, struct subproc_os_child **child,
                             struct subproc_error *error)
{
    struct subproc_posix_launch launch;
    int result = subproc_posix_prepare(&launch, plan, error);
    if (result == 0)
        result = start(&launch, child, error);
    subproc_posix_launch_clear(&launch);
    return result;
}

/* A sandbox may forbid process groups; nothing else can be wrong with one of the child's own. */
int subproc_os_spawn(const struct subproc_os_plan *plan, struct subproc_os_child **child, struct subproc_error *error)
{
    const int result = prepare_and_start(plan, child, error);
    if (result == 0 || plan->tree == SUBPROC_TREE_NONE || strcmp(error->step, "setpgid") != 0)
        return result;
    if (plan->tree == SUBPROC_TREE_REQUIRED)
        return subproc_error_set(error, SUBPROC_E_UNSUPPORTED, "tree", error->native);
    struct subproc_os_plan without = *plan;
    without.tree = SUBPROC_TREE_NONE;
    *error = (struct subproc_error){.step = ""};
    return prepare_and_start(&without, child, error);
}
