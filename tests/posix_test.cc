/* What exists on POSIX alone: descriptors, signals, identities, FIFOs, terminals, statuses that someone else takes. */
#include "helper/stranger.h"
#include "support.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <memory>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

using namespace test;

class Posix : public Behaviour
{
};

/* ---- descriptors ------------------------------------------------------------------------------------------------------------ */

/* Six files stand at 0 to 5 here; after a child wrote its numbers into them, each file tells which number it was given. */
class SixFiles
{
  public:
    SixFiles()
    {
        folder_ = NewFolder();
        for (int i = 0; i < 6; i++) {
            saved_[i] = fcntl(i, F_DUPFD_CLOEXEC, 20);
            int file = open(Join(folder_, std::to_string(i)).c_str(), O_RDWR | O_CREAT, 0600);
            int high = fcntl(file, F_DUPFD_CLOEXEC, 30);
            close(file);
            dup2(high, i);
            fcntl(i, F_SETFD, i % 2 == 0 ? FD_CLOEXEC : 0); /* of either kind */
            close(high);
        }
    }

    ~SixFiles()
    {
        for (int i = 0; i < 6; i++) {
            close(i);
            if (saved_[i] >= 0)
                dup2(saved_[i], i);
            close(saved_[i]);
        }
        RemoveAll(folder_);
    }

    /* What each file holds now, as "0:… 1:… "; empties them. */
    static std::string Stamps()
    {
        std::string all;
        for (int i = 0; i < 6; i++) {
            char text[16];
            ssize_t size = pread(i, text, sizeof text, 0);
            all += std::to_string(i) + ":" + std::string(text, size > 0 ? (size_t)size : 0) + " ";
            EXPECT_EQ(0, ftruncate(i, 0));
            lseek(i, 0, SEEK_SET);
        }
        return all;
    }

  private:
    std::string folder_;
    int saved_[6];
};

/* The child's number i is our source[i]. */
static void Remap(const int (&source)[6], subproc_options options)
{
    options.in.kind = options.out.kind = options.err.kind = SUBPROC_STREAM_HANDLE;
    options.in.handle = source[0];
    options.out.handle = source[1];
    options.err.handle = source[2];
    const subproc_descriptor more[] = {{source[3], 3}, {source[4], 4}, {source[5], 5}};
    options.posix.descriptors = more;
    options.posix.descriptor_count = 3;
    std::string expected;
    for (int file = 0; file < 6; file++) {
        expected += std::to_string(file) + ":";
        for (int number = 0; number < 6; number++)
            expected += source[number] == file ? std::to_string(number) : "";
        expected += " ";
    }
    Ran ran(Helper({"--stamp", "6"}), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ(expected, SixFiles::Stamps());
}

static void EveryPermutation(const subproc_options &options)
{
    int source[6] = {0, 1, 2, 3, 4, 5};
    SixFiles files;
    do {
        Remap(source, options);
    } while (std::next_permutation(source, source + 6));
    const int shared[][6] = {
        {0, 0, 0, 0, 0, 0}, {5, 5, 5, 0, 0, 0}, {1, 0, 1, 0, 1, 0}, {3, 4, 5, 3, 4, 5}, {2, 2, 1, 1, 0, 0}};
    for (const auto &one : shared)
        Remap(one, options);
    for (int i = 0; i < 6; i++)
        EXPECT_EQ(i % 2 == 0 ? FD_CLOEXEC : 0, fcntl(i, F_GETFD)) << "our flags changed";
}

OWN_PROCESS(Permutations)
{
    subproc_options options{};
    EveryPermutation(options);
}

/* A umask can't be given to posix_spawn: the other way to start. */
OWN_PROCESS(PermutationsInOurOwnChild)
{
    subproc_options options{};
    options.posix.set = SUBPROC_POSIX_UMASK;
    options.posix.umask = 022;
    EveryPermutation(options);
}

TEST_F(Posix, DescriptorsAreRemappedInEveryPermutation)
{
    InOwnProcess("Permutations");
}

TEST_F(Posix, DescriptorsAreRemappedInEveryPermutationByTheOtherWayToStart)
{
    InOwnProcess("PermutationsInOurOwnChild");
}

static std::string DescriptorsOfAChild(const subproc_options &options)
{
    Ran ran(Helper({"--descriptors"}), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    std::vector<std::string> numbers = Split(ran.out(), ' ');
    std::sort(numbers.begin(), numbers.end(), [](auto &a, auto &b) { return std::stoi(a) < std::stoi(b); });
    std::string sorted;
    for (const std::string &number : numbers)
        sorted += number + " ";
    return sorted;
}

/* Some that anyone's exec would pass on. */
class Strays
{
  public:
    Strays()
    {
        for (int &stray : strays_)
            stray = open("/dev/null", O_RDONLY);
    }
    ~Strays()
    {
        for (int stray : strays_)
            close(stray);
    }
    int operator[](int i) const
    {
        return strays_[i];
    }

  private:
    int strays_[5];
};

static subproc_options OtherWay(subproc_options options)
{
    options.posix.set |= SUBPROC_POSIX_UMASK;
    options.posix.umask = 022;
    return options;
}

TEST_F(Posix, AChildGetsItsThreeStreamsAndNothingElse)
{
    Strays strays;
    EXPECT_EQ("0 1 2 ", DescriptorsOfAChild(Captured()));
    EXPECT_EQ("0 1 2 ", DescriptorsOfAChild(OtherWay(Captured())));
}

TEST_F(Posix, AChildGetsTheDescriptorsThatAreListed)
{
    Strays strays;
    const subproc_descriptor more[] = {{strays[3], 7}, {strays[1], 300}, {strays[1], 3}, {strays[0], strays[4]}};
    subproc_options options = Captured();
    options.posix.descriptors = more;
    options.posix.descriptor_count = 4;
    std::vector<int> numbers{0, 1, 2, 3, 7, 300, strays[4]};
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    std::string expected;
    for (int number : numbers)
        expected += std::to_string(number) + " ";
    if (strays[4] == 7 || strays[4] == 3)
        options.posix.descriptor_count = 3;
    EXPECT_EQ(expected, DescriptorsOfAChild(options));
    EXPECT_EQ(expected, DescriptorsOfAChild(OtherWay(options)));
}

TEST_F(Posix, ANumberAboveTheChildsSoftLimitIsKept)
{
    Strays strays;
    const subproc_descriptor more[] = {{strays[0], 500}};
    const subproc_resource_limit limits[] = {{RLIMIT_NOFILE, 100, 1000}};
    subproc_options options = Captured();
    options.posix.descriptors = more;
    options.posix.descriptor_count = 1;
    options.posix.limits = limits;
    options.posix.limit_count = 1;
    EXPECT_EQ("0 1 2 500 ", DescriptorsOfAChild(options));
}

static void SetSoftLimit(int resource, rlim_t soft)
{
    rlimit limit;
    ASSERT_EQ(0, getrlimit((decltype(RLIMIT_NOFILE))resource, &limit));
    limit.rlim_cur = soft;
    ASSERT_EQ(0, setrlimit((decltype(RLIMIT_NOFILE))resource, &limit));
}

OWN_PROCESS(AboveOurSoftLimit)
{
    Strays strays;
    int high = fcntl(strays[0], F_DUPFD, 400);
    SetSoftLimit(RLIMIT_NOFILE, 100);
    const subproc_descriptor more[] = {{high, 3}, {strays[1], 4}, {high, high}};
    subproc_options options = Captured();
    options.posix.descriptors = more;
    options.posix.descriptor_count = 2;
    EXPECT_EQ("0 1 2 3 4 ", DescriptorsOfAChild(options)) << "a stray above our soft limit is closed";
    options.posix.descriptor_count = 3;
    EXPECT_EQ("0 1 2 3 4 " + std::to_string(high) + " ", DescriptorsOfAChild(options)) << "one that is listed is kept";
    const subproc_descriptor number[] = {{strays[1], 200}};
    options.posix.descriptors = number;
    options.posix.descriptor_count = 1;
    Child child(Helper({}), options);
    EXPECT_NE(SUBPROC_OK, child.code) << "dup2 gives no number above the limit";
    EXPECT_STREQ("dup2", child.error.step);
}

TEST_F(Posix, DescriptorsAboveOurSoftLimitAreServed)
{
    InOwnProcess("AboveOurSoftLimit");
}

/* ---- a long table of descriptors ------------------------------------------------------------------------------------------------------ */

enum { kMany = 1500, kLimitForMany = 1600 };

static bool MayOpenMany()
{
    rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= kLimitForMany);
}

/* So that what a start opens gets numbers above kMany. */
static void OpenMany()
{
    SetSoftLimit(RLIMIT_NOFILE, kLimitForMany);
    const int any = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int number = any; number < kMany;)
        ASSERT_NE(-1, number = fcntl(any, F_DUPFD_CLOEXEC, 3));
}

