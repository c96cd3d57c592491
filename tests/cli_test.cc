// The subproc command, driven as a child.
#include "cli_support.h"

#include <algorithm>

#if __has_include(<sys/wait.h>)
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#define HAVE_SIGNALS
#endif

namespace
{

using namespace cli;

// ---- help and bad usage --------------------------------------------------------------------------------------------

const std::vector<Words> kAllHelp = {{"--help"},           {"run", "--help"},   {"pipe", "--help"}, {"parallel", "--help"},
                                     {"decode", "--help"}, {"which", "--help"}, {"quote", "--help"}};

TEST(Command, PrintsItsHelpAndVersion)
{
    for (const Words &words : kAllHelp) {
        Outcome outcome = Command(words);
        EXPECT_EQ(outcome.status, 0u);
        EXPECT_EQ(outcome.out.compare(0, 14, "Usage: subproc"), 0) << outcome.out;
        EXPECT_FALSE(Contains(outcome.out, "\r"));
        EXPECT_EQ(outcome.err, "");
    }
    EXPECT_EQ(Command({"--version"}).out, "subproc 0.1.0\n");
}

TEST(Command, KeepsItsHelpWithin79Columns)
{
    for (const Words &words : kAllHelp) {
        std::string out = Command(words).out;
        for (size_t at = 0; at < out.size(); at = out.find('\n', at) + 1)
            EXPECT_LE(out.find('\n', at) - at, 79u) << out.substr(at, 100);
    }
}

TEST(Command, RefusesBadUsage)
{
    const std::vector<Words> all = {
        {},
        {""},
        {"nonsense"},
        {"--nonsense"},
        {"run"},
        {"run", "--"},
        {"run", HelperPath(), "--out", "started"},
        {"run", "--json", HelperPath(), "--", "--out", "started"},
        {"run", "-", "--", HelperPath(), "--out", "started"},
        {"which"},
        {"which", "--json"},
        {"which", "--nonsense", "a"},
        {"quote"},
        {"quote", "a"},
        {"quote", "--for=bash", "a"},
        {"quote", "--for", "sh"},
        {"quote", "--for=sh"},
        {"quote", "--for=sh", "-x"},
    };
    for (const Words &words : all)
        ExpectRefused(words);
}

TEST(Command, SaysWhatIsMissing)
{
    const std::vector<std::pair<Words, std::string>> all = {
        {{"which"}, "which: a NAME is missing (see 'subproc which --help')"},
        {{"quote", "--for=sh"}, "quote: an ARG is missing (see 'subproc quote --help')"},
        {{"quote", "a"}, "quote: --for is missing: argv, batch, cmd, powershell or sh? (see 'subproc quote --help')"},
        {{"quote", "--for=sh", "-x"},
         "quote: unknown option '-x'; an ARG that begins with '-' stands after '--' (see 'subproc quote --help')"},
        {{"run", "--"}, "run: a command is missing after '--' (see 'subproc run --help')"},
    };
    for (const auto &[words, told] : all)
        EXPECT_EQ(Command(words).err, "subproc: " + told + "\n");
}

TEST(Command, RefusesBadOptionsOfRun)
{
    const std::vector<Words> all = {
        {"-x"},
        {"--nonsense"},
        {"--encoding=no-such-encoding"},
        {"--errors", "harsh"},
        {"--max-output=x"},
        {"--max-output=1X"},
        {"--max-output=1:middle"},
        {"--max-output=18446744073709551616"},
        {"--max-output="},
        {"--tail=1"},
        {"--json=yes"},
        {"--merge=1"},
        {"--jso"},
        {"--jsonx"},
        {"---"},
        {"two\nlines"},
        {"--two\r\nlines"},
        {"-e", "NAME"},
        {"-e", "=value"},
        {"-e", ""},
        {"-eNAME"},
        {"--unset", "A=b"},
        {"--unset="},
        {"--unset", "=A"},
        {"-C", ""},
        {"-i", ""},
    };
    for (const Words &options : all)
        ExpectRefused(RunHelper(options, {"--out", "started"}));
    for (const char *option : {"-t", "-k", "-C", "-e", "-i", "--unset"})
        ExpectRefused({"run", option});
}

TEST(Command, RefusesBadShells)
{
    for (const char *option : {"-s=", "-s=bash", "-s=PWSH", "-ssh", "-sx", "-s=sh "})
        ExpectRefused({"run", option, "--", "echo started"});
    ExpectRefused({"run", "-s", "--"});
    ExpectRefused({"run", "-s", "sh", "--", "echo started"});
    ExpectRefused({"run", "-s=", "sh", "--", "echo started"});
    Outcome outcome = Command({"run", "-s", "--", "echo started", "x"});
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err,
              "subproc: run: with -s the script must be one word, and 'x' is a second one (see 'subproc run --help')\n");
}

TEST(Command, RefusesBadDurations)
{
    for (const char *duration : {"",
                                 " ",
                                 "-1",
                                 "-0.5s",
                                 "nan",
                                 "inf",
                                 "infinity",
                                 "1x",
                                 "1 s",
                                 " 1",
                                 "1ss",
                                 "1,5",
                                 "0x10",
                                 "1e3",
                                 ".",
                                 ".s",
                                 "s",
                                 "--",
                                 "1.2.3",
                                 "+1",
                                 "9223372036854775807ms",
                                 "9223372036854775808",
                                 "99999999999999999999",
                                 "106751991168d",
                                 "1.5h1",
                                 "1m30s",
                                 "\xC2\xB2"}) {
        ExpectRefused(RunHelper({"-t", duration}, {"--out", "started"}));
        ExpectRefused(RunHelper({"-k", duration}, {"--out", "started"}));
    }
}

