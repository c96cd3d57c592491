// What `subproc parallel` tells of its jobs besides their output: progress, timeline, and what a stop left undone; and the
// output of pipe and parallel as text.
#include "cli_support.h"

#include <algorithm>

#include "screen.h"

#if __has_include(<sys/wait.h>)
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#define HAVE_SIGNALS
#endif

namespace
{

using namespace cli;

const std::string kKorean = "\xED\x95\x9C\xEA\xB8\x80"; // what C7 D1 B1 DB is in code page 949
const std::string kKorean949 = "c7d1b1db";

std::string ReadFile(const std::string &path)
{
    std::ifstream file(FromUtf8(path), std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string InFolder(const Folder &folder, const std::string &name)
{
    return Utf8(FromUtf8(folder.Path()) / FromUtf8(name));
}

void ExpectLabels(const std::string &picture, const Words &labels)
{
    for (const std::string &label : labels)
        EXPECT_TRUE(Contains(picture, label)) << label << "\n" << picture;
    EXPECT_EQ(picture.find("<svg "), 0u);
    EXPECT_EQ(picture.rfind("</svg>\n"), picture.size() - 7);
}

// ---- progress without a terminal -----------------------------------------------------------------------------------

TEST(CommandProgress, IsALineAtTheEndWhereThereIsNoTerminal)
{
    Outcome outcome = Command(Parallel({"--progress"}, {"--out", "x", "--exit", ":::", "0", "3", "0"}));
    EXPECT_EQ(outcome.status, 1u);
    EXPECT_EQ(outcome.out, "xxx");
    EXPECT_TRUE(IsOneLine(outcome.err));
    EXPECT_EQ(outcome.err.find("subproc: parallel: 3 done (1 failed) in "), 0u) << outcome.err;
    outcome = CommandWithInput(Parallel({"--progress", "--json"}, {"--exit"}), "0\n");
    EXPECT_EQ(outcome.err.find("subproc: parallel: 1 done (0 failed) in "), 0u) << outcome.err;
    EXPECT_EQ(ReadJson(outcome.out)["exit"]["code"].number, 0);
}

TEST(CommandProgress, IsQuietUnlessItIsWanted)
{
    EXPECT_EQ(Command(Parallel({}, {"--exit", ":::", "0"})).err, "");
    EXPECT_EQ(Command(Parallel({"--progress", "--no-progress"}, {"--exit", ":::", "0"})).err, "");
}

// ---- the timeline --------------------------------------------------------------------------------------------------

TEST(CommandTimeline, ShowsEachJobAndHowItEnded)
{
    Folder folder;
    std::string file = folder.File("\xEA\xB7\xB8\xEB\xA6\xBC.svg", std::string(100000, '<'));
    Outcome outcome =
        Command(Parallel({"--timeline", file, "-j1"}, {"--out", "x", "--args", ":::", kKorean, "a <b> & \"c\""}));
    EXPECT_EQ(outcome.status, 0u) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    std::string picture = ReadFile(file);
    ExpectLabels(picture, {">2 jobs in ", ", at most 1 at once<", ">" + kKorean + ", ",
                           ">a &lt;b&gt; &amp; &quot;c&quot;, ", "</tspan> 2 succeeded ", " --out x --args<"});
    outcome = Command(
        {"parallel", "--timeline", file, "-j2", "-t0.5", "-k0", "--", "{}", "--hang", ":::", HelperPath(), "openss1"});
    EXPECT_EQ(outcome.status, 124u);
    ExpectLabels(ReadFile(file), {", timed out<", ">openss1, not started: not found<", "</tspan> 1 timed out ",
                                  "</tspan> 1 could not start "});
}

TEST(CommandTimeline, IsWrittenWhenAFailureHaltsTheJobs)
{
    Folder folder;
    std::string file = InFolder(folder, "halted.svg");
    Outcome outcome = Command(Parallel({"--timeline", file, "--halt", "-j2", "-k0"},
                                       {"--sleep", "{}", "--exit", "4", ":::", "80000", "0", "70000"}));
    EXPECT_EQ(outcome.status, 1u);
    ExpectLabels(ReadFile(file), {">2 jobs in ", ", stopped<", ", exit 4<", "</tspan> 1 failed ", "</tspan> 1 stopped "});
}

TEST(CommandTimeline, HasRowsBySlotForManyJobs)
{
    Folder folder;
    std::string file = InFolder(folder, "many.svg");
    std::string input;
    for (int i = 0; i < 101; i++)
        input += std::to_string(i) + "\n";
    Outcome outcome = CommandWithInput(Parallel({"--timeline", file, "-j3"}, {"--out", "x", "--args"}), input, kManyStarts);
    EXPECT_EQ(outcome.status, 0u) << outcome.err;
    std::string picture = ReadFile(file);
    ExpectLabels(picture, {">101 jobs in ", ">slot 1<", ">slot 3<", "<title>100, "});
    EXPECT_FALSE(Contains(picture, ">slot 4<"));
    EXPECT_FALSE(Contains(picture, "class=\"l\""));
}

TEST(CommandTimeline, IsDrawnWithoutAnyJob)
{
    Folder folder;
    std::string file = InFolder(folder, "none.svg");
    EXPECT_EQ(CommandWithInput(Parallel({"--timeline", file}, {"--out"}), "").status, 0u);
    ExpectLabels(ReadFile(file), {">0 jobs<"});
}

TEST(CommandTimeline, ThatCannotBeWrittenIsToldBeforeAnythingStarts)
{
    Folder folder;
    for (const std::string &file : {InFolder(folder, "missing/file.svg"), folder.Path(), std::string()}) {
        Outcome outcome = Command(Parallel({"--timeline", file}, {"--out", "started", ":::", "a"}));
        EXPECT_EQ(outcome.status, 125u) << file;
        EXPECT_EQ(outcome.out, "") << file;
        EXPECT_TRUE(IsOneLine(outcome.err));
        EXPECT_TRUE(Contains(outcome.err, "cannot write the timeline '" + file + "'")) << outcome.err;
    }
}

// ---- what a stop left undone ---------------------------------------------------------------------------------------

TEST(CommandReport, TellsWhatAHaltLeftUndone)
{
    Outcome outcome = Command(Parallel({"--halt", "-j1", "--keep-order"}, {"--exit", ":::", "0", "3", "0", "0"}));
    EXPECT_EQ(outcome.err, "subproc: parallel: halted because a job failed: 2 done (1 failed), 0 stopped, 2 not started\n");
    outcome = Command(Parallel({"--halt", "-j1"}, {"--exit", ":::", "0", "3"}));
    EXPECT_EQ(outcome.status, 1u);
    EXPECT_EQ(outcome.err, "") << "nothing was left undone";
    Words words = {"parallel", "--halt", "-j1", "--", "openss1", ":::", "a", "b"};
    EXPECT_TRUE(Contains(Command(words).err, ": 1 done (1 failed), 0 stopped, 1 not started\n"));
}

TEST(CommandReport, DoesNotKnowWhatIsLeftOfAnOpenInput)
{
    Fed command(Parallel({"--halt", "-j1"}, {"--exit"}));
    command.Write("7\n8\n9\n");
    EXPECT_EQ(command.Read(1), "");
    EXPECT_EQ(command.Wait(), 1u);
    std::string err = command.ReadErr();
    EXPECT_TRUE(Contains(err, ": 1 done (1 failed), 0 stopped, at least ")) << err;
    EXPECT_TRUE(Contains(err, " not started\n")) << err;
}

// ---- output as text ------------------------------------------------------------------------------------------------

TEST(CommandParallelText, DecodesTheOutputOfTheJobs)
{
    Words actions = {"--out-hex", kKorean949 + "0a", "--err-hex", kKorean949, "--args", ":::", "x"};
    for (const Words &options : std::vector<Words>{{}, {"--keep-order"}, {"--max-output", "1K"}}) {
        Outcome outcome = Command(Parallel(Words{"--encoding", "cp949"} + options, actions));
        EXPECT_EQ(outcome.out, kKorean + "\n" + std::string("x\0", 2));
        EXPECT_EQ(outcome.err, kKorean);
    }
    for (const Words &options : std::vector<Words>{{"--tag"}, {"--tag", "--keep-order"}}) {
        Outcome outcome = Command(Parallel(Words{"--encoding", "cp949"} + options, actions));
        EXPECT_EQ(outcome.out, "x\t" + kKorean + "\nx\tx" + '\0' + "\n");
        EXPECT_EQ(outcome.err, "x\t" + kKorean + "\n");
    }
    json::Value object = ReadJson(Command(Parallel({"--json", "--encoding=cp949"}, actions)).out);
    EXPECT_EQ(object["err"]["text"].text, kKorean);
}

TEST(CommandParallelText, KeepsToThePolicyForBadBytes)
{
    NEEDS_HANGUL_ON_THE_CONSOLE();
    Words actions = {"--out-hex", "61ff62", "--args", ":::", "x"};
    EXPECT_EQ(Command(Parallel({"--encoding=utf-8"}, actions)).out.find("a\xEF\xBF\xBD"), 0u);
    EXPECT_EQ(Command(Parallel({"--encoding=utf-8", "--errors=backslash"}, actions)).out.find("a\\xFFb"), 0u);
    Outcome outcome = Command(Parallel({"--encoding=utf-8", "--errors=strict"}, actions));
    EXPECT_EQ(outcome.status, 1u);
    EXPECT_TRUE(IsOneLine(outcome.err)) << outcome.err;
    json::Value object = ReadJson(Command(Parallel({"--json"}, actions)).out);
    EXPECT_EQ(Decode64(object["out"]["base64"].text), std::string("a\xFF"
                                                                  "bx\0",
                                                                  5));
    object = ReadJson(Command(Parallel({"--json", "--errors=replace"}, actions)).out);
    EXPECT_EQ(object["out"]["text"].text.find("a\xEF\xBF\xBD"), 0u);
    object = ReadJson(Command(Parallel({"--json", "--errors=strict"}, actions)).out);
    EXPECT_EQ(object["error"]["code"].text, "DECODE");
}

TEST(CommandParallelText, KeepsSoMuchOfEachJob)
{
    Words actions = {"--out", "0123456789\n", "--args", ":::", "a", "b"};
    Outcome outcome = Command(Parallel({"--max-output", "4", "--keep-order"}, actions));
    EXPECT_EQ(outcome.status, 0u);
    EXPECT_EQ(outcome.out, "01230123");
    EXPECT_EQ(outcome.err, "subproc: standard output of 'a' was longer than is shown: 13 bytes in all\n"
                           "subproc: standard output of 'b' was longer than is shown: 13 bytes in all\n");
    EXPECT_EQ(Command(Parallel({"--max-output", "3:tail", "--tag", "-j1"}, actions)).out,
              std::string("a\t\na\ta\0\nb\t\nb\tb\0\n", 16));
    outcome = Command(Parallel({"--max-output", "5:stop"}, {"--out", "0123456789\n", "--hang", ":::", "a"}));
    EXPECT_EQ(outcome.status, 1u);
    json::Value object = ReadJson(Command(Parallel({"--max-output", "4", "--json"}, {"--out", ":::", "0123456"})).out);
    EXPECT_TRUE(object["out"]["truncated"].truth);
    EXPECT_EQ(object["out"]["text"].text, "0123");
    EXPECT_EQ(object["out"]["total"].number, 7);
    ExpectRefused(Parallel({"--max-output", "x"}, {"--out", ":::", "a"}));
}

TEST(CommandPipeText, DecodesTheOutputOfTheLastAndAllErrors)
{
    std::vector<Words> stages = {{"--out", "ab", "--err-hex", kKorean949}, {"--read-all", "--out-hex", kKorean949}};
    Outcome outcome = Command(Pipe({"--encoding", "cp949"}, stages));
    EXPECT_EQ(outcome.out, kKorean);
    EXPECT_EQ(outcome.err, kKorean);
    EXPECT_EQ(ReadJson(Command(Pipe({"--encoding", "cp949", "--json"}, stages)).out)["stages"].items[1]["out"]["text"].text,
              kKorean);
    outcome = Command(Pipe({"--encoding", "cp949", "--max-output", "3"}, stages));
    EXPECT_EQ(outcome.out, kKorean.substr(0, 3));
    EXPECT_TRUE(Contains(outcome.err, "subproc: standard output was longer than is shown: 4 bytes in all\n"))
        << outcome.err;
    outcome =
        Command(Pipe({"--encoding", "utf-8", "--errors", "strict"}, {{"--out", "x"}, {"--out-hex", "ff0a", "--hang"}}));
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_TRUE(IsOneLine(outcome.err)) << outcome.err;
}

// ---- POSIX: a terminal, and signals --------------------------------------------------------------------------------

#ifdef HAVE_SIGNALS

// A pseudo-terminal, of which the command gets one end.
class Terminal
{
  public:
    explicit Terminal(unsigned short columns) : columns_(columns)
    {
        master_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        EXPECT_EQ(grantpt(master_), 0);
        EXPECT_EQ(unlockpt(master_), 0);
        slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
        EXPECT_GE(slave_, 0);
        Resize(columns);
    }

    ~Terminal()
    {
        CloseSlave();
        close(master_);
    }

    void Resize(unsigned short columns)
    {
        struct winsize size = {.ws_row = 25, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
        EXPECT_EQ(ioctl(slave_, TIOCSWINSZ, &size), 0);
    }

    void CloseSlave()
    {
        if (slave_ >= 0)
            close(slave_);
        slave_ = -1;
    }

    // For a command whose standard error it is, without colours.
    struct subproc_options Options() const
    {
        static const char *const changes[] = {"NO_COLOR=1", nullptr};
        struct subproc_options options = CaptureOptions();
        options.err = {.kind = SUBPROC_STREAM_HANDLE, .handle = slave_};
        options.environment.changes = changes;
        return options;
    }

    // Reads until it is so. False: the end, or a minute, came before.
    bool Until(const std::function<bool()> &is_so)
    {
        auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        while (!is_so())
            if (std::chrono::steady_clock::now() > end || !ReadSome())
                return false;
        return true;
    }

    bool Shows(const std::string &text)
    {
        return Until([&] { return Contains(Screen(), text); });
    }

    std::string ReadAll()
    {
        CloseSlave();
        while (ReadSome())
            ;
        return Screen();
    }

    std::string Screen() const
    {
        return Shown(text_, columns_);
    }

    const std::string &Text() const
    {
        return text_;
    }

  private:
    bool ReadSome()
    {
        char bytes[4096];
        struct pollfd item = {.fd = master_, .events = POLLIN, .revents = 0};
        ssize_t count = poll(&item, 1, 60000) > 0 ? read(master_, bytes, sizeof bytes) : 0;
        text_.append(bytes, count > 0 ? static_cast<size_t>(count) : 0);
        return count > 0;
    }

    int master_ = -1, slave_ = -1;
    unsigned short columns_;
    std::string text_;
};

TEST(CommandProgress, IsALineOnATerminal)
{
    Terminal terminal(80);
    struct subproc_options options = terminal.Options();
    Fed command(Parallel({}, {"--out", "{}\n", "--err", "e\n"}), options);
    EXPECT_TRUE(terminal.Shows("0 done (0 failed), 0 running"));
    command.Write("one\n");
    EXPECT_EQ(command.Read(4), "one\n");
    EXPECT_TRUE(terminal.Shows("e\n1 done (0 failed), 0 running, ")) << terminal.Screen();
    EXPECT_EQ(command.Finish(), 0u);
    EXPECT_EQ(terminal.ReadAll().find("e\n1 done (0 failed) in "), 0u) << terminal.Screen();
    EXPECT_EQ(terminal.Text().back(), '\n');
}

TEST(CommandProgress, KnowsTheTotalOfWordsAndOfAnInputThatHasEnded)
{
    for (bool has_words : {true, false}) {
        Terminal terminal(80);
        struct subproc_options options = terminal.Options();
        Words actions = {"--hang", "--out"};
        Fed command(Parallel({"-j1", "-k0"}, has_words ? actions + Words{":::", "a", "b", "c"} : actions), options);
        if (!has_words)
            command.Write("a\nb\nc");
        EXPECT_TRUE(has_words || terminal.Shows("0 done (0 failed), 1 running")) << terminal.Screen();
        subproc_close_stream(command.child, SUBPROC_IN);
        EXPECT_TRUE(terminal.Shows("0/3 done (0 failed), 1 running")) << terminal.Screen();
        EXPECT_EQ(subproc_signal(command.child, SIGTERM, nullptr), 0);
        EXPECT_EQ(command.Wait(), 128u + SIGTERM);
        EXPECT_EQ(terminal.ReadAll(), "subproc: parallel: stopped by signal 15 (SIGTERM): 0 done (0 failed), 1 stopped,\n"
                                      " 2 not started");
    }
}

TEST(CommandProgress, FitsTheTerminal)
{
    Terminal terminal(25);
    struct subproc_options options = terminal.Options();
    Fed command(Parallel({}, {"--out"}), options);
    EXPECT_TRUE(terminal.Shows("0 done (0 failed)"));
    EXPECT_EQ(terminal.Text(), "\r0 done (0 failed)");
    terminal.Resize(12);
    EXPECT_TRUE(terminal.Until([&] { return Contains(terminal.Text(), "\r0 done           "); })) << terminal.Text();
}

TEST(CommandProgress, StandsBelowTheOutputOnTheSameTerminal)
{
    Terminal terminal(80);
    struct subproc_options options = terminal.Options();
    options.out = options.err;
    Fed command(Parallel({"--tag"}, {"--out", "{}\n"}), options);
    std::string expected;
    for (const char *line : {"one", "two", "three"}) {
        std::string done = std::to_string(std::count(expected.begin(), expected.end(), '\n'));
        EXPECT_TRUE(terminal.Shows(expected + done + " done (0 failed), 0 running")) << terminal.Screen();
        command.Write(std::string(line) + "\n");
        expected += std::string(line) + "\t" + line + "\n";
    }
    EXPECT_TRUE(terminal.Shows(expected + "3 done (0 failed), 0 running")) << terminal.Screen();
    EXPECT_EQ(command.Finish(), 0u);
    EXPECT_EQ(terminal.ReadAll().find(expected + "3 done (0 failed) in "), 0u) << terminal.Screen();
}

TEST(CommandProgress, IsNotShownWhenToldSo)
{
    Terminal terminal(80);
    struct subproc_options options = terminal.Options();
    EXPECT_EQ(Command(Parallel({"--no-progress"}, {"--sleep", ":::", "900"}), options).status, 0u);
    EXPECT_EQ(terminal.ReadAll(), "");
}

// A command in a process group of its own, as one that a terminal's Ctrl-C reaches with all its children.
class Group
{
  public:
    explicit Group(const Words &words) : command_(words, Options()) {}

    Fed &command()
    {
        return command_;
    }

    void Signal(int number)
    {
        EXPECT_EQ(kill(-static_cast<pid_t>(subproc_id(command_.child)), number), 0);
    }

  private:
    static struct subproc_options Options()
    {
        struct subproc_options options = CaptureOptions();
        options.posix.set = SUBPROC_POSIX_PROCESS_GROUP;
        return options;
    }

    Fed command_;
};

TEST(CommandReport, TellsWhatASignalOfTheTerminalLeftUndone)
{
    for (const Words &jobs : std::vector<Words>{{}, {"--ignore", "2", "--on-term", "7"}}) {
        Folder folder;
        std::string file = InFolder(folder, "stopped.svg");
        Words actions = jobs + Words{"--out", "\n", "--hang", "{}", ":::", "a", "b", "c", "d", "e"};
        Group group(Parallel({"-j3", "--tag", "--timeline", file}, actions));
        EXPECT_EQ(group.command().Read(9).size(), 9u); // three jobs say their "a\t\n"
        group.Signal(SIGINT);
        EXPECT_EQ(group.command().Wait(), 128u + SIGINT);
        EXPECT_EQ(group.command().ReadErr(),
                  "subproc: parallel: stopped by signal 2 (SIGINT): 0 done (0 failed), 3 stopped, "
                  "2 not started\n");
        EXPECT_EQ(group.command().Read(100), "") << "the jobs are gone";
        ExpectLabels(ReadFile(file), {">3 jobs in ", ">a, ", ">b, ", ">c, ", ", stopped<", "</tspan> 3 stopped "});
    }
}

TEST(CommandReport, CountsWhatWasDoneBeforeTheSignal)
{
    Group group(Parallel({"-j1", "--json"}, {"--sleep", "{}", "--exit", "{}", ":::", "0", "3", "80000", "0"}));
    std::string log;
    while (std::count(log.begin(), log.end(), '\n') < 2)
        log += group.command().Read(1);
    // Not to the job: it would end by that signal itself, at the same moment.
    EXPECT_EQ(subproc_signal(group.command().child, SIGTERM, nullptr), 0);
    EXPECT_EQ(group.command().Wait(), 128u + SIGTERM);
    const std::string rest = group.command().Read(100000), err = group.command().ReadErr();
    if (rest.empty()) { // the signal came before the third job was started
        EXPECT_TRUE(Contains(err, "(SIGTERM): 2 done (1 failed), 0 stopped, 2 not started\n")) << err;
        return;
    }
    EXPECT_EQ(ReadJson(rest)["reason"].text, "cancelled");
    EXPECT_TRUE(Contains(err, "(SIGTERM): 2 done (1 failed), 1 stopped, 1 not started\n")) << err;
}

TEST(CommandReport, NamesTheSignalThatStoppedARunOrAPipe)
{
    for (const Words &words :
         std::vector<Words>{RunHelper({}, {"--out", "ready", "--hang"}),
                            Pipe({}, {{"--out", "ready", "--hang"}, {"--copy-some", "5", "--hang"}})}) {
        Group group(words);
        EXPECT_EQ(group.command().Read(5), "ready");
        group.Signal(SIGINT);
        EXPECT_EQ(group.command().Wait(), 128u + SIGINT);
        std::string err = group.command().ReadErr();
        EXPECT_EQ(err, "subproc: " + words[0] + ": stopped by signal 2 (SIGINT)\n");
    }
}

TEST(CommandTimeline, IsNoWaitForTheReaderOfAFifo)
{
    Folder folder;
    std::string file = InFolder(folder, "fifo");
    ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
    Outcome outcome = Command(Parallel({"--timeline", file}, {"--out", "started", ":::", "a"}));
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_EQ(outcome.out, "");
}

TEST(CommandTimeline, ThatIsLostAtTheEndIsAFailure)
{
    if (!fs::exists("/dev/full"))
        GTEST_SKIP() << "there is no /dev/full";
    Outcome outcome = Command(Parallel({"--timeline", "/dev/full"}, {"--out", "x", "--args", ":::", "a"}));
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_TRUE(IsOneLine(outcome.err)) << outcome.err;
}

#endif

} // namespace
