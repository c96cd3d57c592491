/* Starting: what a child is born with, many at once, and what a start leaves behind. */
#include "support.h"

#include <atomic>
#include <memory>
#include <thread>

using namespace test;

class Spawn : public Behaviour
{
};

TEST_F(Spawn, StartsAProgramAndTellsItsStatus)
{
    Child child(Helper({"--exit", "7"}));
    ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    EXPECT_EQ(Exited(7), child.End());
}

TEST_F(Spawn, TakesNoOptionsAtAll)
{
    subproc *child = nullptr;
    subproc_error error;
    ASSERT_EQ(SUBPROC_OK, subproc_spawn(Helper({"--exit", "3"}), nullptr, &child, &error)) << Told(error);
    subproc_exit status;
    EXPECT_EQ(SUBPROC_OK, subproc_wait(child, deadline, &status, &error)) << Told(error);
    EXPECT_EQ(Exited(3), status);
    subproc_free(child);
}

TEST_F(Spawn, TakesNoErrorStructAndNoStatus)
{
    subproc *child = nullptr;
    ASSERT_EQ(SUBPROC_OK, subproc_spawn(Helper({"--exit", "3"}), nullptr, &child, nullptr));
    EXPECT_EQ(SUBPROC_OK, subproc_wait(child, deadline, nullptr, nullptr));
    subproc_free(child);
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, subproc_spawn(Words{"no-such-program-here"}, nullptr, &child, nullptr));
    EXPECT_EQ(nullptr, child);
}

TEST_F(Spawn, SuccessLeavesTheErrorZeroed)
{
    Child child(Helper({}));
    EXPECT_EQ(0, child.error.code);
    EXPECT_EQ(0, child.error.native);
    EXPECT_STREQ("", child.error.message);
    EXPECT_EQ(Exited(0), child.End());
    EXPECT_EQ(0, child.error.code);
}

TEST_F(Spawn, GivesEachChildAnIdOfItsOwn)
{
    Child first(Helper({"--read-all"}), Piped()), second(Helper({"--read-all"}), Piped());
    EXPECT_GT(subproc_id(first), 0);
    EXPECT_GT(subproc_id(second), 0);
    EXPECT_NE(subproc_id(first), subproc_id(second));
}

TEST_F(Spawn, FreeAcceptsNull)
{
    subproc_free(nullptr);
    subproc_result_free(nullptr);
    subproc_free_string(nullptr);
}

TEST_F(Spawn, FreesAChildThatEndedWithoutAWait)
{
    Child child(Helper({"--out", "x"}), Captured());
    EXPECT_EQ("x", child.ReadAll());
    subproc_handle handle;
    ASSERT_EQ(SUBPROC_OK, subproc_exit_handle(child, &handle, &child.error)) << Told(child.error);
    EXPECT_TRUE(IsReady(handle, deadline));
    subproc_free(child.Release());
}

