/* Everything that a start needs, looked up and allocated before it. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/sysmacros.h>
#endif

#include "posix.h"

/* ---- descriptors ----------------------------------------------------------------------------------------------- */

enum { STREAMS = 3 };

static bool is_target(const struct subproc_posix_launch *launch, int fd)
{
    for (size_t i = 0; i < launch->map_count; i++)
        if (launch->map[i].target == fd)
            return true;
    return false;
}

int subproc_posix_off_targets(const struct subproc_posix_launch *launch, int fd)
{
    int place = fd;
    while (place >= 0 && is_target(launch, place)) {
        const int next = fcntl(fd, F_DUPFD_CLOEXEC, (place < STREAMS ? STREAMS : place + 1));
        const int problem = next < 0 && errno == EINVAL ? EMFILE : errno; /* EINVAL: no number that high is allowed */
        if (place != fd)
            subproc_os_handle_close(place);
        errno = problem;
        place = next;
    }
    return place;
}

static bool is_good_mapping(const struct subproc_posix_launch *launch, size_t index)
{
    const struct subproc_posix_mapping *mapping = &launch->map[index];
    for (size_t i = 0; i < index; i++)
        if (launch->map[i].target == mapping->target)
            return false;
    if (index >= STREAMS && mapping->target < STREAMS)
        return false;
    return mapping->source >= 0;
}

static int check_map(const struct subproc_posix_launch *launch, struct subproc_error *error)
{
    for (size_t i = 0; i < launch->map_count; i++)
        if (!is_good_mapping(launch, i))
            return subproc_error_set(error, SUBPROC_E_INVALID, "descriptors", 0);
    return 0;
}

static int fill_map(struct subproc_posix_launch *launch, const struct subproc_os_plan *plan, struct subproc_error *error)
{
    const struct subproc_posix *posix = launch->posix;
    launch->map = calloc(STREAMS + posix->descriptor_count, sizeof *launch->map);
    launch->moved = calloc(STREAMS + posix->descriptor_count, sizeof *launch->moved);
    if (launch->map == NULL || launch->moved == NULL)
        return subproc_os_fail(error, "descriptors", ENOMEM);
    for (int i = 0; i < STREAMS; i++)
        launch->map[i] = (struct subproc_posix_mapping){.source = (int)plan->streams[i], .target = i};
    for (size_t i = 0; i < posix->descriptor_count; i++)
        launch->map[STREAMS + i] =
            (struct subproc_posix_mapping){.source = posix->descriptors[i].source, .target = posix->descriptors[i].number};
    launch->map_count = STREAMS + posix->descriptor_count;
    return check_map(launch, error);
}

/* Whether `source` is the target of a mapping from another source, which would overwrite it. */
static bool is_overwritten(const struct subproc_posix_launch *launch, int source)
{
    for (size_t i = 0; i < launch->map_count; i++)
        if (launch->map[i].target == source)
            return launch->map[i].source != source;
    return false;
}

static void redirect(struct subproc_posix_launch *launch, int from, int to)
{
    for (size_t i = 0; i < launch->map_count; i++)
        if (launch->map[i].source == from)
            launch->map[i].source = to;
}

/*
 * Copies each source that a mapping would overwrite to a number that none does. Then no source is the target of another
 * mapping, so the child may do its dup2 calls in any order: swaps and cycles need no thought there.
 *     0<-1 1<-0        ->  0<-a 1<-b, with a copied from 1 and b from 0
 *     0<-4 4<-4 5<-4   ->  as it is: 4 stays what it was
 */
static int move_sources(struct subproc_posix_launch *launch, struct subproc_error *error)
{
    for (size_t i = 0; i < launch->map_count; i++) {
        const int source = launch->map[i].source;
        if (!is_overwritten(launch, source))
            continue;
        const int copy = subproc_posix_off_targets(launch, source);
        if (copy < 0)
            return subproc_os_fail(error, "descriptors", errno);
        launch->moved[launch->moved_count++] = copy;
        redirect(launch, source, copy);
    }
    return 0;
}

#if defined(__linux__)

/* A pipe as it was made, or the null device: opened anew in the same way it is the same to a child. */
static bool can_be_opened_again(const struct stat *file, int flags)
{
    if (S_ISCHR(file->st_mode))
        return file->st_rdev == makedev(1, 3); /* null(4) */
    return S_ISFIFO(file->st_mode) && file->st_uid == geteuid() && (flags == O_RDONLY || flags == O_WRONLY);
}

