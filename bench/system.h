// The works of worker.cc that only one kind of system has, in system_posix.cc and system_win32.cc.
#ifndef SUBPROC_BENCH_SYSTEM_H
#define SUBPROC_BENCH_SYSTEM_H

#include <string>
#include <vector>

namespace bench
{

struct Work {
    std::string name;
    size_t rounds = 0;   // how many figures are wanted
    size_t amount = 0;   // bytes or children, by name
    std::string program; // an absolute path
};

// Adds the figures; false: there is no such work here, or the peer has no call for it.
bool SystemWork(const Work &work, std::vector<double> &figures);

} // namespace bench

#endif
