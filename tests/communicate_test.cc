/* communicate: all streams at once, nothing lost or repeated, and back in time. */
#include "support.h"

#include <thread>

using namespace test;

class Communicate : public Behaviour
{
};

static void ThroughAndBack(size_t size, const char *piece)
{
    std::string data = Pattern(size);
    Child child(Helper({"--copy", piece}), Piped());
    EXPECT_EQ(SUBPROC_OK, child.Communicate(data)) << Told(child.error);
    EXPECT_TRUE(SameBytes(data, child.out()));
    EXPECT_EQ(size, child.result.out.total);
    EXPECT_EQ("", child.err());
    EXPECT_EQ(Exited(0), child.result.exit);
    EXPECT_EQ(0, child.result.incomplete);
}

TEST_F(Communicate, Moves64MiBInAndOutWith4KiBWrites)
{
    ThroughAndBack(64 << 20, "4096");
}

TEST_F(Communicate, Moves64MiBInAndOutWith1MiBWrites)
{
    ThroughAndBack(64 << 20, "1048576");
}

TEST_F(Communicate, MovesManyWritesOfOneByte)
{
    ThroughAndBack(OnWindows() ? 128 << 10 : 1 << 20, "1");
}

TEST_F(Communicate, MovesEverySizeAroundAPipesCapacity)
{
    for (int size : {0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 131072, 131073})
        ThroughAndBack((size_t)size, "65536");
}

TEST_F(Communicate, KeepsEveryByteValue)
{
    std::string data;
    for (int i = 0; i < 1024; i++)
        data += (char)i;
    Child child(Helper({"--copy", "4096"}), Piped());
    EXPECT_EQ(SUBPROC_OK, child.Communicate(data)) << Told(child.error);
    EXPECT_TRUE(SameBytes(data, child.out()));
    EXPECT_EQ('\0', child.result.out.data[child.result.out.size]);
}

TEST_F(Communicate, EmptyOutputIsAnEmptyString)
{
    Child child(Helper({}), Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_NULL));
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    ASSERT_NE(nullptr, child.result.out.data);
    EXPECT_STREQ("", child.result.out.data);
    EXPECT_EQ(nullptr, child.result.err.data);
}

TEST_F(Communicate, FeedsAChildThatFillsStderrBeforeItReads)
{
    std::string data = Pattern(1 << 20);
    Child child(Helper({"--fill-err", "3000000", "65536", "--copy", "65536", "--fill-err", "7", "7"}), Piped());
    EXPECT_EQ(SUBPROC_OK, child.Communicate(data)) << Told(child.error);
    EXPECT_TRUE(SameBytes(data, child.out()));
    EXPECT_TRUE(SameBytes(Pattern(3000000) + Pattern(7), child.err()));
}

TEST_F(Communicate, AChildThatClosesItsInputEarlyIsNoError)
{
    Child child(Helper({"--read", "10", "--close", "0", "--fill-out", "100000", "4096", "--exit", "4"}),
                WithoutConsole(Piped()));
    EXPECT_EQ(SUBPROC_OK, child.Communicate(Pattern(4 << 20))) << Told(child.error);
    EXPECT_TRUE(SameBytes(Pattern(100000), child.out()));
    EXPECT_EQ(Exited(4), child.result.exit);
}

TEST_F(Communicate, AChildThatExitsBeforeItsInputIsWrittenIsNoError)
{
    Child child(Helper({"--out", "gone", "--exit", "4"}), Piped());
    subproc_handle handle;
    ASSERT_EQ(SUBPROC_OK, subproc_exit_handle(child, &handle, &child.error)) << Told(child.error);
    ASSERT_TRUE(IsReady(handle, deadline));
    EXPECT_EQ(SUBPROC_OK, child.Communicate(Pattern(4 << 20))) << Told(child.error);
    EXPECT_EQ("gone", child.out());
    EXPECT_EQ(Exited(4), child.result.exit);
}

TEST_F(Communicate, WithoutPipesItSimplyWaits)
{
    Child child(Helper({"--sleep", "30", "--exit", "4"}),
                Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_NULL, SUBPROC_STREAM_NULL));
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    EXPECT_EQ(Exited(4), child.result.exit);
    EXPECT_EQ(nullptr, child.result.out.data);
}

