/* What tests need that not every POSIX system has: a process with a chosen number, a sandbox, another user for a while. */
#ifndef SUBPROC_TESTS_STRANGER_H
#define SUBPROC_TESTS_STRANGER_H

#include <fcntl.h>

#include "../support.h"

namespace test
{

/* A process of nobody's with this number, which leads a process group of that number too. Root on Linux may choose it. */
class Stranger
{
  public:
    explicit Stranger(int64_t number);
    bool exists() const
    {
        return exists_;
    }
    int FirstSignal(int number); /* which it got, after it was sent `number`; ends it */

  private:
    int64_t number_;
    Handle report_;
    bool exists_ = false;
};

/* From now on the system call of that name (those that tests need) fails with `problem` in this process and what it starts. False
 * where that can't be had. */
bool Forbid(const std::string &call, int problem);

/* Root's process is this user and group from now on, and may be root again by seteuid and setegid. */
bool BecomeWithAWayBack(unsigned id);

/* Root's process alone has a /proc for a while that says nothing, but that descriptors 0 to `count` of this process are FIFOs that
 * nobody writes. */
class FalseProc
{
  public:
    explicit FalseProc(int count);
    ~FalseProc();
    FalseProc(const FalseProc &) = delete;
    FalseProc &operator=(const FalseProc &) = delete;
    bool exists() const
    {
        return exists_;
    }

  private:
    bool exists_ = false;
};

} // namespace test

#endif