/* The child's flags of its output, as the system has them: those of open() have O_LARGEFILE, those of pipe() don't. */
static std::string FlagsOfTheOutput()
{
    Ran ran(
        Words{"/bin/sh", "-c", "while read -r name value; do [ $name = flags: ] && echo $value; done </proc/self/fdinfo/1"},
        Captured());
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    return ran.out();
}

static void ExpectThatStreamsWork(const std::string &program)
{
    const std::string input = Pattern(300000);
    for (const subproc_options &options : {Piped(), OtherWay(Piped())}) {
        Child child(Words{program, "--copy", "4096", "--err", "E", "--exit", "3"}, options);
        EXPECT_EQ(SUBPROC_OK, child.Communicate(input)) << Told(child.error);
        EXPECT_TRUE(SameBytes(input, child.out()));
        EXPECT_EQ("E", child.err());
        EXPECT_EQ(Exited(3), child.result.exit);
    }
    Ran missing(Words{"./no-such-program"}, Captured());
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, missing.code) << Told(missing.error);
    subproc_options merged = Captured();
    merged.err.kind = SUBPROC_STREAM_MERGE;
    Ran both(Words{program, "--out", "O", "--err", "E"}, merged);
    EXPECT_EQ("OE", both.out()) << Told(both.error);
}

static void ExpectThatAPipeEndsAsItDoes(const std::string &program)
{
    Child first(Words{program, "--fill-out", "100000000", "65536"},
                Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_NULL));
    subproc_options options = Captured();
    options.in.kind = SUBPROC_STREAM_FROM;
    options.in.from = first;
    Ran second(Words{program, "--copy-some", "3"}, options);
    EXPECT_EQ(Pattern(3), second.out()) << Told(second.error);
    EXPECT_EQ(Signalled(SIGPIPE), first.End());
}

static void ExpectThatAllStreamsWork(const std::string &program)
{
    ExpectThatStreamsWork(program);
    ExpectThatAPipeEndsAsItDoes(program);
}

OWN_PROCESS(LongTable)
{
    const std::string low = FlagsOfTheOutput();
    OpenMany();
    EXPECT_TRUE(Slow() || FlagsOfTheOutput() != low) << "opened anew, unless the library copies all tables";
    ExpectThatAllStreamsWork(HelperPath());
    EXPECT_EQ("0 1 2 ", DescriptorsOfAChild(Captured()));
}

TEST_F(Posix, StreamsBehindALongTableOfDescriptorsAreAsOthers)
{
    if (!MayOpenMany())
        GTEST_SKIP() << "the hard limit of descriptors is below " << kLimitForMany;
    InOwnProcess("LongTable");
}

TEST_F(Posix, DescriptorNumbersThatCannotBeAreRefused)
{
    Strays strays;
    const subproc_descriptor bad[][2] = {{{strays[0], 2}, {strays[0], 3}},
                                         {{strays[0], 3}, {strays[1], 3}},
                                         {{-1, 3}, {strays[0], 4}},
                                         {{strays[0], -1}, {strays[0], 4}}};
    for (const auto &one : bad) {
        subproc_options options = Captured();
        options.posix.descriptors = one;
        options.posix.descriptor_count = 2;
        Child child(Helper({}), options);
        EXPECT_EQ(SUBPROC_E_INVALID, child.code) << Told(child.error);
    }
}

TEST_F(Posix, ASourceThatIsNotOpenIsRefused)
{
    const subproc_descriptor closed[] = {{9999, 3}};
    subproc_options options = Captured();
    options.posix.descriptors = closed;
    options.posix.descriptor_count = 1;
    Child child(Helper({}), options);
    EXPECT_EQ(SUBPROC_E_INVALID, child.code) << Told(child.error);
}

TEST_F(Posix, SixteenThreadsStartAtOnceAndNoChildHasAForeignDescriptor)
{
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; i++)
        threads.emplace_back([&wrong, i] {
            for (int round = 0; round < Rounds(25); round++)
                if (DescriptorsOfAChild(i % 2 == 0 ? Captured() : OtherWay(Captured())) != "0 1 2 ")
                    ++wrong;
        });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(0, wrong);
}

TEST_F(Posix, WhatWeHoldIsCloseOnExecAndAboveTheStandardStreams)
{
    std::vector<std::string> before = Held();
    Child child(Helper({"--read-all"}), Piped());
    ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    std::vector<std::string> ours = Split(Leaked(before, Held()), '\n');
    EXPECT_LE(ours.size(), 4u);
    EXPECT_GE(ours.size(), 3u);
    for (const std::string &one : ours) {
        EXPECT_GT(std::stoi(one), 2) << one;
        EXPECT_EQ(FD_CLOEXEC, fcntl(std::stoi(one), F_GETFD)) << one;
    }
}

OWN_PROCESS(NothingIsOpenedBelowThree)
{
    OwnStreams none(SUBPROC_NO_HANDLE, SUBPROC_NO_HANDLE, SUBPROC_NO_HANDLE);
    Child child(Helper({"--read-all"}), Piped());
    EXPECT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    subproc_handle handle;
    EXPECT_EQ(SUBPROC_OK, subproc_exit_handle(child, &handle, &child.error));
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(-1, fcntl(i, F_GETFD)) << i;
}

TEST_F(Posix, WithoutStandardStreamsOursAreStillAboveThem)
{
    InOwnProcess("NothingIsOpenedBelowThree");
}

TEST_F(Posix, TheChildsEndsBlock)
{
    Ran ran(Helper({"--non-blocking", "3"}), Piped());
    EXPECT_EQ("flags=0\nflags=0\nflags=0\n", ran.out()) << Told(ran.error);
}

/* ---- a scarce table ------------------------------------------------------------------------------------------------------------- */