TEST(Command, TakesGoodDurations)
{
    for (const char *duration : {"30", "30.5", ".5m", "30.", "0.5m", "30000ms", "30s", "1h", "0.001d", "106751991167d",
                                 "9223372036854775806ms", "0.5000000000000000000001m"}) {
        Outcome outcome = Command(RunHelper({std::string("-t") + duration}, {"--out", "started"}));
        EXPECT_EQ(outcome.status, 0u) << duration << outcome.err;
        EXPECT_EQ(outcome.out, "started") << duration;
    }
}

// ---- run: statuses -------------------------------------------------------------------------------------------------

TEST(CommandRun, ExitsWithTheStatusOfTheCommand)
{
    for (uint32_t status : {0u, 1u, 7u, 124u, 255u})
        EXPECT_EQ(Command(RunHelper({}, {"--exit", std::to_string(status)})).status, status);
}

TEST(CommandRun, PassesAllBitsOfAWindowsStatus)
{
    const std::vector<uint32_t> statuses = {256, 259, 0xC0000005, 0xFFFFFFFF};
    for (uint32_t status : statuses)
        EXPECT_EQ(Command(RunHelper({}, {"--exit", std::to_string(status)})).status, kOnWindows ? status : status & 0xFF);
}

TEST(CommandRun, Says127ForAMissingProgram)
{
    Outcome outcome = Command({"run", "--", "openss1", "enc"});
    EXPECT_EQ(outcome.status, 127u);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "subproc: cannot start 'openss1': not found in PATH\n");
    outcome = Command({"run", "--", "./no/such/file"});
    EXPECT_EQ(outcome.status, 127u);
    EXPECT_TRUE(IsOneLine(outcome.err));
}

TEST(CommandShell, RunsAScriptWithTheSystemsOwn)
{
    Outcome outcome = Command({"run", "-s", "--", kOnWindows ? "echo %OS%& exit 7" : "echo \"$((6*7))\"; exit 7"});
    EXPECT_EQ(outcome.status, 7u) << outcome.err;
    EXPECT_EQ(outcome.out, kOnWindows ? "Windows_NT\r\n" : "42\n");
    outcome = Command({"run", kOnWindows ? "-s=cmd" : "-s=sh", "--json", "--", "exit 3"});
    EXPECT_EQ(outcome.status, 3u) << outcome.err;
    EXPECT_EQ(ReadJson(outcome.out)["command"].items[0].text, "exit 3");
}

TEST(CommandShell, Says127ForAMissingShell)
{
    Outcome outcome = Command({"run", kOnWindows ? "-s=sh" : "-s=cmd", "-e", "PATH=/nowhere", "--", "echo a"});
    EXPECT_EQ(outcome.status, 127u);
    EXPECT_EQ(outcome.err, kOnWindows ? "subproc: cannot start 'sh': not found in PATH\n"
                                      : "subproc: cannot start 'cmd.exe': there is no cmd on this system\n");
    for (std::string shell : {"powershell", "pwsh"}) {
        outcome = Command({"run", "-s=" + shell, "-e", "PATH=/nowhere", "--", "echo a"});
        EXPECT_EQ(outcome.status, 127u);
        EXPECT_EQ(outcome.err, "subproc: cannot start '" + shell + "': not found in PATH\n");
    }
}

TEST(PowerShellStandIn, IsStartedByTheCommand)
{
    std::string path = Utf8(FromUtf8(HelperPath()).parent_path() / "stand_in");
    Outcome outcome = Command({"run", "-s=pwsh", "-e", "PATH=" + path, "--", "'한글' | % { \"<$_>\" }"});
    EXPECT_EQ(outcome.status, 77u) << outcome.err;
    EXPECT_TRUE(outcome.out.ends_with("\n'한글' | % { \"<$_>\" }")) << outcome.out;
}

TEST(CommandRun, Says126ForAFileThatIsNoProgram)
{
    Folder folder;
    Outcome outcome = Command({"run", "--", folder.File("garbage.exe", "garbage\n")});
    EXPECT_EQ(outcome.status, 126u);
    EXPECT_TRUE(IsOneLine(outcome.err));
}

TEST(CommandRun, EscapesWhatWouldBreakItsLine)
{
    Outcome outcome = Command({"run", "--", "no\nsuch\x1B[31m"});
    EXPECT_EQ(outcome.status, 127u);
    EXPECT_TRUE(IsOneLine(outcome.err));
    EXPECT_FALSE(Contains(outcome.err, "\x1B"));
}

// ---- run: what the command gets ------------------------------------------------------------------------------------

TEST(CommandRun, PassesWordsUnchanged)
{
    const Words words = {"",        " ",  "a b", "\"", "\\",     "\\\"",
                         "a\\\\",   "*",  "?",   "'",  "$HOME",  "%PATH%",
                         "\n",      "\t", "--",  "-t", "--help", "\xC3\xA9\xED\x95\x9C\xF0\x9F\x98\x80",
                         "a\"b c\\"};
    std::string expected;
    for (const std::string &word : words)
        expected += word + '\0';
    EXPECT_EQ(Command(RunHelper({}, Words{"--args"} + words)).out, expected);
}

TEST(CommandRun, PassesItsStreamsThrough)
{
    std::string bytes;
    for (int i = 0; i < 100000; i++)
        bytes += static_cast<char>(i * 7);
    Outcome outcome = CommandWithInput(RunHelper({}, {"--err", "to err", "--copy", "5000"}), bytes);
    EXPECT_EQ(outcome.out, bytes);
    EXPECT_EQ(outcome.err, "to err");
    EXPECT_EQ(CommandWithInput(RunHelper({"-i", "-"}, {"--copy", "5000"}), "abc").out, "abc");
}

TEST(CommandRun, MergesErrIntoOut)
{
    Outcome outcome = Command(RunHelper({"--merge"}, {"--out", "a", "--err", "b", "--out", "c"}));
    EXPECT_EQ(outcome.out, "abc");
    EXPECT_EQ(outcome.err, "");
}

