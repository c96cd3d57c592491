/* subproc_group: many children at once, results in the order in which they end. */
#include "support.h"

#include <algorithm>
#include <memory>
#include <set>
#include <thread>

using namespace test;

class Group : public Behaviour
{
};

/* What came out of a group. */
struct Finished {
    Finished() = default;
    ~Finished()
    {
        subproc_result_free(&it.result);
    }
    Finished(const Finished &) = delete;
    Finished &operator=(const Finished &) = delete;

    std::string out() const
    {
        return {it.result.out.data == nullptr ? "" : it.result.out.data, it.result.out.size};
    }

    subproc_finished it{};
};

class Crowd
{
  public:
    explicit Crowd(size_t max_running = 0)
    {
        subproc_group_options options = {};
        options.max_running = max_running;
        subproc_error error;
        EXPECT_EQ(SUBPROC_OK, subproc_group_new(&options, &group_, &error)) << Told(error);
    }
    ~Crowd()
    {
        subproc_group_free(group_);
    }
    Crowd(const Crowd &) = delete;
    Crowd &operator=(const Crowd &) = delete;
    operator subproc_group *() const
    {
        return group_;
    }

    int Add(const Words &words, const subproc_options &options = Captured(), void *user = nullptr)
    {
        return subproc_group_add(group_, words, &options, user, &error);
    }
    int Next(Finished &finished, int64_t timeout = deadline)
    {
        subproc_result_free(&finished.it.result);
        const int code = subproc_group_next(group_, timeout, &finished.it, &error);
        (void)FailedByWine(finished.it.error);
        return code;
    }
    size_t left() const
    {
        return subproc_group_left(group_);
    }
    void Free()
    {
        subproc_group_free(group_);
        group_ = nullptr;
    }

    subproc_error error{};

  private:
    subproc_group *group_ = nullptr;
};

TEST_F(Group, GivesEachResultOnceWithItsUserAndNumber)
{
    Crowd crowd(3);
    int users[20];
    for (int i = 0; i < 20; i++)
        ASSERT_EQ(SUBPROC_OK,
                  crowd.Add(Helper({"--out", std::to_string(i), "--exit", std::to_string(i)}), Captured(), &users[i]))
            << Told(crowd.error);
    EXPECT_EQ(20u, crowd.left());
    std::set<uint64_t> seen;
    for (int i = 0; i < 20; i++) {
        Finished finished;
        ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
        EXPECT_EQ(SUBPROC_OK, finished.it.code) << Told(finished.it.error);
        seen.insert(finished.it.number);
        EXPECT_EQ(&users[finished.it.number], finished.it.user);
        EXPECT_EQ(std::to_string(finished.it.number), finished.out());
        EXPECT_EQ(Exited((uint32_t)finished.it.number), finished.it.result.exit);
    }
    EXPECT_EQ(20u, seen.size());
    EXPECT_EQ(0u, crowd.left());
    Finished none;
    EXPECT_EQ(SUBPROC_E_EMPTY, crowd.Next(none));
    EXPECT_EQ(SUBPROC_E_EMPTY, crowd.error.code);
}

TEST_F(Group, GivesThemInTheOrderInWhichTheyEnd)
{
    Crowd crowd;
    std::vector<std::unique_ptr<Gate>> gates;
    for (int i = 0; i < 3; i++) {
        subproc_options options = Captured();
        gates.push_back(std::make_unique<Gate>(&options));
        ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--wait-for", gates.back()->word()}), options)) << Told(crowd.error);
    }
    for (int i : {1, 2, 0}) {
        gates[(size_t)i]->Open();
        Finished finished;
        ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
        EXPECT_EQ((uint64_t)i, finished.it.number);
    }
}

TEST_F(Group, ATimeoutLosesNothing)
{
    Crowd crowd;
    subproc_options options = Captured();
    Gate gate(&options);
    ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--out", "kept", "--wait-for", gate.word()}), options));
    Finished finished;
    EXPECT_EQ(SUBPROC_E_TIMEOUT, crowd.Next(finished, 50));
    EXPECT_EQ(SUBPROC_E_TIMEOUT, crowd.Next(finished, 0));
    gate.Open();
    EXPECT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
    EXPECT_EQ("kept", finished.out());
}

