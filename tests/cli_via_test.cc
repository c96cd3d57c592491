// The subproc command's --via, with launchers that are here everywhere: the helper, which tells its words, and the command
// itself, which passes them on. via_test.cc has the real ones.
#include "cli_support.h"

#include <algorithm>

#if __has_include(<sys/wait.h>)
#include <signal.h>
#define HAVE_SIGNALS
#endif

namespace
{

using namespace cli;

// As WORDS of --via.
std::string Quoted(const std::string &path)
{
    return "'" + path + "'";
}

// A launcher that prints the words behind it.
std::string Telling(const std::string &words = "")
{
    return Quoted(HelperPath()) + " --args " + words;
}

// A launcher that runs them.
std::string Passing(const std::string &options = "")
{
    return Quoted(CommandPath()) + " run " + options + " --";
}

Words Via(const std::string &launcher, const Words &options, const Words &command)
{
    return Words{"run", "--via", launcher} + options + Words{"--"} + command;
}

// ---- the launcher's words --------------------------------------------------------------------------------------------

TEST(CommandVia, SplitsItsWords)
{
    const std::vector<std::pair<std::string, Words>> cases = {
        {"", {}},
        {"  -n1\t--quiet\n ", {"-n1", "--quiet"}},
        {"'a b' \"c d\"", {"a b", "c d"}},
        {"a' 'b\" \"c", {"a b c"}},
        {"'' \"\"", {"", ""}},
        {"'\"' \"'\"", {"\"", "'"}},
        {"a\\ b \\' \\\" \\\\", {"a b", "'", "\"", "\\"}},
        {"'a\\ b' \"a\\ b\" \"\\\"\" \"\\\\\"", {"a\\ b", "a\\ b", "\"", "\\"}},
        {"'\\'", {"\\"}},
        {"C:\\bin\\x \\a \\", {"C:\\bin\\x", "\\a", "\\"}},
        {"$HOME * ~ # a;b", {"$HOME", "*", "~", "#", "a;b"}},
    };
    for (const auto &[text, words] : cases)
        EXPECT_EQ(Command(Via(Telling(text), {}, {"end"})).out, NulSeparated(words + Words{"end"})) << text;
}

TEST(CommandVia, RefusesBadUsage)
{
    for (const char *text : {"", " \t", "a 'b", "a \"b\\\"", "'"})
        ExpectRefused(Via(text, {}, {"x"}));
    ExpectRefused(Via(Telling(), {"-k", "0"}, {"x"}));
    ExpectRefused(Via(Telling(), {"--via-shell=maybe"}, {"x"}));
    ExpectRefused(Via(Telling(), {"-s=pwsh"}, {"x"}));
    ExpectRefused(Via(Telling(), {"-s=cmd"}, {"x"}));
    ExpectRefused(Via(Telling(), {"-s"}, {"x", "y"}));
    ExpectRefused({"run", "--via-shell", "--", HelperPath(), "--exit", "0"});
    ExpectRefused({"parallel", "--via", Telling(), "-k0", "--", "x", ":::", "1"});
    ExpectRefused({"pipe", "--via", Telling(), "--", "x", ":::", "y"});
}

TEST(CommandVia, NamesALauncherThatIsMissing)
{
    Outcome outcome = Command(Via("no-such-launcher -n1", {}, {HelperPath(), "--exit", "0"}));
    EXPECT_EQ(outcome.status, 127u);
    EXPECT_EQ(outcome.err, "subproc: cannot start 'no-such-launcher': not found in PATH\n");
    outcome = Command({"parallel", "--via", "no-such-launcher", "--", "x", ":::", "1", "2"});
    EXPECT_EQ(outcome.status, 2u);
    EXPECT_TRUE(Contains(outcome.err, "'no-such-launcher'")) << outcome.err;
}

// ---- a launcher that passes words on ---------------------------------------------------------------------------------

TEST(CommandVia, PassesWordsOn)
{
    Outcome outcome = Command(Via(Passing(), {}, Words{HelperPath(), "--args"} + hostile));
    EXPECT_EQ(outcome.out, NulSeparated(hostile));
    EXPECT_EQ(outcome.status, 0u);
}

TEST(CommandVia, PassesStatusAndStreams)
{
    struct subproc_options options = CaptureOptions();
    options.in.kind = SUBPROC_STREAM_PIPE;
    options.input.data = "input";
    options.input.size = 5;
    Outcome outcome = Command(Via(Passing(), {}, {HelperPath(), "--copy", "10", "--err", "error", "--exit", "7"}), options);
    EXPECT_EQ(outcome.status, 7u);
    EXPECT_EQ(outcome.out, "input");
    EXPECT_EQ(outcome.err, "error");
}

TEST(CommandVia, Says127ForACommandThatIsMissing)
{
    Outcome outcome = Command(Via(Passing(), {}, {"no-such-command"}));
    EXPECT_EQ(outcome.status, 127u);
    EXPECT_TRUE(Contains(outcome.err, "'no-such-command'")) << outcome.err;
}

TEST(CommandVia, RunsAScriptWithTheFarSh)
{
    const std::string script = "echo $((1 + 2)) 'a b'; exit 4";
    for (const char *shell : {"-s", "-s=sh"})
        EXPECT_EQ(Command(Via(Telling("far"), {shell}, {script})).out, NulSeparated({"far", "sh", "-c", script}));
}

TEST(CommandVia, TellsItsWordsInJson)
{
    json::Value object = ReadJson(Command(Via(Telling("-n1"), {"--json"}, {"a b", "'"})).out);
    Words words;
    for (const json::Value &item : object["command"].items)
        words.push_back(item.text);
    EXPECT_EQ(words, (Words{HelperPath(), "--args", "-n1", "a b", "'"}));
    EXPECT_EQ(object["out"]["text"].text, NulSeparated({"-n1", "a b", "'"}));
}

TEST(CommandVia, FillsThePlacesOfTheLauncherToo)
{
    Outcome outcome = Command({"parallel", "--keep-order", "--via", Telling("{}:"), "--", "x", "-{}-", ":::", "1", "a b"});
    EXPECT_EQ(outcome.out, NulSeparated({"1:", "x", "-1-", "a b:", "x", "-a b-"}));
    outcome = Command({"parallel", "--keep-order", "--via", Telling("{}:"), "--", "x", ":::", "1", "a b"});
    EXPECT_EQ(outcome.out, NulSeparated({"1:", "x", "a b:", "x"}));
    outcome = Command({"parallel", "--via", Telling(), "--", "x", ":::", "a b"});
    EXPECT_EQ(outcome.out, NulSeparated({"x", "a b"}));
}

TEST(CommandVia, RunsManyJobs)
{
    Outcome outcome = Command(
        {"parallel", "-j4", "--via", Passing(), "--", HelperPath(), "--exit", "{}", ":::", "0", "3", "0", "1", "0", "0"});
    EXPECT_EQ(outcome.status, 2u) << outcome.err;
}

// ---- a launcher that makes a line of them ----------------------------------------------------------------------------

// What the launcher got, but for the NUL behind each word.
Words Told(const std::string &out)
{
    Words words;
    for (size_t at = 0; at < out.size(); at += words.back().size() + 1)
        words.push_back(out.substr(at, out.find('\0', at) - at));
    return words;
}

TEST(CommandVia, MakesALineForAFarShell)
{
    Words words = Told(Command(Via(Telling("far"), {"--via-shell"}, {"cmd", "a b", "it's", ""})).out);
    ASSERT_EQ(words.size(), 2u);
    EXPECT_EQ(words[0], "far");
    EXPECT_EQ(words[1].compare(0, 13, "sh -c 'k=$1; "), 0) << words[1];
    const std::string end = " sh 10 cmd 'a b' 'it'\\''s' ''";
    ASSERT_GT(words[1].size(), end.size());
    EXPECT_EQ(words[1].substr(words[1].size() - end.size()), end);
}

TEST(CommandVia, GivesTheFarShellTheTimeToKill)
{
    for (const auto &[option, seconds] : std::vector<std::pair<std::string, std::string>>{
             {"-k1ms", "1"}, {"-k1", "1"}, {"-k1001ms", "2"}, {"--merge", "10"}}) {
        const std::string end = " sh " + seconds + " x";
        Words words = Told(Command(Via(Telling(), {"--via-shell=yes", option}, {"x"})).out);
        ASSERT_EQ(words.size(), 1u);
        EXPECT_EQ(words[0].substr(words[0].size() - end.size()), end);
    }
}

TEST(CommandVia, KnowsSshByItsName)
{
    Folder folder;
    for (const char *name : {"ssh", "sshpass"}) {
        std::string program = folder.Path() + "/" + std::string(name) + kProgramEnd;
        fs::copy_file(FromUtf8(HelperPath()), FromUtf8(program));
        std::string launcher = Quoted(program) + " --args far";
        Words line = Told(Command(Via(launcher, {}, {"a b"})).out);
        Words plain = Told(Command(Via(launcher, {"--via-shell=no"}, {"a b"})).out);
        EXPECT_EQ(line.size(), 2u);
        EXPECT_EQ(line.back() == "a b", std::string(name) != "ssh") << line.back();
        EXPECT_EQ(plain, (Words{"far", "a b"}));
    }
}

TEST(CommandVia, HasSshUseAConnectionOfItsOwn)
{
    Folder folder;
    std::string program = folder.Path() + "/ssh" + kProgramEnd;
    fs::copy_file(FromUtf8(HelperPath()), FromUtf8(program));
    json::Value object = ReadJson(Command(Via(Quoted(program) + " --args far", {"--json"}, {"x"})).out);
    ASSERT_EQ(object["command"].items.size(), 5u);
    EXPECT_EQ(object["command"].items[1].text, "-oControlPath=none");
    EXPECT_EQ(object["command"].items[4].text, "x");
}

TEST(CommandVia, FillsPlacesBeforeItQuotes)
{
    Words words =
        Told(Command({"parallel", "--via", Telling(), "--via-shell", "--", "x", "<{}>", ":::", "it's", "$(a)"}).out);
    ASSERT_EQ(words.size(), 2u);
    std::sort(words.begin(), words.end());
    EXPECT_TRUE(Contains(words[0], " x '<$(a)>'") || Contains(words[1], " x '<$(a)>'"));
    EXPECT_TRUE(Contains(words[0], " x '<it'\\''s>'") || Contains(words[1], " x '<it'\\''s>'"));
}

// ---- POSIX alone: the line through a real shell ----------------------------------------------------------------------

#ifdef HAVE_SIGNALS

// What sshd does with the line.
std::string LocalShell()
{
    return "/bin/sh -c";
}

TEST(CommandViaLine, IsReadByARealShell)
{
    Outcome outcome = Command(Via(LocalShell(), {"--via-shell"}, Words{HelperPath(), "--args"} + hostile));
    EXPECT_EQ(outcome.out, NulSeparated(hostile));
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.status, 0u);
}