TEST(CommandRun, ReadsItsInputFromAFile)
{
    Folder folder;
    std::string file = folder.File("in put", std::string("from the file\r\n\0z", 17));
    for (const Words &options : std::vector<Words>{{"-i", file}, {"-i" + file}, {"-i", "-", "-i", file}})
        EXPECT_EQ(Command(RunHelper(options, {"--copy", "10"})).out, std::string("from the file\r\n\0z", 17));
    EXPECT_EQ(CommandWithInput(RunHelper({"-i", file, "-i", "-"}, {"--copy", "10"}), "ours").out, "ours");
}

TEST(CommandRun, Says125ForAMissingInputFile)
{
    Outcome outcome = Command(RunHelper({"-i", "no/such/file"}, {"--out", "started"}));
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(IsOneLine(outcome.err));
    EXPECT_TRUE(Contains(outcome.err, "no/such/file")) << outcome.err;
}

TEST(CommandRun, StartsInTheDirectory)
{
    Folder folder;
    std::string out = Command(RunHelper({"-C", folder.Path()}, {"--directory"})).out;
    EXPECT_TRUE(fs::equivalent(FromUtf8(out), FromUtf8(folder.Path()))) << out;
}

TEST(CommandRun, Says125ForAMissingDirectory)
{
    Outcome outcome = Command(RunHelper({"-C", "no/such/directory"}, {"--out", "started"}));
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(IsOneLine(outcome.err));
    EXPECT_TRUE(Contains(outcome.err, "no/such/directory")) << outcome.err;
}

std::string VariableWith(const Words &options, const std::string &name)
{
    struct subproc_options capture = CaptureOptions();
    const char *const changes[] = {"INHERITED=yes", nullptr};
    capture.environment.changes = changes;
    Outcome outcome = Command(RunHelper(options, {"--variable", name, "--out", "."}), capture);
    EXPECT_EQ(outcome.status, 0u) << outcome.err;
    return outcome.out;
}

TEST(CommandRun, ChangesTheEnvironment)
{
    EXPECT_EQ(VariableWith({}, "INHERITED"), "yes.");
    EXPECT_EQ(VariableWith({"-e", "NEW=a b=c"}, "NEW"), "a b=c.");
    EXPECT_EQ(VariableWith({"-eNEW="}, "NEW"), ".");
    EXPECT_EQ(VariableWith({"-e", "NEW=1", "-e", "NEW=2"}, "NEW"), "2.");
    EXPECT_EQ(VariableWith({"--unset", "INHERITED"}, "INHERITED"), ".");
    EXPECT_EQ(VariableWith({"--unset=INHERITED", "-e", "INHERITED=back"}, "INHERITED"), "back.");
    EXPECT_EQ(VariableWith({"-e", "INHERITED=x", "--unset=INHERITED"}, "INHERITED"), ".");
    EXPECT_EQ(VariableWith({"--clear-env"}, "INHERITED"), ".");
    EXPECT_EQ(VariableWith({"-e", "NEW=\xED\x95\x9C", "--clear-env"}, "NEW"), "\xED\x95\x9C.");
}

// ---- run: deadlines ------------------------------------------------------------------------------------------------

TEST(CommandRun, Says124WhenTheTimeIsUp)
{
    Outcome outcome;
    int64_t ms = MillisecondsOf([&] {
        outcome = Command(RunHelper({"-t", ShortTime(), "-k0"}, {"--out", "before", "--hang"}));
    });
    EXPECT_EQ(outcome.status, 124u);
    EXPECT_EQ(outcome.out, "before");
    EXPECT_TRUE(IsOneLine(outcome.err));
    EXPECT_TRUE(Contains(outcome.err, kOnWindows ? "timed out after 4.0 s" : "timed out after 1.0 s")) << outcome.err;
    EXPECT_GE(ms, TimeToWrite());
    EXPECT_LE(ms, 15000);
}

TEST(CommandRun, StopsAtOnceWithATimeoutOfZero)
{
    EXPECT_EQ(Command(RunHelper({"-t", "0", "-k", "0"}, {"--hang"})).status, 124u);
}

TEST(CommandRun, KillsAChildThatIgnoresTheAsk)
{
    Outcome outcome;
    int64_t ms = MillisecondsOf([&] {
        outcome = Command(RunHelper({"-t", ShortTime(), "-k", "200ms"}, {"--ignore", "15", "--out", "ready", "--hang"}));
    });
    EXPECT_EQ(outcome.status, 124u);
    EXPECT_EQ(outcome.out, "ready");
    EXPECT_GE(ms, TimeToWrite());
    EXPECT_LE(ms, 15000);
}

TEST(CommandRun, KeepsTheStatusOfACommandThatIsInTime)
{
    EXPECT_EQ(Command(RunHelper({"-t", "50s"}, {"--exit", "9"})).status, 9u);
}

// ---- run: JSON -----------------------------------------------------------------------------------------------------

TEST(CommandJson, TellsEverything)
{
    Outcome outcome = Command(RunHelper({"--json"}, {"--sleep", "100", "--out", "o\n", "--err", "e", "--exit", "3"}));
    EXPECT_EQ(outcome.status, 3u);
    EXPECT_EQ(outcome.err, "");
    json::Value object = ReadJson(outcome.out);
    std::string names;
    for (const auto &[name, value] : object.members)
        names += name + " ";
    EXPECT_EQ(names,
              "command err error exit incomplete out peak_rss_kib reason system_ms tree_missing user_ms version wall_ms ");
    EXPECT_EQ(object["version"].number, 1);
    EXPECT_EQ(object["command"].items.size(), 9u);
    EXPECT_EQ(object["command"].items[0].text, HelperPath());
    EXPECT_EQ(object["exit"]["kind"].text, "exited");
    EXPECT_EQ(object["exit"]["code"].number, 3);
    EXPECT_EQ(object["reason"].text, "ended");
    EXPECT_EQ(object["out"]["text"].text, "o\n");
    EXPECT_EQ(object["out"]["size"].number, 2);
    EXPECT_EQ(object["out"]["total"].number, 2);
    EXPECT_EQ(object["out"]["truncated"].kind, json::Kind::kBool);
    EXPECT_FALSE(object["out"]["truncated"].truth);
    EXPECT_FALSE(object["out"].Has("base64"));
    EXPECT_EQ(object["err"]["text"].text, "e");
    EXPECT_FALSE(object["incomplete"].truth);
    EXPECT_GE(object["wall_ms"].number, 95);
    EXPECT_EQ(object["user_ms"].kind, json::Kind::kNumber);
    EXPECT_EQ(object["system_ms"].kind, json::Kind::kNumber);
    EXPECT_TRUE(object["error"].IsNull());
}

