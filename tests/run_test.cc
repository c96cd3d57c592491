/* run: once from the start to the result, with the ladder at the deadline. */
#include "support.h"

#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

using namespace test;

class Run : public Behaviour
{
};

TEST_F(Run, GivesOutputAndStatus)
{
    Ran ran(Helper({"--out", "O", "--err", "E", "--exit", "3"}), Captured());
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("O", ran.out());
    EXPECT_EQ("E", ran.err());
    EXPECT_EQ(1u, ran.result.out.total);
    EXPECT_EQ(Exited(3), ran.result.exit);
    EXPECT_EQ(SUBPROC_REASON_ENDED, ran.result.reason);
    EXPECT_EQ(SUBPROC_STOPPED_NOT_NEEDED, ran.result.stop_step);
    EXPECT_EQ(0, ran.result.incomplete);
    EXPECT_EQ(0, ran.result.ask_skipped);
}

TEST_F(Run, TakesNoOptionsAndNoError)
{
    subproc_result result;
    EXPECT_EQ(SUBPROC_OK, subproc_run(Helper({"--exit", "2"}), nullptr, &result, nullptr));
    EXPECT_EQ(Exited(2), result.exit);
    EXPECT_EQ(nullptr, result.out.data);
    subproc_result_free(&result);
    EXPECT_EQ(nullptr, result.command);
}

