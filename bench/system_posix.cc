// What the POSIX workers do beside starting: many descriptors, much memory, how late a wait returns, a crowd.
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "peer.h"
#include "system.h"

namespace bench
{
namespace
{

// Opens descriptors until the highest is `count` or more.
void OpenMany(size_t count)
{
    for (;;) {
        int opened = open("/dev/null", O_RDONLY | O_CLOEXEC);
        Expect(opened >= 0, "the limit of descriptors is too low");
        if (static_cast<size_t>(opened) >= count)
            return;
    }
}

// Memory of this process alone in pages of the usual size: what a fork must copy the tables of.
void Fill(size_t bytes)
{
    void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    Expect(memory != MAP_FAILED, "no memory");
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    std::memset(memory, 1, bytes);
}

// Of this program: ru_maxrss also counts who started it, up to the exec.
double PeakBytes()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            return std::strtod(line.c_str() + std::strlen("VmHWM:"), nullptr) * 1024;
    Fail("no VmHWM in /proc/self/status");
}

double CpuSeconds()
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

// A page that is shared with the child through a file.
class Stamp
{
  public:
    Stamp()
    {
        int file = mkstemp(path_);
        Expect(file >= 0 && ftruncate(file, sizeof(double)) == 0, "no file for the stamp");
        void *page = mmap(nullptr, sizeof(double), PROT_READ, MAP_SHARED, file, 0);
        Expect(page != MAP_FAILED, "no mapping for the stamp");
        time_ = static_cast<const volatile double *>(page);
        close(file);
    }
    ~Stamp()
    {
        munmap(const_cast<double *>(time_), sizeof(double));
        unlink(path_);
    }
    const char *path() const
    {
        return path_;
    }
    double time() const
    {
        return *time_;
    }

  private:
    char path_[32] = "/tmp/bench_stamp_XXXXXX";
    const volatile double *time_;
};

void Late(const Work &work, std::vector<double> &figures)
{
    Stamp stamp;
    const char *const words[] = {work.program.c_str(), stamp.path(), nullptr};
    for (size_t i = 0; i < work.rounds; i++)
        figures.push_back(peer.wait(words) - stamp.time());
}

// Its figures: CPU seconds from the end of all to the return; seconds of the first hundred starts and of the last hundred;
// bytes of the heap for each child.
void Gather(const Work &work, std::vector<double> &figures)
{
    int silent[2];
    Expect(pipe2(silent, O_CLOEXEC) == 0, "no pipe");
    const char *const words[] = {work.program.c_str(), nullptr};
    std::vector<double> started{Now()};
    started.reserve(work.amount + 1);
    size_t heap = mallinfo2().uordblks, bytes = 0;
    double cpu = 0;
    peer.crowd(words, {work.amount, silent[0], [&] { started.push_back(Now()); },
                       [&] {
                           bytes = (mallinfo2().uordblks - heap) / work.amount;
                           cpu = CpuSeconds();
                           close(silent[1]);
                       }});
    figures.push_back(CpuSeconds() - cpu);
    close(silent[0]);
    size_t last = started.size() - 1;
    Expect(last == work.amount && last >= 100, "not all were started");
    figures.push_back(started[100] - started[0]);
    figures.push_back(started[last] - started[last - 100]);
    figures.push_back(static_cast<double>(bytes));
}

} // namespace

bool SystemWork(const Work &work, std::vector<double> &figures)
{
    if (work.name == "open")
        OpenMany(work.amount);
    else if (work.name == "fill")
        Fill(work.amount);
    else if (work.name == "peak")
        figures.push_back(PeakBytes());
    else if (work.name == "wait" && peer.wait)
        Late(work, figures);
    else if (work.name == "crowd" && peer.crowd)
        Gather(work, figures);
    else
        return false;
    return true;
}

} // namespace bench
