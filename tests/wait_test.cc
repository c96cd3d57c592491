/* Waiting, polling, exit codes, the exit handle, and many threads at one child. */
#include "support.h"

#include <cstring>
#include <thread>

using namespace test;

class Wait : public Behaviour
{
};

TEST_F(Wait, TellsEveryExitCode)
{
    for (uint32_t code : {0u, 1u, 2u, 127u, 255u}) {
        Child child(Helper({"--exit", std::to_string(code)}));
        EXPECT_EQ(Exited(code), child.End());
    }
}

TEST_F(Wait, TellsRunningWhileItRuns)
{
    Child child(Helper({"--out", "ready", "--read-all", "--exit", "5"}), Piped());
    EXPECT_TRUE(child.Says("ready"));
    subproc_exit status;
    subproc_error error;
    EXPECT_EQ(SUBPROC_E_RUNNING, subproc_poll(child, &status, &error));
    EXPECT_EQ(SUBPROC_E_RUNNING, error.code);
    EXPECT_EQ(SUBPROC_EXIT_RUNNING, status.kind);
    EXPECT_EQ(SUBPROC_OK, subproc_close_stream(child, SUBPROC_IN));
    EXPECT_EQ(Exited(5), child.End());
    EXPECT_EQ(SUBPROC_OK, subproc_poll(child, &status, &error)) << Told(error);
    EXPECT_EQ(Exited(5), status);
}

TEST_F(Wait, TimesOutAndLeavesTheChildRunning)
{
    Child child(Helper({"--read-all", "--exit", "5"}), Piped());
    for (int64_t timeout : {(int64_t)30, (int64_t)0, (int64_t)-1, INT64_MIN}) {
        EXPECT_EQ(SUBPROC_E_TIMEOUT, child.Wait(timeout)) << timeout;
        EXPECT_EQ(SUBPROC_EXIT_RUNNING, child.status.kind);
    }
    subproc_close_stream(child, SUBPROC_IN);
    EXPECT_EQ(Exited(5), child.End());
}

TEST_F(Wait, ATimeoutsSentenceNamesTheCommandAndTheTime)
{
    Child child(Helper({"--read-all"}), Piped());
    EXPECT_EQ(SUBPROC_E_TIMEOUT, child.Wait(20));
    EXPECT_NE(std::string::npos, std::string(child.error.message).find("timed out")) << child.error.message;
    EXPECT_NE(std::string::npos, std::string(child.error.message).find("subproc_helper")) << child.error.message;
}

TEST_F(Wait, WaitsForEverWithoutADeadline)
{
    Child child(Helper({"--sleep", "30", "--exit", "9"}));
    EXPECT_EQ(SUBPROC_OK, child.Wait(SUBPROC_FOREVER));
    EXPECT_EQ(Exited(9), child.status);
}

TEST_F(Wait, AnExpiredWaitStillSeesAnEnd)
{
    Child child(Helper({"--exit", "9"}));
    subproc_handle handle;
    ASSERT_EQ(SUBPROC_OK, subproc_exit_handle(child, &handle, &child.error)) << Told(child.error);
    ASSERT_TRUE(IsReady(handle, deadline));
    EXPECT_EQ(SUBPROC_OK, child.Wait(-1)) << Told(child.error);
    EXPECT_EQ(Exited(9), child.status);
}

TEST_F(Wait, AnEndIsToldAgainAndAgain)
{
    Child child(Helper({"--exit", "9"}));
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(Exited(9), child.End());
}

TEST_F(Wait, ResultsHaveZeroInTheirReservedPlace)
{
    Child child(Helper({"--exit", "9"}));
    memset(&child.status, 0xAA, sizeof child.status);
    EXPECT_EQ(Exited(9), child.End());
    for (uint64_t word : child.status.reserved)
        EXPECT_EQ(0u, word);
}