TEST_F(Group, KeepsWhatWaitsUntilThereIsRoom)
{
    Crowd crowd(1);
    std::string input = "fed by a copy", directory = Folder(), encoding = "cp949", variable = "SUBPROC_TEST=copied";
    const char *changes[] = {variable.c_str(), nullptr};
    subproc_options options = Captured();
    Gate gate(&options);
    ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--wait-for", gate.word()}), options));
    {
        Words words = Helper({"--variable", "SUBPROC_TEST", "--copy", "4096"});
        subproc_options waiting = Piped();
        waiting.input.data = input.data();
        waiting.input.size = input.size();
        waiting.directory = directory.c_str();
        waiting.text.encoding = encoding.c_str();
        waiting.environment.changes = changes;
        ASSERT_EQ(SUBPROC_OK, crowd.Add(words, waiting)) << Told(crowd.error);
        for (std::string *borrowed : {&input, &directory, &encoding, &variable})
            borrowed->assign(borrowed->size(), 'x');
    }
    gate.Open();
    Finished finished;
    ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
    ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
    ASSERT_EQ(SUBPROC_OK, finished.it.code) << Told(finished.it.error);
    EXPECT_NE(std::string::npos, finished.out().find("copied")) << finished.out();
    EXPECT_NE(std::string::npos, finished.out().find("fed by a copy")) << finished.out();
}

TEST_F(Group, CommandsMayBeAddedWhileOthersRun)
{
    Crowd crowd(2);
    int added = 0, ended = 0;
    for (; added < 4; added++)
        ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--out", "x"})));
    while (crowd.left() > 0) {
        Finished finished;
        ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
        ended++;
        if (added < 12) {
            ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--out", "x"})));
            added++;
        }
    }
    EXPECT_EQ(12, ended);
}

TEST_F(Group, AFailedStartComesOutLikeAnyOther)
{
    Crowd crowd(1);
    for (int i = 0; i < 5; i++)
        ASSERT_EQ(SUBPROC_OK, crowd.Add(i % 2 == 0 ? Words{"no-such-program"} : Helper({"--exit", "0"})))
            << Told(crowd.error);
    for (int i = 0; i < 5; i++) {
        Finished finished;
        ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
        bool is_bad = finished.it.number % 2 == 0;
        EXPECT_EQ(is_bad ? SUBPROC_E_NOT_FOUND : SUBPROC_OK, finished.it.code) << finished.it.number;
        EXPECT_EQ(is_bad,
                  std::string(finished.it.error.message).find("cannot start 'no-such-program'") != std::string::npos);
    }
    EXPECT_EQ(0u, crowd.left());
}

TEST_F(Group, EachHasItsOwnDeadlineLimitAndSink)
{
    Crowd crowd;
    std::string lines;
    subproc_sink sink = {};
    sink.context = &lines;
    sink.lines = 1;
    sink.callback = [](void *context, const subproc_piece *piece) {
        *(std::string *)context += std::string(piece->data, piece->size) + ";";
        return 0;
    };
    subproc_options late = Captured(), limited = Captured(), sunk = Captured();
    late.timeout = TimeToWrite();
    late.stop.ask_wait = -1;
    limited.limit = {10, SUBPROC_KEEP_TAIL, {}};
    sunk.out.kind = SUBPROC_STREAM_SINK;
    sunk.out.sink = &sink;
    ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--out", "late", "--hang"}), late));
    ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--fill-out", "100000", "4096"}), limited));
    ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--out", "a\nb\n"}), sunk));
    for (int i = 0; i < 3; i++) {
        Finished finished;
        ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
        EXPECT_EQ(finished.it.number == 0 ? SUBPROC_E_TIMEOUT : SUBPROC_OK, finished.it.code) << Told(finished.it.error);
        if (finished.it.number == 0) {
            EXPECT_EQ("late", finished.out());
            EXPECT_EQ(Killed(), finished.it.result.exit);
        }
        if (finished.it.number == 1) {
            EXPECT_EQ(Pattern(100000).substr(99990), finished.out());
        }
    }
    EXPECT_EQ("a;b;", lines);
}

TEST_F(Group, MuchInAndOutOfManyAtOnce)
{
    Crowd crowd;
    std::string data = Pattern(1 << 20);
    for (int i = 0; i < 20; i++) {
        subproc_options options = Piped();
        options.input.data = data.data();
        options.input.size = data.size();
        ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--copy", "4096"}), options));
    }
    for (int i = 0; i < 20; i++) {
        Finished finished;
        ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
        EXPECT_TRUE(SameBytes(data, finished.out()));
    }
}

