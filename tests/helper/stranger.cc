/* See stranger.h. */
#include "stranger.h"

#include <unistd.h>

#ifdef __linux__

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <map>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* clone3's argument with its second addition, `set_tid` of Linux 5.5, which older headers lack: clone(2) */
struct CloneArguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
};

/* The number and a byte for the start, then a byte for the first signal. All signals but SIGKILL are blocked. */
[[noreturn]] static void Live(int report)
{
    sigset_t all;
    sigfillset(&all);
    char byte = setpgid(0, 0) == 0 ? 1 : 0;
    if (write(report, &byte, 1) != 1)
        _exit(1);
    byte = (char)sigwaitinfo(&all, nullptr);
    _exit(write(report, &byte, 1) == 1 ? 0 : 1);
}

/* In a process between, so that the stranger is no child of ours. */
[[noreturn]] static void StartAndLeave(pid_t number, int report)
{
    CloneArguments arguments{};
    arguments.exit_signal = SIGCHLD;
    arguments.set_tid = (uint64_t)(uintptr_t)&number;
    arguments.set_tid_size = 1;
    enum { kClone3 = 435 };
    long made = syscall(kClone3, &arguments, sizeof arguments);
    if (made == 0)
        Live(report);
    _exit(made > 0 ? 0 : 1);
}

namespace test
{

Stranger::Stranger(int64_t number) : number_(number)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    report_ = Handle(ends[0]);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pid_t between = fork();
    if (between == 0)
        StartAndLeave((pid_t)number, ends[1]);
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    close(ends[1]);
    int status = 1;
    waitpid(between, &status, 0);
    char byte = 0;
    exists_ = status == 0 && report_.Read(&byte, 1) == 1 && byte == 1;
}

int Stranger::FirstSignal(int number)
{
    char byte = 0;
    kill((pid_t)number_, number);
    return report_.Read(&byte, 1) == 1 ? byte : SIGKILL;
}

/* Newer than some headers; one number on all architectures: linux/include/uapi/asm-generic/unistd.h */
enum { PIDFD_SEND_SIGNAL = 424, PIDFD_OPEN = 434, CLONE3 = 435, CLOSE_RANGE = 436 };

bool Forbid(const std::string &name, int problem)
{
    const std::map<std::string, long> numbers{
        {"clone3", CLONE3},         {"close_range", CLOSE_RANGE},
        {"pidfd_open", PIDFD_OPEN}, {"pidfd_send_signal", PIDFD_SEND_SIGNAL},
        {"setpgid", SYS_setpgid},   {"unshare", SYS_unshare},
    };
    long call = numbers.at(name);
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)problem),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

FalseProc::FalseProc(int count)
{
    const std::string folder = "/proc/" + std::to_string(getpid());
    exists_ = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
              mount("none", "/proc", "tmpfs", 0, nullptr) == 0;
    if (!exists_ || count == 0)
        return;
    mkdir(folder.c_str(), 0755);
    mkdir((folder + "/fd").c_str(), 0755);
    for (int number = 0; number < count; number++)
        EXPECT_EQ(0, mkfifo((folder + "/fd/" + std::to_string(number)).c_str(), 0600));
}

FalseProc::~FalseProc()
{
    EXPECT_TRUE(!exists_ || umount2("/proc", MNT_DETACH) == 0); /* what a sanitizer looks at in the end is below */
}

} // namespace test

#else

namespace test
{

Stranger::Stranger(int64_t number) : number_(number) {}

int Stranger::FirstSignal(int)
{
    return 0;
}

bool Forbid(const std::string &, int)
{
    return false;
}

FalseProc::FalseProc(int) {}

FalseProc::~FalseProc() {}

} // namespace test

#endif

namespace test
{

bool BecomeWithAWayBack(unsigned id)
{
#ifdef __APPLE__
    return setegid(id) == 0 && seteuid(id) == 0; /* there is no call for more */
#else
    return setresgid(id, id, 0) == 0 && setresuid(id, id, 0) == 0;
#endif
}

} // namespace test
