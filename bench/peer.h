// What each way of starting children is asked to do by worker.cc. A peer leaves out what it has no call for.
#ifndef SUBPROC_BENCH_PEER_H
#define SUBPROC_BENCH_PEER_H

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

namespace bench
{

// Words that end with a null pointer; the first is the program's absolute path, so that nobody searches.
using Command = const char *const *;

struct Crowd {
    size_t count;
    int silent;                    // the children's input: they end when it does
    std::function<void()> started; // to be called after each start
    std::function<void()> release; // to be called when all are alive: ends them
};

struct Peer {
    void (*start)(Command);                                // start and collect, with our streams
    void (*captured)(Command);                             // the same with three pipes, two of them read to their end
    size_t (*capture)(Command, size_t expected);           // how much came; only a raw loop may use `expected`
    size_t (*exchange)(Command, const std::string &input); // feed and capture at once; how much came
    double (*wait)(Command);                               // start, wait with a timeout, Now() when that has returned
    void (*many)(Command, size_t count, size_t at_once);   // start and collect so many, so many at once
    void (*crowd)(Command, const Crowd &crowd);            // all alive at once, each with a captured output
};

extern const Peer peer;

// The monotonic clock in seconds; stamp.c reads the same one.
inline double Now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] inline void Fail(const std::string &why)
{
    std::fprintf(stderr, "bench: %s\n", why.c_str());
    std::exit(1);
}

inline void Expect(bool good, const char *what)
{
    if (!good)
        Fail(what);
}

} // namespace bench

#endif