TEST_F(Group, TwoThousandThroughThirtyTwo)
{
    const uint64_t count = OnWine() || Sanitized() ? 400 : 2000;
    Crowd crowd(32);
    for (uint64_t i = 0; i < count; i++)
        ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--out", std::to_string(i)}))) << Told(crowd.error);
    uint64_t sum = 0;
    while (crowd.left() > 0) {
        Finished finished;
        MoreTime();
        ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
        ASSERT_EQ(SUBPROC_OK, finished.it.code) << Told(finished.it.error);
        ASSERT_EQ(std::to_string(finished.it.number), finished.out());
        sum += finished.it.number;
    }
    EXPECT_EQ(count * (count - 1) / 2, sum);
}

/* More than the 64 handles that Windows waits for at once, and than the 1,024 descriptors of select. */
TEST_F(Group, ManyAliveAtOnce)
{
    const int wanted = OnWine() ? 150 : OnWindows() ? 300 : Sanitized() || Slow() ? 1100 : 5000;
    const int count = (int)std::min<int64_t>(wanted, (DescriptorLimit() - 200) / 2); /* a pipe and a pidfd each */
    Crowd crowd;
    Gate gate;
    for (int i = 0; i < count; i++) {
        subproc_options options = Captured();
        options.err.kind = SUBPROC_STREAM_NULL;
        MoreTime();
        gate.GiveTo(&options);
        ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--out", std::to_string(i), "--wait-for", gate.word()}), options));
    }
    Finished finished;
    ASSERT_EQ(SUBPROC_E_TIMEOUT, crowd.Next(finished, 0)) << Told(finished.it.error);
    ASSERT_EQ((size_t)count, crowd.left());
    gate.Open();
    for (int i = 0; i < count; i++) {
        ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
        ASSERT_EQ(SUBPROC_OK, finished.it.code) << Told(finished.it.error);
        ASSERT_EQ(std::to_string(finished.it.number), finished.out());
    }
}

TEST_F(Group, StopEndsWhatRunsAndDropsWhatWaits)
{
    Crowd crowd(3);
    subproc_options options = Captured();
    options.stop.ask_wait = -1;
    for (int i = 0; i < 10; i++)
        ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--hang"}), options));
    ASSERT_EQ(SUBPROC_OK, subproc_group_stop(crowd, nullptr));
    EXPECT_EQ(SUBPROC_E_CANCELLED, crowd.Add(Helper({})));
    int killed = 0, dropped = 0;
    while (crowd.left() > 0) {
        Finished finished;
        ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
        EXPECT_EQ(SUBPROC_E_CANCELLED, finished.it.code) << Told(finished.it.error);
        EXPECT_EQ(SUBPROC_REASON_CANCELLED, finished.it.result.reason);
        killed += finished.it.result.exit == Killed();
        dropped += finished.it.result.exit.kind == SUBPROC_EXIT_RUNNING;
    }
    EXPECT_EQ(3, killed);
    EXPECT_EQ(7, dropped);
}

TEST_F(Group, IsStoppedByAnotherThread)
{
    Crowd crowd;
    subproc_options options = Captured();
    options.stop.ask_wait = -1;
    for (int i = 0; i < 3; i++)
        ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--hang"}), options));
    std::thread other([&] { EXPECT_EQ(SUBPROC_OK, subproc_group_stop(crowd, nullptr)); });
    for (int i = 0; i < 3; i++) {
        Finished finished;
        EXPECT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
        EXPECT_EQ(SUBPROC_E_CANCELLED, finished.it.code);
    }
    other.join();
}

/* Processes that start processes, of a bounded number; that a pipe which all of them hold comes to its end shows that none is
 * left, when the system has taken down the last. */
