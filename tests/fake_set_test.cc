// The wait sets of the backend that does what a test says, for what is tested on it.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "fake/fake_os.h"

extern "C" {
#include "os.h"
}

namespace
{

using fake::Exit;
using fake::kMs;
using fake::Program;
using fake::Read;
using fake::Sleep;
using fake::Write;

// Runs /bin/program with a pipe for its input and one for its output.
class FakeSet : public testing::Test
{
  protected:
    void Start(const Program &program)
    {
        fake::Add("program", program);
        const char *const words[] = {"program", nullptr};
        const char *const programs[] = {"/bin/program", nullptr};
        struct subproc_os_plan plan = {};
        subproc_handle ends[2];
        ASSERT_EQ(0, subproc_os_set_open(&set, &error));
        ASSERT_EQ(0, subproc_os_pipe_open(SUBPROC_OS_TO_CHILD, &to, &ends[0], &error));
        ASSERT_EQ(0, subproc_os_pipe_open(SUBPROC_OS_FROM_CHILD, &from, &ends[1], &error));
        plan.argv = words;
        plan.programs = programs;
        plan.streams[0] = ends[0];
        plan.streams[1] = ends[1];
        plan.streams[2] = 2;
        ASSERT_EQ(0, subproc_os_spawn(&plan, &child, &error));
        subproc_os_handle_close(ends[0]);
        subproc_os_handle_close(ends[1]);
        Watch(end, SUBPROC_OS_ITEM_CHILD, nullptr);
        Watch(input, SUBPROC_OS_ITEM_WRITE, to);
        Watch(output, SUBPROC_OS_ITEM_READ, from);
    }

    void TearDown() override
    {
        subproc_os_set_close(set);
        subproc_os_pipe_close(to, child);
        subproc_os_pipe_close(from, child);
        subproc_os_child_free(child);
        EXPECT_EQ("", fake::Open());
        EXPECT_EQ(misuse, fake::Misuse());
    }

    void Watch(struct subproc_os_watch &watch, enum subproc_os_item_kind kind, struct subproc_os_pipe *pipe)
    {
        watch.kind = kind;
        watch.child = child;
        watch.pipe = pipe;
        ASSERT_EQ(0, subproc_os_set_add(set, &watch, &error));
    }

    struct subproc_os_watch *Next(int64_t deadline_ms)
    {
        struct subproc_os_watch *ready = nullptr;
        code = subproc_os_set_wait(set, &ready, deadline_ms * kMs, &error);
        return code == 0 ? ready : nullptr;
    }

    struct subproc_os_set *set = nullptr;
    struct subproc_os_child *child = nullptr;
    struct subproc_os_pipe *to = nullptr, *from = nullptr;
    struct subproc_os_watch end = {}, input = {}, output = {};
    struct subproc_error error = {};
    int code = 0;
    std::string misuse;
};

TEST_F(FakeSet, TellsOfEachInItsTime)
{
    fake::Reset();
    Start({{Sleep(10), Write(1, "x"), Sleep(10), Exit(3)}});
    EXPECT_EQ(&input, Next(5));
    subproc_os_set_remove(&input);
    EXPECT_EQ(nullptr, Next(5));
    EXPECT_EQ(SUBPROC_E_TIMEOUT, code);
    EXPECT_EQ(5, fake::NowMs());
    EXPECT_EQ(&output, Next(100));
    EXPECT_EQ(10, fake::NowMs());
    subproc_os_set_remove(&output);
    EXPECT_EQ(&end, Next(100));
    EXPECT_EQ(20, fake::NowMs());
    subproc_os_set_wake(set);
    EXPECT_EQ(nullptr, Next(100));
    EXPECT_EQ(0, code);
}

TEST_F(FakeSet, GivesEachItsTurn)
{
    fake::Reset();
    Start({{Write(1, "x"), Exit(0)}});
    std::map<struct subproc_os_watch *, int> told;
    (void)Next(0);
    for (int i = 0; i < 9; i++)
        told[Next(0)]++;
    for (struct subproc_os_watch *watch : {&end, &input, &output})
        EXPECT_EQ(3, told[watch]);
}

TEST_F(FakeSet, IsRandomWhereTheScriptIs)
{
    fake::Reset({.seed = 7});
    Start({{Write(1, "x"), Read(1), Exit(0)}});
    std::map<struct subproc_os_watch *, int> told;
    for (int i = 0; i < 100; i++)
        told[Next(0)]++;
    EXPECT_GT(told[&input], 10);
    EXPECT_GT(told[&output], 10);
    EXPECT_EQ(0, told[&end]);
}

TEST_F(FakeSet, BlamesWhoWatchesTwice)
{
    fake::Reset();
    Start({{Exit(0)}});
    struct subproc_os_watch again = {};
    Watch(again, SUBPROC_OS_ITEM_READ, from);
    misuse = "watched twice; ";
    subproc_os_set_remove(&again);
}

} // namespace