static bool name_again(struct subproc_posix_mapping *mapping)
{
    struct stat file;
    const int flags = fcntl(mapping->source, F_GETFL);
    if (mapping->source == mapping->target || flags < 0 || fstat(mapping->source, &file) != 0 ||
        !can_be_opened_again(&file, flags))
        return false;
    mapping->again = (struct subproc_posix_again){.way = flags & O_ACCMODE, .device = file.st_dev, .inode = file.st_ino};
    (void)snprintf(mapping->again.path, sizeof mapping->again.path, "/proc/%ld/fd/%d", (long)getpid(), mapping->source);
    return true;
}

/* Where our table of descriptors is long, a child with pipes at its end would have to copy all of it (child.c). */
static void name_high_sources(struct subproc_posix_launch *launch)
{
    enum { LOW_ENOUGH = 512 }; /* to copy that many takes as long as to open three pipes anew */
    for (size_t i = 0; i < launch->map_count; i++)
        if (launch->map[i].source >= LOW_ENOUGH && !name_again(&launch->map[i]))
            return; /* so the table is copied up to here in any case */
}

#else

static void name_high_sources(struct subproc_posix_launch *launch)
{
    (void)launch;
}

#endif

#if defined(__linux__)
enum { CAN_END_WITH_PARENT = 1 };
#else
enum { CAN_END_WITH_PARENT = 0 };
#endif

int subproc_os_check(const char *const *argv, const struct subproc_options *options, struct subproc_error *error)
{
    const struct subproc_posix *posix = &options->posix;
    (void)argv; /* any words can be passed */
    if (options->end_with_parent != 0 && !CAN_END_WITH_PARENT)
        return subproc_error_say(error, SUBPROC_E_UNSUPPORTED, "end_with_parent",
                                 "this system has no way to end a child with its parent");
    for (size_t i = 0; i < posix->descriptor_count; i++)
        if (fcntl(posix->descriptors[i].source, F_GETFD) < 0)
            return subproc_error_say(error, SUBPROC_E_INVALID, "descriptors", "the extra descriptor %d is not open",
                                     posix->descriptors[i].source);
    return 0;
}

/* ---- the tree --------------------------------------------------------------------------------------------------- */

/* Only the terminal that controls us knows our session: https://pubs.opengroup.org/onlinepubs/9799919799/functions/
 * tcgetpgrp.html. The other side of a pseudo-terminal answers too, for the session that it controls. */
static bool is_our_terminal(int fd)
{
    return tcgetpgrp(fd) >= 0 && tcgetsid(fd) == getsid(0);
}

/* A group in the background is stopped when it reads from the terminal of its session; another session's may read. */
static bool would_be_stopped(const struct subproc_os_plan *plan)
{
    for (int i = 0; i < STREAMS; i++)
        if (is_our_terminal((int)plan->streams[i]))
            return true;
    return false;
}

static int choose_group(struct subproc_posix_launch *launch, const struct subproc_os_plan *plan,
                        struct subproc_error *error)
{
    const struct subproc_posix *posix = launch->posix;
    const bool new_session = posix->new_session != 0;
    launch->has_tree = plan->tree != SUBPROC_TREE_NONE && (new_session || !would_be_stopped(plan));
    if (plan->tree == SUBPROC_TREE_REQUIRED && !launch->has_tree)
        return subproc_error_say(
            error, SUBPROC_E_UNSUPPORTED, "tree",
            "its tree can't be stopped as one, since one of its streams is our terminal, which a process "
            "group of its own could not read");
    launch->leads_group = launch->has_tree && !new_session;
    if ((posix->set & SUBPROC_POSIX_PROCESS_GROUP) != 0)
        launch->leads_group = posix->process_group == 0;
    return 0;
}

/* ---- identity -------------------------------------------------------------------------------------------------- */

#if defined(__APPLE__)
typedef int listed_group; /* what getgrouplist() fills there */
#else
typedef gid_t listed_group;
#endif

/* *found is NULL when there is no such user. `buffer` is to be freed. 0 or an errno. */
static int find_user(uid_t user, struct passwd *entry, struct passwd **found, char **buffer)
{
    enum { USUAL_SIZE = 1024, LARGEST_SIZE = 1 << 20 };
    for (size_t size = USUAL_SIZE; size <= LARGEST_SIZE; size *= 2) {
        char *larger = realloc(*buffer, size);
        if (larger == NULL)
            return ENOMEM;
        *buffer = larger;
        const int problem = getpwuid_r(user, entry, *buffer, size, found);
        if (problem != ERANGE && problem != EINTR)
            return problem;
    }
    return ERANGE;
}