/* Leaves exactly `free` descriptors under a limit of 200. */
class Scarcity
{
  public:
    explicit Scarcity(int free)
    {
        for (int one; (one = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0;)
            fillers_.push_back(one);
        for (; free > 0; free--) {
            close(fillers_.back());
            fillers_.pop_back();
        }
    }
    ~Scarcity()
    {
        for (int one : fillers_)
            close(one);
    }
    static int Free()
    {
        std::vector<int> more;
        for (int one; (one = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0;)
            more.push_back(one);
        for (int one : more)
            close(one);
        return (int)more.size();
    }

  private:
    std::vector<int> fillers_;
};

/* The start's code, what stays free while the child lives, and what is free again afterwards. */
struct ScarceStart {
    int code;
    subproc_error error;
    int free_while, free_after;
    std::string out;
};

static ScarceStart StartWith(int free, const subproc_options &options)
{
    ScarceStart start{};
    Scarcity scarcity(free);
    {
        Child child(Helper({"--out", "x", "--read-all"}), options);
        start.code = child.code;
        start.error = child.error;
        start.free_while = Scarcity::Free();
        if (child.code == SUBPROC_OK) {
            child.Communicate("");
            start.out = child.out();
        }
    }
    start.free_after = Scarcity::Free();
    return start;
}

static void TryEveryScarcity(const subproc_options &options)
{
    for (int free = 0; free <= 12; free++) {
        ScarceStart start = StartWith(free, options);
        EXPECT_EQ(free, start.free_after) << "left open with " << free;
        if (free >= 10 || start.code == SUBPROC_OK) {
            EXPECT_EQ(SUBPROC_OK, start.code) << free << ": " << Told(start.error);
            EXPECT_GE(start.free_while, free - 4);
            EXPECT_EQ("x", start.out);
            continue;
        }
        EXPECT_EQ(SUBPROC_E_LIMIT, start.code) << free << ": " << Told(start.error);
        EXPECT_EQ(EMFILE, start.error.native);
        EXPECT_STRNE("", start.error.step);
        EXPECT_EQ(0u, std::string(start.error.message).find("cannot start '")) << start.error.message;
    }
}

OWN_PROCESS(ScarceDescriptors)
{
    SetSoftLimit(RLIMIT_NOFILE, 200);
    TryEveryScarcity(Piped());
}

OWN_PROCESS(ScarceDescriptorsInOurOwnChild)
{
    SetSoftLimit(RLIMIT_NOFILE, 200);
    TryEveryScarcity(OtherWay(Piped()));
}

TEST_F(Posix, TenFreeDescriptorsAreEnoughAndAFullTableIsTold)
{
    InOwnProcess("ScarceDescriptors");
}

TEST_F(Posix, TenFreeDescriptorsAreEnoughForTheOtherWayToStart)
{
    InOwnProcess("ScarceDescriptorsInOurOwnChild");
}

/* ---- statuses ---------------------------------------------------------------------------------------------------------------------- */

TEST_F(Posix, DeathBySignalIsTold)
{
    for (int number : {SIGTERM, SIGKILL, SIGSEGV, SIGABRT, SIGHUP, SIGUSR1}) {
        Child child(Helper({"--no-core", "--raise", std::to_string(number)}));
        EXPECT_EQ(Signalled((uint32_t)number), child.End());
    }
}

TEST_F(Posix, CheckNamesTheSignal)
{
    Ran ran(Helper({"--raise", "15"}));
    subproc_error error;
    EXPECT_EQ(SUBPROC_E_EXIT, subproc_check(&ran.result, &error));
    EXPECT_EQ("command '" + HelperPath() + " --raise 15' died with signal 15 (SIGTERM)", error.message);
}

TEST_F(Posix, AnySignalCanBeSent)
{
    Child child(Helper({"--out", "ready", "--hang"}), Captured());
    EXPECT_TRUE(child.Says("ready"));
    EXPECT_EQ(SUBPROC_OK, subproc_signal(child, SIGUSR2, &child.error)) << Told(child.error);
    EXPECT_EQ(Signalled(SIGUSR2), child.End());
}

TEST_F(Posix, ASignalThatDoesNotExistIsRefused)
{
    Child child(Helper({"--read-all"}), Piped());
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_signal(child, 1000, &child.error)) << Told(child.error);
}

TEST_F(Posix, AStatusTakenBySomeoneElseIsLost)
{
    Child child(Helper({"--out", "kept", "--exit", "3"}), Captured());
    ASSERT_EQ(subproc_id(child), waitpid((pid_t)subproc_id(child), nullptr, 0));
    EXPECT_EQ(SUBPROC_E_LOST, child.Wait()) << Told(child.error);
    EXPECT_EQ(SUBPROC_EXIT_LOST, child.status.kind);
    EXPECT_EQ(SUBPROC_E_LOST, subproc_poll(child, &child.status, &child.error));
    EXPECT_EQ(SUBPROC_OK, subproc_kill(child, &child.error)) << "no stranger is hit: " << Told(child.error);
    EXPECT_EQ(SUBPROC_E_LOST, child.Communicate(""));
    EXPECT_EQ("kept", child.out());
    EXPECT_EQ(SUBPROC_EXIT_LOST, child.result.exit.kind);
    subproc_error error;
    EXPECT_EQ(SUBPROC_E_EXIT, subproc_check(&child.result, &error));
}

TEST_F(Posix, AStatusTakenDuringAWaitIsLost)
{
    Child child(Helper({"--out", "ready", "--read-all", "--exit", "3"}), Piped());
    EXPECT_TRUE(child.Says("ready"));
    std::thread thief([&] { waitpid((pid_t)subproc_id(child), nullptr, 0); });
    subproc_close_stream(child, SUBPROC_IN);
    int code = child.Wait();
    EXPECT_TRUE(code == SUBPROC_E_LOST || (code == SUBPROC_OK && child.status == Exited(3))) << Told(child.error);
    thief.join();
}

static void RunWhereChildrenAreNotKept()
{
    for (int i = 0; i < 20; i++) {
        Ran ran(Helper({"--out", "x", "--exit", "3"}), Captured());
        EXPECT_EQ(SUBPROC_E_LOST, ran.code) << Told(ran.error);
        EXPECT_EQ("x", ran.out());
        EXPECT_EQ(SUBPROC_EXIT_LOST, ran.result.exit.kind);
        Child child(Helper({"--out", "ready", "--read-all"}), OtherWay(Piped()));
        EXPECT_EQ(SUBPROC_OK, child.code) << Told(child.error);
        EXPECT_TRUE(child.Says("ready"));
        EXPECT_EQ(SUBPROC_E_TIMEOUT, child.Wait(0));
        EXPECT_EQ(SUBPROC_OK, subproc_kill(child, &child.error)) << Told(child.error);
        EXPECT_EQ(SUBPROC_E_LOST, child.Wait()) << Told(child.error);
    }
}

OWN_PROCESS(IgnoredSigchld)
{
    signal(SIGCHLD, SIG_IGN);
    RunWhereChildrenAreNotKept();
    Ran missing(Words{"no-such-program-here"});
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, missing.code) << Told(missing.error);
    Ran other(Words{"./no-such-program"}, OtherWay(Captured()));
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, other.code) << Told(other.error);
}

OWN_PROCESS(NoCldWait)
{
    struct sigaction action {
    };
    action.sa_handler = SIG_DFL;
    action.sa_flags = SA_NOCLDWAIT;
    sigaction(SIGCHLD, &action, nullptr);
    RunWhereChildrenAreNotKept();
}

TEST_F(Posix, AHostThatIgnoresSigchldGetsLostStatusesAndAllOutput)
{
    if (Emulated())
        GTEST_SKIP() << "qemu-user keeps the statuses of children whose SIGCHLD the program ignores";
    InOwnProcess("IgnoredSigchld");
    InOwnProcess("NoCldWait");
}

