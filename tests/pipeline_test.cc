/* pipeline_run: stages joined by the system's pipes, talked to, timed and stopped as one. */
#include "support.h"

#include <memory>

using namespace test;

class Pipeline : public Behaviour
{
};

/* A finished pipeline. */
class Chain
{
  public:
    explicit Chain(std::vector<Words> stages, const subproc_options &options = Captured(),
                   const std::vector<const subproc_options *> &own = {})
    {
        std::vector<subproc_command> commands(stages.size());
        for (size_t i = 0; i < stages.size(); i++) {
            commands[i] = {};
            commands[i].argv = stages[i];
            commands[i].options = i < own.size() ? own[i] : nullptr;
        }
        code = subproc_pipeline_run(commands.data(), commands.size(), &options, &result, &error);
        if (FailedByWine(error))
            code = subproc_pipeline_run(commands.data(), commands.size(), &options, &result, &error);
    }
    ~Chain()
    {
        subproc_pipeline_result_free(&result);
    }
    Chain(const Chain &) = delete;
    Chain &operator=(const Chain &) = delete;

    std::string out() const
    {
        const subproc_output &out = result.stages[result.count - 1].out;
        return {out.data == nullptr ? "" : out.data, out.size};
    }
    std::string err(size_t stage) const
    {
        const subproc_output &err = result.stages[stage].err;
        return {err.data == nullptr ? "" : err.data, err.size};
    }
    bool told(const std::string &words) const
    {
        return std::string(error.message).find(words) != std::string::npos;
    }

    int code;
    subproc_error error;
    subproc_pipeline_result result;
};

static subproc_options Fed(const std::string &input)
{
    subproc_options options = Piped();
    options.input.data = input.data();
    options.input.size = input.size();
    return options;
}

static std::vector<Words> Copies(size_t count)
{
    return std::vector<Words>(count, Helper({"--copy", "65536"}));
}

TEST_F(Pipeline, CarriesBytesThroughAnyNumberOfStages)
{
    for (size_t count : {1, 2, 3, 20}) {
        std::string data = Pattern(3 << 20);
        Chain chain(Copies(count), Fed(data));
        ASSERT_EQ(SUBPROC_OK, chain.code) << Told(chain.error);
        EXPECT_TRUE(SameBytes(data, chain.out())) << count;
        EXPECT_EQ(count, chain.result.count);
        EXPECT_EQ(count - 1, chain.result.verdict);
        EXPECT_EQ(SUBPROC_REASON_ENDED, chain.result.reason);
        EXPECT_GT(chain.result.wall_ns, 0);
        for (size_t i = 0; i < count; i++) {
            EXPECT_EQ(Exited(0), chain.result.stages[i].exit);
            EXPECT_EQ(i + 1 == count, chain.result.stages[i].out.data != nullptr);
            EXPECT_NE(nullptr, chain.result.stages[i].err.data);
        }
    }
}

TEST_F(Pipeline, TwoHundredStages)
{
    std::string data = Pattern(300000);
    Chain chain(Copies(200), Fed(data));
    ASSERT_EQ(SUBPROC_OK, chain.code) << Told(chain.error);
    EXPECT_TRUE(SameBytes(data, chain.out()));
}

TEST_F(Pipeline, MuchPassesBesideUs)
{
    const std::string size = Sanitized() || OnWine() ? "134217728" : "1073741824";
    Chain chain({Helper({"--fill-out", size, "65536"}), Helper({"--copy", "65536"}), Helper({"--count"})});
    ASSERT_EQ(SUBPROC_OK, chain.code) << Told(chain.error);
    EXPECT_EQ("count=" + size + "\n", chain.out());
}

TEST_F(Pipeline, EachStageHasItsStatusAndItsErr)
{
    Chain chain({Helper({"--err", "one", "--exit", "1"}), Helper({"--read-all", "--err", "two", "--exit", "2"}),
                 Helper({"--read-all", "--out", "o", "--err", "three", "--exit", "3"})});
    ASSERT_EQ(SUBPROC_OK, chain.code) << Told(chain.error);
    EXPECT_EQ("o", chain.out());
    for (size_t i = 0; i < 3; i++)
        EXPECT_EQ(Exited((uint32_t)i + 1), chain.result.stages[i].exit);
    EXPECT_EQ("one", chain.err(0));
    EXPECT_EQ("two", chain.err(1));
    EXPECT_EQ("three", chain.err(2));
    EXPECT_EQ(2u, chain.result.verdict);
    EXPECT_EQ(SUBPROC_E_EXIT, subproc_check(&chain.result.stages[chain.result.verdict], nullptr));
}

