/* Makes the process that runs child.c: on Linux one that shares our memory until its exec, elsewhere a fork. */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "posix.h"

const char subproc_posix_table_step[] = "unshare";
const char subproc_posix_again_step[] = "reopen";

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* ---- Linux: shared memory, so that a big host costs no more than a small one ----------------------------------- */

#if SUBPROC_HAVE_CLONE_PIDFD
enum { ASK_PIDFD = 0x1000 }; /* CLONE_PIDFD, which older headers lack: clone(2), Linux 5.2 */
#else
enum { ASK_PIDFD = 0 };
#endif

#if defined(__LP64__) && (defined(__x86_64__) || defined(__aarch64__))

/*
 * clone or clone3 by its number. libc gives no clone3, and the thread sanitizer takes libc's clone for a fork. The child uses
 * our stack, below what we use of it, as after vfork(): we stand still meanwhile, and no signal can come. So it must not return
 * from here, and goes straight to child.c, whose largest frame is 2 KiB. The system call keeps every register but its result
 * (and rcx, r11 on x86-64): https://man7.org/linux/man-pages/man2/syscall.2.html
 * Arguments after the third belong to flags that are never set here.
 */
static long call_clone(long call, uint64_t first, uint64_t second, uint64_t third, struct subproc_posix_launch *launch)
{
#if defined(__x86_64__)
    long result = call;
    register int (*run)(void *) __asm__("r8") = subproc_posix_child_main;
    register void *argument __asm__("r9") = launch;
    __asm__ volatile("syscall\n\t"
                     "testq %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xorl %%ebp, %%ebp\n\t" /* where a debugger's walk ends */
                     "subq $128, %%rsp\n\t"  /* what our caller may keep below its stack pointer: the ABI's red zone */
                     "andq $-16, %%rsp\n\t"
                     "movq %%r9, %%rdi\n\t"
                     "callq *%%r8\n\t"
                     "hlt\n"
                     "1:"
                     : "+a"(result)
                     : "D"(first), "S"(second), "d"(third), "r"(run), "r"(argument)
                     : "rcx", "r11", "cc", "memory");
    return result;
#else
    register long number __asm__("x8") = call;
    register uint64_t given __asm__("x0") = first;
    register uint64_t given_second __asm__("x1") = second;
    register uint64_t given_third __asm__("x2") = third;
    register int (*run)(void *) __asm__("x9") = subproc_posix_child_main;
    register void *argument __asm__("x10") = launch;
    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t" /* where a debugger's walk ends */
                     "mov x0, x10\n\t"
                     "blr x9\n\t"
                     "brk #0\n"
                     "1:"
                     : "+r"(given)
                     : "r"(number), "r"(given_second), "r"(given_third), "r"(run), "r"(argument)
                     : "cc", "memory");
    return (long)given;
#endif
}

/* The pid, or minus an errno. */
static long clone_by_1(struct subproc_posix_launch *launch, int flags, int *pidfd)
{
    return call_clone(SYS_clone, (uint64_t)flags | SIGCHLD, 0, (uint64_t)(uintptr_t)pidfd, launch);
}

#else

/* A stack for the child, with a page below it that can't be touched. */
struct stack {
    char *memory;
    size_t size;
};

static int make_stack(struct stack *stack)
{
    enum { ROOM = 64 * 1024 }; /* the child's largest frame is 2 KiB; the rest is for libc and sanitizers */
    const size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    const size_t size = guard + ROOM;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return errno;
    if (mprotect(memory, guard, PROT_NONE) != 0) {
        const int problem = errno;
        (void)munmap(memory, size);
        return problem;
    }
    *stack = (struct stack){.memory = memory, .size = size};
    return 0;
}

/* The pid, or minus an errno. */
static long clone_by_1(struct subproc_posix_launch *launch, int flags, int *pidfd)
{
    struct stack stack = {NULL, 0};
    const int problem = make_stack(&stack);
    if (problem != 0)
        return -problem;
    long pid = clone(subproc_posix_child_main, stack.memory + stack.size, flags | SIGCHLD, launch, pidfd);
    if (pid < 0)
        pid = -errno;
    (void)munmap(stack.memory, stack.size); /* ours, and the child has left it */
    return pid;
}

#endif

#if SUBPROC_HAVE_CLONE3 && defined(__LP64__) && (defined(__x86_64__) || defined(__aarch64__))

/* The first version of the kernel's struct clone_args: clone(2) */
struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