TEST_F(Run, FeedsInputWithoutBeingToldThatItIsAPipe)
{
    subproc_options options = Streams(SUBPROC_STREAM_DEFAULT, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_NULL);
    options.input.data = "fed";
    options.input.size = 3;
    Ran ran(Helper({"--copy", "4096"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("fed", ran.out());
}

TEST_F(Run, APipeForInputWithoutInputIsClosedAtOnce)
{
    Ran ran(Helper({"--count"}), Piped());
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("count=0\n", ran.out());
}

TEST_F(Run, AChildThatDoesNotReadItsInputIsNoError)
{
    std::string data = Pattern(4 << 20);
    subproc_options options = Piped();
    options.input.data = data.data();
    options.input.size = data.size();
    Ran ran(Helper({"--out", "done"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("done", ran.out());
}

TEST_F(Run, ZeroesTheResultWhenItFails)
{
    subproc_result result;
    memset(&result, 0xAA, sizeof result);
    subproc_error error;
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, subproc_run(Words{"no-such-program-here"}, nullptr, &result, &error)) << Told(error);
    EXPECT_EQ(nullptr, result.out.data);
    EXPECT_EQ(nullptr, result.err.data);
    EXPECT_EQ(SUBPROC_EXIT_RUNNING, result.exit.kind);
    for (uint64_t word : result.reserved)
        EXPECT_EQ(0u, word);
    subproc_result_free(&result);
}

TEST_F(Run, TheResultNamesTheCommand)
{
    Ran ran(Helper({"--exit", "0"}));
    ASSERT_NE(nullptr, ran.result.command);
    EXPECT_EQ(HelperPath() + " --exit 0", ran.result.command);
}

/* ---- check ----------------------------------------------------------------------------------------------------------------------- */

TEST_F(Run, CheckAcceptsZeroAlone)
{
    subproc_error error;
    Ran good(Helper({"--exit", "0"})), bad(Helper({"--exit", "1"}));
    EXPECT_EQ(SUBPROC_OK, subproc_check(&good.result, &error)) << Told(error);
    EXPECT_EQ(0, error.code);
    EXPECT_EQ(SUBPROC_E_EXIT, subproc_check(&bad.result, &error));
    EXPECT_EQ("command '" + HelperPath() + " --exit 1' returned non-zero exit status 1", error.message);
    EXPECT_EQ(SUBPROC_E_EXIT, subproc_check(&bad.result, nullptr));
}

TEST_F(Run, CheckTellsOfATimeout)
{
    subproc_options options{};
    options.timeout = 30;
    options.stop.ask_wait = -1;
    Ran ran(Helper({"--hang"}), options);
    EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code) << Told(ran.error);
    subproc_error error;
    EXPECT_EQ(SUBPROC_E_EXIT, subproc_check(&ran.result, &error));
}

/* ---- the deadline ------------------------------------------------------------------------------------------------------------------ */

/* Runs a command that never ends by itself with a deadline that leaves it time to say what it says, on a slow machine too; or
 * one that ends, and leaves behind what never does. */
static std::unique_ptr<Ran> RunPast(const Words &argv, subproc_options options, const std::string &said, bool ends = false)
{
    std::unique_ptr<Ran> ran;
    for (int64_t timeout : {300, 3000, 20000}) {
        options.timeout = timeout;
        ran = std::make_unique<Ran>(argv, options);
        if (ran->out() == said && (!ends || ran->result.stop_step == SUBPROC_STOPPED_NOT_NEEDED))
            break;
    }
    EXPECT_TRUE(SameBytes(said, ran->out()));
    EXPECT_EQ(SUBPROC_E_TIMEOUT, ran->code) << Told(ran->error);
    EXPECT_EQ(SUBPROC_REASON_TIMED_OUT, ran->result.reason);
    return ran;
}

TEST_F(Run, KeepsWhatCameBeforeTheDeadline)
{
    auto ran = RunPast(Helper({"--err", "too", "--out", "before", "--hang"}), Captured(), "before");
    EXPECT_EQ("too", ran->err());
    EXPECT_EQ(CanAsk() ? Terminated() : Killed(), ran->result.exit);
    EXPECT_EQ(CanAsk() ? SUBPROC_STOPPED_BY_ASK : SUBPROC_STOPPED_BY_KILL, ran->result.stop_step);
    EXPECT_EQ(CanAsk() ? 0 : 1, ran->result.ask_skipped);
}

TEST_F(Run, ADeadlinesSentenceNamesTheCommandAndTheTime)
{
    subproc_options options = Captured();
    options.timeout = 1000;
    options.stop.ask_wait = -1;
    Ran ran(Helper({"--hang"}), options);
    EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code);
    EXPECT_EQ("command '" + HelperPath() + " --hang' timed out after 1.0 s", ran.error.message);
}

TEST_F(Run, ReadsOnWhileTheChildIsAsked)
{
    if (!CanAsk())
        GTEST_SKIP() << "no console is shared with the child, so it can't be asked";
    subproc_options options = Captured();
    options.stop.ask_wait = deadline;
    auto ran = RunPast(Helper({"--on-term", "5", "--fill-out", "300000", "4096", "--hang"}), options, Pattern(300000));
    EXPECT_EQ(Exited(5), ran->result.exit);
    EXPECT_EQ(SUBPROC_STOPPED_BY_ASK, ran->result.stop_step);
}

TEST_F(Run, KillsAChildThatIgnoresTheAsk)
{
    subproc_options options = Captured();
    options.stop.ask_wait = 50;
    auto ran = RunPast(Helper({"--ignore", "15", "--out", "deaf", "--hang"}), options, "deaf");
    EXPECT_EQ(Killed(), ran->result.exit);
    EXPECT_EQ(SUBPROC_STOPPED_BY_KILL, ran->result.stop_step);
}

TEST_F(Run, KillsWithoutAskingWhenToldSo)
{
    subproc_options options = Captured();
    options.timeout = 50;
    options.stop.ask_wait = -1;
    Ran ran(Helper({"--hang"}), options);
    EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code) << Told(ran.error);
    EXPECT_EQ(Killed(), ran.result.exit);
    EXPECT_EQ(SUBPROC_STOPPED_BY_KILL, ran.result.stop_step);
    EXPECT_EQ(0, ran.result.ask_skipped);
}

TEST_F(Run, ANegativeTimeoutHasExpired)
{
    subproc_options options = Captured();
    options.timeout = -1;
    Ran ran(Helper({"--hang"}), options);
    EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code) << Told(ran.error);
    EXPECT_NE(SUBPROC_EXIT_RUNNING, ran.result.exit.kind);
}

TEST_F(Run, FeedsAndReadsUntilTheDeadlineOfAChildThatDoesNot)
{
    std::string data = Pattern(1 << 20);
    subproc_options options = Piped();
    options.timeout = 300;
    options.input.data = data.data();
    options.input.size = data.size();
    Ran ran(Helper({"--out", "deaf", "--hang"}), options);
    EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code) << Told(ran.error);
    EXPECT_NE(SUBPROC_EXIT_RUNNING, ran.result.exit.kind);
}

TEST_F(Run, AFastChildIsNotHeldUpByItsTimeout)
{
    for (int64_t timeout : {deadline, SUBPROC_FOREVER, SUBPROC_FOREVER - 1}) {
        subproc_options options = Captured();
        options.timeout = timeout;
        Ran ran(Helper({"--out", "x"}), options);
        EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ("x", ran.out());
    }
}

/* ---- a grandchild that holds the pipes ---------------------------------------------------------------------------------------------- */

static double Seconds(std::chrono::steady_clock::time_point since)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

/* Both ignore the ask; the grandchild lives on its leash, in our hand. */
static subproc_options OnLeash(const Pipe &leash)
{
    subproc_options options = Streams(SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_PIPE);
    options.in.handle = leash.read;
    return options;
}

