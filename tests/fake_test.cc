// The portable half of the library over a backend that does what a test says: every failure, every order of events, and
// the ladder's times to the millisecond.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "fake/fake_os.h"
#include "subproc/subproc.h"

namespace
{

using fake::Close;
using fake::Copy;
using fake::Die;
using fake::Exit;
using fake::Hang;
using fake::Program;
using fake::Reaction;
using fake::Read;
using fake::Settings;
using fake::Sleep;
using fake::Vanish;
using fake::Write;

const char *const command[] = {"program", nullptr};

std::string Pattern(size_t size)
{
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; i++)
        bytes[i] = static_cast<char>((i * 131) ^ (i >> 8));
    return bytes;
}

std::string Text(const struct subproc_output &output)
{
    return output.data != nullptr ? std::string(output.data, output.size) : "(none)";
}

struct subproc_options Pipes()
{
    struct subproc_options options = {};
    options.in.kind = SUBPROC_STREAM_PIPE;
    options.out.kind = SUBPROC_STREAM_PIPE;
    options.err.kind = SUBPROC_STREAM_PIPE;
    return options;
}

void Feed(struct subproc_options &options, const std::string &input)
{
    options.input.data = input.data();
    options.input.size = input.size();
}

// A call's error and result, freed at the end.
class Outcome
{
  public:
    Outcome() = default;
    Outcome(const Outcome &) = delete;
    Outcome &operator=(const Outcome &) = delete;

    ~Outcome()
    {
        subproc_result_free(&result);
        subproc_result_free(&result);
    }

    int code = 0;
    struct subproc_result result = {};
    struct subproc_error error = {};
};

void RunCommand(const struct subproc_options &options, Outcome &outcome)
{
    outcome.code = subproc_run(command, &options, &outcome.result, &outcome.error);
    EXPECT_EQ(outcome.error.code, outcome.code);
}

class Child
{
  public:
    explicit Child(const struct subproc_options &options)
    {
        code = subproc_spawn(command, &options, &child, &error);
    }

    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    ~Child()
    {
        subproc_free(child);
    }

    int code;
    struct subproc *child = nullptr;
    struct subproc_error error = {};
};

// Begins anew with `program` as the one command.
void Begin(const Program &program, const Settings &settings = {})
{
    fake::Reset(settings);
    fake::Add("program", program);
}

void ExpectNothingOpen()
{
    EXPECT_EQ(fake::Open(), "");
    EXPECT_EQ(fake::Misuse(), "");
}

// ---- the fake itself -----------------------------------------------------------------------------------------------

TEST(Fake, CarriesBytesAndTheExitStatus)
{
    Begin({.steps = {Copy(), Write(2, "done"), Sleep(20), Exit(7)}});
    std::string input = Pattern(300000);
    struct subproc_options options = Pipes();
    Feed(options, input);
    Outcome outcome;
    RunCommand(options, outcome);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(Text(outcome.result.out), input);
    EXPECT_EQ(Text(outcome.result.err), "done");
    EXPECT_EQ(outcome.result.exit.kind, SUBPROC_EXIT_EXITED);
    EXPECT_EQ(outcome.result.exit.code, 7u);
    EXPECT_EQ(outcome.result.wall_ns, 20 * fake::kMs);
    ExpectNothingOpen();
}

TEST(Fake, NoticesAWaitForWhatNeverHappens)
{
    Begin({.steps = {Hang()}});
    struct subproc_options options = {};
    {
        Child child(options);
        EXPECT_EQ(subproc_wait(child.child, SUBPROC_FOREVER, nullptr, nullptr), SUBPROC_E_INTERNAL);
    }
    EXPECT_NE(fake::Misuse(), "");
}

// ---- every call of the seam fails once -----------------------------------------------------------------------------

// What fails when, and with which code; OK: an allocation.
Settings Failing(Settings settings, int n, int code)
{
    settings.fail_code = code;
    (code == SUBPROC_OK ? settings.fail_allocation_at : settings.fail_at) = n;
    return settings;
}

// Does `scenario` again and again: the first call of the seam fails, then the second, until none is left to fail; then the
// same with allocations.
void FailEach(const Program &program, const Settings &settings, const std::function<void()> &scenario)
{
    for (int code : {SUBPROC_E_OS, SUBPROC_E_NO_MEMORY, SUBPROC_E_LIMIT, SUBPROC_E_ACCESS, SUBPROC_OK}) {
        int n = 0;
        do {
            Begin(program, Failing(settings, ++n, code));
            scenario();
            ExpectNothingOpen();
            if (testing::Test::HasFailure()) {
                ADD_FAILURE() << n << ", " << fake::FailedCall() << ", failed with " << code;
                return;
            }
        } while (fake::FailedCall() != "");
        EXPECT_GT(n, 2);
    }
}

bool HasResult(int code)
{
    return code == 0 || code == SUBPROC_E_TIMEOUT || code == SUBPROC_E_CANCELLED || code == SUBPROC_E_LOST ||
           code == SUBPROC_E_DECODE || code == SUBPROC_E_OUTPUT_LIMIT;
}

void ExpectEmpty(const struct subproc_result &result)
{
    EXPECT_EQ(result.out.data, nullptr);
    EXPECT_EQ(result.err.data, nullptr);
    EXPECT_EQ(result.command, nullptr);
    EXPECT_EQ(result.exit.kind, SUBPROC_EXIT_RUNNING);
}

// What must hold whatever failed: an honest code, a sentence, and no child that nobody knows of.
void ExpectHonest(const Outcome &outcome)
{
    if (outcome.code != 0) {
        EXPECT_STRNE(outcome.error.message, "");
        EXPECT_STRNE(outcome.error.step, "");
    }
    if (!HasResult(outcome.code)) {
        ExpectEmpty(outcome.result);
        EXPECT_EQ(fake::Running(), 0);
    } else if (fake::Running() > 0) {
        EXPECT_EQ(outcome.result.exit.kind, SUBPROC_EXIT_RUNNING);
        EXPECT_EQ(outcome.result.stop_step, SUBPROC_STOPPED_NOT_YET);
    }
}

