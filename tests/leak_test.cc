/* Nothing stays behind: memory, descriptors or handles, children, after each success and each failure, many times over. */
#include "support.h"

#include <functional>

using namespace test;

class Leak : public Behaviour
{
  protected:
    /* Does it until everything that is made once exists, then many times: the heap must not grow with each. */
    static void ManyTimes(const std::function<void()> &once)
    {
        const int warm = OnWindows() ? 4 : 8, rounds = OnWindows() ? 12 : 24;
        for (int i = 0; i < warm; i++)
            once();
        std::vector<std::string> held = Held();
        /* A leak grows each time. Wine 10's heap takes a group of blocks for itself now and then. glibc's moves free ones to a
         * thread's own lists, where they count as used: without ctest, GLIBC_TUNABLES=glibc.malloc.tcache_count=0 stops that. */
        int64_t grown = rounds * smallest_leak;
        for (int tries = 0; tries < 10 && grown >= rounds * smallest_leak; tries++)
            grown = Growth(once, rounds);
        EXPECT_EQ("", Leaked(held, Held()));
        EXPECT_EQ(0, Uncollected());
        EXPECT_LT(grown, rounds * smallest_leak) << "bytes of heap";
    }

    static int64_t Growth(const std::function<void()> &once, int rounds)
    {
        int64_t heap = Heap();
        for (int i = 0; i < rounds; i++)
            once();
        return Heap() - heap;
    }

    static constexpr int64_t smallest_leak = 24; /* one allocation each time would be more than that */
};

TEST_F(Leak, ARunLeavesNothing)
{
    ManyTimes([] {
        Ran ran(Helper({"--out", "O", "--err", "E"}), Captured());
        EXPECT_EQ("O", ran.out()) << Told(ran.error);
    });
}

TEST_F(Leak, AChildStoppedHalfwayLeavesNothing)
{
    ManyTimes([] {
        Child child(Helper({"--out", "ready", "--hang"}), Piped());
        EXPECT_TRUE(child.Says("ready"));
        EXPECT_EQ(SUBPROC_E_TIMEOUT, child.Communicate(std::string(200000, 'x'), 0));
    });
}

TEST_F(Leak, ATimedOutRunLeavesNothing)
{
    ManyTimes([] {
        subproc_options options = Piped();
        options.timeout = 1;
        options.stop.ask_wait = -1;
        Ran ran(Helper({"--hang"}), options);
        EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code) << Told(ran.error);
    });
}

TEST_F(Leak, ALinkLeavesNothing)
{
    ManyTimes([] {
        Child first(Helper({"--out", "x"}), Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_LINK));
        subproc_options options = Streams(SUBPROC_STREAM_FROM, SUBPROC_STREAM_LINK, SUBPROC_STREAM_INHERIT);
        options.in.from = first;
        Child second(Helper({"--read-all"}), options);
        EXPECT_EQ(Exited(0), second.End());
        EXPECT_EQ(Exited(0), first.End());
    });
}

/* Every failure of a start, with three pipes and a file open by then. */
static void FailOnce(const char *const *argv, const std::function<void(subproc_options *)> &change, int code)
{
    subproc_options options = Piped();
    change(&options);
    Child child(argv, options);
    EXPECT_EQ(code, child.code) << Told(child.error);
    Ran ran(argv, options);
    EXPECT_EQ(code, ran.code) << Told(ran.error);
}

TEST_F(Leak, AMissingProgramLeavesNothing)
{
    ManyTimes([] {
        FailOnce(
            Words{"no-such-program-here"}, [](subproc_options *) {}, SUBPROC_E_NOT_FOUND);
    });
}

TEST_F(Leak, AMissingPathLeavesNothing)
{
    std::string path = InFolder("none");
    ManyTimes([&] {
        FailOnce(
            Words{path}, [](subproc_options *) {}, SUBPROC_E_NOT_FOUND);
    });
}

TEST_F(Leak, AMissingDirectoryLeavesNothing)
{
    std::string directory = InFolder("none");
    ManyTimes([&] {
        FailOnce(
            Helper({}), [&](subproc_options *options) { options->directory = directory.c_str(); }, SUBPROC_E_NO_DIRECTORY);
    });
}

TEST_F(Leak, AWrongFormatLeavesNothing)
{
    std::string file = InFolder(ProgramFile("garbage"));
    CopyProgram(NewFile("content", "this is no program\n"), file);
    ManyTimes([&] {
        FailOnce(
            Words{file}, [](subproc_options *) {}, SUBPROC_E_FORMAT);
    });
}

TEST_F(Leak, AMissingErrFileLeavesNothing)
{
    std::string path = Join(InFolder("none"), "file");
    auto change = [&](subproc_options *options) {
        options->err.kind = SUBPROC_STREAM_FILE;
        options->err.path = path.c_str();
    };
    ManyTimes([&] { FailOnce(Helper({}), change, SUBPROC_E_NOT_FOUND); });
}

TEST_F(Leak, ABadVariableLeavesNothing)
{
    Words bad{"GOOD=1", "=x"};
    ManyTimes([&] {
        FailOnce(
            Helper({}), [&](subproc_options *options) { options->environment.changes = bad; }, SUBPROC_E_INVALID);
    });
}

TEST_F(Leak, ATooLongArgumentLeavesNothing)
{
    Words words = Helper({std::string(OnWindows() ? 40000 : 5 << 20, 'x')});
    ManyTimes([&] {
        FailOnce(
            words, [](subproc_options *) {}, SUBPROC_E_TOO_LONG);
    });
}

TEST_F(Leak, AReservedWordLeavesNothing)
{
    ManyTimes([&] {
        FailOnce(
            Helper({}), [](subproc_options *options) { options->err.reserved[3] = 1; }, SUBPROC_E_INVALID);
    });
}

TEST_F(Leak, QuoteAndWhichLeaveNothing)
{
    ManyTimes([] {
        char *text;
        EXPECT_EQ(SUBPROC_OK, subproc_quote(SUBPROC_QUOTE_ARGV, Words{"a b", "c\"d"}, &text, nullptr));
        subproc_free_string(text);
        EXPECT_EQ(SUBPROC_OK, subproc_which(HelperPath().c_str(), nullptr, &text, nullptr));
        subproc_free_string(text);
        EXPECT_EQ(SUBPROC_E_NOT_FOUND, subproc_which("no-such-program-here", nullptr, &text, nullptr));
        EXPECT_EQ(nullptr, text);
    });
}

TEST_F(Leak, AChildFreedWhileItRunsLeavesNothing)
{
    ManyTimes([] {
        Pipe leash, news;
        subproc_options options = Streams(SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_HANDLE);
        options.in.handle = leash.read;
        options.err.handle = news.write;
        Child child(Helper({"--read-all"}), options);
        subproc_free(child.Release());
        leash.write.Close();
        news.write.Close();
        EXPECT_EQ("", news.read.ReadAll());
        EXPECT_TRUE(OnWindows() || Eventually([] { return Zombies() == 1; }));
        Ran next(Helper({}));
        EXPECT_EQ(0, Uncollected());
    });
}