TEST(CommandJson, EscapesText)
{
    std::string text = "\"\\/\b\f\n\r\t\x01\x1F\x7F \xC3\xA9 \xE2\x80\xA8 \xED\x95\x9C \xF0\x9F\x98\x80";
    json::Value object = ReadJson(Command(RunHelper({"--json"}, {"--out", text})).out);
    EXPECT_EQ(object["out"]["text"].text, text);
    EXPECT_EQ(object["command"].items.back().text, text);
}

TEST(CommandJson, GivesBytesThatAreNoTextAsBase64)
{
    NEEDS_HANGUL_ON_THE_CONSOLE();
    const std::vector<std::string> all = {std::string("\xFF", 1), std::string("a\xC3", 2), std::string("\xED\xFF\x80", 3),
                                          std::string("ab\0\xFFz", 5), std::string("\xC0\x80!", 3)};
    for (const std::string &bytes : all) {
        json::Value object = ReadJson(CommandWithInput(RunHelper({"--json"}, {"--copy", "10"}), bytes).out);
        EXPECT_FALSE(object["out"].Has("text"));
        EXPECT_EQ(Decode64(object["out"]["base64"].text), bytes);
        EXPECT_EQ(object["out"]["size"].number, static_cast<int64_t>(bytes.size()));
    }
}

TEST(CommandJson, KeepsNulsInText)
{
    json::Value object = ReadJson(CommandWithInput(RunHelper({"--json"}, {"--copy", "10"}), std::string("a\0b", 3)).out);
    EXPECT_EQ(object["out"]["text"].text, std::string("a\0b", 3));
}

TEST(CommandJson, CarriesLargeOutput)
{
    NEEDS_HANGUL_ON_THE_CONSOLE();
    std::string text;
    std::string bytes;
    for (int i = 0; i < 100000; i++) {
        text += "\xED\x95\x9C" + std::to_string(i);
        bytes += static_cast<char>(i * 31);
    }
    json::Value object = ReadJson(CommandWithInput(RunHelper({"--json"}, {"--copy", "4096"}), text).out);
    EXPECT_TRUE(object["out"]["text"].text == text);
    object = ReadJson(CommandWithInput(RunHelper({"--json"}, {"--copy", "4096"}), bytes).out);
    EXPECT_TRUE(Decode64(object["out"]["base64"].text) == bytes);
}

/* Its grandchild holds `out`: without an end of that the output would be incomplete. */
TEST(CommandJson, KillTreeStopsWhatTheCommandLeftBehind)
{
    Words words = RunHelper({"--json", "--kill-tree", "-t", ShortTime(), "-k", "0"},
                            {"--out", "before", "--grandchild", "1", "--hang", "--exit", "3"});
    Outcome outcome = Command(words);
    EXPECT_EQ(outcome.status, 124u);
    json::Value object = ReadJson(outcome.out);
    EXPECT_EQ(object["reason"].text, "timed_out");
    EXPECT_EQ(object["exit"]["code"].number, 3);
    EXPECT_EQ(object["out"]["text"].text, "before");
    EXPECT_FALSE(object["incomplete"].truth);
    EXPECT_FALSE(object["tree_missing"].truth);
}

TEST(CommandJson, HasNoErrWhenItIsMerged)
{
    json::Value object = ReadJson(Command(RunHelper({"--json", "--merge"}, {"--out", "a", "--err", "b"})).out);
    EXPECT_EQ(object["out"]["text"].text, "ab");
    EXPECT_TRUE(object["err"].IsNull());
}

TEST(CommandJson, TellsAFailedStart)
{
    Outcome outcome = Command({"run", "--json", "--", "openss1"});
    EXPECT_EQ(outcome.status, 127u);
    EXPECT_TRUE(IsOneLine(outcome.err));
    json::Value object = ReadJson(outcome.out);
    for (const char *name : {"exit", "reason", "out", "err", "wall_ms", "user_ms", "system_ms", "peak_rss_kib"})
        EXPECT_TRUE(object[name].IsNull()) << name;
    EXPECT_EQ(object["command"].items[0].text, "openss1");
    EXPECT_EQ(object["error"]["code"].text, "NOT_FOUND");
    EXPECT_EQ(object["error"]["step"].text, "exec");
    EXPECT_EQ(object["error"]["native"].kind, json::Kind::kNumber);
    EXPECT_EQ(object["error"]["message"].text, "cannot start 'openss1': not found in PATH");
}

TEST(CommandJson, TellsATimeoutWithWhatCameBefore)
{
    Outcome outcome = Command(RunHelper({"--json", "-t", ShortTime(), "-k", "0"}, {"--out", "before", "--hang"}));
    EXPECT_EQ(outcome.status, 124u);
    json::Value object = ReadJson(outcome.out);
    EXPECT_EQ(object["reason"].text, "timed_out");
    EXPECT_EQ(object["out"]["text"].text, "before");
    EXPECT_EQ(object["exit"]["kind"].text, kOnWindows ? "exited" : "signalled");
    EXPECT_EQ(object["exit"]["code"].number, kOnWindows ? 1 : 9);
    EXPECT_EQ(object["error"]["code"].text, "TIMEOUT");
}