TEST(FailEachCall, OfARun)
{
    std::string input = Pattern(5000);
    struct subproc_options options = Pipes();
    Feed(options, input);
    FailEach({.steps = {Copy(), Write(2, "error"), Sleep(5), Exit(3)}}, {.pipe_capacity = 2048}, [&] {
        Outcome outcome;
        RunCommand(options, outcome);
        ExpectHonest(outcome);
        if (outcome.code == 0) {
            EXPECT_EQ(Text(outcome.result.out), input);
            EXPECT_EQ(outcome.result.exit.code, 3u);
        }
    });
}

TEST(FailEachCall, OfARunThatTimesOut)
{
    struct subproc_options options = Pipes();
    options.timeout = 100;
    Program program = {.steps = {Write(1, "before"), Hang()}, .to_ask = Reaction::kIgnores, .kill_ms = 5};
    program.grandchild_holds = {false, true, false};
    FailEach(program, {}, [&] {
        Outcome outcome;
        RunCommand(options, outcome);
        ExpectHonest(outcome);
        EXPECT_NE(outcome.code, 0);
        EXPECT_LE(fake::NowMs(), 100 + 1000 + 1000 + 100);
    });
}

TEST(FailEachCall, OfARunOfATreeThatTimesOut)
{
    struct subproc_options options = Pipes();
    options.timeout = 100;
    options.tree = SUBPROC_TREE_BEST_EFFORT;
    Program program = {.steps = {Write(1, "before"), Exit(3)}, .grandchild_to_ask = Reaction::kIgnores};
    program.grandchild_holds = {false, true, false};
    FailEach(program, {}, [&] {
        Outcome outcome;
        RunCommand(options, outcome);
        ExpectHonest(outcome);
        EXPECT_LE(fake::NowMs(), 100 + 1000 + 1000 + 100);
    });
}

TEST(FailEachCall, OfARunWithAnEnvironmentFilesAndALostStatus)
{
    const char *const changes[] = {"A=b", "PATH=/nowhere:/bin", nullptr};
    struct subproc_options options = {};
    options.in.kind = SUBPROC_STREAM_NULL;
    options.out.kind = SUBPROC_STREAM_FILE;
    options.out.path = "file";
    options.err.kind = SUBPROC_STREAM_MERGE;
    options.environment.changes = changes;
    FailEach({.steps = {Write(1, "x"), Vanish()}}, {}, [&] {
        Outcome outcome;
        RunCommand(options, outcome);
        ExpectHonest(outcome);
        if (fake::FailedCall() == "") {
            EXPECT_EQ(outcome.code, SUBPROC_E_LOST);
        }
    });
}

TEST(FailEachCall, OfAScript)
{
    const char *const changes[] = {"PATH=/bin", nullptr};
    const char *const script[] = {"$input; exit 3", nullptr};
    struct subproc_options options = {};
    options.environment.changes = changes;
    options.program = "program";
    for (enum subproc_shell shell : {SUBPROC_SHELL_SH, SUBPROC_SHELL_PWSH}) {
        options.shell = shell;
        FailEach({.steps = {Exit(3)}}, {}, [&] {
            Outcome outcome;
            outcome.code = subproc_run(script, &options, &outcome.result, &outcome.error);
            ExpectHonest(outcome);
            if (outcome.code == 0) {
                EXPECT_EQ(outcome.result.exit.code, 3u);
            }
        });
    }
}

TEST(FailEachCall, OfACancelledRun)
{
    struct subproc_options options = Pipes();
    subproc_handle cancel = fake::kCancel;
    options.cancel = &cancel;
    Program program = {.steps = {Sleep(10), Write(1, "before"), Hang()}, .ask_ms = 7};
    FailEach(program, {.cancel_at = 30 * fake::kMs}, [&] {
        Outcome outcome;
        RunCommand(options, outcome);
        ExpectHonest(outcome);
        EXPECT_NE(outcome.code, 0);
    });
}

TEST(FailEachCall, OfACommunicateWithATimeoutInTheMiddle)
{
    std::string input = Pattern(3000);
    FailEach({.steps = {Read(1000), Sleep(50), Copy(), Exit(4)}}, {.pipe_capacity = 512}, [&] {
        struct subproc_options options = Pipes();
        Child child(options);
        if (child.code != 0)
            return;
        Outcome first;
        first.code = subproc_communicate(child.child, input.data(), input.size(), 20, &first.result, &first.error);
        if (!HasResult(first.code))
            ExpectEmpty(first.result);
        Outcome second;
        second.code =
            subproc_communicate(child.child, input.data(), input.size(), SUBPROC_FOREVER, &second.result, nullptr);
        if (!HasResult(second.code))
            ExpectEmpty(second.result);
        if (first.code == SUBPROC_E_TIMEOUT && second.code == 0) {
            EXPECT_EQ(Text(second.result.out), input.substr(1000));
        }
    });
}

TEST(FailEachCall, OfAStop)
{
    struct subproc_ladder ladder = {};
    ladder.ask_wait = 30;
    ladder.kill_wait = 40;
    FailEach({.steps = {Hang()}, .to_ask = Reaction::kIgnores, .kill_ms = 5}, {}, [&] {
        struct subproc_options options = Pipes();
        Child child(options);
        if (child.code != 0)
            return;
        struct subproc_exit status = {};
        struct subproc_error error = {};
        int code = subproc_stop(child.child, &ladder, &status, &error);
        EXPECT_EQ(error.code, code);
        EXPECT_EQ(code == 0, status.kind != SUBPROC_EXIT_RUNNING);
        EXPECT_LE(fake::NowMs(), 70);
        if (code != 0) {
            EXPECT_STRNE(error.message, "");
        }
    });
}

void ReadAndWrite(struct subproc *child)
{
    char buffer[16];
    size_t count = 99;
    struct subproc_error error = {};
    int code = subproc_write(child, "0123456789", 10, 50, &count, &error);
    EXPECT_EQ(error.code, code);
    EXPECT_LE(count, 10u);
    count = 99;
    code = subproc_read(child, SUBPROC_OUT, buffer, sizeof buffer, 50, &count, &error);
    EXPECT_EQ(error.code, code);
    EXPECT_EQ(count > 0, code == 0);
}