TEST_F(Run, ComesBackThoughAGrandchildHoldsThePipesAndIgnoresEverySignal)
{
    Pipe leash;
    subproc_options options = OnLeash(leash);
    options.stop.ask_wait = 50;
    Words words = Helper({"--ignore", "15", "--grandchild", "5", "--ignore", "15", "--out", "G", "--read-all", "--hang"});
    auto ran = RunPast(words, options, "G");
    EXPECT_EQ(Killed(), ran->result.exit);
    EXPECT_EQ(1, ran->result.incomplete);
}

TEST_F(Run, ComesBackWithinFiveSecondsOfADeadlineThatAGrandchildIgnores)
{
    Pipe leash;
    subproc_options options = OnLeash(leash);
    options.timeout = 200;
    auto start = std::chrono::steady_clock::now();
    Ran ran(Helper({"--ignore", "15", "--grandchild", "3", "--ignore", "15", "--read-all", "--hang"}), options);
    EXPECT_LT(Seconds(start), 5.2);
    EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code) << Told(ran.error);
    EXPECT_NE(SUBPROC_EXIT_RUNNING, ran.result.exit.kind);
}

TEST_F(Run, ADeadlineEndsTheWaitForAGrandchildThoughTheChildEnded)
{
    Pipe leash;
    auto ran = RunPast(Helper({"--grandchild", "1", "--read-all", "--out", "child", "--exit", "6"}), OnLeash(leash),
                       "child", true);
    EXPECT_EQ(1, ran->result.incomplete);
    EXPECT_EQ(Exited(6), ran->result.exit);
    EXPECT_EQ(SUBPROC_STOPPED_NOT_NEEDED, ran->result.stop_step);
}

TEST_F(Run, LingerEndsTheWaitForAGrandchild)
{
    Pipe leash;
    subproc_options options = OnLeash(leash);
    options.linger = 100;
    Ran ran(Helper({"--out", "child", "--grandchild", "1", "--read-all", "--exit", "6"}), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("child", ran.out());
    EXPECT_EQ(1, ran.result.incomplete);
    EXPECT_EQ(SUBPROC_REASON_ENDED, ran.result.reason);
    EXPECT_EQ(Exited(6), ran.result.exit);
}

TEST_F(Run, LingerIsOverAtTheEndOfFile)
{
    subproc_options options = Captured();
    options.linger = deadline;
    auto start = std::chrono::steady_clock::now();
    Ran ran(Helper({"--grandchild", "4", "--sleep", "50", "--out", "late"}), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("late", ran.out());
    EXPECT_EQ(0, ran.result.incomplete);
    EXPECT_LT(Seconds(start), (double)deadline / 1000);
}

TEST_F(Run, WithoutLingerItWaitsForTheEndOfFile)
{
    Ran ran(Helper({"--grandchild", "4", "--sleep", "100", "--out", "late"}), Captured());
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("late", ran.out());
    EXPECT_EQ(0, ran.result.incomplete);
}

/* ---- cancel ------------------------------------------------------------------------------------------------------------------------------ */

TEST_F(Run, IsCancelledInTheMiddle)
{
    Trigger trigger;
    Pipe news;
    subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_HANDLE);
    options.err.handle = news.write;
    options.cancel = trigger.get();
    std::thread other([&] {
        EXPECT_TRUE(news.read.Says("ready"));
        trigger.Fire();
    });
    Ran ran(Helper({"--out", "said", "--err", "ready", "--hang"}), options);
    other.join();
    EXPECT_EQ(SUBPROC_E_CANCELLED, ran.code) << Told(ran.error);
    EXPECT_EQ(SUBPROC_REASON_CANCELLED, ran.result.reason);
    EXPECT_EQ("said", ran.out());
    EXPECT_EQ(CanAsk() ? Terminated() : Killed(), ran.result.exit);
    EXPECT_EQ(CanAsk() ? SUBPROC_STOPPED_BY_ASK : SUBPROC_STOPPED_BY_KILL, ran.result.stop_step);
}

TEST_F(Run, ATriggerThatFiredBeforeEndsItAtOnce)
{
    Trigger trigger;
    trigger.Fire();
    subproc_options options = Captured();
    options.cancel = trigger.get();
    Ran ran(Helper({"--hang"}), options);
    EXPECT_EQ(SUBPROC_E_CANCELLED, ran.code) << Told(ran.error);
    EXPECT_NE(SUBPROC_EXIT_RUNNING, ran.result.exit.kind);
}