// ---- which ---------------------------------------------------------------------------------------------------------

struct subproc_options WithPath(const char *const *changes)
{
    struct subproc_options options = CaptureOptions();
    options.environment.changes = changes;
    return options;
}

TEST(CommandWhich, PrintsOnePathALine)
{
    fs::path helper = FromUtf8(HelperPath());
    std::string path = "PATH=" + Utf8(helper.parent_path());
    const char *const changes[] = {path.c_str(), nullptr};
    std::string name = Utf8(helper.stem());
    Outcome outcome = Command({"which", name, HelperPath()}, WithPath(changes));
    EXPECT_EQ(outcome.status, 0u) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    size_t end = outcome.out.find('\n');
    ASSERT_NE(end, std::string::npos);
    EXPECT_TRUE(fs::equivalent(FromUtf8(outcome.out.substr(0, end)), helper)) << outcome.out;
    EXPECT_TRUE(fs::equivalent(FromUtf8(outcome.out.substr(end + 1, outcome.out.size() - end - 2)), helper)) << outcome.out;
}

TEST(CommandWhich, TellsEachMissingOne)
{
    Outcome outcome = Command({"which", "no-such-1", HelperPath(), "no-such-2"});
    EXPECT_EQ(outcome.status, 127u);
    EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1);
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 2);
    EXPECT_LT(outcome.err.find("no-such-1"), outcome.err.find("no-such-2"));
}

TEST(CommandWhich, PrintsJson)
{
    Outcome outcome = Command({"which", "--json", "no-such-program", HelperPath()});
    EXPECT_EQ(outcome.status, 127u);
    json::Value object = ReadJson(outcome.out);
    const json::Value &array = object["programs"];
    ASSERT_EQ(array.items.size(), 2u);
    EXPECT_EQ(array.items[0]["name"].text, "no-such-program");
    EXPECT_TRUE(array.items[0]["path"].IsNull());
    EXPECT_EQ(array.items[0]["error"]["code"].text, "NOT_FOUND");
    EXPECT_TRUE(fs::equivalent(FromUtf8(array.items[1]["path"].text), FromUtf8(HelperPath())));
    EXPECT_TRUE(array.items[1]["error"].IsNull());
}

// ---- quote ---------------------------------------------------------------------------------------------------------

TEST(CommandQuote, PrintsOneLine)
{
    EXPECT_EQ(Command({"quote", "--for=sh", "a b", "it's", "c"}).out, "'a b' 'it'\\''s' c\n");
    EXPECT_EQ(Command({"quote", "--for", "argv", "--", "-x", "a b\\"}).out, "-x \"a b\\\\\"\n");
}

TEST(CommandQuote, KnowsEveryTarget)
{
    const Words words = {"git", "a b", "50%", "it's", "\"&x"};
    EXPECT_EQ(Command(Words{"quote", "--for=argv"} + words).out, "git \"a b\" 50% \"it's\" \"\\\"&x\"\n");
    EXPECT_EQ(Command(Words{"quote", "--for=batch"} + words).out, "git \"a b\" \"50%%cd:~,%\" \"it's\" \"\"\"&x\"\n");
    EXPECT_EQ(Command(Words{"quote", "--for=cmd"} + words).out, "git \"a b\" \"50%%cd:~,%\" \"it's\" \"\"\"&x\"\n");
    EXPECT_EQ(Command(Words{"quote", "--for=powershell"} + words).out, "'git' 'a b' '50%' 'it''s' '\"&x'\n");
    EXPECT_EQ(Command(Words{"quote", "--for=sh"} + words).out, "git 'a b' 50% 'it'\\''s' '\"&x'\n");
    EXPECT_EQ(ReadJson(Command({"quote", "--json", "--for=cmd", "a"}).out)["for"].text, "cmd");
}

TEST(CommandQuote, RefusesWhatCannotBeSaid)
{
    for (const char *target : {"batch", "cmd"}) {
        Outcome outcome = Command({"quote", "--for", target, "a", "b\nc"});
        EXPECT_EQ(outcome.status, 125u);
        EXPECT_EQ(outcome.out, "");
        EXPECT_NE(outcome.err.find("word 2"), std::string::npos) << outcome.err;
        EXPECT_NE(outcome.err.find("0x0A at offset 1"), std::string::npos) << outcome.err;
    }
    EXPECT_EQ(Command({"quote", "--for=cmd", "a\"b"}).status, 125u);
}

TEST(CommandQuote, PrintsJson)
{
    json::Value object = ReadJson(Command({"quote", "--json", "--for=sh", "a\"b", "c"}).out);
    EXPECT_EQ(object["version"].number, 1);
    EXPECT_EQ(object["for"].text, "sh");
    EXPECT_EQ(object["text"].text, "'a\"b' c");
}

TEST(CommandQuote, MakesALineThatTheRealReaderSplits)
{
    Outcome quoted = Command(Words{"quote", kOnWindows ? "--for=argv" : "--for=sh", "--"} + hostile);
    ASSERT_EQ(quoted.status, 0u) << quoted.err;
    std::string line = quoted.out.substr(0, quoted.out.size() - 1);
    struct subproc_options options = CaptureOptions();
    std::string verbatim = "helper --args " + line;
    options.win32.command_line = kOnWindows ? verbatim.c_str() : nullptr;
    Words words = kOnWindows ? Words{HelperPath()} : Words{"/bin/sh", "-c", "\"$0\" --args " + line, HelperPath()};
    EXPECT_EQ(RunProgram(words, options).out, NulSeparated(hostile));
}

// ---- POSIX alone ---------------------------------------------------------------------------------------------------

#ifdef HAVE_SIGNALS

