// How late subproc_run comes back after deadline + ladder, when a grandchild keeps the pipes open and ignores the ask.
//
// usage: bench_deadline HELPER [ROUNDS]
// Prints the lateness in milliseconds and fails when the worst is above 250: a promise of the library.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "subproc/subproc.h"

namespace {

constexpr int step = 100; // ms: the timeout, and each step of the ladder
constexpr double promise = 250;

// One run that times out; its lateness, or a negative number when it went in another way.
double one_round(const char *helper)
{
    const char *const argv[] = {helper, "--ignore", "15",    "--grandchild", "4",      "--ignore", "15",
                                "--sleep", "2000",  "--out", "ready",        "--hang", nullptr};
    const subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE},
                                     .err = {.kind = SUBPROC_STREAM_PIPE},
                                     .timeout = step,
                                     .stop = {.ask_wait = step, .kill_wait = step}};
    subproc_result result;
    subproc_error error;
    const auto begun = std::chrono::steady_clock::now();
    const int code = subproc_run(argv, &options, &result, &error);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
    const bool as_meant = code == SUBPROC_E_TIMEOUT && result.incomplete && result.stop_step == SUBPROC_STOPPED_BY_KILL;
    const double ladder = step + (result.ask_skipped ? 0 : step); // the kill works at once
    if (!as_meant)
        std::fprintf(stderr, "bench_deadline: the run ended in another way: %s\n", code < 0 ? error.message : "by itself");
    subproc_result_free(&result);
    return as_meant ? std::max(0.0, took.count() - ladder) : -1;
}

} // namespace

int main(int argc, char **argv)
{
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 20;
    if (argc < 2 || rounds < 1) {
        std::fprintf(stderr, "usage: bench_deadline HELPER [ROUNDS]\n");
        return 2;
    }
    std::vector<double> lateness;
    for (int i = 0; i < rounds; i++)
        lateness.push_back(one_round(argv[1]));
    std::sort(lateness.begin(), lateness.end());
    if (lateness.front() < 0)
        return 1;
    std::printf("late after deadline + ladder, %d runs, ms: min %.1f, median %.1f, max %.1f (promised: at most %.0f)\n", rounds,
                lateness.front(), lateness[lateness.size() / 2], lateness.back(), promise);
    return lateness.back() <= promise ? 0 : 1;
}