TEST_F(Communicate, WithoutInputTheChildIsAtItsEndAtOnce)
{
    Child child(Helper({"--count"}), Piped());
    EXPECT_EQ(SUBPROC_OK, subproc_communicate(child, nullptr, 0, deadline, &child.result, &child.error))
        << Told(child.error);
    EXPECT_EQ("count=0\n", child.out());
}

TEST_F(Communicate, WaitsForAChildThatClosedItsPipesLongBeforeItsEnd)
{
    Child child(Helper({"--close", "1", "--close", "2", "--close", "0", "--sleep", "60", "--exit", "4"}),
                WithoutConsole(Piped()));
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    EXPECT_EQ(Exited(4), child.result.exit);
}

TEST_F(Communicate, GivesOnlyTheRestAfterReadsByHand)
{
    Child child(Helper({"--out", "first", "--read", "1", "--out", "second"}), Piped());
    EXPECT_TRUE(child.Says("fir"));
    EXPECT_EQ(SUBPROC_OK, child.Communicate("x")) << Told(child.error);
    EXPECT_EQ("stsecond", child.out());
}

TEST_F(Communicate, FeedsOnlyTheRestAfterWritesByHand)
{
    Child child(Helper({"--copy", "4096"}), Piped());
    EXPECT_EQ(SUBPROC_OK, child.Write("by hand, ")) << Told(child.error);
    EXPECT_EQ(SUBPROC_OK, child.Communicate("at once")) << Told(child.error);
    EXPECT_EQ("by hand, at once", child.out());
}

TEST_F(Communicate, HandsOutEachByteOnce)
{
    Child child(Helper({"--copy", "4096"}), Piped());
    EXPECT_EQ(SUBPROC_OK, child.Communicate("once")) << Told(child.error);
    EXPECT_EQ("once", child.out());
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    EXPECT_EQ("", child.out());
    EXPECT_EQ(Exited(0), child.result.exit);
}

/* ---- timeouts in the middle ------------------------------------------------------------------------------------------------ */

TEST_F(Communicate, GoesOnAfterATimeoutAndLosesNothing)
{
    const std::string data = Pattern(3 << 20), half = data.substr(0, 1 << 20);
    subproc_options options = Piped();
    Gate gate(&options);
    Child child(
        Helper({"--copy-some", std::to_string(half.size()), "--err", "half", "--wait-for", gate.word(), "--copy", "4096"}),
        options);
    while (child.Communicate(data, 20) == SUBPROC_E_TIMEOUT) {
        EXPECT_EQ(SUBPROC_EXIT_RUNNING, child.result.exit.kind);
        EXPECT_TRUE(SameBytes(data.substr(0, child.result.out.size), child.out())) << "what came so far";
        EXPECT_LE(child.result.out.size, half.size());
        if (child.out().size() == half.size() && child.err() == "half")
            break;
    }
    EXPECT_EQ(SUBPROC_E_TIMEOUT, child.Communicate(data, -1)) << Told(child.error);
    EXPECT_TRUE(SameBytes(half, child.out())) << "still there after another one";
    gate.Open();
    EXPECT_EQ(SUBPROC_OK, child.Communicate(data)) << Told(child.error);
    EXPECT_TRUE(SameBytes(data, child.out()));
    EXPECT_EQ(data.size(), child.result.out.total);
    EXPECT_EQ("half", child.err());
    EXPECT_EQ(Exited(0), child.result.exit);
}

TEST_F(Communicate, ManyShortTimeoutsLoseNothing)
{
    const std::string data = Pattern(2 << 20);
    Child child(Helper({"--sleep", "60", "--copy", "1024"}), Piped());
    int timeouts = 0;
    while (child.Communicate(data, timeouts % 3) == SUBPROC_E_TIMEOUT) {
        ASSERT_TRUE(SameBytes(data.substr(0, child.result.out.size), child.out()));
        timeouts++;
    }
    EXPECT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    EXPECT_TRUE(SameBytes(data, child.out()));
    EXPECT_GT(timeouts, 0);
}