TEST(CommandRun, Says128AndTheSignalThatEndedTheCommand)
{
    EXPECT_EQ(Command(RunHelper({}, {"--raise", "15"})).status, 128u + 15u);
    EXPECT_EQ(Command(RunHelper({}, {"--raise", "9"})).status, 128u + 9u);
    json::Value object = ReadJson(Command(RunHelper({"--json"}, {"--raise", "10"})).out);
    EXPECT_EQ(object["exit"]["kind"].text, "signalled");
    EXPECT_EQ(object["exit"]["code"].number, 10);
}

TEST(CommandJson, ShowsWordsThatAreNoText)
{
    json::Value object = ReadJson(Command(RunHelper({"--json"}, {"--out", "a\xFF\xC3z"})).out);
    EXPECT_EQ(object["command"].items.back().text, "a\xEF\xBF\xBD\xEF\xBF\xBDz");
    EXPECT_EQ(Decode64(object["out"]["base64"].text), "a\xFF\xC3z");
}

TEST(CommandRun, StopsTheCommandWhenASignalArrives)
{
    for (int number : {SIGINT, SIGTERM, SIGHUP}) {
        Started command(RunHelper({}, {"--out", "ready", "--hang"}));
        EXPECT_EQ(subproc_signal(command.child, number, nullptr), 0);
        EXPECT_EQ(command.Read(100), "");
        struct subproc_exit status = command.End();
        EXPECT_EQ(status.kind, SUBPROC_EXIT_EXITED);
        EXPECT_EQ(status.code, 128u + static_cast<uint32_t>(number));
    }
}

TEST(CommandRun, KillsACommandThatIgnoresTheSignal)
{
    Started command(RunHelper({"-k", "100ms"}, {"--ignore", "15", "--out", "ready", "--hang"}));
    EXPECT_EQ(subproc_signal(command.child, SIGTERM, nullptr), 0);
    EXPECT_EQ(command.Read(100), "");
    EXPECT_EQ(command.Wait(), 128u + SIGTERM);
}

TEST(CommandJson, IsPrintedWhenASignalArrives)
{
    struct subproc_options options = CaptureOptions();
    options.timeout = 0;
    struct subproc *child = nullptr;
    Words words = Words{CommandPath()} + RunHelper({"--json"}, {"--err", "ready", "--hang"});
    ASSERT_EQ(subproc_spawn(Pointers(words), &options, &child, nullptr), 0);
    struct subproc_result result;
    // The helper's output is captured: nothing tells when it has started, and any time is right.
    EXPECT_EQ(subproc_communicate(child, nullptr, 0, 500, &result, nullptr), SUBPROC_E_TIMEOUT);
    subproc_result_free(&result);
    subproc_signal(child, SIGTERM, nullptr);
    EXPECT_EQ(subproc_communicate(child, nullptr, 0, 60000, &result, nullptr), 0);
    EXPECT_EQ(result.exit.code, 128u + SIGTERM);
    json::Value object = ReadJson(std::string(result.out.data, result.out.size));
    EXPECT_EQ(object["reason"].text, "cancelled");
    EXPECT_EQ(object["error"]["code"].text, "CANCELLED");
    subproc_result_free(&result);
    subproc_free(child);
}

// As under nohup.
TEST(CommandRun, LeavesAnIgnoredSignalIgnored)
{
    void (*before)(int) = signal(SIGHUP, SIG_IGN);
    Started command(RunHelper({}, {"--out", "ready", "--hang"}));
    signal(SIGHUP, before);
    subproc_signal(command.child, SIGHUP, nullptr);
    EXPECT_EQ(subproc_wait(command.child, 300, nullptr, nullptr), SUBPROC_E_TIMEOUT);
    subproc_signal(command.child, SIGTERM, nullptr);
    EXPECT_EQ(command.Wait(), 128u + SIGTERM);
}

TEST(CommandRun, KeepsTheStatusWhenItsParentIgnoredSigchld)
{
    Words words = Words{"/bin/sh", "-c", "trap '' CHLD; exec \"$@\"", "sh", CommandPath()} + RunHelper({}, {"--exit", "6"});
    EXPECT_EQ(RunProgram(words, CaptureOptions()).status, 6u);
}

TEST(CommandWhich, NamesTheFileThatMayNotRun)
{
    Folder folder;
    std::string file = folder.File("nobody-runs-this", "text\n"), path = "PATH=" + folder.Path();
    const char *const changes[] = {path.c_str(), nullptr};
    Outcome outcome = Command({"which", "nobody-runs-this"}, WithPath(changes));
    EXPECT_EQ(outcome.status, 126u);
    EXPECT_EQ(outcome.err, "subproc: cannot run '" + file + "': Permission denied\n");
}

TEST(CommandOutput, Says125WhenItCannotBeWritten)
{
    struct subproc_options options = CaptureOptions();
    for (const Words &words :
         std::vector<Words>{{"--help"}, {"--version"}, {"which", HelperPath()}, RunHelper({"--json"}, {})}) {
        std::string script = "\"$@\" >&-";
        Outcome outcome = RunProgram(Words{"/bin/sh", "-c", script, "sh", CommandPath()} + words, options);
        EXPECT_EQ(outcome.status, 125u);
        EXPECT_TRUE(IsOneLine(outcome.err));
    }
}

TEST(CommandRun, WorksWithoutStandardStreams)
{
    Words words = Words{"/bin/sh", "-c", "\"$@\" <&- >&- 2>&-", "sh", CommandPath()} + RunHelper({}, {"--exit", "5"});
    EXPECT_EQ(RunProgram(words, CaptureOptions()).status, 5u);
}

TEST(CommandRun, GivesTheCommandNoDescriptorOfItsOwn)
{
    EXPECT_EQ(Command(RunHelper({}, {"--descriptors"})).out, "0 1 2 ");
}

#endif

// ---- text, lines and limits ----------------------------------------------------------------------------------------