TEST_F(Group, BombsAreStoppedWhileTheyGrow)
{
    if (OnWine() &&
        WineVersion() >= 10) /* seen about once in eight runs: its pipe is at its end, its handle never signalled */
        GTEST_SKIP() << "Wine 10 may never tell the end of a process that was killed while it started another";
    struct {
        subproc_group *group;
        size_t started = 0;
    } state;
    Crowd crowd;
    Pipe held;
    state.group = crowd;
    subproc_sink sink = {};
    sink.context = &state;
    sink.callback = [](void *context, const subproc_piece *piece) {
        auto *counted = (decltype(state) *)context;
        counted->started += piece->size;
        return counted->started >= 20 ? subproc_group_stop(counted->group, nullptr) : 0;
    };
    for (int i = 0; i < 3; i++) {
        subproc_options options = Captured();
        options.out.kind = SUBPROC_STREAM_SINK;
        options.out.sink = &sink;
        options.err.kind = SUBPROC_STREAM_HANDLE;
        options.err.handle = held.write;
        options.tree = SUBPROC_TREE_REQUIRED;
        options.stop.ask_wait = -1;
        ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--members", OnWindows() || Sanitized() ? "5" : "8", "2", "--ignore", "15",
                                                "--out", "x", "--hang"}),
                                        options))
            << Told(crowd.error);
    }
    held.write.Close();
    for (int i = 0; i < 3; i++) {
        Finished finished;
        int code = crowd.Next(finished, OnWine() ? deadline / 3 : deadline);
        if (OnWine() && code == SUBPROC_E_TIMEOUT && held.read.HasEnded()) /* all are gone */
            GTEST_SKIP() << "Wine never told the end of a process that was killed while it started another";
        ASSERT_EQ(SUBPROC_OK, code) << Told(crowd.error);
        EXPECT_EQ(SUBPROC_E_CANCELLED, finished.it.code) << Told(finished.it.error);
        EXPECT_EQ(Killed(), finished.it.result.exit);
    }
    const bool all_are_gone = Eventually([&] { return held.read.HasEnded(); });
    if (OnWine() && !all_are_gone)
        GTEST_SKIP() << "Wine left a process behind that was killed while it was born";
    ASSERT_TRUE(all_are_gone);
    EXPECT_EQ("", held.read.ReadAll());
    EXPECT_GE(state.started, 20u);
}

TEST_F(Group, CancelOfOneStopsThatOne)
{
    Crowd crowd;
    Trigger trigger;
    subproc_options cancelled = Captured(), other = Captured();
    cancelled.cancel = trigger.get();
    cancelled.stop.ask_wait = -1;
    Gate gate(&other);
    ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--hang"}), cancelled));
    ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--wait-for", gate.word()}), other));
    trigger.Fire();
    Finished finished;
    ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
    EXPECT_EQ(0u, finished.it.number);
    EXPECT_EQ(SUBPROC_E_CANCELLED, finished.it.code);
    gate.Open();
    ASSERT_EQ(SUBPROC_OK, crowd.Next(finished)) << Told(crowd.error);
    EXPECT_EQ(SUBPROC_OK, finished.it.code);
}

TEST_F(Group, IsFreedWithChildrenAlive)
{
    Crowd crowd(2);
    Gate gate;
    for (int i = 0; i < 4; i++) {
        subproc_options options = Captured();
        gate.GiveTo(&options);
        ASSERT_EQ(SUBPROC_OK, crowd.Add(Helper({"--out", "x", "--wait-for", gate.word()}), options));
    }
    Finished finished;
    EXPECT_EQ(SUBPROC_E_TIMEOUT, crowd.Next(finished, 50));
    crowd.Free();
    gate.Open();
    EXPECT_TRUE(Eventually([] { return Uncollected() == Zombies(); }));
    Ran collects(Helper({}), Captured()); /* a later start collects those that were freed while they ran */
    EXPECT_TRUE(Eventually([] {
        Ran again(Helper({}), Captured());
        return Uncollected() == 0;
    }));
}

TEST_F(Group, MisuseIsTold)
{
    Crowd crowd;
    subproc_options options = Captured();
    options.reserved[0] = 1;
    EXPECT_EQ(SUBPROC_E_INVALID, crowd.Add(Helper({}), options));
    options = Captured();
    options.out.kind = SUBPROC_STREAM_LINK;
    EXPECT_EQ(SUBPROC_E_INVALID, crowd.Add(Helper({}), options));
    options = Captured();
    options.text.encoding = "no-such-encoding";
    EXPECT_EQ(SUBPROC_E_ENCODING, crowd.Add(Helper({}), options));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_group_add(crowd, nullptr, nullptr, nullptr, nullptr));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_group_add(nullptr, Helper({}), nullptr, nullptr, nullptr));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_group_next(crowd, 0, nullptr, nullptr));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_group_stop(nullptr, nullptr));
    EXPECT_EQ(0u, crowd.left());
    EXPECT_EQ(0u, subproc_group_left(nullptr));
    subproc_group_options wrong = {};
    wrong.reserved[0] = 1;
    subproc_group *group;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_group_new(&wrong, &group, nullptr));
    EXPECT_EQ(nullptr, group);
    subproc_group_free(nullptr);
}