TEST(FailEachCall, OfReadsWritesWaitsAndSignals)
{
    struct subproc_options options = Pipes();
    FailEach({.steps = {Read(4), Sleep(5), Copy(), Hang()}}, {.pipe_capacity = 4}, [&] {
        Child child(options);
        if (child.code != 0)
            return;
        ReadAndWrite(child.child);
        subproc_handle handle = 1;
        struct subproc_exit status = {};
        bool taken = subproc_take_stream(child.child, SUBPROC_ERR, &handle, nullptr) == 0;
        EXPECT_EQ(taken, handle != SUBPROC_NO_HANDLE);
        fake::CloseHandle(handle);
        subproc_exit_handle(child.child, &handle, nullptr);
        subproc_poll(child.child, &status, nullptr);
        subproc_wait(child.child, 10, &status, nullptr);
        subproc_terminate(child.child, nullptr);
        subproc_kill(child.child, nullptr);
        subproc_signal(child.child, 2, nullptr);
        subproc_wait(child.child, SUBPROC_FOREVER, &status, nullptr);
    });
}

// On failure the link stays with its child; on success it has moved.
TEST(FailEachCall, OfAChain)
{
    FailEach({.steps = {Copy()}}, {}, [&] {
        struct subproc_options options = {};
        options.in.kind = SUBPROC_STREAM_NULL;
        options.out.kind = SUBPROC_STREAM_LINK;
        Child first(options);
        if (first.code != 0)
            return;
        options.in.kind = SUBPROC_STREAM_FROM;
        options.in.from = first.child;
        options.out.kind = SUBPROC_STREAM_PIPE;
        Child second(options);
        subproc_handle link = SUBPROC_NO_HANDLE;
        int left = subproc_stream_handle(first.child, SUBPROC_OUT, &link, nullptr);
        EXPECT_EQ(left == 0, second.code != 0);
    });
}

// What a sink was given, and after how many pieces it wants no more.
struct Taken {
    std::string text;
    int pieces = 0, enough = 1000;
    struct subproc_sink sink = {};

    explicit Taken(bool lines)
    {
        sink.context = this;
        sink.lines = lines;
        sink.callback = [](void *context, const struct subproc_piece *piece) {
            auto *taken = static_cast<Taken *>(context);
            taken->text += std::string(piece->data, piece->size) + (taken->sink.lines ? ";" : "");
            return ++taken->pieces >= taken->enough ? 1 : 0;
        };
    }
};

TEST(FailEachCall, OfARunWithASinkAndText)
{
    for (int enough : {1000, 2}) {
        FailEach({.steps = {Write(1, "one\ntw"), Sleep(5), Write(1, "o\nthree"), Write(2, "\xB0\xA1"), Exit(0)}}, {}, [&] {
            Taken taken(true);
            taken.enough = enough;
            struct subproc_options options = Pipes();
            options.text.encoding = "cp949";
            options.out.kind = SUBPROC_STREAM_SINK;
            options.out.sink = &taken.sink;
            Outcome outcome;
            RunCommand(options, outcome);
            ExpectHonest(outcome);
            EXPECT_LE(taken.pieces, enough);
            if (outcome.code == 0) {
                EXPECT_EQ(taken.text, "one;two;three;");
                EXPECT_EQ(Text(outcome.result.err), "\xEA\xB0\x80");
            }
        });
    }
}

TEST(FailEachCall, OfARunWithALimit)
{
    std::string all = Pattern(5000);
    for (enum subproc_keep keep : {SUBPROC_KEEP_TAIL, SUBPROC_KEEP_BOTH, SUBPROC_KEEP_STOP, SUBPROC_KEEP_ERROR}) {
        struct subproc_options options = Pipes();
        options.limit.keep = keep;
        options.limit.bytes = 1000;
        FailEach({.steps = {Write(1, all), Exit(0)}}, {.pipe_capacity = 700}, [&] {
            Outcome outcome;
            RunCommand(options, outcome);
            ExpectHonest(outcome);
            if (HasResult(outcome.code) && fake::FailedCall() == "") {
                EXPECT_EQ(outcome.result.out.size, 1000u);
                EXPECT_EQ(outcome.result.out.truncated, 1);
                EXPECT_EQ(outcome.code != 0, keep == SUBPROC_KEEP_STOP || keep == SUBPROC_KEEP_ERROR);
            }
        });
    }
}

TEST(FailEachCall, OfAPipeline)
{
    std::string input = Pattern(1200);
    for (int64_t timeout : {0, 20}) {
        struct subproc_options options = Pipes();
        Feed(options, input);
        options.timeout = timeout;
        options.stop.ask_wait = 10;
        options.stop.kill_wait = 10;
        Program program = {.steps = {Copy(), Write(2, "e"), Sleep(timeout > 0 ? 1000 : 5), Exit(0)}};
        program.to_ask = Reaction::kIgnores;
        FailEach(program, {.pipe_capacity = 500}, [&] {
            const struct subproc_command stages[] = {
                {command, nullptr, {}}, {command, nullptr, {}}, {command, nullptr, {}}};
            struct subproc_pipeline_result result;
            struct subproc_error error;
            int code = subproc_pipeline_run(stages, 3, &options, &result, &error);
            EXPECT_EQ(error.code, code);
            EXPECT_EQ(HasResult(code), result.count == 3) << error.message;
            if (code != 0) {
                EXPECT_STRNE(error.message, "");
            }
            if (!HasResult(code)) {
                EXPECT_EQ(fake::Running(), 0);
            }
            if (fake::FailedCall() == "") {
                EXPECT_EQ(code, timeout > 0 ? SUBPROC_E_TIMEOUT : 0) << error.message;
                EXPECT_EQ(Text(result.stages[2].out), input);
            }
            subproc_pipeline_result_free(&result);
        });
    }
}

// Each command comes out once, whatever fails; a call of the group that failed may be repeated.
void WorkThrough(struct subproc_group *group, size_t added, bool stops)
{
    size_t given = 0;
    int failures = 0;
    while (subproc_group_left(group) > 0 && failures < 3) {
        struct subproc_finished finished;
        struct subproc_error error;
        if (stops && given == 1)
            subproc_group_stop(group, nullptr);
        int code = subproc_group_next(group, 10000, &finished, &error);
        EXPECT_EQ(error.code, code);
        failures += code != 0;
        given += code == 0;
        if (code == 0 && finished.code != 0) {
            EXPECT_STRNE(finished.error.message, "");
        }
        subproc_result_free(&finished.result);
    }
    EXPECT_EQ(given, added);
}