const Words kGreetings = {"--out-hex", "c7d1b1db0d0a", "--out", "한글\n", "--err-hex", "b0a10a"};

TEST(CommandText, PassesBytesUnlessAnEncodingIsGiven)
{
    Outcome outcome = Command(RunHelper({}, kGreetings));
    EXPECT_EQ(outcome.out, "\xC7\xD1\xB1\xDB\r\n한글\n");
    EXPECT_EQ(outcome.err, "\xB0\xA1\n");
}

TEST(CommandText, DecodesBothStreamsAsTheyCome)
{
    Outcome outcome = Command(RunHelper({"--encoding", "auto:cp949"}, kGreetings + Words{"--exit", "7"}));
    EXPECT_EQ(outcome.out, "한글\r\n한글\n");
    EXPECT_EQ(outcome.err, "가\n");
    EXPECT_EQ(outcome.status, 7u);
}

TEST(CommandText, DecodesMergedOutput)
{
    Outcome outcome = Command(RunHelper({"--merge", "--encoding=cp949"}, {"--out-hex", "c7d1", "--err-hex", "b1db"}));
    EXPECT_EQ(outcome.out, "한글");
    EXPECT_EQ(outcome.err, "");
}

TEST(CommandText, TreatsBadBytesAsTold)
{
    const Words bad = {"--out-hex", "61ff62"};
    EXPECT_EQ(Command(RunHelper({"--encoding=utf-8"}, bad)).out, "a\xEF\xBF\xBD\x62");
    EXPECT_EQ(Command(RunHelper({"--encoding=utf-8", "--errors=ignore"}, bad)).out, "ab");
    EXPECT_EQ(Command(RunHelper({"--encoding=utf-8", "--errors=backslash"}, bad)).out, "a\\xFFb");
    Outcome outcome =
        Command(RunHelper({"--encoding=utf-8", "--errors=strict", "-k0"}, bad + Words{"--out", "\n", "--hang"}));
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_TRUE(Contains(outcome.err, "byte 0xFF at offset 1 is not UTF-8")) << outcome.err;
}

TEST(CommandText, JsonIsTextWhereItCanBe)
{
    NEEDS_HANGUL_ON_THE_CONSOLE();
    json::Value object = ReadJson(Command(RunHelper({"--json", "--encoding=auto:cp949"}, kGreetings)).out);
    EXPECT_EQ(object["out"]["text"].text, "한글\r\n한글\n");
    EXPECT_EQ(object["out"]["size"].number, 15);
    EXPECT_EQ(object["out"]["total"].number, 13);
    EXPECT_FALSE(object["out"]["truncated"].truth);
    EXPECT_EQ(object["err"]["text"].text, "가\n");
    object = ReadJson(Command(RunHelper({"--json"}, {"--out-hex", "eab080ff", "--err", "가"})).out);
    EXPECT_EQ(Decode64(object["out"]["base64"].text), "\xEA\xB0\x80\xFF");
    EXPECT_EQ(object["err"]["text"].text, "가");
    EXPECT_TRUE(object["error"].IsNull());
    object = ReadJson(Command(RunHelper({"--json", "--encoding=utf-8", "--errors=strict"}, {"--out-hex", "ff"})).out);
    EXPECT_EQ(Decode64(object["out"]["base64"].text), "\xFF");
    EXPECT_EQ(object["error"]["code"].text, "DECODE");
}

TEST(CommandTail, ShowsEachLineWithItsTimeAndStream)
{
    Outcome outcome = Command(RunHelper({"--tail", "--encoding=cp949"}, {"--out-hex", "b0a10ab3aa", "--err", "e\n"}));
    EXPECT_EQ(outcome.err, "");
    std::vector<std::string> lines;
    for (size_t at = 0; at < outcome.out.size(); at = outcome.out.find('\n', at) + 1)
        lines.push_back(outcome.out.substr(at, outcome.out.find('\n', at) - at));
    ASSERT_EQ(lines.size(), 3u) << outcome.out;
    int seen = 0;
    for (const std::string &line : lines) {
        EXPECT_EQ(line.find_first_not_of(" 0123456789."), 9u) << line;
        EXPECT_EQ(line[4], '.') << line;
        std::string rest = line.substr(9);
        seen += rest == "out| 가" ? 1 : rest == "out| 나" ? 10 : rest == "err| e" ? 100 : 1000;
    }
    EXPECT_EQ(seen, 111) << outcome.out;
}

TEST(CommandTail, GivesJsonLines)
{
    std::string out = Command(RunHelper({"--tail", "--json"}, {"--out", "one\ntwo", "--exit", "3"})).out;
    Checked<json::Value> objects = ReadJsonLines(out);
    ASSERT_EQ(objects.size(), 3u) << out;
    EXPECT_EQ(objects[0]["text"].text, "one");
    EXPECT_EQ(objects[0]["stream"].text, "out");
    EXPECT_FALSE(objects[0]["split"].truth);
    EXPECT_EQ(objects[1]["text"].text, "two");
    EXPECT_EQ(objects[2]["exit"]["code"].number, 3);
    EXPECT_TRUE(objects[2]["out"].IsNull());
}

TEST(CommandLimit, ShowsWhatItKeepsAndSaysSo)
{
    const Words digits = {"--out", "0123456789"};
    struct {
        const char *limit, *out;
    } cases[] = {{"4", "0123"}, {"4:head", "0123"}, {"4:tail", "6789"}, {"4:both", "0189"}, {"0", ""}};
    for (const auto &one : cases) {
        Outcome outcome = Command(RunHelper({"--max-output", one.limit}, digits));
        EXPECT_EQ(outcome.out, one.out) << one.limit;
        EXPECT_EQ(outcome.err, "subproc: standard output was longer than is shown: 10 bytes in all\n");
        EXPECT_EQ(outcome.status, 0u);
    }
    Outcome outcome = Command(RunHelper({"--max-output=1K"}, digits));
    EXPECT_EQ(outcome.out, "0123456789");
    EXPECT_EQ(outcome.err, "");
}

