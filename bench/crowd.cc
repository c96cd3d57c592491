// What a child costs in a group while few or many others are alive: memory, one more child beside a raw start, and the end of
// all. `bench_crowd [N...]`; the children are `cat` on a pipe that stays silent, each with a captured output.
#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "subproc/subproc.h"

extern char **environ;

static double Now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static double CpuSeconds()
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double Median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

static const char *const cat[] = {"cat", nullptr};
static const char *const nothing[] = {"/bin/true", nullptr};

static struct subproc_options Captured(int in)
{
    struct subproc_options options = {};
    options.in.kind = in < 0 ? SUBPROC_STREAM_NULL : SUBPROC_STREAM_HANDLE;
    options.in.handle = in;
    options.out.kind = SUBPROC_STREAM_PIPE;
    return options;
}

static void Check(int code, const struct subproc_error &error)
{
    if (code != 0) {
        std::fprintf(stderr, "%s\n", error.message);
        std::exit(1);
    }
}

static double RawChild()
{
    double begun = Now();
    pid_t pid;
    int status;
    if (posix_spawn(&pid, nothing[0], nullptr, nullptr, const_cast<char **>(nothing), environ) != 0)
        std::exit(1);
    waitpid(pid, &status, 0);
    return Now() - begun;
}

static double GroupChild(struct subproc_group *group)
{
    double begun = Now();
    struct subproc_options options = Captured(-1);
    options.out.kind = SUBPROC_STREAM_NULL;
    struct subproc_error error;
    struct subproc_finished finished;
    Check(subproc_group_add(group, nothing, &options, nullptr, &error), error);
    Check(subproc_group_next(group, SUBPROC_FOREVER, &finished, &error), error);
    subproc_result_free(&finished.result);
    return Now() - begun;
}

static void Measure(size_t count)
{
    int silent[2];
    struct subproc_group *group;
    struct subproc_error error;
    if (pipe(silent) != 0)
        std::exit(1);
    fcntl(silent[1], F_SETFD, FD_CLOEXEC);
    Check(subproc_group_new(nullptr, &group, &error), error);
    size_t before = mallinfo2().uordblks;
    double begun = Now();
    for (size_t i = 0; i < count; i++) {
        struct subproc_options options = Captured(silent[0]);
        Check(subproc_group_add(group, cat, &options, nullptr, &error), error);
    }
    double start = (Now() - begun) / (double)count;
    size_t bytes = (mallinfo2().uordblks - before) / count;
    std::vector<double> raw, ours;
    for (int i = 0; i < 101; i++) {
        raw.push_back(RawChild());
        ours.push_back(GroupChild(group));
    }
    close(silent[1]);
    double cpu = CpuSeconds();
    while (subproc_group_left(group) > 0) {
        struct subproc_finished finished;
        Check(subproc_group_next(group, SUBPROC_FOREVER, &finished, &error), error);
        subproc_result_free(&finished.result);
    }
    cpu = CpuSeconds() - cpu;
    std::printf("%8zu %12.0f %12zu %12.0f %12.0f %8.2f %14.1f\n", count, start * 1e6, bytes, Median(raw) * 1e6,
                Median(ours) * 1e6, Median(ours) / Median(raw), cpu / (double)count * 1e6);
    subproc_group_free(group);
    close(silent[0]);
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    std::printf("%8s %12s %12s %12s %12s %8s %14s\n", "alive", "start, us", "bytes each", "raw, us", "group, us", "ratio",
                "end CPU, us");
    for (int i = 1; i < argc; i++)
        Measure(std::strtoul(argv[i], nullptr, 10));
    for (size_t count : {10, 100, 1000, 5000})
        if (argc == 1)
            Measure(count);
}
