/* Ending a child: terminate, kill, signal, and the ladder. */
#include "support.h"

#include <thread>

using namespace test;

class Stop : public Behaviour
{
};

/* A child that says "ready" when it has done `actions`, and hangs then. */
static Words Hanging(std::vector<std::string> actions)
{
    for (const char *word : {"--out", "ready", "--hang"})
        actions.emplace_back(word);
    return Helper(actions);
}

TEST_F(Stop, TerminateEndsAChild)
{
    Child child(Hanging({}), Captured());
    EXPECT_TRUE(child.Says("ready"));
    EXPECT_EQ(SUBPROC_OK, subproc_terminate(child, &child.error)) << Told(child.error);
    EXPECT_EQ(Terminated(), child.End());
}

TEST_F(Stop, KillEndsAChild)
{
    Child child(Hanging({"--ignore", "15"}), Captured());
    EXPECT_TRUE(child.Says("ready"));
    EXPECT_EQ(SUBPROC_OK, subproc_kill(child, &child.error)) << Told(child.error);
    EXPECT_EQ(Killed(), child.End());
}

TEST_F(Stop, SignalsByNumberEndAChildOnBothSystems)
{
    for (int number : {15, 9}) {
        Child child(Hanging({}), Captured());
        EXPECT_TRUE(child.Says("ready"));
        EXPECT_EQ(SUBPROC_OK, subproc_signal(child, number, &child.error)) << Told(child.error);
        EXPECT_EQ(number == 15 ? Terminated() : Killed(), child.End());
    }
}

TEST_F(Stop, SignalZeroDoesNothingAndANegativeOneIsRefused)
{
    Child child(Hanging({}), Captured());
    EXPECT_EQ(SUBPROC_OK, subproc_signal(child, 0, &child.error)) << Told(child.error);
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_signal(child, -1, &child.error)) << Told(child.error);
    EXPECT_EQ(SUBPROC_E_RUNNING, subproc_poll(child, &child.status, &child.error));
}

TEST_F(Stop, EveryEndOfAnEndedChildSucceedsAndDoesNothing)
{
    Child child(Helper({"--exit", "3"}));
    EXPECT_EQ(Exited(3), child.End());
    EXPECT_EQ(SUBPROC_OK, subproc_terminate(child, &child.error)) << Told(child.error);
    EXPECT_EQ(SUBPROC_OK, subproc_kill(child, &child.error)) << Told(child.error);
    EXPECT_EQ(SUBPROC_OK, subproc_signal(child, 15, &child.error)) << Told(child.error);
    subproc_exit status;
    EXPECT_EQ(SUBPROC_OK, subproc_stop(child, nullptr, &status, &child.error)) << Told(child.error);
    EXPECT_EQ(Exited(3), status);
}

/* Also while nobody has waited for it yet. */
TEST_F(Stop, EveryEndOfAChildThatEndedUnseenSucceeds)
{
    Child child(Helper({"--exit", "3"}));
    subproc_handle handle;
    ASSERT_EQ(SUBPROC_OK, subproc_exit_handle(child, &handle, &child.error)) << Told(child.error);
    ASSERT_TRUE(IsReady(handle, deadline));
    EXPECT_EQ(SUBPROC_OK, subproc_terminate(child, &child.error)) << Told(child.error);
    EXPECT_EQ(SUBPROC_OK, subproc_kill(child, &child.error)) << Told(child.error);
    EXPECT_EQ(Exited(3), child.End());
}

TEST_F(Stop, TheLadderAsksFirst)
{
    if (!CanAsk())
        GTEST_SKIP() << "no console is shared with the child, so it can't be asked";
    subproc_options options = Captured();
    options.stop.ask_wait = deadline;
    Child child(Hanging({"--on-term", "44"}), options);
    EXPECT_TRUE(child.Says("ready"));
    subproc_exit status;
    EXPECT_EQ(SUBPROC_OK, subproc_stop(child, nullptr, &status, &child.error)) << Told(child.error);
    EXPECT_EQ(Exited(44), status);
}