TEST(FailEachCall, OfAGroup)
{
    std::string input = Pattern(1500);
    for (bool stops : {false, true}) {
        FailEach({.steps = {Copy(), Sleep(5), Exit(0)}}, {.pipe_capacity = 700}, [&] {
            struct subproc_group_options limit = {};
            limit.max_running = 2;
            struct subproc_group *group = nullptr;
            struct subproc_error error;
            if (subproc_group_new(&limit, &group, &error) != 0) {
                EXPECT_STRNE(error.message, "");
                return;
            }
            size_t added = 0;
            struct subproc_options options = Pipes();
            Feed(options, input);
            for (int i = 0; i < 4; i++)
                added += subproc_group_add(group, command, &options, nullptr, nullptr) == 0;
            WorkThrough(group, added, stops);
            subproc_group_free(group);
        });
    }
}

TEST(FailEachCall, OfWhichAndQuote)
{
    FailEach({}, {}, [&] {
        struct subproc_error error = {};
        char *path = nullptr;
        int code = subproc_which("program", nullptr, &path, &error);
        EXPECT_EQ(error.code, code);
        EXPECT_EQ(path != nullptr, code == 0);
        subproc_free_string(path);
        const char *const words[] = {"a b", "", "c", nullptr};
        char *line = nullptr;
        code = subproc_quote(SUBPROC_QUOTE_SH, words, &line, &error);
        EXPECT_EQ(error.code, code);
        EXPECT_EQ(line != nullptr, code == 0);
        subproc_free_string(line);
    });
}

// ---- starts that fail ----------------------------------------------------------------------------------------------

void ExpectStartFails(const struct subproc_options &options, int code, const char *step)
{
    Outcome outcome;
    RunCommand(options, outcome);
    EXPECT_EQ(outcome.code, code);
    EXPECT_STREQ(outcome.error.step, step);
    EXPECT_NE(std::string(outcome.error.message).find("cannot start 'program'"), std::string::npos)
        << outcome.error.message;
    ExpectEmpty(outcome.result);
    ExpectNothingOpen();
}

TEST(FakeStart, TellsWhatIsMissing)
{
    struct subproc_options options = Pipes();
    fake::Reset();
    ExpectStartFails(options, SUBPROC_E_NOT_FOUND, "exec");
    fake::AddFile("program", fake::File::kNotExecutable);
    ExpectStartFails(options, SUBPROC_E_ACCESS, "exec");
    fake::AddFile("program", fake::File::kBadFormat);
    ExpectStartFails(options, SUBPROC_E_FORMAT, "exec");
    options.directory = "/nowhere";
    ExpectStartFails(options, SUBPROC_E_NO_DIRECTORY, "chdir");
    options.in.kind = SUBPROC_STREAM_FILE;
    options.in.path = "nothing";
    ExpectStartFails(options, SUBPROC_E_NOT_FOUND, "open");
}

TEST(FakeStart, TellsWhatNoVariableHolds)
{
    Begin({});
    std::string script(985, 'x');
    const char *argv[] = {script.c_str(), nullptr};
    struct subproc_options options = {};
    options.program = "program";
    options.shell = SUBPROC_SHELL_PWSH;
    {
        Outcome outcome;
        EXPECT_EQ(subproc_run(argv, &options, &outcome.result, &outcome.error), 0) << outcome.error.message;
    }
    script += "x";
    argv[0] = script.c_str();
    Outcome outcome;
    EXPECT_EQ(subproc_run(argv, &options, &outcome.result, &outcome.error), SUBPROC_E_TOO_LONG);
    EXPECT_EQ(std::string(outcome.error.message),
              "cannot start 'program': its script is too long for the variable that carries it: with its name "
              "'SUBPROC_SCRIPT=' that has 1000 bytes at most");
    ExpectNothingOpen();
}

TEST(FakeStart, TakesTheDefaultPathWhenThereIsNone)
{
    Begin({.steps = {Exit(1)}});
    fake::SetEnvironment({"HOME=/"});
    Outcome outcome;
    RunCommand({}, outcome);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.result.exit.code, 1u);
    ExpectNothingOpen();
}

TEST(FakeStart, OpensTheNullDeviceForAMissingStandardStream)
{
    for (int closed = 0; closed < 8; closed++) {
        Begin({.steps = {Exit(0)}});
        for (int stream = 0; stream < 3; stream++)
            if (closed & 1 << stream)
                fake::CloseStandard(stream);
        Outcome outcome;
        RunCommand({}, outcome);
        EXPECT_EQ(outcome.code, 0);
        ExpectNothingOpen();
    }
}

// ---- the ladder, to the millisecond --------------------------------------------------------------------------------

struct Rung {
    const char *name;
    int64_t ask_wait, kill_wait;
    Program program;
    int64_t ends_at;
    int code;
    enum subproc_stop_step step;
    bool skipped;
};

Program Obstinate(Reaction to_ask, int64_t ask_ms, Reaction to_kill, int64_t kill_ms)
{
    return {.steps = {Hang()}, .to_ask = to_ask, .to_kill = to_kill, .ask_ms = ask_ms, .kill_ms = kill_ms};
}

const Rung rungs[] = {
    {"asked", 300, 200, Obstinate(Reaction::kDies, 40, Reaction::kDies, 0), 40, 0, SUBPROC_STOPPED_BY_ASK, false},
    {"killed", 300, 200, Obstinate(Reaction::kIgnores, 0, Reaction::kDies, 50), 350, 0, SUBPROC_STOPPED_BY_KILL, false},
    {"slow to answer", 300, 200, Obstinate(Reaction::kDies, 400, Reaction::kDies, 500), 400, 0, SUBPROC_STOPPED_BY_KILL,
     false},
    {"never asked", -1, 200, Obstinate(Reaction::kDies, 0, Reaction::kDies, 50), 50, 0, SUBPROC_STOPPED_BY_KILL, false},
    {"can't be asked", 300, 200, Obstinate(Reaction::kImpossible, 0, Reaction::kDies, 50), 50, 0, SUBPROC_STOPPED_BY_KILL,
     true},
    {"default waits", 0, 0, Obstinate(Reaction::kIgnores, 0, Reaction::kDies, 900), 1900, 0, SUBPROC_STOPPED_BY_KILL,
     false},
    {"unstoppable", 300, 200, Obstinate(Reaction::kIgnores, 0, Reaction::kIgnores, 0), 500, SUBPROC_E_TIMEOUT,
     SUBPROC_STOPPED_NOT_YET, false},
    {"not waited for", 300, -1, Obstinate(Reaction::kIgnores, 0, Reaction::kDies, 50), 300, SUBPROC_E_TIMEOUT,
     SUBPROC_STOPPED_BY_KILL, false}, // a run sees the end while it reads what is left
};