/* The groups of `entry` into the identity. 0 or an errno. */
static int list_groups(const struct passwd *entry, struct subproc_posix_identity *identity)
{
    enum { USUAL_COUNT = 32, LARGEST_COUNT = 1 << 17 }; /* Linux allows 65,536: NGROUPS_MAX */
    for (int count = USUAL_COUNT; count <= LARGEST_COUNT;) {
        listed_group *groups = calloc((size_t)count, sizeof *groups);
        if (groups == NULL)
            return ENOMEM;
        int listed = count;
        if (getgrouplist(entry->pw_name, (listed_group)entry->pw_gid, groups, &listed) >= 0) {
            identity->groups = (gid_t *)groups; /* of the same size, be it signed or not */
            identity->group_count = (size_t)listed;
            return 0;
        }
        free(groups);
        count = listed > count ? listed : count * 2; /* not every system says how many there are */
    }
    return ERANGE;
}

static int take_users_own(struct subproc_posix_identity *identity, bool own_group, bool own_groups,
                          struct subproc_error *error)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char *buffer = NULL;
    int result = 0;
    int problem = find_user(identity->user, &entry, &found, &buffer);
    if (problem == 0 && found != NULL && own_groups)
        problem = list_groups(found, identity);
    if (problem == ENOMEM || problem == EMFILE || problem == ENFILE)
        result = subproc_os_fail(error, "user", problem);
    else if (problem != 0 || found == NULL) /* several errors mean "no such user": getpwnam(3) lists them */
        result = subproc_error_set(error, SUBPROC_E_INVALID, "user", problem);
    else if (own_group)
        identity->group = found->pw_gid;
    free(buffer);
    return result;
}

static int copy_groups(struct subproc_posix_identity *identity, const uint32_t *groups, size_t count,
                       struct subproc_error *error)
{
    identity->groups = calloc(count + 1, sizeof *identity->groups);
    if (identity->groups == NULL)
        return subproc_os_fail(error, "user", ENOMEM);
    for (size_t i = 0; i < count; i++)
        identity->groups[i] = (gid_t)groups[i];
    identity->group_count = count;
    return 0;
}

static bool contains(const gid_t *groups, size_t count, gid_t group)
{
    for (size_t i = 0; i < count; i++)
        if (groups[i] == group)
            return true;
    return false;
}

static bool contains_all(const gid_t *groups, size_t count, gid_t also, const gid_t *wanted, size_t wanted_count)
{
    for (size_t i = 0; i < wanted_count; i++)
        if (wanted[i] != also && !contains(groups, count, wanted[i]))
            return false;
    return true;
}

/* Whether we have the identity's groups already, so that a host without privileges may name what it is already. */
static bool has_groups(const struct subproc_posix_identity *identity)
{
    const int count = getgroups(0, NULL);
    if (count < 0)
        return false;
    gid_t *ours = calloc((size_t)count + 1, sizeof *ours);
    if (ours == NULL)
        return false;
    const int listed = getgroups(count, ours);
    const bool same = listed >= 0 &&
                      contains_all(ours, (size_t)listed, getegid(), identity->groups, identity->group_count) &&
                      contains_all(identity->groups, identity->group_count, identity->group, ours, (size_t)listed);
    free(ours);
    return same;
}

static int find_identity(struct subproc_posix_launch *launch, struct subproc_error *error)
{
    const struct subproc_posix *posix = launch->posix;
    const bool user = (posix->set & SUBPROC_POSIX_USER) != 0;
    const bool group = (posix->set & SUBPROC_POSIX_GROUP) != 0;
    const bool groups = (posix->set & SUBPROC_POSIX_GROUPS) != 0;
    struct subproc_posix_identity *identity = &launch->identity;
    *identity = (struct subproc_posix_identity){
        .set_user = user,
        .set_group = user || group,
        .set_groups = user || groups,
        .user = (uid_t)posix->user,
        .group = (gid_t)posix->group,
    };
    int result = 0;
    if (groups)
        result = copy_groups(identity, posix->groups, posix->group_count, error);
    if (result == 0 && user && !(group && groups))
        result = take_users_own(identity, !group, !groups, error);
    if (result == 0 && identity->set_groups && geteuid() != 0)
        identity->set_groups = !has_groups(identity);
    return result;
}

/* ---- candidates ------------------------------------------------------------------------------------------------ */

/* An empty one stays empty, or it would become our directory. */
static bool is_relative(const char *program)
{
    return program[0] != '/' && program[0] != '\0';
}

static size_t count_programs(const struct subproc_os_plan *plan, bool *any_relative)
{
    size_t count = 0;
    *any_relative = false;
    for (; plan->programs[count] != NULL; count++)
        *any_relative = *any_relative || is_relative(plan->programs[count]);
    return count;
}

/* Writes `here`/`program` at `text`; returns the place after it. */
static char *join(char *text, const char *here, const char *program)
{
    const size_t here_size = strlen(here), program_size = strlen(program) + 1;
    memcpy(text, here, here_size);
    text[here_size] = '/';
    memcpy(text + here_size + 1, program, program_size);
    return text + here_size + 1 + program_size;
}