TEST_F(Stop, TheLadderKillsAChildThatIgnoresTheAsk)
{
    subproc_options options = Captured();
    options.stop.ask_wait = 50;
    Child child(Hanging({"--ignore", "15"}), options);
    EXPECT_TRUE(child.Says("ready"));
    subproc_exit status;
    EXPECT_EQ(SUBPROC_OK, subproc_stop(child, nullptr, &status, &child.error)) << Told(child.error);
    EXPECT_EQ(Killed(), status);
}

TEST_F(Stop, ALadderWithoutAnAskKillsAtOnce)
{
    Child child(Hanging({"--on-term", "44"}), Captured());
    EXPECT_TRUE(child.Says("ready"));
    subproc_ladder ladder{};
    ladder.ask_wait = -1;
    subproc_exit status;
    EXPECT_EQ(SUBPROC_OK, subproc_stop(child, &ladder, &status, &child.error)) << Told(child.error);
    EXPECT_EQ(Killed(), status);
}

TEST_F(Stop, AGivenLadderIsUsedInsteadOfTheOptions)
{
    if (!CanAsk())
        GTEST_SKIP() << "no console is shared with the child, so it can't be asked";
    subproc_options options = Captured();
    options.stop.ask_wait = -1;
    Child child(Hanging({"--on-term", "44"}), options);
    EXPECT_TRUE(child.Says("ready"));
    subproc_ladder ladder{};
    ladder.ask_wait = deadline;
    EXPECT_EQ(SUBPROC_OK, subproc_stop(child, &ladder, nullptr, &child.error)) << Told(child.error);
    EXPECT_EQ(Exited(44), child.End());
}

TEST_F(Stop, NotWaitingAfterTheKillMayLeaveItRunning)
{
    Child child(Hanging({}), Captured());
    EXPECT_TRUE(child.Says("ready"));
    subproc_ladder ladder{};
    ladder.ask_wait = -1;
    ladder.kill_wait = -1;
    subproc_exit status;
    int code = subproc_stop(child, &ladder, &status, &child.error);
    EXPECT_TRUE((code == SUBPROC_E_TIMEOUT && status.kind == SUBPROC_EXIT_RUNNING) || status == Killed())
        << Told(child.error);
    EXPECT_EQ(Killed(), child.End());
}

TEST_F(Stop, ManyThreadsMayStopOneChild)
{
    Child child(Hanging({"--ignore", "15"}), Captured());
    EXPECT_TRUE(child.Says("ready"));
    subproc_ladder ladder{};
    ladder.ask_wait = 20;
    subproc_exit seen[4]{};
    std::vector<std::thread> threads;
    for (subproc_exit &status : seen)
        threads.emplace_back([&] { EXPECT_EQ(SUBPROC_OK, subproc_stop(child, &ladder, &status, nullptr)); });
    for (std::thread &thread : threads)
        thread.join();
    for (const subproc_exit &status : seen)
        EXPECT_EQ(Killed(), status);
}

TEST_F(Stop, AReservedWordInTheLadderIsRefused)
{
    Child child(Hanging({}), Captured());
    subproc_ladder ladder{};
    ladder.reserved[7] = 1;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_stop(child, &ladder, nullptr, &child.error));
    subproc_exit status;
    EXPECT_EQ(SUBPROC_E_RUNNING, subproc_poll(child, &status, nullptr));
}

TEST_F(Stop, CancelInTheMiddleOfAStopStillStopsTheChild)
{
    Trigger trigger;
    subproc_options options = Captured();
    options.cancel = trigger.get();
    options.stop.ask_wait = 100;
    Child child(Hanging({"--ignore", "15"}), options);
    EXPECT_TRUE(child.Says("ready"));
    std::thread other([&trigger] { trigger.Fire(); });
    subproc_exit status;
    int code = subproc_stop(child, nullptr, &status, &child.error);
    other.join();
    EXPECT_TRUE(code == SUBPROC_OK || code == SUBPROC_E_CANCELLED) << Told(child.error);
    EXPECT_EQ(Killed(), status);
}