struct subproc_ladder LadderOf(const Rung &rung)
{
    struct subproc_ladder ladder = {};
    ladder.ask_wait = rung.ask_wait;
    ladder.kill_wait = rung.kill_wait;
    return ladder;
}

TEST(FakeLadder, OfAStopTakesItsTime)
{
    for (const Rung &rung : rungs) {
        SCOPED_TRACE(rung.name);
        Begin(rung.program);
        {
            struct subproc_options options = Pipes();
            Child child(options);
            struct subproc_ladder ladder = LadderOf(rung);
            struct subproc_exit status = {};
            EXPECT_EQ(subproc_stop(child.child, &ladder, &status, nullptr), rung.code);
            EXPECT_EQ(fake::NowMs(), rung.ends_at);
            EXPECT_EQ(status.kind == SUBPROC_EXIT_RUNNING, rung.code != 0);
        }
        ExpectNothingOpen();
    }
}

TEST(FakeLadder, OfARunComesAfterItsDeadline)
{
    for (const Rung &rung : rungs) {
        SCOPED_TRACE(rung.name);
        Begin(rung.program);
        struct subproc_options options = Pipes();
        options.timeout = 1000;
        options.stop = LadderOf(rung);
        Outcome outcome;
        RunCommand(options, outcome);
        EXPECT_EQ(outcome.code, SUBPROC_E_TIMEOUT);
        EXPECT_EQ(outcome.result.reason, SUBPROC_REASON_TIMED_OUT);
        EXPECT_EQ(outcome.result.stop_step, rung.step);
        EXPECT_EQ(outcome.result.ask_skipped != 0, rung.skipped);
        EXPECT_EQ(outcome.result.exit.kind == SUBPROC_EXIT_RUNNING, rung.step == SUBPROC_STOPPED_NOT_YET);
        EXPECT_GE(fake::NowMs(), 1000 + rung.ends_at);
        EXPECT_LE(fake::NowMs(), 1000 + rung.ends_at + 100); // a pipe that a living child holds is still read
        ExpectNothingOpen();
    }
}

TEST(FakeLadder, StopsAtOnceWhenTheKillIsRefused)
{
    Begin(Obstinate(Reaction::kRefused, 0, Reaction::kRefused, 0));
    {
        struct subproc_options options = {};
        Child child(options);
        struct subproc_ladder ladder = {};
        struct subproc_exit status = {};
        struct subproc_error error = {};
        EXPECT_EQ(subproc_stop(child.child, &ladder, &status, &error), SUBPROC_E_ACCESS);
        EXPECT_EQ(status.kind, SUBPROC_EXIT_RUNNING);
        EXPECT_STRNE(error.message, "");
        EXPECT_LE(fake::NowMs(), 2000);
    }
    ExpectNothingOpen();
}

TEST(FakeLadder, LeavesAChildThatHasEndedAlone)
{
    Begin({.steps = {Exit(5)}});
    struct subproc_options options = {};
    Child child(options);
    EXPECT_EQ(subproc_wait(child.child, SUBPROC_FOREVER, nullptr, nullptr), 0);
    struct subproc_exit status = {};
    EXPECT_EQ(subproc_stop(child.child, nullptr, &status, nullptr), 0);
    EXPECT_EQ(status.code, 5u);
    EXPECT_EQ(subproc_kill(child.child, nullptr), 0);
}

// ---- deadlines and grandchildren -----------------------------------------------------------------------------------

TEST(FakeDeadline, IsKeptWhenAGrandchildHoldsThePipes)
{
    Program program = {.steps = {Write(1, "before"), Hang()}, .to_ask = Reaction::kIgnores, .kill_ms = 10};
    program.grandchild_holds = {true, true, true};
    Begin(program);
    struct subproc_options options = Pipes();
    options.timeout = 1000;
    options.stop.ask_wait = 200;
    Outcome outcome;
    RunCommand(options, outcome);
    EXPECT_EQ(outcome.code, SUBPROC_E_TIMEOUT);
    EXPECT_EQ(Text(outcome.result.out), "before");
    EXPECT_NE(outcome.result.incomplete, 0);
    EXPECT_EQ(outcome.result.exit.kind, SUBPROC_EXIT_SIGNALLED);
    EXPECT_EQ(fake::NowMs(), 1000 + 200 + 10 + 100);
    ExpectNothingOpen();
}

// ---- trees ---------------------------------------------------------------------------------------------------------

// What a run of a second gives whose leader has ended by then, or not, and whose grandchild holds its output.
struct TreeCase {
    const char *name;
    bool leader_ends;
    Program more; // what differs from a grandchild that obeys
    int64_t ends_at;
    enum subproc_stop_step step;
    bool incomplete;
};

Program OfTree(const TreeCase &one)
{
    Program program = one.more;
    program.steps = {Write(1, "before"), one.leader_ends ? Exit(3) : Hang()};
    program.grandchild_holds = {false, true, false};
    return program;
}

struct subproc_options TreeOptions()
{
    struct subproc_options options = Pipes();
    options.timeout = 1000;
    options.stop.ask_wait = 200;
    options.tree = SUBPROC_TREE_BEST_EFFORT;
    return options;
}