TEST(CommandLimit, StopsTheCommand)
{
    Outcome outcome = Command(RunHelper({"-k0", "--max-output=4:stop"}, {"--out", "0123456789", "--hang"}));
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_EQ(outcome.out, "0123");
    EXPECT_TRUE(Contains(outcome.err, "wrote more to 'out' than the 4 bytes that are allowed")) << outcome.err;
}

TEST(CommandLimit, IsToldInJson)
{
    json::Value object = ReadJson(Command(RunHelper({"--json", "--max-output=4:tail"}, {"--out", "0123456789"})).out);
    EXPECT_EQ(object["out"]["text"].text, "6789");
    EXPECT_EQ(object["out"]["total"].number, 10);
    EXPECT_TRUE(object["out"]["truncated"].truth);
    object = ReadJson(Command(RunHelper({"--json", "-k0", "--max-output=4:stop"}, {"--out", "0123456789", "--hang"})).out);
    EXPECT_EQ(object["reason"].text, "output_limit");
    EXPECT_EQ(object["error"]["code"].text, "OUTPUT_LIMIT");
}

// The grandchild holds the pipe: without the tree the command would come back only when that is read for its bounded time.
TEST(CommandTree, IsKilledWhole)
{
    Outcome outcome = Command(
        RunHelper({"-t0.3", "-k0", "--kill-tree", "--json"}, {"--grandchild", "3", "--out", "g", "--hang", "--hang"}));
    json::Value object = ReadJson(outcome.out);
    EXPECT_EQ(outcome.status, 124u);
    EXPECT_EQ(object["reason"].text, "timed_out");
    EXPECT_FALSE(object["incomplete"].truth) << outcome.out;
}

// ---- colour --------------------------------------------------------------------------------------------------------

const std::string kRed = "\x1B[1;31m", kOut = "\x1B[36m", kErr = "\x1B[33m", kPlain = "\x1B[0m";

TEST(CommandColour, IsForTerminalsAlone)
{
    for (const Words &words : std::vector<Words>{RunHelper({"--tail"}, {"--out", "a", "--err", "b"}),
                                                 {"run", "--", "openss1"},
                                                 {"parallel", "--tag", "--", HelperPath(), "--out", ":::", "a"},
                                                 {"run", "--color=never", "--", "openss1"},
                                                 {"run", "--help"}}) {
        Outcome outcome = Command(words);
        EXPECT_FALSE(Contains(outcome.out + outcome.err, "\x1B")) << outcome.out << outcome.err;
    }
}

TEST(CommandColour, IsForAllWhenAskedFor)
{
    const char *const changes[] = {"NO_COLOR=1", nullptr};
    struct subproc_options options = CaptureOptions();
    options.environment.changes = changes;
    EXPECT_EQ(Command({"run", "--color=always", "--", "openss1"}, options).err,
              kRed + "subproc:" + kPlain + " cannot start 'openss1': not found in PATH\n");
    std::string out = Command(RunHelper({"--color", "always", "--tail"}, {"--out", "a\n", "--err", "b"}), options).out;
    EXPECT_TRUE(Contains(out, " " + kOut + "out" + kPlain + "| a\n")) << out;
    EXPECT_TRUE(Contains(out, " " + kErr + "err" + kPlain + "| b\n")) << out;
    Outcome tagged =
        Command({"parallel", "--color=always", "--tag", "--", HelperPath(), "--out", "o", "--err", ":::", "e"});
    EXPECT_EQ(tagged.out, kOut + "e" + kPlain + "\to\n");
    EXPECT_EQ(tagged.err, kErr + "e" + kPlain + "\te\n");
    EXPECT_FALSE(Contains(Command(RunHelper({"--color=always", "--tail", "--json"}, {"--out", "a"})).out, "\x1B"));
    ExpectRefused({"run", "--color=yes", "--", HelperPath(), "--out", "started"});
}

#ifdef HAVE_SIGNALS

// What the command writes to a terminal, with that environment.
std::string OnATerminal(const Words &words, const std::vector<const char *> &changes)
{
    int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_EQ(grantpt(ours) | unlockpt(ours), 0);
    int theirs = open(ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct subproc_options options = CaptureOptions();
    options.err.kind = SUBPROC_STREAM_HANDLE;
    options.err.handle = theirs;
    std::vector<const char *> ended = changes;
    ended.push_back(nullptr);
    options.environment.changes = ended.data();
    Command(words, options);
    char text[1000];
    ssize_t size = read(ours, text, sizeof text);
    close(ours);
    close(theirs);
    return {text, size > 0 ? static_cast<size_t>(size) : 0};
}

TEST(CommandColour, IsOnATerminalUnlessTheEnvironmentSaysNo)
{
    const Words words = {"run", "--", "openss1"};
    const std::string rest = " cannot start 'openss1': not found in PATH\r\n";
    const std::string coloured = kRed + "subproc:" + kPlain + rest;
    EXPECT_EQ(OnATerminal(words, {"TERM=xterm", "NO_COLOR"}), coloured);
    EXPECT_EQ(OnATerminal(words, {"TERM=xterm", "NO_COLOR="}), coloured);
    EXPECT_EQ(OnATerminal(words, {"TERM=xterm", "NO_COLOR=0"}), "subproc:" + rest);
    EXPECT_EQ(OnATerminal(words, {"TERM=dumb", "NO_COLOR"}), "subproc:" + rest);
    EXPECT_EQ(OnATerminal(words, {"TERM", "NO_COLOR"}), "subproc:" + rest);
    EXPECT_EQ(OnATerminal({"run", "--color=never", "--", "openss1"}, {"TERM=xterm", "NO_COLOR"}), "subproc:" + rest);
}

#endif

} // namespace