/* Makes relative candidates absolute, since the child enters another directory first. 0 or an errno. */
static int anchor(struct subproc_posix_launch *launch, const char *here)
{
    size_t size = 1;
    for (size_t i = 0; launch->programs[i] != NULL; i++)
        size += strlen(here) + 1 + strlen(launch->programs[i]) + 1;
    launch->program_text = malloc(size);
    if (launch->program_text == NULL)
        return ENOMEM;
    char *text = launch->program_text;
    for (size_t i = 0; launch->programs[i] != NULL; i++) {
        if (!is_relative(launch->programs[i]))
            continue;
        char *next = join(text, here, launch->programs[i]);
        launch->programs[i] = text;
        text = next;
    }
    return 0;
}

/* Our directory is gone or out of reach, so what was relative to it is passed over. */
static void drop_relative(struct subproc_posix_launch *launch, int errnum)
{
    size_t kept = 0;
    for (size_t i = 0; launch->programs[i] != NULL; i++)
        if (!is_relative(launch->programs[i]))
            launch->programs[kept++] = launch->programs[i];
    launch->programs[kept] = NULL;
    launch->verdict = (struct subproc_posix_verdict){.step = "getcwd", .errnum = errnum};
}

static int fill_programs(struct subproc_posix_launch *launch, const struct subproc_os_plan *plan,
                         struct subproc_error *error)
{
    bool any_relative;
    const size_t count = count_programs(plan, &any_relative);
    launch->programs = calloc(count + 1, sizeof *launch->programs);
    if (launch->programs == NULL)
        return subproc_os_fail(error, "exec", ENOMEM);
    for (size_t i = 0; i < count; i++)
        launch->programs[i] = plan->programs[i];
    if (!any_relative || launch->directory == NULL)
        return 0;
    char *here = getcwd(NULL, 0); /* allocates: an extension of every system that we know */
    if (here == NULL && errno == ENOMEM)
        return subproc_os_fail(error, "getcwd", ENOMEM);
    if (here == NULL) {
        drop_relative(launch, errno);
        return 0;
    }
    const int problem = anchor(launch, here);
    free(here);
    return problem == 0 ? 0 : subproc_os_fail(error, "exec", problem);
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

int subproc_posix_directory_problem(const char *directory)
{
    /* "directory/." is found by exactly those who could enter it, with no descriptor and no change of ours */
    const size_t size = strlen(directory);
    char *inside = malloc(size + 3);
    if (inside == NULL)
        return 0;
    memcpy(inside, directory, size);
    memcpy(inside + size, "/.", 3);
    struct stat file;
    const int problem = size == 0 ? ENOENT : stat(inside, &file) == 0 ? 0 : errno;
    free(inside);
    return problem;
}

/* A user who isn't there is told after a directory that isn't. */
static int directory_first(const struct subproc_posix_launch *launch, int result, struct subproc_error *error)
{
    const int problem = launch->directory != NULL ? subproc_posix_directory_problem(launch->directory) : 0;
    return problem == 0 ? result : subproc_error_set(error, SUBPROC_E_NO_DIRECTORY, "chdir", problem);
}

int subproc_posix_prepare(struct subproc_posix_launch *launch, const struct subproc_os_plan *plan,
                          struct subproc_error *error)
{
    static const struct subproc_posix nothing;
    *launch = (struct subproc_posix_launch){
        .argv = (char *const *)plan->argv,
        .environment = plan->environment != NULL ? (char *const *)plan->environment : subproc_posix_environ(),
        .directory = plan->directory,
        .posix = plan->posix != NULL ? plan->posix : &nothing,
        .report_from = -1,
        .report_to = -1,
        .waits_alone = plan->waits_alone,
        .bound_to = plan->end_with_parent ? getpid() : 0,
    };
    int result = choose_group(launch, plan, error);
    if (result == 0)
        result = fill_map(launch, plan, error);
    if (result == 0)
        result = fill_programs(launch, plan, error);
    if (result == 0)
        result = move_sources(launch, error);
    if (result != 0)
        return result;
    name_high_sources(launch);
    result = find_identity(launch, error);
    return result == 0 ? 0 : directory_first(launch, result, error);
}

void subproc_posix_launch_clear(struct subproc_posix_launch *launch)
{
    for (size_t i = 0; i < launch->moved_count; i++)
        subproc_os_handle_close(launch->moved[i]);
    free(launch->moved);
    free(launch->map);
    free(launch->identity.groups);
    free(launch->program_text);
    free(launch->programs);
    subproc_os_handle_close(launch->report_from);
    subproc_os_handle_close(launch->report_to);
}