TEST(FakeTree, IsAskedAndKilledAsAWholeAlsoAfterItsLeader)
{
    const TreeCase cases[] = {
        {"all obey", false, {}, 1000, SUBPROC_STOPPED_BY_ASK, false},
        {"the grandchild obeys", true, {}, 1000, SUBPROC_STOPPED_BY_ASK, false},
        {"the leader is slow", false, {.ask_ms = 150}, 1150, SUBPROC_STOPPED_BY_ASK, false},
        {"the leader ignores", false, {.to_ask = Reaction::kIgnores}, 1200, SUBPROC_STOPPED_BY_KILL, false},
        {"the grandchild ignores", true, {.grandchild_to_ask = Reaction::kIgnores}, 1200, SUBPROC_STOPPED_BY_KILL, false},
        {"only the leader obeys", false, {.grandchild_to_ask = Reaction::kIgnores}, 1200, SUBPROC_STOPPED_BY_KILL, false},
        {"it can't be asked", false, {.to_ask = Reaction::kImpossible}, 1000, SUBPROC_STOPPED_BY_KILL, false},
        {"the grandchild left", true, {.grandchild_left = true}, 1300, SUBPROC_STOPPED_BY_KILL, true},
    };
    for (const TreeCase &one : cases) {
        Begin(OfTree(one));
        Outcome outcome;
        RunCommand(TreeOptions(), outcome);
        EXPECT_EQ(outcome.code, SUBPROC_E_TIMEOUT) << one.name;
        EXPECT_EQ(outcome.result.stop_step, one.step) << one.name;
        EXPECT_EQ(outcome.result.incomplete, one.incomplete) << one.name;
        EXPECT_EQ(outcome.result.tree_missing, 0) << one.name;
        EXPECT_EQ(Text(outcome.result.out), "before") << one.name;
        EXPECT_EQ(outcome.result.exit.kind, one.leader_ends ? SUBPROC_EXIT_EXITED : SUBPROC_EXIT_SIGNALLED) << one.name;
        EXPECT_EQ(fake::NowMs(), one.ends_at) << one.name;
        ExpectNothingOpen();
    }
}

TEST(FakeTree, WhereThereIsNoneTheDowngradeIsToldOrTheStartRefused)
{
    const TreeCase missing = {"missing", true, {.has_no_tree = true}, 0, SUBPROC_STOPPED_NOT_NEEDED, true};
    Begin(OfTree(missing));
    struct subproc_options options = TreeOptions();
    Outcome outcome;
    RunCommand(options, outcome);
    EXPECT_EQ(outcome.code, SUBPROC_E_TIMEOUT);
    EXPECT_EQ(outcome.result.tree_missing, 1);
    EXPECT_EQ(outcome.result.stop_step, SUBPROC_STOPPED_NOT_NEEDED);
    EXPECT_NE(outcome.result.incomplete, 0);
    EXPECT_EQ(fake::NowMs(), 1000 + 100);
    Begin(OfTree(missing));
    options.tree = SUBPROC_TREE_REQUIRED;
    Outcome refused;
    RunCommand(options, refused);
    EXPECT_EQ(refused.code, SUBPROC_E_UNSUPPORTED);
    EXPECT_STREQ(refused.error.step, "tree");
    ExpectNothingOpen();
}

TEST(FakeTree, NeitherAMissingOneNorAnEndedOneIsStoppedWhenNobodyAsks)
{
    Program program = {.steps = {Sleep(30), Exit(3)}};
    Begin(program);
    Outcome outcome;
    RunCommand(TreeOptions(), outcome);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.result.stop_step, SUBPROC_STOPPED_NOT_NEEDED);
    EXPECT_EQ(fake::NowMs(), 30);
    ExpectNothingOpen();
}

TEST(FakeDeadline, OfARunCountsFromTheStart)
{
    for (int64_t timeout : {INT64_MIN, int64_t{-1}, int64_t{1}, int64_t{250}}) {
        Begin({.steps = {Hang()}});
        struct subproc_options options = {};
        options.timeout = timeout;
        Outcome outcome;
        RunCommand(options, outcome);
        EXPECT_EQ(outcome.code, SUBPROC_E_TIMEOUT);
        EXPECT_EQ(fake::NowMs(), timeout < 0 ? 0 : timeout);
    }
}

// The clock goes on while bytes keep coming.
TEST(FakeDeadline, IsKeptWhileTheChildNeverStopsWriting)
{
    Begin({.steps = {Write(1, Pattern(4000000)), Hang()}}, {.pipe_capacity = 100, .call_ns = fake::kMs});
    struct subproc_options options = Pipes();
    options.timeout = 500;
    options.stop.ask_wait = -1;
    Outcome outcome;
    RunCommand(options, outcome);
    EXPECT_EQ(outcome.code, SUBPROC_E_TIMEOUT);
    EXPECT_LE(fake::NowMs(), 500 + 150);
    std::string got = Text(outcome.result.out);
    EXPECT_EQ(got, Pattern(4000000).substr(0, got.size()));
}

TEST(FakeDeadline, IsKeptWhileTheChildNeverStopsReading)
{
    Begin({.steps = {Copy()}}, {.pipe_capacity = 100, .call_ns = fake::kMs});
    struct subproc_options options = {};
    options.in.kind = SUBPROC_STREAM_PIPE;
    options.out.kind = SUBPROC_STREAM_NULL;
    std::string input = Pattern(1000000);
    size_t put = 0;
    {
        Child child(options);
        EXPECT_EQ(subproc_write(child.child, input.data(), input.size(), 200, &put, nullptr), SUBPROC_E_TIMEOUT);
    }
    EXPECT_LE(fake::NowMs(), 220);
    EXPECT_GT(put, 0u);
    ExpectNothingOpen();
}

TEST(FakeLinger, LeavesThePipesOfAGrandchildBehind)
{
    for (int64_t linger : {-1, 1, 70}) {
        Program program = {.steps = {Write(1, "mine"), Sleep(30), Exit(2)}};
        program.grandchild_holds = {false, true, false};
        Begin(program);
        struct subproc_options options = Pipes();
        options.linger = linger;
        Outcome outcome;
        RunCommand(options, outcome);
        EXPECT_EQ(outcome.code, 0);
        EXPECT_EQ(Text(outcome.result.out), "mine");
        EXPECT_EQ(outcome.result.exit.code, 2u);
        EXPECT_NE(outcome.result.incomplete, 0);
        EXPECT_EQ(fake::NowMs(), 30 + (linger < 0 ? 0 : linger));
        ExpectNothingOpen();
    }
}