/* Input is borrowed only while a call runs. */
TEST_F(Communicate, TheSameInputMayLieElsewhereTheNextTime)
{
    const std::string data = Pattern(1 << 20);
    Child child(Helper({"--sleep", "60", "--copy", "65536"}), Piped());
    int calls = 0;
    do {
        std::string copy = data;
        child.Communicate(copy, 5);
        copy.assign(copy.size(), 'x');
    } while (child.code == SUBPROC_E_TIMEOUT && ++calls < 100000);
    EXPECT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    EXPECT_TRUE(SameBytes(data, child.out()));
}

TEST_F(Communicate, AnotherSizeAfterATimeoutIsRefused)
{
    Child child(Helper({"--sleep", "50", "--copy", "4096"}), Piped());
    EXPECT_EQ(SUBPROC_E_TIMEOUT, child.Communicate("input", -1)) << Told(child.error);
    EXPECT_EQ(SUBPROC_E_INVALID, child.Communicate("inputs")) << Told(child.error);
    EXPECT_EQ(nullptr, child.result.out.data);
    EXPECT_EQ(SUBPROC_OK, child.Communicate("input")) << Told(child.error);
    EXPECT_EQ("input", child.out());
}

/* ---- when someone else holds the pipe --------------------------------------------------------------------------------------- */

/* A child that ends while its grandchild holds its output, until the leash is let go. */
class CommunicateWithAGrandchild : public Communicate
{
  protected:
    subproc_options Options()
    {
        subproc_options options = Streams(SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_NULL);
        options.in.handle = leash.read;
        return options;
    }
    Words command = Helper({"--out", "child", "--grandchild", "3", "--read-all", "--out", "late"});
    Pipe leash;
};

TEST_F(CommunicateWithAGrandchild, ComesBackAtTheDeadline)
{
    Child child(command, Options());
    EXPECT_EQ(Exited(0), child.End());
    EXPECT_EQ(SUBPROC_E_TIMEOUT, child.Communicate("", 50)) << Told(child.error);
    EXPECT_EQ("child", child.out());
    leash.write.Close();
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    EXPECT_EQ("childlate", child.out());
}

TEST_F(CommunicateWithAGrandchild, ComesBackAfterLinger)
{
    subproc_options options = Options();
    options.linger = 100;
    Child child(command, options);
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    EXPECT_EQ("child", child.out());
    EXPECT_EQ(1, child.result.incomplete);
    EXPECT_EQ(Exited(0), child.result.exit);
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    EXPECT_EQ("", child.out()) << "each byte is handed out once, and the pipe was left";
}

TEST_F(CommunicateWithAGrandchild, ANegativeLingerHasExpired)
{
    subproc_options options = Options();
    options.linger = -1;
    Child child(command, options);
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    EXPECT_EQ(1, child.result.incomplete);
}

/* On Windows the last piece of the input is still on its way when the child has ended. */
TEST_F(Communicate, FeedsAGrandchildAfterTheEndOfTheChild)
{
    for (int round = 0; round < 10; round++) {
        Child child(Helper({"--grandchild", "1", "--count"}), Piped());
        EXPECT_EQ(SUBPROC_OK, child.Communicate(Pattern(200000))) << Told(child.error);
        EXPECT_EQ("200000", NumberOf(child.out(), "count"));
    }
}

/* ---- cancel ------------------------------------------------------------------------------------------------------------------------ */

TEST_F(Communicate, IsCancelledInTheMiddle)
{
    Trigger trigger;
    subproc_options options = Piped();
    options.cancel = trigger.get();
    Child child(Helper({"--out", "ready", "--hang"}), options);
    EXPECT_TRUE(child.Says("r"));
    std::thread other([&trigger] { trigger.Fire(); });
    EXPECT_EQ(SUBPROC_E_CANCELLED, child.Communicate(Pattern(1 << 20))) << Told(child.error);
    other.join();
    EXPECT_EQ("eady", child.out());
    EXPECT_EQ(SUBPROC_REASON_CANCELLED, child.result.reason);
    EXPECT_EQ(CanAsk() ? Terminated() : Killed(), child.result.exit);
}