/* ---- sandboxes ------------------------------------------------------------------------------------------------------- */

static bool ThreadsStart()
{
    try {
        std::thread([] {}).join();
        return true;
    } catch (const std::system_error &) {
        return false;
    }
}

static void ExpectThatAllWorks()
{
    if (Slow() && !ThreadsStart())
        return; // where a thread tells of the end: glibc knows no way back when clone3 is forbidden, only when it is unknown
    for (const subproc_options &options : {Captured(), OtherWay(Captured())}) {
        Ran ran(Helper({"--out", "x", "--exit", "3"}), options);
        EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ("x", ran.out());
        EXPECT_EQ(Exited(3), ran.result.exit);
        Ran missing(Words{"./no-such-program"}, options);
        EXPECT_EQ(SUBPROC_E_NOT_FOUND, missing.code) << Told(missing.error);
        EXPECT_EQ("0 1 2 ", DescriptorsOfAChild(options));
    }
    Ran alone(Helper({"--exit", "4"}));
    EXPECT_EQ(Exited(4), alone.result.exit) << Told(alone.error);
    Child child(Helper({"--out", "ready", "--read-all"}), Piped());
    EXPECT_TRUE(child.Says("ready"));
    EXPECT_EQ(SUBPROC_E_TIMEOUT, child.Wait(0));
    EXPECT_EQ(SUBPROC_OK, subproc_kill(child, &child.error)) << Told(child.error);
    EXPECT_EQ(SUBPROC_OK, child.Wait()) << Told(child.error);
    EXPECT_EQ(Killed(), child.status);
}

/* words: an errno, then the calls that are forbidden. What was seen to work before must not be relied upon. */
OWN_PROCESS(Forbidden)
{
    ExpectThatAllWorks();
    for (size_t i = 1; i < words.size(); i++)
        ASSERT_TRUE(Forbid(words[i], std::stoi(words[0])));
    ExpectThatAllWorks();
    ExpectThatAllWorks();
}

/* A container's filter knows nothing of a newer call, or forbids it; it may come when starts have worked before. */
TEST_F(Posix, ASandboxMayTakeAnyWayToStartAway)
{
    if (!OnLinux() || Emulated())
        GTEST_SKIP() << "its sandbox is Linux's";
    const std::vector<std::string> sets[] = {
        {"clone3"},     {"close_range"},       {"close_range", "unshare"},
        {"pidfd_open"}, {"pidfd_send_signal"}, {"clone3", "close_range", "pidfd_open"}};
    for (int problem : {EPERM, ENOSYS})
        for (std::vector<std::string> calls : sets) {
            calls.insert(calls.begin(), std::to_string(problem));
            InOwnProcess("Forbidden", calls);
        }
}

/* ---- signals ------------------------------------------------------------------------------------------------------------------------- */

/* A disposition of ours, until the end of its life. */
class Disposition
{
  public:
    Disposition(int number, void (*handler)(int)) : number_(number)
    {
        struct sigaction action {
        };
        action.sa_handler = handler;
        sigaction(number, &action, &saved_);
    }
    ~Disposition()
    {
        sigaction(number_, &saved_, nullptr);
    }

  private:
    int number_;
    struct sigaction saved_;
};

/* Blocks a signal in this thread. */
class Blocked
{
  public:
    explicit Blocked(int number)
    {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, number);
        pthread_sigmask(SIG_BLOCK, &set, &saved_);
    }
    ~Blocked()
    {
        pthread_sigmask(SIG_SETMASK, &saved_, nullptr);
    }

  private:
    sigset_t saved_;
};

/* What a child says of one signal: "", "ignored", "blocked" or both. */
static std::string InChild(int number, subproc_signals signals, bool other_way)
{
    subproc_options options = other_way ? OtherWay(Captured()) : Captured();
    options.posix.signals = signals;
    Ran ran(Helper({"--signals"}), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    for (const std::string &line : Split(ran.out(), '\n'))
        if (line == std::to_string(number) || line.starts_with(std::to_string(number) + " "))
            return line.substr(std::min(line.size(), std::to_string(number).size() + 1));
    return "not told";
}

class PosixSignals : public Behaviour, public testing::WithParamInterface<bool>
{
};

TEST_P(PosixSignals, IgnoredOnesStayIgnoredAsWithNohup)
{
    Disposition hangup(SIGHUP, SIG_IGN);
    EXPECT_EQ("ignored", InChild(SIGHUP, SUBPROC_SIGNALS_DEFAULT, GetParam()));
    EXPECT_EQ("ignored", InChild(SIGHUP, SUBPROC_SIGNALS_INHERIT, GetParam()));
    EXPECT_EQ("", InChild(SIGHUP, SUBPROC_SIGNALS_RESET, GetParam()));
}

TEST_P(PosixSignals, AnIgnoredSigpipeBecomesDefaultUnlessInherited)
{
    Disposition pipe(SIGPIPE, SIG_IGN);
    EXPECT_EQ("", InChild(SIGPIPE, SUBPROC_SIGNALS_DEFAULT, GetParam()));
    EXPECT_EQ("ignored", InChild(SIGPIPE, SUBPROC_SIGNALS_INHERIT, GetParam()));
    EXPECT_EQ("", InChild(SIGPIPE, SUBPROC_SIGNALS_RESET, GetParam()));
}

TEST_P(PosixSignals, CaughtOnesBecomeDefault)
{
    Disposition caught(SIGUSR1, [](int) {});
    for (subproc_signals signals : {SUBPROC_SIGNALS_DEFAULT, SUBPROC_SIGNALS_INHERIT, SUBPROC_SIGNALS_RESET})
        EXPECT_EQ("", InChild(SIGUSR1, signals, GetParam()));
}

TEST_P(PosixSignals, TheMaskIsEmptyUnlessInherited)
{
    Blocked blocked(SIGUSR2);
    EXPECT_EQ("", InChild(SIGUSR2, SUBPROC_SIGNALS_DEFAULT, GetParam()));
    EXPECT_EQ("blocked", InChild(SIGUSR2, SUBPROC_SIGNALS_INHERIT, GetParam()));
    EXPECT_EQ("", InChild(SIGUSR2, SUBPROC_SIGNALS_RESET, GetParam()));
}

TEST_P(PosixSignals, OurOwnMaskStaysAsItWas)
{
    Blocked blocked(SIGUSR2);
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    InChild(SIGUSR1, SUBPROC_SIGNALS_DEFAULT, GetParam());
    Ran missing(Words{"./no-such-program"}, GetParam() ? OtherWay(Captured()) : Captured());
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, missing.code);
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (int number = 1; number < 32; number++)
        EXPECT_EQ(sigismember(&before, number), sigismember(&after, number)) << number;
}

INSTANTIATE_TEST_SUITE_P(Start, PosixSignals, testing::Bool(),
                         [](const auto &param) { return std::string(param.param ? "InOurOwnChild" : "BySpawn"); });

TEST_F(Posix, AWriteToADeadChildRaisesNoSigpipe)
{
    Disposition pipe(SIGPIPE, SIG_DFL);
    Child child(Helper({"--exit", "0"}), Piped());
    EXPECT_EQ(Exited(0), child.End());
    EXPECT_EQ(SUBPROC_E_CLOSED, child.Write("into nothing")) << Told(child.error);
    Child another(Helper({"--close", "0", "--out", "closed"}), Piped());
    EXPECT_EQ(SUBPROC_OK, another.Communicate(Pattern(1 << 20))) << Told(another.error);
    sigset_t pending;
    sigpending(&pending);
    EXPECT_EQ(0, sigismember(&pending, SIGPIPE));
}