TEST_F(Wait, ReturnsPythonsReturncode)
{
    subproc_exit running{}, lost{};
    lost.kind = SUBPROC_EXIT_LOST;
    subproc_exit ended = Exited(4'000'000'000u), died = Signalled(15);
    EXPECT_EQ(4'000'000'000, subproc_returncode(&ended));
    EXPECT_EQ(-15, subproc_returncode(&died));
    EXPECT_EQ(INT64_MIN, subproc_returncode(&running));
    EXPECT_EQ(INT64_MIN + 1, subproc_returncode(&lost));
}

TEST_F(Wait, TheExitHandleBecomesReadyInAForeignLoop)
{
    Child child(Helper({"--out", "ready", "--read-all", "--exit", "6"}), Piped());
    EXPECT_TRUE(child.Says("ready"));
    subproc_handle handle;
    ASSERT_EQ(SUBPROC_OK, subproc_exit_handle(child, &handle, &child.error)) << Told(child.error);
    EXPECT_FALSE(IsReady(handle, 0));
    subproc_close_stream(child, SUBPROC_IN);
    EXPECT_TRUE(IsReady(handle, deadline));
    subproc_exit status;
    EXPECT_EQ(SUBPROC_OK, subproc_poll(child, &status, &child.error)) << Told(child.error);
    EXPECT_EQ(Exited(6), status);
}

TEST_F(Wait, TheExitHandleIsTheSameEachTimeAndStaysReady)
{
    Child child(Helper({"--exit", "6"}));
    subproc_handle first, second;
    ASSERT_EQ(SUBPROC_OK, subproc_exit_handle(child, &first, &child.error)) << Told(child.error);
    EXPECT_TRUE(IsReady(first, deadline));
    EXPECT_EQ(Exited(6), child.End());
    ASSERT_EQ(SUBPROC_OK, subproc_exit_handle(child, &second, &child.error)) << Told(child.error);
    EXPECT_EQ(first, second);
    EXPECT_TRUE(IsReady(second, 0));
}

TEST_F(Wait, CancelStopsTheChild)
{
    Trigger trigger;
    subproc_options options = Piped();
    options.cancel = trigger.get();
    Child child(Helper({"--out", "ready", "--hang"}), options);
    EXPECT_TRUE(child.Says("ready"));
    std::thread other([&trigger] { trigger.Fire(); });
    EXPECT_EQ(SUBPROC_E_CANCELLED, child.Wait()) << Told(child.error);
    other.join();
    EXPECT_EQ(CanAsk() ? Terminated() : Killed(), child.status);
}

TEST_F(Wait, CancelAfterTheEndChangesNothing)
{
    Trigger trigger;
    subproc_options options{};
    options.cancel = trigger.get();
    Child child(Helper({"--exit", "8"}), options);
    EXPECT_EQ(Exited(8), child.End());
    trigger.Fire();
    EXPECT_EQ(Exited(8), child.End());
}

TEST_F(Wait, AChildFreedWhileItRunsLeavesNoZombieAfterTheNextStart)
{
    Pipe leash, news;
    subproc_options options = Streams(SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_INHERIT);
    options.in.handle = leash.read;
    options.out.handle = news.write;
    {
        Child child(Helper({"--read-all", "--out", "end"}), options);
        ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
        subproc_free(child.Release());
    }
    leash.write.Close();
    EXPECT_TRUE(news.read.Says("end"));
    news.write.Close();
    EXPECT_EQ("", news.read.ReadAll());
    EXPECT_TRUE(OnWindows() || Eventually([] { return Zombies() == 1; }));
    Child next(Helper({"--exit", "1"}));
    EXPECT_EQ(Exited(1), next.End());
    EXPECT_EQ(0, Uncollected());
}

/* Three threads wait, one polls, one kills: each of them sees the same end. */
static void ManyAtOneChild()
{
    Child child(Helper({"--out", "ready", "--hang"}), Piped());
    EXPECT_TRUE(child.Says("ready"));
    subproc_exit seen[4]{};
    int codes[4]{};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; i++)
        threads.emplace_back([&, i] { codes[i] = subproc_wait(child, deadline, &seen[i], nullptr); });
    threads.emplace_back([&] {
        while ((codes[3] = subproc_poll(child, &seen[3], nullptr)) == SUBPROC_E_RUNNING)
            std::this_thread::yield();
    });
    threads.emplace_back([&] { EXPECT_EQ(SUBPROC_OK, subproc_kill(child, nullptr)); });
    for (std::thread &thread : threads)
        thread.join();
    for (int i = 0; i < 4; i++) {
        EXPECT_EQ(SUBPROC_OK, codes[i]) << i;
        EXPECT_EQ(Killed(), seen[i]) << i;
    }
}

TEST_F(Wait, ThreeWaitersAPollerAndAKillerGetOneAnswer)
{
    for (int i = 0; i < Rounds(OnWindows() ? 20 : 100) && !HasFailure(); i++)
        ManyAtOneChild();
}

/* The same with a child that ends by itself while others signal it. */
static void KillersAtAnEndingChild()
{
    Child child(Helper({"--exit", "4"}));
    subproc_exit seen[3]{};
    std::vector<std::thread> threads;
    threads.emplace_back([&] { subproc_wait(child, deadline, &seen[0], nullptr); });
    threads.emplace_back([&] { subproc_wait(child, deadline, &seen[1], nullptr); });
    threads.emplace_back([&] {
        while (subproc_poll(child, &seen[2], nullptr) == SUBPROC_E_RUNNING)
            EXPECT_EQ(SUBPROC_OK, subproc_terminate(child, nullptr));
    });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(seen[0], seen[1]);
    EXPECT_EQ(seen[0], seen[2]);
    EXPECT_TRUE(seen[0] == Exited(4) || seen[0] == Terminated());
    EXPECT_EQ(SUBPROC_OK, subproc_kill(child, nullptr));
}

TEST_F(Wait, SignalsThatRaceWithTheEndHarmNobody)
{
    for (int i = 0; i < Rounds(OnWindows() ? 10 : 50) && !HasFailure(); i++)
        KillersAtAnEndingChild();
}