TEST(FakeLinger, EndsEarlierAtTheEndOfFile)
{
    Program program = {.steps = {Exit(0)}};
    program.grandchild_holds = {false, true, true};
    program.grandchild_ms = 40;
    Begin(program);
    struct subproc_options options = Pipes();
    options.linger = 1000;
    Outcome outcome;
    RunCommand(options, outcome);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.result.incomplete, 0);
    EXPECT_EQ(fake::NowMs(), 40);
}

TEST(FakeLinger, WithoutOneWaitsForTheEndOfFile)
{
    Program program = {.steps = {Exit(0)}};
    program.grandchild_holds = {false, true, false};
    program.grandchild_ms = 100000;
    Begin(program);
    Outcome outcome;
    RunCommand(Pipes(), outcome);
    EXPECT_EQ(outcome.result.incomplete, 0);
    EXPECT_EQ(fake::NowMs(), 100000);
}

TEST(FakeLinger, NeverGoesPastTheDeadline)
{
    Program program = {.steps = {Exit(0)}};
    program.grandchild_holds = {false, true, false};
    Begin(program);
    struct subproc_options options = Pipes();
    options.linger = 5000;
    options.timeout = 300;
    Outcome outcome;
    RunCommand(options, outcome);
    EXPECT_EQ(outcome.code, SUBPROC_E_TIMEOUT);
    EXPECT_EQ(outcome.result.exit.kind, SUBPROC_EXIT_EXITED);
    EXPECT_NE(outcome.result.incomplete, 0);
    EXPECT_LE(fake::NowMs(), 300 + 100);
    ExpectNothingOpen();
}

// ---- cancel --------------------------------------------------------------------------------------------------------

using Blocking = std::function<int(struct subproc *child)>;

void ExpectCancels(const Program &program, const Blocking &call)
{
    Begin(program, {.cancel_at = 50 * fake::kMs});
    {
        struct subproc_options options = Pipes();
        subproc_handle cancel = fake::kCancel;
        options.cancel = &cancel;
        options.stop.ask_wait = 200;
        Child child(options);
        EXPECT_EQ(call(child.child), SUBPROC_E_CANCELLED);
        EXPECT_EQ(fake::Running(), 0);
        EXPECT_EQ(fake::NowMs(), 50 + 200 + 10);
    }
    ExpectNothingOpen();
}

TEST(FakeCancel, StopsEveryBlockingCall)
{
    Program hangs = {.steps = {Hang()}, .to_ask = Reaction::kIgnores, .kill_ms = 10};
    std::string input = Pattern(200000);
    size_t count = 0;
    ExpectCancels(hangs, [](struct subproc *child) { return subproc_wait(child, SUBPROC_FOREVER, nullptr, nullptr); });
    ExpectCancels(hangs, [&](struct subproc *child) {
        char byte;
        return subproc_read(child, SUBPROC_OUT, &byte, 1, SUBPROC_FOREVER, &count, nullptr);
    });
    ExpectCancels(hangs, [&](struct subproc *child) {
        return subproc_write(child, input.data(), input.size(), SUBPROC_FOREVER, &count, nullptr);
    });
    ExpectCancels(hangs, [&](struct subproc *child) {
        Outcome outcome;
        return subproc_communicate(child, input.data(), input.size(), SUBPROC_FOREVER, &outcome.result, nullptr);
    });
}

TEST(FakeCancel, KeepsWhatWasRead)
{
    Begin({.steps = {Write(1, "before"), Hang()}}, {.cancel_at = 50 * fake::kMs});
    struct subproc_options options = Pipes();
    subproc_handle cancel = fake::kCancel;
    options.cancel = &cancel;
    Outcome outcome;
    RunCommand(options, outcome);
    EXPECT_EQ(outcome.code, SUBPROC_E_CANCELLED);
    EXPECT_EQ(outcome.result.reason, SUBPROC_REASON_CANCELLED);
    EXPECT_EQ(outcome.result.stop_step, SUBPROC_STOPPED_BY_ASK);
    EXPECT_EQ(Text(outcome.result.out), "before");
    EXPECT_EQ(outcome.result.exit.code, 15u);
    EXPECT_EQ(fake::NowMs(), 50);
    ExpectNothingOpen();
}

// ---- bytes in any pieces and any order -----------------------------------------------------------------------------

constexpr uint64_t kSeeds = 300;

TEST(FakeSchedule, GivesTheWholeInputAndOutputInAnyOrderOfEvents)
{
    std::string input = Pattern(3000);
    for (uint64_t seed = 1; seed <= kSeeds; seed++) {
        Begin({.steps = {Write(2, "first"), Copy(), Write(2, "last"), Close(1), Sleep(3), Exit(9)}},
              {.pipe_capacity = static_cast<size_t>(1 + seed % 700), .seed = seed});
        struct subproc_options options = Pipes();
        Feed(options, input);
        Outcome outcome;
        RunCommand(options, outcome);
        ASSERT_EQ(outcome.code, 0) << seed;
        ASSERT_EQ(Text(outcome.result.out), input) << seed;
        ASSERT_EQ(outcome.result.out.total, input.size()) << seed;
        ASSERT_EQ(Text(outcome.result.err), "firstlast") << seed;
        ASSERT_EQ(outcome.result.exit.code, 9u) << seed;
        ASSERT_EQ(fake::Open() + fake::Misuse(), "") << seed;
    }
}

TEST(FakeSchedule, LosesNothingWhenTheChildEndsBeforeItsOutputIsRead)
{
    std::string output = Pattern(2000);
    for (uint64_t seed = 1; seed <= kSeeds; seed++) {
        Begin({.steps = {Write(1, output), Write(2, output), Die(11)}}, {.pipe_capacity = 5000, .seed = seed});
        Outcome outcome;
        RunCommand(Pipes(), outcome);
        ASSERT_EQ(outcome.code, 0) << seed;
        ASSERT_EQ(Text(outcome.result.out), output) << seed;
        ASSERT_EQ(Text(outcome.result.err), output) << seed;
        ASSERT_EQ(outcome.result.incomplete, 0) << seed;
    }
}