TEST_F(Posix, ASigpipeThatWasPendingStaysPending)
{
    Blocked blocked(SIGPIPE);
    raise(SIGPIPE);
    Child child(Helper({"--exit", "0"}), Piped());
    EXPECT_EQ(Exited(0), child.End());
    EXPECT_EQ(SUBPROC_E_CLOSED, child.Write("into nothing")) << Told(child.error);
    sigset_t pending;
    sigpending(&pending);
    EXPECT_EQ(1, sigismember(&pending, SIGPIPE));
    int number;
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigwait(&pipe, &number);
}

/* ---- interruptions --------------------------------------------------------------------------------------------------------------------- */

/* A timer that interrupts every millisecond, with a handler that asks for no restart. */
class Storm
{
  public:
    Storm() : handler_(SIGALRM, [](int) { count++; })
    {
        Every(1000);
    }
    ~Storm()
    {
        Every(0);
    }
    static inline std::atomic<int> count{0};

  private:
    static void Every(int microseconds)
    {
        itimerval interval{{0, microseconds}, {0, microseconds}};
        setitimer(ITIMER_REAL, &interval, nullptr);
    }
    Disposition handler_;
};

TEST_F(Posix, InterruptionsDoNotDisturbARun)
{
    Storm storm;
    std::string data = Pattern(8 << 20);
    subproc_options options = Piped();
    options.input.data = data.data();
    options.input.size = data.size();
    for (bool other : {false, true}) {
        Ran ran(Helper({"--copy", "1024", "--sleep", "50"}), other ? OtherWay(options) : options);
        EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_TRUE(SameBytes(data, ran.out()));
    }
    EXPECT_GT(Storm::count, 0);
}

TEST_F(Posix, InterruptionsDoNotDisturbManyStarts)
{
    Storm storm;
    for (int i = 0; i < 100; i++) {
        Ran ran(Helper({"--out", "x"}), i % 2 == 0 ? Captured() : OtherWay(Captured()));
        EXPECT_EQ("x", ran.out()) << Told(ran.error);
    }
}

TEST_F(Posix, InterruptionsDoNotDisturbAWaitOrItsTimeout)
{
    Storm storm;
    Child child(Helper({"--out", "ready", "--read-all", "--sleep", "50", "--exit", "3"}), Piped());
    EXPECT_EQ(SUBPROC_E_TIMEOUT, child.Wait(100)) << Told(child.error);
    EXPECT_TRUE(child.Says("ready"));
    subproc_close_stream(child, SUBPROC_IN);
    EXPECT_EQ(Exited(3), child.End());
}

TEST_F(Posix, InterruptionsDoNotDisturbReadsAndWrites)
{
    Storm storm;
    Child child(Helper({"--sleep", "50", "--copy", "4096"}), Piped());
    std::string piece = Pattern(50000);
    for (int i = 0; i < 20; i++) {
        EXPECT_EQ(SUBPROC_OK, child.Write(piece)) << Told(child.error);
        EXPECT_TRUE(SameBytes(piece, child.Read(piece.size())));
    }
    char byte;
    size_t got;
    EXPECT_EQ(SUBPROC_E_TIMEOUT, subproc_read(child, SUBPROC_OUT, &byte, 1, 50, &got, &child.error));
}

TEST_F(Posix, InterruptionsDoNotDisturbACommunicateOrItsTimeout)
{
    Storm storm;
    std::string data = Pattern(1 << 20);
    Child child(Helper({"--sleep", "100", "--copy", "4096"}), Piped());
    EXPECT_EQ(SUBPROC_E_TIMEOUT, child.Communicate(data, 20)) << Told(child.error);
    EXPECT_EQ(SUBPROC_OK, child.Communicate(data)) << Told(child.error);
    EXPECT_TRUE(SameBytes(data, child.out()));
}

TEST_F(Posix, InterruptionsDoNotDisturbAStopOrACancel)
{
    Storm storm;
    subproc_ladder ladder{};
    ladder.ask_wait = 100;
    Child child(Helper({"--ignore", "15", "--out", "ready", "--hang"}), Captured());
    EXPECT_TRUE(child.Says("ready"));
    subproc_exit status;
    EXPECT_EQ(SUBPROC_OK, subproc_stop(child, &ladder, &status, &child.error)) << Told(child.error);
    EXPECT_EQ(Killed(), status);
    Trigger trigger;
    subproc_options options = Captured();
    options.cancel = trigger.get();
    Child cancelled(Helper({"--hang"}), options);
    std::thread other([&trigger] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        trigger.Fire();
    });
    EXPECT_EQ(SUBPROC_E_CANCELLED, cancelled.Wait()) << Told(cancelled.error);
    other.join();
}

/* ---- groups and sessions ------------------------------------------------------------------------------------------------------------------ */

TEST_F(Posix, AChildLeadsANewSession)
{
    subproc_options options = Captured();
    options.posix.new_session = 1;
    for (bool other : {false, true}) {
        Ran ran(Helper({"--identity"}), other ? OtherWay(options) : options);
        EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ(NumberOf(ran.out(), "pid"), NumberOf(ran.out(), "session"));
        EXPECT_EQ(NumberOf(ran.out(), "pid"), NumberOf(ran.out(), "process_group"));
    }
}

TEST_F(Posix, AChildLeadsOrJoinsAProcessGroup)
{
    subproc_options options = Piped();
    options.posix.set = SUBPROC_POSIX_PROCESS_GROUP;
    for (bool other : {false, true}) {
        options.posix.process_group = 0;
        Child leader(Helper({"--identity", "--read-all"}), other ? OtherWay(options) : options);
        ASSERT_EQ(SUBPROC_OK, leader.code) << Told(leader.error);
        options.posix.process_group = subproc_id(leader);
        Ran member(Helper({"--identity"}), other ? OtherWay(options) : options);
        EXPECT_EQ(SUBPROC_OK, member.code) << Told(member.error);
        EXPECT_EQ(std::to_string(subproc_id(leader)), NumberOf(member.out(), "process_group"));
        EXPECT_EQ(std::to_string(getsid(0)), NumberOf(member.out(), "session"));
        EXPECT_EQ(SUBPROC_OK, leader.Communicate("")) << Told(leader.error);
        EXPECT_EQ(NumberOf(leader.out(), "pid"), NumberOf(leader.out(), "process_group"));
    }
}

TEST_F(Posix, AProcessGroupThatDoesNotExistIsTold)
{
    subproc_options options = Captured();
    options.posix.set = SUBPROC_POSIX_PROCESS_GROUP;
    options.posix.process_group = 0x7ffffff0;
    Child child(Helper({}), options);
    EXPECT_NE(SUBPROC_OK, child.code);
    EXPECT_NE(0, child.error.native) << Told(child.error);
}

TEST_F(Posix, ANewSessionWithAProcessGroupIsRefused)
{
    subproc_options options = Captured();
    options.posix.set = SUBPROC_POSIX_PROCESS_GROUP;
    options.posix.new_session = 1;
    EXPECT_EQ(SUBPROC_E_INVALID, Child(Helper({}), options).code);
}