TEST_F(Pipeline, TheVerdictIsTheLastOrTheFirstFailure)
{
    struct {
        const char *codes[3];
        subproc_pipefail pipefail;
        size_t verdict;
    } cases[] = {{{"1", "2", "0"}, SUBPROC_PIPEFAIL_LAST, 2},  {{"0", "2", "0"}, SUBPROC_PIPEFAIL_FIRST, 1},
                 {{"1", "2", "3"}, SUBPROC_PIPEFAIL_FIRST, 0}, {{"0", "0", "3"}, SUBPROC_PIPEFAIL_FIRST, 2},
                 {{"0", "0", "0"}, SUBPROC_PIPEFAIL_EVERY, 2}, {{"0", "5", "0"}, SUBPROC_PIPEFAIL_EVERY, 1}};
    for (const auto &one : cases) {
        subproc_options options = Captured();
        options.pipefail = one.pipefail;
        std::vector<Words> stages;
        for (const char *code : one.codes)
            stages.push_back(Helper({"--read-all", "--exit", code}));
        Chain chain(stages, options);
        ASSERT_EQ(SUBPROC_OK, chain.code) << Told(chain.error);
        EXPECT_EQ(one.verdict, chain.result.verdict) << one.codes[0] << one.codes[1] << one.codes[2];
    }
}

/* Like `yes | head -1`. */
TEST_F(Pipeline, AStageThatEndsEarlyEndsTheOnesBeforeIt)
{
    for (subproc_pipefail pipefail : {SUBPROC_PIPEFAIL_FIRST, SUBPROC_PIPEFAIL_EVERY}) {
        subproc_options options = Captured();
        options.pipefail = pipefail;
        Chain chain(
            {Helper({"--fill-out", "1000000000000", "65536"}), Helper({"--copy", "65536"}), Helper({"--copy-some", "10"})},
            options);
        ASSERT_EQ(SUBPROC_OK, chain.code) << Told(chain.error);
        EXPECT_EQ(Pattern(10), chain.out());
        EXPECT_NE(Exited(0), chain.result.stages[0].exit);
        EXPECT_NE(Exited(0), chain.result.stages[1].exit);
        EXPECT_EQ(Exited(0), chain.result.stages[2].exit);
        bool counts = OnWindows() || pipefail == SUBPROC_PIPEFAIL_EVERY;
        EXPECT_EQ(counts ? 0u : 2u, chain.result.verdict);
    }
}

TEST_F(Pipeline, InputThatNobodyReadsIsDropped)
{
    std::string data = Pattern(4 << 20);
    Chain chain({Helper({"--read", "10"}), Helper({"--count"})}, Fed(data));
    ASSERT_EQ(SUBPROC_OK, chain.code) << Told(chain.error);
    EXPECT_EQ("count=0\n", chain.out());
}

TEST_F(Pipeline, AStageThatCannotBeStartedStopsTheOthersAndIsNamed)
{
    for (size_t bad = 0; bad < 3; bad++) {
        std::vector<Words> stages(3, Helper({"--hang"}));
        stages[bad] = Words{"no-such-program"};
        Chain chain(stages);
        EXPECT_EQ(SUBPROC_E_NOT_FOUND, chain.code);
        EXPECT_TRUE(chain.told("stage " + std::to_string(bad + 1) + " of 3: cannot start 'no-such-program'"))
            << chain.error.message;
        EXPECT_EQ(nullptr, chain.result.stages);
        EXPECT_EQ(0u, chain.result.count);
    }
}

TEST_F(Pipeline, ADeadlineStopsAllTogether)
{
    subproc_options options = Captured();
    options.timeout = TimeToWrite();
    options.stop.ask_wait = -1;
    Chain chain({Helper({"--out", "x", "--hang"}), Helper({"--copy", "1", "--hang"}), Helper({"--copy", "1", "--hang"})},
                options);
    EXPECT_EQ(SUBPROC_E_TIMEOUT, chain.code);
    EXPECT_TRUE(chain.told(" timed out after ")) << chain.error.message;
    EXPECT_TRUE(chain.told(" | ")) << chain.error.message;
    ASSERT_EQ(3u, chain.result.count);
    EXPECT_EQ(SUBPROC_REASON_TIMED_OUT, chain.result.reason);
    EXPECT_EQ("x", chain.out());
    for (size_t i = 0; i < 3; i++) {
        EXPECT_EQ(Killed(), chain.result.stages[i].exit) << i;
        EXPECT_EQ(SUBPROC_STOPPED_BY_KILL, chain.result.stages[i].stop_step);
    }
}

TEST_F(Pipeline, CancelStopsAll)
{
    Trigger trigger;
    subproc_options options = Captured();
    options.cancel = trigger.get();
    options.stop.ask_wait = -1;
    trigger.Fire();
    Chain chain({Helper({"--hang"}), Helper({"--hang"})}, options);
    EXPECT_EQ(SUBPROC_E_CANCELLED, chain.code);
    EXPECT_TRUE(chain.told(" was cancelled")) << chain.error.message;
    EXPECT_EQ(SUBPROC_REASON_CANCELLED, chain.result.reason);
    EXPECT_EQ(Killed(), chain.result.stages[0].exit);
    EXPECT_EQ(Killed(), chain.result.stages[1].exit);
}

