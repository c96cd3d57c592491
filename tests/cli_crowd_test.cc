// The subproc command's pipe and parallel, driven as a child.
#include "cli_support.h"

#include <algorithm>
#include <set>

#if __has_include(<sys/wait.h>)
#include <signal.h>
#define HAVE_SIGNALS
#endif

namespace
{

using namespace cli;

// ---- pipe ----------------------------------------------------------------------------------------------------------

TEST(CommandPipe, JoinsItsCommands)
{
    std::string bytes;
    for (int i = 0; i < 200000; i++)
        bytes += static_cast<char>(i * 7);
    Outcome outcome = CommandWithInput(Pipe({}, {{"--copy", "5000"}, {"--copy", "300"}, {"--copy", "70000"}}), bytes);
    EXPECT_EQ(outcome.status, 0u) << outcome.err;
    EXPECT_TRUE(outcome.out == bytes);
    EXPECT_EQ(Command(Pipe({}, {{"--out", "alone"}})).out, "alone");
}

TEST(CommandPipe, PassesWordsUnchanged)
{
    Outcome outcome = Command(Pipe({}, {Words{"--args"} + hostile, {"--copy", "100"}}));
    EXPECT_EQ(outcome.out, NulSeparated(hostile));
    outcome = Command(Pipe({}, {{"--out", "x"}, Words{"--args"} + hostile}));
    EXPECT_EQ(outcome.out, NulSeparated(hostile));
}

TEST(CommandPipe, HasEveryErr)
{
    Outcome outcome = Command(Pipe({}, {{"--err", "<a>"}, {"--read-all", "--err", "<b>"}, {"--read-all", "--err", "<c>"}}));
    EXPECT_EQ(outcome.err, "<a><b><c>");
}

TEST(CommandPipe, ExitsWithTheStatusOfTheLast)
{
    EXPECT_EQ(Command(Pipe({}, {{"--exit", "3"}, {"--read-all", "--exit", "4"}})).status, 4u);
    EXPECT_EQ(Command(Pipe({}, {{"--exit", "3"}, {"--read-all"}})).status, 0u);
}

TEST(CommandPipe, ExitsWithTheFirstFailureForPipefail)
{
    EXPECT_EQ(Command(Pipe({"--pipefail"}, {{}, {"--exit", "3"}, {"--exit", "4"}})).status, 3u);
    EXPECT_EQ(Command(Pipe({"--pipefail"}, {{"--out", "a"}, {"--read-all"}})).status, 0u);
}

TEST(CommandPipe, EndsWithTheOneThatReadsNoMore)
{
    Outcome outcome = Command(Pipe({}, {{"--fill-out", "1000000000", "65536"}, {"--copy-some", "1"}}));
    EXPECT_EQ(outcome.status, 0u) << outcome.err;
    EXPECT_EQ(outcome.out.size(), 1u);
}

TEST(CommandPipe, SaysWhichCommandIsMissing)
{
    const Words hang = {"--hang"};
    for (size_t missing = 0; missing < 3; missing++) {
        Words words = Pipe({}, {hang, hang, hang});
        for (size_t at = 0, stage = 0; at < words.size(); at++)
            if (words[at] == HelperPath() && stage++ == missing)
                words[at] = "openss1";
        Outcome outcome = Command(words);
        EXPECT_EQ(outcome.status, 127u);
        EXPECT_EQ(outcome.err,
                  "subproc: stage " + std::to_string(missing + 1) + " of 3: cannot start 'openss1': not found in PATH\n");
    }
}

TEST(CommandPipe, StopsAllWhenTheTimeIsUp)
{
    Outcome outcome;
    int64_t ms = MillisecondsOf([&] {
        outcome = Command(Pipe({"-t", ShortTime(), "-k0", "--kill-tree"}, {{"--hang"}, {"--out", "b", "--hang"}}));
    });
    EXPECT_EQ(outcome.status, 124u);
    EXPECT_EQ(outcome.out, "b");
    EXPECT_TRUE(IsOneLine(outcome.err)) << outcome.err;
    EXPECT_GE(ms, TimeToWrite());
    EXPECT_LE(ms, 15000);
}

TEST(CommandPipe, TakesTheOptionsOfRun)
{
    Folder folder;
    std::string file = folder.File("in put", "from the file");
    EXPECT_EQ(Command(Pipe({"-i", file}, {{"--copy", "10"}, {"--copy", "10"}})).out, "from the file");
    std::string out = Command(Pipe({"-C", folder.Path()}, {{"--directory"}, {"--copy", "10"}})).out;
    EXPECT_TRUE(fs::equivalent(FromUtf8(out), FromUtf8(folder.Path()))) << out;
    Words variable = {"--variable", "NEW"};
    out = Command(Pipe({"-e", "NEW=a b"}, {variable, Words{"--copy", "10"} + variable})).out;
    EXPECT_EQ(out, "a ba b");
}

TEST(CommandPipe, PrintsJson)
{
    Outcome outcome =
        Command(Pipe({"--json"}, {{"--out", "o", "--err", "e", "--exit", "3"}, {"--copy", "9", "--exit", "5"}}));
    EXPECT_EQ(outcome.status, 5u);
    EXPECT_EQ(outcome.err, "");
    json::Value object = ReadJson(outcome.out);
    EXPECT_EQ(object["version"].number, 1);
    EXPECT_EQ(object["verdict"].number, 1);
    EXPECT_EQ(object["reason"].text, "ended");
    EXPECT_GE(object["wall_ms"].number, 0);
    EXPECT_TRUE(object["error"].IsNull());
    ASSERT_EQ(object["commands"].items.size(), 2u);
    EXPECT_EQ(object["commands"].items[1].items.back().text, "5");
    const Checked<json::Value> &stages = object["stages"].items;
    ASSERT_EQ(stages.size(), 2u);
    EXPECT_EQ(stages[0]["command"].items.size(), 7u);
    EXPECT_EQ(stages[0]["exit"]["code"].number, 3);
    EXPECT_TRUE(stages[0]["out"].IsNull());
    EXPECT_EQ(stages[0]["err"]["text"].text, "e");
    EXPECT_EQ(stages[1]["exit"]["code"].number, 5);
    EXPECT_EQ(stages[1]["out"]["text"].text, "o");
}

TEST(CommandPipe, PrintsJsonOfFailures)
{
    Outcome outcome = Command({"pipe", "--json", "--", HelperPath(), "--hang", ":::", "openss1"});
    EXPECT_EQ(outcome.status, 127u);
    json::Value object = ReadJson(outcome.out);
    EXPECT_EQ(object["error"]["code"].text, "NOT_FOUND");
    EXPECT_EQ(object["commands"].items[1].items[0].text, "openss1");
    EXPECT_TRUE(object["verdict"].IsNull());
    EXPECT_TRUE(object["stages"].items.empty());
    outcome = Command(Pipe({"--json", "-t", ShortTime(), "-k0"}, {{"--out", "a", "--hang"}, {"--copy", "1"}}));
    EXPECT_EQ(outcome.status, 124u);
    object = ReadJson(outcome.out);
    EXPECT_EQ(object["reason"].text, "timed_out");
    EXPECT_EQ(object["stages"].items[1]["out"]["text"].text, "a");
}

TEST(CommandPipe, RefusesBadUsage)
{
    const Words out = {HelperPath(), "--out", "started"};
    for (const Words &words : std::vector<Words>{{},
                                                 {"--"},
                                                 out,
                                                 Words{"--"} + out + Words{":::"},
                                                 Words{"--", ":::"} + out,
                                                 Words{"--"} + out + Words{":::", ":::"} + out,
                                                 Words{"--merge", "--"} + out,
                                                 Words{"-t", "x", "--"} + out})
        ExpectRefused(Words{"pipe"} + words);
}

// ---- parallel: commands --------------------------------------------------------------------------------------------

TEST(CommandParallel, RunsOneJobForEachArgument)
{
    EXPECT_EQ(Command(Parallel({"--keep-order"}, {"--out", ":::", "a", "b", "c"})).out, "abc");
    EXPECT_EQ(Command(Parallel({"--keep-order"}, {"--out", "<{}-{}>", "--out", "{}", ":::", "a", "{}"})).out,
              "<a-a>a<{}-{}>{}");
    Outcome outcome = Command(Parallel({}, {"--out", "never", ":::"}));
    EXPECT_EQ(outcome.status, 0u);
    EXPECT_EQ(outcome.out, "");
}

TEST(CommandParallel, PassesArgumentsUnchanged)
{
    EXPECT_EQ(Command(Parallel({"--keep-order", "-j3"}, Words{"--args", ":::"} + hostile)).out, NulSeparated(hostile));
    std::string doubled;
    for (const std::string &word : hostile)
        doubled += "<" + word + ">" + '\0';
    EXPECT_EQ(Command(Parallel({"--keep-order", "-j3"}, Words{"--args", "<{}>", ":::"} + hostile)).out, doubled);
}

TEST(CommandParallel, ReadsItsArgumentsFromLines)
{
    Words actions = {"--out", "<{}>"};
    EXPECT_EQ(CommandWithInput(Parallel({"--keep-order"}, actions), "a\nb c\r\n\n\"d\\ {}").out, "<a><b c><><\"d\\ {}>");
    EXPECT_EQ(CommandWithInput(Parallel({}, actions), "").out, "");
    EXPECT_EQ(CommandWithInput(Parallel({}, actions), "a\r\n").out, "<a>");
    EXPECT_EQ(Command(Parallel({}, actions)).status, 0u); // the null device
}

TEST(CommandParallel, Runs500JobsFromStandardInput)
{
    std::string input, expected;
    std::multiset<std::string> all;
    for (int i = 0; i < 500; i++) {
        input += "line " + std::to_string(i) + "\n";
        all.insert("line " + std::to_string(i));
    }
    Outcome outcome = CommandWithInput(Parallel({"-j", "4", "--keep-order"}, {"--out", "{}\n"}), input, kManyStarts);
    EXPECT_EQ(outcome.status, 0u) << outcome.err;
    EXPECT_EQ(outcome.out, input);
    outcome = CommandWithInput(Parallel({"-j0"}, {"--out", "{}\n"}), input, kManyStarts);
    Words lines = Lines(outcome.out);
    EXPECT_EQ(std::multiset<std::string>(lines.begin(), lines.end()), all);
}

TEST(CommandParallel, RefusesLinesThatAreNoArguments)
{
    Outcome outcome = CommandWithInput(Parallel({}, {"--out", "{}"}), std::string("a\0b\n", 4));
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(IsOneLine(outcome.err));
    outcome = CommandWithInput(Parallel({}, {"--out", "{}"}), std::string(3 << 20, 'x'));
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_TRUE(IsOneLine(outcome.err));
}

TEST(CommandParallel, TakesTheOptionsOfRun)
{
    Folder folder;
    std::string out = Command(Parallel({"-C", folder.Path()}, {"--directory", "--out", ":::", ""})).out;
    EXPECT_TRUE(fs::equivalent(FromUtf8(out), FromUtf8(folder.Path()))) << out;
    out = Command(Parallel({"-e", "NEW=a b", "--unset", "OLD"}, {"--variable", "NEW", "--out", ":::", "."})).out;
    EXPECT_EQ(out, "a b.");
}

TEST(CommandParallel, GivesItsJobsNoInput)
{
    EXPECT_EQ(CommandWithInput(Parallel({}, {"--count", "--out", ":::", "."}), "for nobody").out, "count=0\n.");
}

TEST(CommandParallel, RefusesBadUsage)
{
    const Words out = {HelperPath(), "--out", "started", ":::", "a"};
    for (const Words &words : std::vector<Words>{{}, {"--"}, out, {"--", ":::", "a"}, Words{"-j", "--"} + out})
        ExpectRefused(Words{"parallel"} + words);
    for (const Words &options : std::vector<Words>{{"-j", ""},
                                                   {"-j", "-1"},
                                                   {"-j", "two"},
                                                   {"-j", "1.5"},
                                                   {"-j", "100001"},
                                                   {"--merge"},
                                                   {"-i", "-"},
                                                   {"-t", "x"},
                                                   {"--json", "--tag"},
                                                   {"-e", "NAME"},
                                                   {"--tag=1"},
                                                   {"-j", "99999999999999999999"}})
        ExpectRefused(Words{"parallel"} + options + Words{"--"} + out);
}

// ---- parallel: output ----------------------------------------------------------------------------------------------

TEST(CommandParallel, WritesInTheOrderOfTheEnds)
{
    Words actions = {"--out", "<", "--sleep", "{}", "--out", "{}>", ":::", "1500", "0"};
    EXPECT_EQ(Command(Parallel({"-j2"}, actions)).out, "<0><1500>");
    EXPECT_EQ(Command(Parallel({"-j2", "--keep-order"}, actions)).out, "<1500><0>");
    EXPECT_EQ(Command(Parallel({"-j1"}, actions)).out, "<1500><0>");
}

TEST(CommandParallel, KeepsAJobsOutputTogether)
{
    Outcome outcome = Command(Parallel({"-j3"}, {"--fill-out", "200000", "1000", "--err", "e{}\n", ":::", "0", "1", "2"}));
    std::string one = Command({"run", "--", HelperPath(), "--fill-out", "200000", "1000"}).out;
    EXPECT_TRUE(outcome.out == one + one + one);
    Words lines = Lines(outcome.err);
    std::sort(lines.begin(), lines.end());
    EXPECT_EQ(lines, (Words{"e0", "e1", "e2"}));
}

TEST(CommandParallel, TagsEachLine)
{
    Words actions = {"--out", "1\r\n\n2", "--err", "e\n", "--exit", "0", "{}", ":::", "a", "b c"};
    for (const Words &options : std::vector<Words>{{"--tag", "-j2"}, {"--tag", "-j2", "--keep-order"}}) {
        Outcome outcome = Command(Parallel(options, actions));
        Words lines = Lines(outcome.out);
        std::stable_sort(lines.begin(), lines.end(), [](auto &a, auto &b) { return a[0] < b[0]; });
        EXPECT_EQ(lines, (Words{"a\t1", "a\t", "a\t2", "b c\t1", "b c\t", "b c\t2"}));
        lines = Lines(outcome.err);
        std::sort(lines.begin(), lines.end());
        EXPECT_EQ(lines, (Words{"a\te", "b c\te"}));
    }
    EXPECT_EQ(Lines(Command(Parallel({"--tag", "-j2", "--keep-order"}, actions)).out)[0], "a\t1");
}

TEST(CommandParallel, WorksWhileItsInputIsSilent)
{
    for (const Words &options : std::vector<Words>{{"-j4"}, {"-j4", "--tag"}, {"-j1", "--keep-order"}}) {
        Fed command(Parallel(options, {"--out", "{}\n"}));
        bool tagged = options.back() == "--tag";
        for (std::string line : {"one", "two", "three"}) {
            command.Write(line + "\n");
            std::string expected = (tagged ? line + "\t" : "") + line + "\n";
            EXPECT_EQ(command.Read(expected.size()), expected);
        }
        command.Write("last");
        subproc_close_stream(command.child, SUBPROC_IN);
        EXPECT_EQ(command.Read(100), tagged ? "last\tlast\n" : "last\n");
        EXPECT_EQ(command.Wait(), 0u);
    }
}

TEST(CommandParallel, WritesTaggedLinesAsTheyCome)
{
    Fed command(Parallel({"--tag", "-t", "80"}, {"--out", "{}\n", "--hang"}));
    command.Write("x\n");
    EXPECT_EQ(command.Read(4), "x\tx\n");
    subproc_close_stream(command.child, SUBPROC_IN);
}

TEST(CommandParallel, StopsItsJobsWhenNobodyReadsThem)
{
    Fed command(Parallel({"--tag", "-j2", "-k0"}, {"--out", "{}\n", "--hang"}));
    command.Write("x\n");
    EXPECT_EQ(command.Read(4), "x\tx\n");
    subproc_close_stream(command.child, SUBPROC_OUT);
    command.Write("y\n");
    EXPECT_EQ(command.Wait(), 125u);
}

// ---- parallel: statuses --------------------------------------------------------------------------------------------

TEST(CommandParallel, CountsFailedJobs)
{
    EXPECT_EQ(Command(Parallel({}, {"--exit", ":::", "0", "0"})).status, 0u);
    EXPECT_EQ(Command(Parallel({}, {"--exit", ":::", "0", "1", "77", "0", "255"})).status, 3u);
    std::string input;
    for (int i = 0; i < 100; i++)
        input += "1\n";
    EXPECT_EQ(CommandWithInput(Parallel({}, {"--exit"}), input).status, 100u);
    EXPECT_EQ(CommandWithInput(Parallel({}, {"--exit"}), input + "1\n").status, 101u);
    EXPECT_EQ(CommandWithInput(Parallel({}, {"--exit"}), input + "1\n1\n").status, 101u);
}

TEST(CommandParallel, CountsJobsThatCannotStart)
{
    Outcome outcome = Command({"parallel", "--", "openss1", ":::", "a", "b"});
    EXPECT_EQ(outcome.status, 2u);
    EXPECT_EQ(outcome.err, "subproc: cannot start 'openss1': not found in PATH\n"
                           "subproc: cannot start 'openss1': not found in PATH\n");
    outcome = Command({"parallel", "--keep-order", "--", "{}", "--out", "x", ":::", HelperPath(), "openss1", HelperPath()});
    EXPECT_EQ(outcome.status, 1u);
    EXPECT_EQ(outcome.out, "xx");
    EXPECT_TRUE(IsOneLine(outcome.err));
}

TEST(CommandParallel, HaltsAtTheFirstFailure)
{
    Outcome outcome;
    Words actions = {"--out", "<{}>", "--exit", "{}", ":::", "0", "3", "0", "0"};
    outcome = Command(Parallel({"--halt", "-j1"}, actions));
    EXPECT_EQ(outcome.status, 1u);
    EXPECT_EQ(outcome.out, "<0><3>");
    int64_t ms = MillisecondsOf([&] {
        outcome =
            Command(Parallel({"--halt", "-j2", "-k0"}, {"--sleep", "{}", "--exit", "4", ":::", "80000", "0", "70000"}));
    });
    EXPECT_EQ(outcome.status, 1u);
    EXPECT_EQ(outcome.err, "subproc: parallel: halted because a job failed: 1 done (1 failed), 1 stopped, 1 not started\n");
    EXPECT_LE(ms, 40000);
    EXPECT_EQ(Command({"parallel", "--halt", "-j1", "--", "openss1", ":::", "a", "b"}).status, 1u);
}

TEST(CommandParallel, HaltsWhileItsInputIsOpen)
{
    Fed command(Parallel({"--halt"}, {"--exit"}));
    command.Write("0\n7\n");
    EXPECT_EQ(command.Read(1), "");
    EXPECT_EQ(command.Wait(), 1u);
}

TEST(CommandParallel, Says124WhenAJobTimedOut)
{
    Words actions = {"--out", "<{}", "--sleep", "{}", "--out", ">", ":::", "80000", "0"};
    Outcome outcome = Command(Parallel({"-j2", "-t2", "-k0", "--keep-order", "--kill-tree"}, actions));
    EXPECT_EQ(outcome.status, 124u);
    EXPECT_EQ(outcome.out, "<80000<0>");
    EXPECT_TRUE(IsOneLine(outcome.err)) << outcome.err;
}

// ---- parallel: JSON ------------------------------------------------------------------------------------------------

TEST(CommandParallel, PrintsAJobLog)
{
    Outcome outcome =
        Command(Parallel({"--json", "--keep-order"}, {"--out", "o{}", "--err", "e", "--exit", "{}", ":::", "0", "3"}));
    EXPECT_EQ(outcome.status, 1u);
    EXPECT_EQ(outcome.err, "");
    Checked<json::Value> log = ReadJsonLines(outcome.out);
    ASSERT_EQ(log.size(), 2u);
    std::string names;
    for (const auto &[name, value] : log[1].members)
        names += name + " ";
    EXPECT_EQ(names,
              "argument command err error exit incomplete number out peak_rss_kib reason system_ms tree_missing user_ms "
              "version wall_ms ");
    EXPECT_EQ(log[0]["number"].number, 0);
    EXPECT_EQ(log[1]["number"].number, 1);
    EXPECT_EQ(log[1]["argument"].text, "3");
    EXPECT_EQ(log[1]["command"].items[2].text, "o3");
    EXPECT_EQ(log[1]["out"]["text"].text, "o3");
    EXPECT_EQ(log[1]["err"]["text"].text, "e");
    EXPECT_EQ(log[1]["exit"]["code"].number, 3);
    EXPECT_TRUE(log[1]["error"].IsNull());
}

TEST(CommandParallel, LogsEveryKindOfFailure)
{
    Outcome outcome = Command({"parallel", "--json", "--", "{}", ":::", "openss1"});
    Checked<json::Value> log = ReadJsonLines(outcome.out);
    ASSERT_EQ(log.size(), 1u);
    EXPECT_EQ(log[0]["error"]["code"].text, "NOT_FOUND");
    EXPECT_TRUE(log[0]["exit"].IsNull());
    log = ReadJsonLines(Command(Parallel({"--json", "-t", "0.3", "-k0"}, {"--hang", "--out", ":::", "a"})).out);
    EXPECT_EQ(log[0]["reason"].text, "timed_out");
    EXPECT_EQ(log[0]["error"]["code"].text, "TIMEOUT");
    Words actions = {"--sleep", "{}", "--exit", "4", ":::", "80000", "0"};
    log = ReadJsonLines(Command(Parallel({"--json", "--halt", "-j2", "-k0", "--keep-order"}, actions)).out);
    ASSERT_EQ(log.size(), 2u);
    EXPECT_EQ(log[0]["reason"].text, "cancelled");
    EXPECT_EQ(log[0]["error"]["code"].text, "CANCELLED");
    EXPECT_EQ(log[1]["exit"]["code"].number, 4);
}

// ---- POSIX alone ---------------------------------------------------------------------------------------------------

#ifdef HAVE_SIGNALS

TEST(CommandPipe, StopsAllWhenASignalArrives)
{
    for (int number : {SIGINT, SIGTERM, SIGHUP}) {
        Started command(Pipe({}, {{"--out", "ready", "--hang"}, {"--copy-some", "5", "--hang"}}));
        EXPECT_EQ(subproc_signal(command.child, number, nullptr), 0);
        EXPECT_EQ(command.Read(100), "");
        EXPECT_EQ(command.Wait(), 128u + static_cast<uint32_t>(number));
    }
}

TEST(CommandParallel, StopsAllWhenASignalArrives)
{
    for (int number : {SIGINT, SIGTERM, SIGHUP}) {
        Words actions = {"--answer", "asked\n", "--out", "\n", "--hang", "{}", ":::", "ready", "never"};
        Started command(Parallel({"-j1", "--tag"}, actions));
        EXPECT_EQ(subproc_signal(command.child, number, nullptr), 0);
        EXPECT_EQ(command.Read(100), "\t\nready\tasked\n");
        EXPECT_EQ(command.Wait(), 128u + static_cast<uint32_t>(number));
    }
}

TEST(CommandParallel, StopsManyWhenASignalArrives)
{
    Words arguments(40, "ready");
    Started command(Parallel({"-j40", "--tag", "-k0"}, Words{"--out", "\n", "--hang", "{}", ":::"} + arguments));
    EXPECT_EQ(subproc_signal(command.child, SIGTERM, nullptr), 0);
    command.Read(1000);
    EXPECT_EQ(command.Wait(), 128u + SIGTERM);
}

TEST(CommandParallel, HearsASignalWhileItWaitsForInput)
{
    Fed command(Parallel({}, {"--out", "{}\n"}));
    command.Write("ready\n");
    EXPECT_EQ(command.Read(6), "ready\n");
    EXPECT_EQ(subproc_signal(command.child, SIGINT, nullptr), 0);
    EXPECT_EQ(command.Read(1), "");
    EXPECT_EQ(command.Wait(), 128u + SIGINT);
}

TEST(CommandParallel, Says128AndTheSignalInNoStatusOfAJob)
{
    EXPECT_EQ(Command(Parallel({}, {"--raise", ":::", "9", "15"})).status, 2u);
}

TEST(CommandParallel, StopsWhenItsOutputCannotBeWritten)
{
    for (const Words &options : std::vector<Words>{{"-j1"}, {"-j1", "--tag"}, {"-j1", "--json"}}) {
        Words words = Words{"/bin/sh", "-c", "\"$@\" >&-", "sh", CommandPath()} +
                      Parallel(options, {"--out", "{}\n", ":::", "a", "b"});
        Outcome outcome = RunProgram(words, CaptureOptions());
        EXPECT_EQ(outcome.status, 125u);
        EXPECT_TRUE(IsOneLine(outcome.err)) << outcome.err;
    }
}

TEST(CommandParallel, WorksWithoutStandardStreams)
{
    Words words =
        Words{"/bin/sh", "-c", "\"$@\" <&- >&- 2>&-", "sh", CommandPath()} + Parallel({}, {"--exit", ":::", "0", "5"});
    EXPECT_EQ(RunProgram(words, CaptureOptions()).status, 1u);
}

#endif

} // namespace