TEST_F(Posix, AStoppedChildInAGroupEndsAtTheAsk)
{
    subproc_options options = Captured();
    options.posix.set = SUBPROC_POSIX_PROCESS_GROUP;
    options.stop.ask_wait = deadline;
    Child child(Helper({"--on-term", "44", "--raise", std::to_string(SIGSTOP), "--hang"}), options);
    siginfo_t info;
    ASSERT_EQ(0, waitid(P_PID, (id_t)subproc_id(child), &info, WSTOPPED | WNOWAIT));
    subproc_exit status;
    EXPECT_EQ(SUBPROC_OK, subproc_stop(child, nullptr, &status, &child.error)) << Told(child.error);
    EXPECT_EQ(Exited(44), status);
}

/* ---- identities ------------------------------------------------------------------------------------------------------------------------------ */

static constexpr uint32_t someone = 1;        /* an ordinary user that every system has */
static constexpr uint32_t nobody_has = 59999; /* in no user database */

class PosixAsRoot : public Posix
{
  protected:
    void SetUp() override
    {
        Posix::SetUp();
        if (!IsRoot())
            GTEST_SKIP() << "only root may change the identity";
    }

    /* A copy of the helper where everyone may start it. */
    Words Public(std::initializer_list<std::string> actions)
    {
        std::vector<std::string> words = Helper(actions).list();
        words[0] = InFolder("helper");
        CopyProgram(HelperPath(), words[0]);
        return Words(words);
    }
};

static std::vector<std::string> GroupsOf(const std::string &report)
{
    std::vector<std::string> groups;
    for (const std::string &line : Split(report, '\n'))
        if (line.starts_with("group="))
            groups.push_back(line.substr(6));
    std::sort(groups.begin(), groups.end());
    return groups;
}