TEST_F(Pipeline, ALimitStopsAll)
{
    subproc_options options = Captured();
    options.limit = {1000, SUBPROC_KEEP_STOP, {}};
    options.stop.ask_wait = -1;
    Chain chain({Helper({"--fill-out", "1000000000000", "65536"}), Helper({"--copy", "65536", "--hang"})}, options);
    EXPECT_EQ(SUBPROC_E_OUTPUT_LIMIT, chain.code) << Told(chain.error);
    EXPECT_EQ(SUBPROC_REASON_OUTPUT_LIMIT, chain.result.reason);
    EXPECT_EQ(Pattern(1000), chain.out());
    EXPECT_EQ(Killed(), chain.result.stages[1].exit);
}

struct Tagged {
    std::vector<std::string> lines;
    static int Take(void *context, const subproc_piece *piece)
    {
        ((Tagged *)context)->lines.push_back(std::to_string(piece->stage) + ":" + std::string(piece->data, piece->size));
        return 0;
    }
};

TEST_F(Pipeline, ASinkIsToldTheStage)
{
    Tagged tagged;
    subproc_sink sink = {Tagged::Take, &tagged, 1, 0, {}};
    subproc_options options = Captured();
    options.err.kind = SUBPROC_STREAM_SINK;
    options.err.sink = &sink;
    Chain chain({Helper({"--err", "a\n"}), Helper({"--read-all", "--err", "b\n"})}, options);
    ASSERT_EQ(SUBPROC_OK, chain.code) << Told(chain.error);
    EXPECT_EQ((std::vector<std::string>{"0:a", "1:b"}), tagged.lines);
}

TEST_F(Pipeline, TextIsDecodedAndTheInputEncoded)
{
    std::string input = "한글 유니코드\n";
    subproc_options options = Fed(input);
    options.text.encoding = "cp949";
    Chain chain({Helper({"--err-hex", "b0a1", "--copy", "10"}), Helper({"--copy", "10"})}, options);
    ASSERT_EQ(SUBPROC_OK, chain.code) << Told(chain.error);
    EXPECT_EQ(input, chain.out());
    EXPECT_EQ(14u, chain.result.stages[1].out.total);
    EXPECT_EQ("가", chain.err(0));
}

TEST_F(Pipeline, AStageHasOptionsOfItsOwn)
{
    const char *changes[] = {"SUBPROC_TEST=first", nullptr};
    subproc_options first = {}, second = {};
    first.environment.changes = changes;
    second.err.kind = SUBPROC_STREAM_NULL;
    Chain chain({Helper({"--variable", "SUBPROC_TEST"}), Helper({"--err", "dropped", "--copy", "10"})}, Captured(),
                {&first, &second});
    ASSERT_EQ(SUBPROC_OK, chain.code) << Told(chain.error);
    EXPECT_EQ("first", chain.out().substr(0, 5));
    EXPECT_EQ(nullptr, chain.result.stages[1].err.data);
}

TEST_F(Pipeline, WhatBelongsToTheWholeIsRefusedInAStage)
{
    std::vector<void (*)(subproc_options &)> wrongs = {
        [](subproc_options &o) { o.in.kind = SUBPROC_STREAM_NULL; },
        [](subproc_options &o) { o.out.kind = SUBPROC_STREAM_PIPE; },
        [](subproc_options &o) { o.timeout = 1; },
        [](subproc_options &o) { o.linger = 1; },
        [](subproc_options &o) { o.input.data = ""; },
        [](subproc_options &o) { o.stop.ask_wait = 1; },
        [](subproc_options &o) { o.limit.keep = SUBPROC_KEEP_HEAD; },
        [](subproc_options &o) { o.pipefail = SUBPROC_PIPEFAIL_FIRST; },
    };
    for (auto wrong : wrongs) {
        subproc_options own = {};
        wrong(own);
        Chain chain({Helper({}), Helper({})}, Captured(), {nullptr, &own});
        EXPECT_EQ(SUBPROC_E_INVALID, chain.code);
        EXPECT_TRUE(chain.told("stage 2 of the pipeline: ")) << chain.error.message;
    }
}

TEST_F(Pipeline, MisuseIsTold)
{
    subproc_pipeline_result result;
    subproc_command none = {};
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_pipeline_run(&none, 0, nullptr, &result, nullptr));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_pipeline_run(nullptr, 1, nullptr, &result, nullptr));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_pipeline_run(&none, 1, nullptr, nullptr, nullptr));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_pipeline_run(&none, 1, nullptr, &result, nullptr)); /* no argv */
    none.reserved[3] = 1;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_pipeline_run(&none, 1, nullptr, &result, nullptr));
    subproc_options options = Captured();
    options.out.kind = SUBPROC_STREAM_LINK;
    EXPECT_EQ(SUBPROC_E_INVALID, Chain({Helper({})}, options).code);
    options = Captured();
    options.pipefail = (subproc_pipefail)7;
    EXPECT_EQ(SUBPROC_E_INVALID, Chain({Helper({})}, options).code);
    subproc_pipeline_result_free(nullptr);
}
