// A backend that runs programs made of steps, in virtual time: what the portable half of the library is tested on.
//
// A program is a list of steps that its process does in order, each one blocking as it would in a real process: a write
// to a full pipe, a read from an empty one. Time stands still but in subproc_os_wait, which moves on to the next thing that
// can happen. Everything that is opened is counted, and what no real system would forgive is remembered in `Misuse()`.
#ifndef SUBPROC_TESTS_FAKE_OS_H
#define SUBPROC_TESTS_FAKE_OS_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "subproc/subproc.h"

namespace fake
{

constexpr int64_t kMs = 1000000;
constexpr int64_t kNever = INT64_MAX;
constexpr subproc_handle kCancel = 77; // a caller's handle for `options.cancel`, ready from Settings::cancel_at on

enum class Op { kWrite, kRead, kCopy, kClose, kSleep, kHang, kExit, kDie, kVanish };

struct Step {
    Op op;
    int stream = 0;
    std::string bytes = {};
    int64_t count = 0; // bytes, milliseconds, exit code or signal
};

Step Write(int stream, std::string bytes);
Step Read(size_t size); // so many bytes of stdin, or all that come
Step Copy();            // stdin to stdout, to the end
Step Close(int stream);
Step Sleep(int64_t ms);
Step Hang();
Step Exit(uint32_t code);
Step Die(uint32_t signal);
Step Vanish(); // ends, and someone else collects the status

enum class Reaction { kDies, kIgnores, kRefused, kImpossible };

struct Program {
    std::vector<Step> steps; // without an Exit at the end it exits with 0
    Reaction to_ask = Reaction::kDies;
    Reaction to_kill = Reaction::kDies;
    int64_t ask_ms = 0; // from the ask or the kill to the end
    int64_t kill_ms = 0;
    std::array<bool, 3> grandchild_holds = {}; // streams that stay open after the end ...
    int64_t grandchild_ms = -1;                // ... for so long; -1: for ever
    bool has_no_tree = false;                  // there can be none
    Reaction grandchild_to_ask = Reaction::kDies;
    bool grandchild_left = false; // the tree, so that no stop reaches it
};

enum class File { kProgram, kNotExecutable, kBadFormat };

struct Settings {
    size_t pipe_capacity = 65536;
    uint64_t seed = 0;   // not 0: pieces, readiness and the order of events are random
    int64_t call_ns = 0; // what every call of the seam costs
    int fail_at = 0;     // this call of the seam (1 is the first) fails ...
    int fail_code = SUBPROC_E_OS;
    int fail_allocation_at = 0; // so does this malloc, calloc or realloc of the library
    int64_t cancel_at = kNever;
};

// Forgets everything and begins at time 0 with an environment of PATH=/bin.
void Reset(const Settings &settings = {});

// The file /bin/NAME.
void Add(const std::string &name, Program program);
void AddFile(const std::string &name, File kind);
void SetEnvironment(std::vector<std::string> variables);
void CloseStandard(int stream);

int64_t NowMs();
int Calls();              // of the seam that can fail, so far
std::string FailedCall(); // the name of the one that failed as the settings say; "" when it wasn't reached

// What is open on our side or exists: pipes, handles, children; "" when there is nothing.
std::string Open();
int Opened();  // pipes, handles and children ever made
int Running(); // processes that haven't ended
std::string Misuse();
int OpenConverters(); // fake_convert.cc

void CloseHandle(subproc_handle handle); // as a caller closes what it took

} // namespace fake

#endif