TEST(CommandViaLine, PassesStatusAndStreams)
{
    struct subproc_options options = CaptureOptions();
    options.in.kind = SUBPROC_STREAM_PIPE;
    std::string bytes;
    for (int i = 0; i < 200000; i++)
        bytes += static_cast<char>(i * 7);
    options.input.data = bytes.data();
    options.input.size = bytes.size();
    Words words = {HelperPath(), "--copy", "5000", "--err", "error", "--exit", "77"};
    Outcome outcome = Command(Via(LocalShell(), {"--via-shell"}, words), options);
    EXPECT_EQ(outcome.out, bytes);
    EXPECT_EQ(outcome.err, "error");
    EXPECT_EQ(outcome.status, 77u);
    EXPECT_EQ(Command(Via(LocalShell(), {"--via-shell"}, {HelperPath(), "--raise", "10"})).status, 128u + SIGUSR1);
    EXPECT_EQ(Command(Via(LocalShell(), {"--via-shell"}, {"no-such-command"})).status, 127u);
    EXPECT_EQ(Command(Via(LocalShell(), {"--via-shell", "-s"}, {"echo $((1 + 2)); exit 4"})).out, "3\n");
}

// The far sh may be another one than this system's.
TEST(CommandViaLine, IsReadByEveryShell)
{
    int shells = 0;
    for (const char *name : {"/bin/bash", "/bin/dash", "/bin/busybox", "/bin/ksh", "/bin/zsh"}) {
        if (!fs::exists(name))
            continue;
        Folder folder;
        fs::create_symlink(name, FromUtf8(folder.Path() + "/sh"));
        Words words =
            Via(Quoted(folder.Path() + "/sh") + " -c", {"-e", "PATH=" + folder.Path() + ":/bin:/usr/bin", "--via-shell"},
                {HelperPath(), "--copy", "100", "--exit", "9"});
        Outcome outcome = CommandWithInput(words, "input");
        EXPECT_EQ(outcome.out, "input") << name;
        EXPECT_EQ(outcome.err, "") << name;
        EXPECT_EQ(outcome.status, 9u) << name;
        shells++;
    }
    EXPECT_GE(shells, 1);
}