TEST_F(PosixAsRoot, AUserComesWithItsOwnGroups)
{
    subproc_options options = Captured();
    options.posix.set = SUBPROC_POSIX_USER;
    options.posix.user = someone;
    Ran ran(Public({"--identity"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("1", NumberOf(ran.out(), "uid"));
    EXPECT_EQ("1", NumberOf(ran.out(), "euid"));
    EXPECT_EQ("1", NumberOf(ran.out(), "gid"));
    EXPECT_EQ("1", NumberOf(ran.out(), "egid"));
    EXPECT_EQ(std::vector<std::string>{"1"}, GroupsOf(ran.out()));
    EXPECT_EQ(0u, geteuid()) << "ours stays";
}

TEST_F(PosixAsRoot, UserGroupAndGroupsAreTakenAsGiven)
{
    const uint32_t groups[] = {5, 7};
    subproc_options options = Captured();
    options.posix.set = SUBPROC_POSIX_USER | SUBPROC_POSIX_GROUP | SUBPROC_POSIX_GROUPS;
    options.posix.user = nobody_has;
    options.posix.group = 60001;
    options.posix.groups = groups;
    options.posix.group_count = 2;
    Ran ran(Public({"--identity"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("59999", NumberOf(ran.out(), "uid"));
    EXPECT_EQ("60001", NumberOf(ran.out(), "gid"));
    EXPECT_EQ((std::vector<std::string>{"5", "7"}), GroupsOf(ran.out()));
}

TEST_F(PosixAsRoot, NoGroupsAtAllIsAValueToo)
{
    subproc_options options = Captured();
    options.posix.set = SUBPROC_POSIX_GROUPS;
    Ran ran(Public({"--identity"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_TRUE(GroupsOf(ran.out()).empty());
    EXPECT_EQ("0", NumberOf(ran.out(), "uid"));
}

TEST_F(PosixAsRoot, AGroupAloneChangesOnlyThat)
{
    subproc_options options = Captured();
    options.posix.set = SUBPROC_POSIX_GROUP;
    options.posix.group = 60001;
    Ran ran(Public({"--identity"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("60001", NumberOf(ran.out(), "gid"));
    EXPECT_EQ("60001", NumberOf(ran.out(), "egid"));
    EXPECT_EQ("0", NumberOf(ran.out(), "uid"));
}

TEST_F(PosixAsRoot, AUserThatIsInNoDatabaseNeedsItsGroupsGiven)
{
    subproc_options options = Captured();
    options.posix.set = SUBPROC_POSIX_USER;
    options.posix.user = nobody_has;
    Child child(Helper({}), options);
    EXPECT_EQ(SUBPROC_E_INVALID, child.code) << Told(child.error);
}

TEST_F(PosixAsRoot, AFieldWithoutItsBitDoesNotCount)
{
    subproc_options options = Captured();
    options.posix.user = someone;
    options.posix.umask = 0777;
    Ran ran(Public({"--identity"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("0", NumberOf(ran.out(), "uid"));
}

/* Another user here, root again at the end of its life. */
class AsSomeone
{
  public:
    AsSomeone()
    {
        EXPECT_EQ(0, setgroups(0, nullptr));
        EXPECT_TRUE(BecomeWithAWayBack(someone));
    }
    ~AsSomeone()
    {
        EXPECT_EQ(0, seteuid(0));
        EXPECT_EQ(0, setegid(0));
    }
};

/* words: the set-id copy of the helper. Its owner is neither root nor us, so nothing that we send may reach it. */
OWN_PROCESS(AChildThatCannotBeStopped)
{
    AsSomeone user;
    Pipe leash, news;
    subproc_options options = Streams(SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_HANDLE);
    options.in.handle = leash.read;
    options.err.handle = news.write;
    options.timeout = 1000;
    options.stop.ask_wait = options.stop.kill_wait = 50;
    Words argv{words[0], "--become-owner", "--out", "ready", "--read-all", "--err", "end"};
    Ran ran(argv, options);
    EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code) << Told(ran.error);
    EXPECT_EQ("ready", ran.out());
    EXPECT_EQ(SUBPROC_EXIT_RUNNING, ran.result.exit.kind);
    EXPECT_EQ(SUBPROC_STOPPED_NOT_YET, ran.result.stop_step);
    EXPECT_NE(std::string::npos, std::string(ran.error.message).find(strerror(EPERM))) << ran.error.message;
    options.timeout = 0;
    options.out.kind = SUBPROC_STREAM_PIPE;
    Child child(argv, options);
    EXPECT_TRUE(child.Says("ready"));
    EXPECT_EQ(SUBPROC_E_ACCESS, subproc_kill(child, &child.error)) << Told(child.error);
    EXPECT_EQ(SUBPROC_E_ACCESS, subproc_terminate(child, &child.error)) << Told(child.error);
    int code = subproc_stop(child, nullptr, &child.status, &child.error);
    EXPECT_TRUE(code == SUBPROC_E_ACCESS || code == SUBPROC_E_TIMEOUT) << Told(child.error);
    EXPECT_EQ(SUBPROC_EXIT_RUNNING, child.status.kind);
    leash.write.Close();
    EXPECT_EQ(Exited(0), child.End());
    EXPECT_TRUE(news.read.Says("endend"));
    EXPECT_TRUE(Eventually([] { return Zombies() > 0; }));
    Ran next(Words{"/bin/true"});
    EXPECT_EQ(0, Uncollected()) << "the one that was given up is collected by a later start";
}

TEST_F(PosixAsRoot, AChildThatCannotBeStoppedIsReportedAsRunningWithTheReason)
{
    std::string copy = Public({}).list()[0];
    ASSERT_EQ(0, chown(copy.c_str(), 65534, 65534));
    ASSERT_EQ(0, chmod(copy.c_str(), 06755));
    subproc_options options = Captured();
    options.posix.set = SUBPROC_POSIX_USER;
    options.posix.user = someone;
    Ran probe(Words{copy, "--identity"}, options);
    if (NumberOf(probe.out(), "euid") != "65534")
        GTEST_SKIP() << "the folder of temporary files allows no set-id programs";
    InOwnProcess("AChildThatCannotBeStopped", {copy});
}

/* words: a program that everyone may start. */
OWN_PROCESS(LongTableOfAnotherUser)
{
    const std::string low = FlagsOfTheOutput();
    OpenMany();
    EXPECT_TRUE(Slow() || FlagsOfTheOutput() != low);
    AsSomeone user; /* whose children may not look at what we have in /proc */
    ExpectThatAllStreamsWork(words[0]);
    EXPECT_EQ(low, FlagsOfTheOutput()) << "the table is copied";
}

/* words: "empty", or "strange" with another's descriptors under our number; the file that tells that it was there. */
OWN_PROCESS(LongTableWithoutProc)
{
    OpenMany();
    FalseProc proc(words[0] == "strange" ? 2 * kMany : 0);
    if (!proc.exists())
        return;
    SaveFile(words[1], "it was there");
    ExpectThatAllStreamsWork(HelperPath());
}

TEST_F(PosixAsRoot, ALongTableOfDescriptorsIsCopiedWhereOursMayNotBeOpenedAnew)
{
    if (!MayOpenMany())
        GTEST_SKIP() << "the hard limit of descriptors is below " << kLimitForMany;
    InOwnProcess("LongTableOfAnotherUser", {Public({}).list()[0]});
}

TEST_F(PosixAsRoot, ALongTableOfDescriptorsIsCopiedWhereProcIsNotOurs)
{
    if (!MayOpenMany())
        GTEST_SKIP() << "the hard limit of descriptors is below " << kLimitForMany;
    if (Slow())
        GTEST_SKIP() << "without close_range as well nothing says what is open";
    for (std::string kind : {"empty", "strange"}) {
        InOwnProcess("LongTableWithoutProc", {kind, InFolder(kind)});
        if (LoadFile(InFolder(kind)).empty())
            GTEST_SKIP() << "root may not mount another /proc";
    }
}

/* words: a program that everyone may start, and a folder that only root may enter. */
OWN_PROCESS(WithoutPrivileges)
{
    AsSomeone user;
    subproc_options options = Captured();
    options.posix.set = SUBPROC_POSIX_USER | SUBPROC_POSIX_GROUP | SUBPROC_POSIX_GROUPS;
    options.posix.user = options.posix.group = nobody_has;
    Child other(Words{words[0]}, options);
    EXPECT_EQ(SUBPROC_E_ACCESS, other.code) << Told(other.error);
    options.posix.set = SUBPROC_POSIX_USER | SUBPROC_POSIX_GROUP;
    options.posix.user = options.posix.group = someone;
    Ran same(Words{words[0], "--exit", "3"}, options);
    EXPECT_EQ(Exited(3), same.result.exit) << "what it is already, anyone may name: " << Told(same.error);
    options = Captured();
    options.directory = words[1].c_str();
    Child closed(Words{words[0]}, options);
    EXPECT_EQ(SUBPROC_E_NO_DIRECTORY, closed.code) << Told(closed.error);
    EXPECT_STREQ("chdir", closed.error.step);
    std::string file = Join(words[1], "file");
    options = Captured();
    options.in.kind = SUBPROC_STREAM_FILE;
    options.in.path = file.c_str();
    Child unreadable(Words{words[0]}, options);
    EXPECT_EQ(SUBPROC_E_ACCESS, unreadable.code) << Told(unreadable.error);
    EXPECT_STREQ("open", unreadable.error.step);
}

OWN_PROCESS(WithoutFreeProcesses)
{
    AsSomeone user;
    SetSoftLimit(RLIMIT_NPROC, 0);
    for (bool other : {false, true}) {
        Child child(Words{words[0]}, other ? OtherWay(Captured()) : Captured());
        EXPECT_EQ(SUBPROC_E_LIMIT, child.code) << Told(child.error);
        EXPECT_EQ(EAGAIN, child.error.native);
    }
}

TEST_F(PosixAsRoot, WhatAnOrdinaryUserMayNotDoIsTold)
{
    std::string closed = InFolder("closed"), program = Public({}).list()[0];
    MakeFolder(closed);
    SaveFile(Join(closed, "file"), "");
    ASSERT_EQ(0, chmod(closed.c_str(), 0700));
    InOwnProcess("WithoutPrivileges", {program, closed});
}

TEST_F(PosixAsRoot, ALimitOfProcessesIsTold)
{
    InOwnProcess("WithoutFreeProcesses", {Public({}).list()[0]});
}

TEST_F(Posix, AUmaskIsGiven)
{
    for (uint32_t mask : {0u, 027u, 0777u}) {
        subproc_options options = Captured();
        options.posix.set = SUBPROC_POSIX_UMASK;
        options.posix.umask = mask;
        Ran ran(Helper({"--identity"}), options);
        ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ(std::to_string(mask), NumberOf(ran.out(), "umask"));
    }
    mode_t ours = umask(0);
    umask(ours);
    EXPECT_NE(0777u, ours);
}

TEST_F(Posix, ResourceLimitsAreGiven)
{
    const subproc_resource_limit limits[] = {{RLIMIT_NOFILE, 50, 60}, {RLIMIT_CORE, 0, 0}};
    subproc_options options = Captured();
    options.posix.limits = limits;
    options.posix.limit_count = 2;
    Ran files(Helper({"--limit", std::to_string(RLIMIT_NOFILE)}), options);
    EXPECT_EQ("soft=50\nhard=60\n", files.out()) << Told(files.error);
    Ran core(Helper({"--limit", std::to_string(RLIMIT_CORE)}), options);
    EXPECT_EQ("soft=0\nhard=0\n", core.out()) << Told(core.error);
}

TEST_F(Posix, AnUnlimitedLimitIsGiven)
{
    rlimit ours;
    ASSERT_EQ(0, getrlimit(RLIMIT_CPU, &ours));
    if (ours.rlim_max != RLIM_INFINITY)
        GTEST_SKIP() << "CPU time is limited here";
    const subproc_resource_limit limits[] = {{RLIMIT_CPU, UINT64_MAX, UINT64_MAX}};
    subproc_options options = Captured();
    options.posix.limits = limits;
    options.posix.limit_count = 1;
    Ran ran(Helper({"--limit", std::to_string(RLIMIT_CPU)}), options);
    EXPECT_EQ(std::to_string((long long)RLIM_INFINITY), NumberOf(ran.out(), "soft")) << Told(ran.error);
}

TEST_F(Posix, ALimitThatDoesNotExistIsTold)
{
    const subproc_resource_limit limits[] = {{9999, 1, 1}};
    subproc_options options = Captured();
    options.posix.limits = limits;
    options.posix.limit_count = 1;
    Child child(Helper({}), options);
    EXPECT_EQ(SUBPROC_E_INVALID, child.code) << Told(child.error);
    EXPECT_EQ(EINVAL, child.error.native);
}

/* Linux begins the count of a child's peak at its parent's. */
TEST_F(Posix, APeakThatMayBeOursIsUnknown)
{
    if (!OnLinux())
        GTEST_SKIP() << "other systems count from nothing";
    std::string ours = Pattern(32 << 20);
    Ran ran(Helper({}));
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ(-1, ran.result.peak_rss);
}

/* ---- files -------------------------------------------------------------------------------------------------------------------------------------- */

TEST_F(Posix, AFifoWithoutAWriterIsAtItsEndAtOnce)
{
    std::string path = InFolder("fifo");
    ASSERT_EQ(0, mkfifo(path.c_str(), 0600));
    subproc_options options = Captured();
    options.in.kind = SUBPROC_STREAM_FILE;
    options.in.path = path.c_str();
    Ran ran(Helper({"--count", "--non-blocking", "1"}), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("count=0\nflags=0\n", ran.out());
}

TEST_F(Posix, AFifoWithAWriterIsRead)
{
    std::string path = InFolder("fifo");
    ASSERT_EQ(0, mkfifo(path.c_str(), 0600));
    Handle holder(open(path.c_str(), O_RDWR | O_CLOEXEC));
    subproc_options options = Streams(SUBPROC_STREAM_FILE, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_INHERIT);
    options.in.path = path.c_str();
    Child child(Helper({"--out", "ready", "--copy", "4096"}), options);
    EXPECT_TRUE(child.Says("ready"));
    EXPECT_TRUE(holder.Write("through"));
    holder.Close();
    EXPECT_EQ("through", child.ReadAll());
}

TEST_F(Posix, AFifoThatNobodyReadsIsClosed)
{
    std::string path = InFolder("fifo");
    ASSERT_EQ(0, mkfifo(path.c_str(), 0600));
    subproc_options options = Captured();
    options.out.kind = SUBPROC_STREAM_FILE;
    options.out.path = path.c_str();
    for (subproc_file_mode mode : {SUBPROC_FILE_TRUNCATE, SUBPROC_FILE_APPEND}) {
        options.out.mode = mode;
        Child child(Helper({}), options);
        EXPECT_EQ(SUBPROC_E_CLOSED, child.code) << Told(child.error);
        EXPECT_STREQ("open", child.error.step);
    }
}

TEST_F(Posix, AFifoThatSomeoneReadsIsWritten)
{
    std::string path = InFolder("fifo");
    ASSERT_EQ(0, mkfifo(path.c_str(), 0600));
    Handle reader(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_FILE, SUBPROC_STREAM_PIPE);
    options.out.path = path.c_str();
    Ran ran(Helper({"--out", "through"}), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("through", reader.ReadAll());
}

/* Where `long` has 32 bits open() refuses it unless off_t was asked to have 64: EOVERFLOW of open(2). */
TEST_F(Posix, AFileOfMoreThanTwoGigabytesIsAStream)
{
    const off_t size = static_cast<off_t>(3) << 30;
    std::string path = NewFile("large", "");
    ASSERT_EQ(0, truncate(path.c_str(), size)) << "of holes alone";
    subproc_options options = Streams(SUBPROC_STREAM_FILE, SUBPROC_STREAM_FILE, SUBPROC_STREAM_PIPE);
    options.in.path = options.out.path = path.c_str();
    options.out.mode = SUBPROC_FILE_APPEND;
    Ran ran(Helper({"--out", "end"}), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    struct stat found;
    ASSERT_EQ(0, stat(path.c_str(), &found));
    EXPECT_EQ(size + 3, found.st_size);
}

TEST_F(Posix, AFileThatMayNotRunIsToldAsAccess)
{
    std::string plain = NewFile("plain", "#!/bin/sh\n");
    Words path{PathList({Folder()})};
    EXPECT_EQ("ACCESS", Start(plain, Words{}));
    EXPECT_EQ("ACCESS", Start("plain", path)) << "in PATH there is no other";
    EXPECT_EQ("ACCESS", Which(plain, Words{}));
    EXPECT_EQ("ACCESS", Which("plain", path));
    Child child(Words{plain}, Captured());
    EXPECT_STREQ("exec", child.error.step);
    EXPECT_EQ("cannot start '" + plain + "': it may not be executed: " + strerror(EACCES), child.error.message);
}

TEST_F(Posix, AScriptRunsWithItsInterpreter)
{
    std::string path = InFolder("script");
    CopyProgram(NewFile("text", "#!/bin/sh\nexit 5\n"), path);
    Ran ran(Words{path}, Captured());
    EXPECT_EQ(Exited(5), ran.result.exit) << Told(ran.error);
}

TEST_F(Posix, AMissingInterpreterIsToldAsSuch)
{
    std::string path = InFolder("script");
    CopyProgram(NewFile("text", "#!/no/such/interpreter\n"), path);
    for (bool other : {false, true}) {
        Child child(Words{path}, other ? OtherWay(Captured()) : Captured());
        EXPECT_EQ(SUBPROC_E_NOT_FOUND, child.code) << Told(child.error);
        EXPECT_STREQ("interpreter", child.error.step);
    }
}

TEST_F(Posix, TheOtherWayToStartTellsTheSameErrors)
{
    std::string plain = NewFile("plain", "text"), garbage = InFolder("garbage"), directory = InFolder("missing");
    CopyProgram(plain, garbage);
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, Child(Words{"no-such-program-here"}, OtherWay(Captured())).code);
    EXPECT_EQ(SUBPROC_E_ACCESS, Child(Words{plain}, OtherWay(Captured())).code);
    EXPECT_EQ(SUBPROC_E_FORMAT, Child(Words{garbage}, OtherWay(Captured())).code);
    EXPECT_EQ(SUBPROC_E_TOO_LONG, Child(Helper({std::string(5 << 20, 'x')}), OtherWay(Captured())).code);
    subproc_options options = OtherWay(Captured());
    options.directory = directory.c_str();
    Child child(Words{"no-such-program-here"}, options);
    EXPECT_EQ(SUBPROC_E_NO_DIRECTORY, child.code) << Told(child.error);
    EXPECT_STREQ("chdir", child.error.step);
}

/* ---- terminals -------------------------------------------------------------------------------------------------------------------------------------- */

/* A terminal of our own: what `script` would put in front of us. */
class Terminal
{
  public:
    Terminal() : ours(posix_openpt(O_RDWR | O_NOCTTY))
    {
        int master = (int)(subproc_handle)ours;
        fcntl(master, F_SETFD, FD_CLOEXEC);
        EXPECT_EQ(0, grantpt(master));
        EXPECT_EQ(0, unlockpt(master));
        theirs = Handle(open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC));
    }
    Handle ours, theirs;
};

TEST_F(Posix, ATerminalServesAsEveryStream)
{
    Terminal terminal;
    subproc_options options = Streams(SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_HANDLE);
    options.in.handle = options.out.handle = options.err.handle = terminal.theirs;
    Child child(Helper({"--terminal", "0", "--terminal", "1", "--terminal", "2", "--read", "6", "--exit", "3"}), options);
    ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    EXPECT_TRUE(terminal.ours.Says("terminal=1\r\nterminal=1\r\nterminal=1\r\n"));
    EXPECT_TRUE(terminal.ours.Write("typed\n"));
    EXPECT_EQ(Exited(3), child.End());
}

TEST_F(Posix, OurOwnTerminalIsInherited)
{
    Terminal terminal;
    OwnStreams ours(terminal.theirs, terminal.theirs, terminal.theirs);
    subproc_options options = Streams(SUBPROC_STREAM_INHERIT, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_DEFAULT);
    Ran ran(Helper({"--terminal", "0", "--terminal", "1", "--terminal", "2"}), options);
    EXPECT_EQ("terminal=1\nterminal=0\nterminal=1\n", ran.out()) << Told(ran.error);
}