TEST_F(Spawn, StartsInADirectory)
{
    subproc_options options = Captured();
    MakeFolder(InFolder("here"));
    std::string here = InFolder("here");
    options.directory = here.c_str();
    Ran ran(Helper({"--directory"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_TRUE(SameFile(here, ran.out())) << ran.out();
}

TEST_F(Spawn, StartsInADirectoryWithAForeignName)
{
    subproc_options options = Captured();
    std::string here = InFolder("한글 폴더");
    MakeFolder(here);
    options.directory = here.c_str();
    Ran ran(Helper({"--directory"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_TRUE(SameFile(here, ran.out())) << ran.out();
}

TEST_F(Spawn, StartsInARelativeDirectory)
{
    MakeFolder(InFolder("below"));
    WorkingDirectory there(Folder());
    subproc_options options = Captured();
    options.directory = "below";
    Ran ran(Helper({"--directory"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_TRUE(SameFile(InFolder("below"), ran.out())) << ran.out();
    EXPECT_TRUE(SameFile(Folder(), OurDirectory())) << "our own directory changed";
}

TEST_F(Spawn, AProgramOptionLeavesArgv0AsItIs)
{
    subproc_options options = Captured();
    std::string program = HelperPath();
    options.program = program.c_str();
    Ran ran(Words{"another name", "--program-name"}, options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("another name", ran.out());
}

TEST_F(Spawn, TellsCpuTimeOfAChildThatBurnsIt)
{
    Ran ran(Helper({"--burn", "50"}));
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_GE(ran.result.user_ns + ran.result.system_ns, 45'000'000);
    EXPECT_LT(ran.result.user_ns + ran.result.system_ns, 20'000'000'000);
    EXPECT_GT(ran.result.wall_ns, 0);
    EXPECT_LT(ran.result.wall_ns, 60'000'000'000);
}

TEST_F(Spawn, TellsWallTimeOfAChildThatSleeps)
{
    Ran ran(Helper({"--sleep", "60"}));
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_GE(ran.result.wall_ns, 50'000'000);
    EXPECT_LT(ran.result.wall_ns, 60'000'000'000);
}

static constexpr int64_t touched = 64 << 20;

/* In a process of its own: on Linux a child's peak counts from ours, which other tests drive up. */
OWN_PROCESS(PeakMemory)
{
    Ran ran(Helper({"--touch", std::to_string(touched)}));
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    if (ran.result.peak_rss == -1 && (Sanitized() || OnWine()))
        return; /* the sanitizer's own memory is more than that; Wine forgets it when the process ends */
    EXPECT_GE(ran.result.peak_rss, touched);
    EXPECT_LT(ran.result.peak_rss, 8 * touched);
}

TEST_F(Spawn, TellsPeakMemoryOfAChildThatTouchesMuch)
{
    InOwnProcess("PeakMemory");
}

/* ---- crowds ------------------------------------------------------------------------------------------------------------ */

TEST_F(Spawn, KeepsManyChildrenWithThreePipesEachAliveAtOnce)
{
    const size_t count = OnWindows() ? 100 : 200;
    std::vector<std::unique_ptr<Child>> children;
    for (size_t i = 0; i < count; i++) {
        children.push_back(std::make_unique<Child>(Helper({"--out", "ready", "--copy", "4096", "--err", "end"}), Piped()));
        ASSERT_EQ(SUBPROC_OK, children.back()->code) << i << ": " << Told(children.back()->error);
    }
    for (auto &child : children)
        EXPECT_TRUE(child->Says("ready"));
    for (size_t i = 0; i < count; i++) {
        EXPECT_EQ(SUBPROC_OK, children[i]->Communicate(std::to_string(i))) << Told(children[i]->error);
        EXPECT_EQ(std::to_string(i), children[i]->out());
        EXPECT_EQ("end", children[i]->err());
        EXPECT_EQ(Exited(0), children[i]->result.exit);
    }
}

/* A child that had inherited another's pipe would hold that one's end of file back until the gate opens, after the loop. */
static void CaptureManyTimes(int rounds, std::atomic<int> *wrong)
{
    for (int i = 0; i < rounds; i++) {
        std::string word = std::to_string(i);
        subproc_options options = Captured();
        options.timeout = deadline;
        Ran ran(Helper({"--out", word, "--err", word}), options);
        if (ran.code != SUBPROC_OK || ran.out() != word || ran.err() != word) {
            ++*wrong;
            ADD_FAILURE() << Told(ran.error) << " out " << ran.out() << " err " << ran.err();
        }
    }
}

TEST_F(Spawn, SixteenThreadsStartAndWaitAtOnceAndNoChildHoldsAnothersPipe)
{
    std::atomic<int> wrong{0};
    std::vector<std::unique_ptr<Child>> holders(8);
    std::vector<std::thread> threads;
    int rounds = Rounds(OnWindows() ? 10 : 25);
    for (auto &holder : holders)
        threads.emplace_back([&holder] { holder = std::make_unique<Child>(Helper({"--read-all"}), Piped()); });
    for (int i = 0; i < 8; i++)
        threads.emplace_back([&wrong, rounds] { CaptureManyTimes(rounds, &wrong); });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(0, wrong);
    for (auto &holder : holders) {
        EXPECT_EQ(SUBPROC_OK, holder->Communicate("")) << Told(holder->error);
        EXPECT_EQ(Exited(0), holder->result.exit);
    }
}