TEST(CommandViaLine, LeavesSignalsAsTheyAre)
{
    Outcome plain = Command({"run", "--", HelperPath(), "--signals"});
    Outcome outcome = Command(Via(LocalShell(), {"--via-shell"}, {HelperPath(), "--signals"}));
    EXPECT_EQ(outcome.out, plain.out);
}

// Built-in commands, functions and assignments of the far shell are no commands.
TEST(CommandViaLine, RunsProgramsOnly)
{
    for (const char *word : {"exit", "shift", "k=1", "return"})
        EXPECT_EQ(Command(Via(LocalShell(), {"--via-shell"}, {word})).status, 127u) << word;
}

// A shell whose child was killed first says "Terminated" before it is stopped itself; the last line is ours.
TEST(CommandViaLine, IsNotInASentence)
{
    Words words = {HelperPath(), "--hang"};
    Outcome outcome = Command(Via(LocalShell(), {"--via-shell", "-t", "200ms", "--kill-tree"}, words));
    EXPECT_EQ(outcome.status, 124u);
    std::string ours = "subproc: command '/bin/sh -c " + HelperPath() + " --hang' timed out after 0.2 s\n";
    size_t start = outcome.err.size() - std::min(outcome.err.size(), ours.size());
    EXPECT_EQ(outcome.err.substr(start), ours);
    EXPECT_TRUE(start == 0 || outcome.err.substr(0, start) == "Terminated\n") << outcome.err;
}

TEST(CommandVia, ADeadlineReachesTheFarChild)
{
    Started command(Via(Passing(), {"-t", ShortTime()}, {HelperPath(), "--out", "ready", "--hang"}));
    EXPECT_EQ(command.Read(100), "");
    EXPECT_EQ(command.Wait(), 124u);
}

TEST(CommandVia, ASignalReachesTheFarChild)
{
    for (int number : {SIGINT, SIGTERM, SIGHUP}) {
        Started command(Via(Passing(), {}, {HelperPath(), "--out", "ready", "--hang"}));
        EXPECT_EQ(subproc_signal(command.child, number, nullptr), 0);
        EXPECT_EQ(command.Read(100), "");
        EXPECT_EQ(command.Wait(), 128u + static_cast<uint32_t>(number));
    }
}

#endif

} // namespace
