// The raw line on POSIX: the system's own calls, written for the one job that is measured.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <initializer_list>
#include <utility>
#include <vector>

#include "peer.h"

extern char **environ;

namespace bench
{
namespace
{

struct Pipe {
    int from, to;
    Pipe()
    {
        int ends[2];
        Expect(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
        from = ends[0];
        to = ends[1];
    }
};

using Moves = std::initializer_list<std::pair<int, int>>; // a descriptor of ours, the child's number

pid_t Spawn(Command command, Moves moves)
{
    pid_t pid;
    posix_spawn_file_actions_t actions, *used = nullptr;
    if (moves.size() > 0) {
        used = &actions;
        posix_spawn_file_actions_init(used);
        for (const auto &move : moves)
            posix_spawn_file_actions_adddup2(used, move.first, move.second);
    }
    Expect(posix_spawn(&pid, command[0], used, nullptr, const_cast<char *const *>(command), environ) == 0, "posix_spawn");
    if (used)
        posix_spawn_file_actions_destroy(used);
    return pid;
}

void Collect(pid_t pid)
{
    int status;
    Expect(waitpid(pid, &status, 0) == pid && status == 0, "waitpid");
}

void Start(Command command)
{
    Collect(Spawn(command, {}));
}

void Drain(int from)
{
    char bytes[4096];
    while (read(from, bytes, sizeof bytes) > 0)
        continue;
    close(from);
}

void Captured(Command command)
{
    Pipe in, out, err;
    pid_t pid = Spawn(command, {{in.from, 0}, {out.to, 1}, {err.to, 2}});
    for (int end : {in.from, in.to, out.to, err.to})
        close(end);
    Drain(out.from);
    Drain(err.from);
    Collect(pid);
}

size_t Capture(Command command, size_t expected)
{
    Pipe out;
    pid_t pid = Spawn(command, {{out.to, 1}});
    close(out.to);
    char *memory = static_cast<char *>(std::malloc(expected + 1));
    Expect(memory != nullptr, "no memory");
    size_t size = 0;
    ssize_t got;
    while ((got = read(out.from, memory + size, expected + 1 - size)) > 0)
        size += static_cast<size_t>(got);
    close(out.from);
    Collect(pid);
    std::free(memory);
    return size;
}

// Feeds one descriptor and reads the other into `memory`, both non-blocking; how much came.
size_t Pump(int to, int from, const std::string &input, char *memory)
{
    size_t sent = 0, size = 0;
    for (;;) {
        struct pollfd items[2] = {{from, POLLIN, 0}, {to, POLLOUT, 0}};
        poll(items, 2, -1);
        if (items[1].revents) {
            ssize_t put = write(to, input.data() + sent, input.size() - sent);
            sent += put > 0 ? static_cast<size_t>(put) : 0;
            if (sent == input.size()) {
                close(to);
                to = -1;
            }
        }
        if (items[0].revents) {
            ssize_t got = read(from, memory + size, input.size() + 1 - size);
            if (got == 0)
                return size;
            size += got > 0 ? static_cast<size_t>(got) : 0;
        }
    }
}

size_t Exchange(Command command, const std::string &input)
{
    signal(SIGPIPE, SIG_IGN);
    Pipe in, out;
    pid_t pid = Spawn(command, {{in.from, 0}, {out.to, 1}});
    close(in.from);
    close(out.to);
    fcntl(in.to, F_SETFL, O_NONBLOCK);
    fcntl(out.from, F_SETFL, O_NONBLOCK);
    char *memory = static_cast<char *>(std::malloc(input.size() + 1));
    Expect(memory != nullptr, "no memory");
    size_t size = Pump(in.to, out.from, input, memory);
    close(out.from);
    Collect(pid);
    std::free(memory);
    return size;
}

double Wait(Command command)
{
    pid_t pid = Spawn(command, {});
    Collect(pid);
    return Now();
}

void Many(Command command, size_t count, size_t at_once)
{
    for (size_t started = 0, ended = 0; ended < count; ended++) {
        for (; started < count && started - ended < at_once; started++)
            Spawn(command, {});
        siginfo_t end;
        Expect(waitid(P_ALL, 0, &end, WEXITED) == 0, "waitid");
    }
}

void Watch(int poller, int item, bool is_child)
{
    struct epoll_event event = {};
    event.events = EPOLLIN;
    event.data.u64 = static_cast<uint64_t>(item) << 1 | is_child;
    Expect(epoll_ctl(poller, EPOLL_CTL_ADD, item, &event) == 0, "epoll_ctl");
}

// Reads what a pipe has, or collects a child; true when that was the end of it.
bool Serve(int item, bool is_child)
{
    char bytes[4096];
    siginfo_t end;
    if (is_child)
        Expect(waitid(P_PIDFD, static_cast<id_t>(item), &end, WEXITED) == 0, "waitid");
    else if (read(item, bytes, sizeof bytes) > 0)
        return false;
    close(item);
    return true;
}

void InCrowd(Command command, const Crowd &crowd)
{
    int poller = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < crowd.count; i++) {
        Pipe out;
        pid_t pid = Spawn(command, {{crowd.silent, 0}, {out.to, 1}});
        close(out.to);
        int child = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
        Expect(child >= 0, "pidfd_open");
        Watch(poller, out.from, false);
        Watch(poller, child, true);
        crowd.started();
    }
    crowd.release();
    for (size_t left = crowd.count * 2; left > 0;) {
        struct epoll_event events[64];
        int count = epoll_wait(poller, events, 64, -1);
        for (int i = 0; i < count; i++)
            left -= Serve(static_cast<int>(events[i].data.u64 >> 1), events[i].data.u64 & 1);
    }
    close(poller);
}

} // namespace

const Peer peer = {Start, Captured, Capture, Exchange, Wait, Many, InCrowd};

} // namespace bench