TEST(FakeSchedule, DropsInputThatNobodyReads)
{
    std::string input = Pattern(5000);
    for (uint64_t seed = 1; seed <= kSeeds; seed++) {
        Begin({.steps = {Read(seed % 100), Close(0), Write(1, "out"), Sleep(5)}}, {.pipe_capacity = 64, .seed = seed});
        struct subproc_options options = Pipes();
        Feed(options, input);
        Outcome outcome;
        RunCommand(options, outcome);
        ASSERT_EQ(outcome.code, 0) << seed;
        ASSERT_EQ(Text(outcome.result.out), "out") << seed;
        ASSERT_EQ(outcome.result.incomplete, 0) << seed;
    }
}

std::vector<fake::Step> SlowCopies(std::mt19937_64 &random, size_t size)
{
    std::vector<fake::Step> steps;
    std::string output = Pattern(size);
    for (size_t at = 0; at < size;) {
        size_t piece = 1 + random() % 300;
        steps.push_back(Read(piece));
        steps.push_back(Write(static_cast<int>(1 + random() % 2), output.substr(at, piece)));
        steps.push_back(Sleep(static_cast<int64_t>(random() % 20)));
        at += piece;
    }
    return steps;
}

std::string Written(const Program &program, int stream)
{
    std::string all;
    for (const fake::Step &step : program.steps)
        if (step.op == fake::Op::kWrite && step.stream == stream)
            all += step.bytes;
    return all;
}

// What was visible before is a beginning of what is visible now.
void ExpectGrows(std::string &seen, const struct subproc_output &output)
{
    std::string now = Text(output);
    ASSERT_EQ(now.substr(0, seen.size()), seen);
    seen = now;
}

void CommunicateInSlices(struct subproc *child, const std::string &input, std::mt19937_64 &random, std::string (&seen)[2],
                         int &calls)
{
    int code = SUBPROC_E_TIMEOUT;
    while (code == SUBPROC_E_TIMEOUT) {
        Outcome outcome;
        code = subproc_communicate(child, input.data(), input.size(), static_cast<int64_t>(random() % 30) - 1,
                                   &outcome.result, nullptr);
        ExpectGrows(seen[0], outcome.result.out);
        ExpectGrows(seen[1], outcome.result.err);
        ASSERT_EQ(outcome.result.reason, code == 0 ? SUBPROC_REASON_ENDED : SUBPROC_REASON_TIMED_OUT);
        ASSERT_LT(++calls, 100000);
    }
    ASSERT_EQ(code, 0);
}

TEST(FakeSchedule, LosesAndRepeatsNothingOverManyTimeouts)
{
    int calls = 0;
    for (uint64_t seed = 1; seed <= kSeeds; seed++) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random(seed);
        Program program = {.steps = SlowCopies(random, 2000)};
        std::string input = Pattern(2000);
        Begin(program, {.pipe_capacity = static_cast<size_t>(1 + random() % 400), .seed = seed});
        std::string seen[2];
        {
            struct subproc_options options = Pipes();
            Child child(options);
            CommunicateInSlices(child.child, input, random, seen, calls);
        }
        ASSERT_EQ(seen[0], Written(program, 1));
        ASSERT_EQ(seen[1], Written(program, 2));
        ASSERT_EQ(fake::Open() + fake::Misuse(), "");
    }
    EXPECT_GT(calls, 1000);
}

void WriteAll(struct subproc *child, const std::string &bytes, std::mt19937_64 &random)
{
    for (size_t at = 0; at < bytes.size();) {
        size_t put = 0;
        size_t piece = std::min<size_t>(bytes.size() - at, 1 + random() % 400);
        int code = subproc_write(child, bytes.data() + at, piece, static_cast<int64_t>(random() % 3), &put, nullptr);
        ASSERT_TRUE(code == 0 ? put == piece : code == SUBPROC_E_TIMEOUT && put < piece) << code << " " << put;
        at += put;
    }
}

void ReadAll(struct subproc *child, std::string &bytes, std::mt19937_64 &random)
{
    for (size_t got = 1; got > 0;) {
        char buffer[300];
        int code = subproc_read(child, SUBPROC_OUT, buffer, 1 + random() % sizeof buffer, 1000, &got, nullptr);
        ASSERT_EQ(code, 0);
        bytes.append(buffer, got);
    }
}

TEST(FakeSchedule, ReadsAndWritesByHandLoseNothing)
{
    std::string bytes = Pattern(2000);
    for (uint64_t seed = 1; seed <= kSeeds; seed++) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random(seed);
        Begin({.steps = {Read(bytes.size()), Write(1, bytes)}},
              {.pipe_capacity = static_cast<size_t>(1 + random() % 300), .seed = seed});
        std::string got;
        {
            struct subproc_options options = Pipes();
            Child child(options);
            WriteAll(child.child, bytes, random);
            subproc_close_stream(child.child, SUBPROC_IN);
            ReadAll(child.child, got, random);
        }
        ASSERT_EQ(got, bytes);
        ASSERT_EQ(fake::Open() + fake::Misuse(), "");
    }
}

TEST(FakeSchedule, CarriesBytesThroughAChain)
{
    std::string output = Pattern(3000);
    for (uint64_t seed = 1; seed <= 50; seed++) {
        SCOPED_TRACE(seed);
        Begin({.steps = {Copy()}}, {.pipe_capacity = 100, .seed = seed});
        fake::Add("source", {.steps = {Write(1, output)}});
        {
            const char *const source[] = {"source", nullptr};
            struct subproc_options options = {};
            options.out.kind = SUBPROC_STREAM_LINK;
            struct subproc *first = nullptr;
            ASSERT_EQ(subproc_spawn(source, &options, &first, nullptr), 0);
            options.in.kind = SUBPROC_STREAM_FROM;
            options.in.from = first;
            options.out.kind = SUBPROC_STREAM_PIPE;
            Child second(options);
            Outcome outcome;
            EXPECT_EQ(subproc_communicate(second.child, nullptr, 0, SUBPROC_FOREVER, &outcome.result, nullptr), 0);
            EXPECT_EQ(Text(outcome.result.out), output);
            subproc_free(first);
        }
        ASSERT_EQ(fake::Open() + fake::Misuse(), "");
    }
}

} // namespace