/* The pid, or minus an errno. */
static long clone_by_3(struct subproc_posix_launch *launch, int flags, int *pidfd)
{
    const uint64_t clear_handlers = UINT64_C(1) << 32; /* CLONE_CLEAR_SIGHAND: caught signals are default, Linux 5.5 */
    struct clone_arguments arguments = {
        .flags = (uint64_t)flags | clear_handlers | (launch->copies_table ? 0 : CLONE_FILES),
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
    };
    static atomic_bool useless;
    if (atomic_load(&useless))
        return -ENOSYS;
    launch->none_is_caught = true;
    launch->table_is_shared = !launch->copies_table;
    enum { CLONE3 = 435 }; /* SYS_clone3, one number on all architectures: linux/include/uapi/asm-generic/unistd.h */
    const long pid = call_clone(CLONE3, (uint64_t)(uintptr_t)&arguments, sizeof arguments, 0, launch);
    if (pid > 0)
        return pid;
    launch->none_is_caught = false;
    launch->table_is_shared = false;
    if (pid == -ENOSYS || pid == -EPERM || pid == -EINVAL) /* an old kernel; a sandbox */
        atomic_store(&useless, true);
    return pid;
}

#else

static long clone_by_3(struct subproc_posix_launch *launch, int flags, int *pidfd)
{
    (void)launch;
    (void)flags;
    (void)pidfd;
    return -ENOSYS;
}

#endif

static long clone_with(struct subproc_posix_launch *launch, int more, int *pidfd)
{
    const int flags = CLONE_VM | CLONE_VFORK | more;
    const long pid = clone_by_3(launch, flags, pidfd);
    if (pid != -ENOSYS && pid != -EPERM && pid != -EINVAL)
        return pid;
    return clone_by_1(launch, flags, pidfd);
}

/* A pidfd at birth names the child for sure. An old kernel has none, a full table no place for it: then without. */
static long clone_child(struct subproc_posix_launch *launch, int *pidfd)
{
    if (ASK_PIDFD != 0 && !launch->waits_alone && subproc_posix_pidfd_wanted()) {
        const long pid = clone_with(launch, ASK_PIDFD, pidfd);
        if (pid >= 0 || (pid != -EINVAL && pid != -EMFILE && pid != -ENFILE))
            return pid;
        *pidfd = -1;
    }
    return clone_with(launch, 0, pidfd);
}

/* 0 or an errno. Signals are blocked around it, so that no handler of the host runs in a child with the host's memory. */
static int start_sharing(struct subproc_posix_launch *launch, struct subproc_posix_born *born)
{
    subproc_posix_block_all(&launch->mask);
    const long pid = clone_child(launch, &born->pidfd);
    subproc_posix_set_mask(&launch->mask, NULL);
    born->pid = (pid_t)pid;
    return pid >= 0 ? 0 : (int)-pid;
}

/*
 * A change of ids in a child that shares our memory makes that memory, so also us, undumpable, which closes our /proc/self to
 * us and core dumps to everyone: prctl(2), PR_SET_DUMPABLE. It is put back; one at a time, or a second start would take the
 * first one's state for ours.
 */
int subproc_posix_start_process(struct subproc_posix_launch *launch, struct subproc_posix_born *born)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    if (!launch->identity.set_user && !launch->identity.set_group)
        return start_sharing(launch, born);
    pthread_mutex_lock(&one_at_a_time);
    const int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    const int problem = start_sharing(launch, born);
    if (dumpable == 1)
        (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* as it was, so it is allowed */
    pthread_mutex_unlock(&one_at_a_time);
    return problem;
}

#else

/* ---- elsewhere: fork ------------------------------------------------------------------------------------------- */

#if defined(__APPLE__)

/* 0 or an errno. */
static int prepare_exec(struct subproc_posix_launch *launch)
{
    int problem = posix_spawnattr_init(&launch->exec_attributes);
    if (problem != 0)
        return problem;
    problem = posix_spawn_file_actions_init(&launch->exec_actions);
    if (problem != 0) {
        (void)posix_spawnattr_destroy(&launch->exec_attributes);
        return problem;
    }
    problem = posix_spawnattr_setflags(&launch->exec_attributes, POSIX_SPAWN_SETEXEC | POSIX_SPAWN_CLOEXEC_DEFAULT);
    for (size_t i = 0; i < launch->map_count && problem == 0; i++)
        problem = posix_spawn_file_actions_addinherit_np(&launch->exec_actions, launch->map[i].target);
    return problem;
}

static void forget_exec(struct subproc_posix_launch *launch)
{
    (void)posix_spawn_file_actions_destroy(&launch->exec_actions);
    (void)posix_spawnattr_destroy(&launch->exec_attributes);
}

#else

static int prepare_exec(struct subproc_posix_launch *launch)
{
    (void)launch;
    return 0;
}

static void forget_exec(struct subproc_posix_launch *launch)
{
    (void)launch;
}

#endif

/* Signals are blocked around it, so that no handler of the host runs in the child. */
int subproc_posix_start_process(struct subproc_posix_launch *launch, struct subproc_posix_born *born)
{
    int problem = prepare_exec(launch);
    if (problem != 0)
        return problem;
    subproc_posix_block_all(&launch->mask);
    const pid_t pid = fork();
    if (pid == 0)
        (void)subproc_posix_child_main(launch);
    subproc_posix_set_mask(&launch->mask, NULL);
    problem = pid < 0 ? errno : 0;
    born->pid = pid;
    forget_exec(launch);
    return problem;
}

#endif
