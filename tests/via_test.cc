// The subproc command's --via with the real srun and ssh, on the cluster of one machine that ci/cluster.sh starts: its row
// is "via". The far side is this machine, so /proc shows what runs there.
#include "cli_support.h"

#include <map>
#include <set>
#include <signal.h>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace
{

using namespace cli;

struct Launcher {
    const char *name;
    const char *words; /* of --via */
};

void PrintTo(const Launcher &launcher, std::ostream *out)
{
    *out << launcher.name;
}

// Each test has a mark, which is in the command line of everything that it starts.
class Marking : public testing::Test
{
  protected:
    void SetUp() override
    {
        static int count = 0;
        mark_ = "mark." + std::to_string(getpid()) + "." + std::to_string(count++);
    }

    // The helper, to be found in /proc.
    Words Helper(const Words &actions) const
    {
        return Words{HelperPath()} + actions + Words{"--args", mark_};
    }

    // All processes with the mark, here and far, and their command lines.
    std::map<pid_t, std::string> Marked() const
    {
        std::map<pid_t, std::string> found;
        for (const auto &entry : fs::directory_iterator("/proc")) {
            std::ifstream file(entry.path() / "cmdline", std::ios::binary);
            std::stringstream content;
            content << file.rdbuf();
            std::string line = content.str();
            if (Contains(line, mark_))
                found[std::stoi(entry.path().filename())] = line;
        }
        return found;
    }

    // Polled: nobody tells the end of a far process.
    testing::AssertionResult NothingStays() const
    {
        auto left = Marked();
        for (auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
             !left.empty() && std::chrono::steady_clock::now() < end; left = Marked())
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (left.empty())
            return testing::AssertionSuccess();
        return testing::AssertionFailure() << left.size() << " left, one is: " << left.begin()->second;
    }

    std::string mark_;
};

class Via : public Marking, public testing::WithParamInterface<Launcher>
{
  protected:
    // "run --via LAUNCHER OPTIONS -- COMMAND"
    Words Run(const Words &options, const Words &command) const
    {
        return Words{"run", "--via", GetParam().words} + options + Words{"--"} + command;
    }
};

class ViaSsh : public Marking
{
};

// A deadline that comes when a far command has surely begun; a start by ssh takes seconds on a busy machine.
std::string LateDeadline(const std::string &launcher)
{
    int64_t ms = MillisecondsOf([&] {
        EXPECT_EQ(Command({"run", "--via", launcher, "--", HelperPath(), "--exit", "0"}).status, 0u);
    });
    return std::to_string(std::max<int64_t>(1500, 3 * ms)) + "ms";
}

// srun passes whole lines on.
bool SaysReady(struct subproc *child, int lines)
{
    int seen = 0;
    size_t got = 1;
    for (char byte = 0; seen < lines && got > 0; seen += byte == '\n' ? 1 : 0)
        if (subproc_read(child, SUBPROC_OUT, &byte, 1, 60000, &got, nullptr) != 0)
            return false;
    return seen == lines;
}

// ---- words, status, streams --------------------------------------------------------------------------------------------

TEST_P(Via, HostileArgumentsArrive)
{
    Outcome outcome = Command(Run({}, Words{HelperPath(), "--args"} + hostile));
    EXPECT_EQ(outcome.out, NulSeparated(hostile));
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.status, 0u);
}

TEST_P(Via, EveryByteArrives)
{
    std::string word;
    for (int byte = 1; byte < 256; byte++)
        word += static_cast<char>(byte);
    for (const std::string &actual : {word, std::string(20000, '\''), std::string(20000, '\\')})
        EXPECT_EQ(Command(Run({}, {HelperPath(), "--args", actual})).out, NulSeparated({actual}));
}

TEST_P(Via, ExitsWithTheStatusOfTheCommand)
{
    for (const char *code : {"0", "1", "7", "124", "200"})
        EXPECT_EQ(Command(Run({}, {HelperPath(), "--exit", code})).status, static_cast<uint32_t>(std::stoi(code)));
    for (const char *number : {"15", "9", "10"})
        EXPECT_EQ(Command(Run({}, {HelperPath(), "--no-core", "--raise", number})).status,
                  128u + static_cast<uint32_t>(std::stoi(number)));
}

TEST_P(Via, TellsACommandThatIsMissing)
{
    Outcome outcome = Command(Run({}, {"no-such-command"}));
    EXPECT_NE(outcome.status, 0u);
    EXPECT_TRUE(Contains(outcome.err, "no-such-command")) << outcome.err;
}

TEST_P(Via, PassesItsStreamsThrough)
{
    std::string bytes;
    for (int i = 0; i < 300000; i++)
        bytes += static_cast<char>(i * 7 ^ i >> 9);
    Outcome outcome = CommandWithInput(Run({}, {HelperPath(), "--copy", "5000", "--err", "to err"}), bytes);
    EXPECT_TRUE(outcome.out == bytes) << outcome.out.size();
    EXPECT_EQ(outcome.err, "to err");
    EXPECT_EQ(outcome.status, 0u);
}

TEST_P(Via, EndsWithoutReadingItsInput)
{
    Started command(Run({}, {HelperPath(), "--out", "ready\n", "--exit", "3"}));
    EXPECT_EQ(command.Wait(), 3u);
}

TEST_P(Via, RunsAScriptWithTheFarSh)
{
    Outcome outcome = Command(Run({"-s"}, {"for i in 1 2; do echo \"$i 'x'\"; done; exit 0"}));
    EXPECT_EQ(outcome.out, "1 'x'\n2 'x'\n");
    EXPECT_EQ(outcome.status, 0u);
}

TEST_P(Via, PrintsJson)
{
    json::Value object = ReadJson(Command(Run({"--json"}, {HelperPath(), "--out", "a b", "--exit", "0"})).out);
    EXPECT_EQ(object["out"]["text"].text, "a b");
    EXPECT_EQ(object["exit"]["code"].number, 0);
    EXPECT_EQ(object["command"].items.back().text, "0");
}

// ---- the end of a far command --------------------------------------------------------------------------------------------

TEST_P(Via, ADeadlineLeavesNothingRunning)
{
    Outcome outcome = Command(Run({"-t", LateDeadline(GetParam().words)}, Helper({"--out", "ready\n", "--hang"})));
    EXPECT_EQ(outcome.status, 124u);
    EXPECT_EQ(outcome.out, "ready\n");
    EXPECT_TRUE(Contains(outcome.err, mark_ + "' timed out after ")) << outcome.err;
    EXPECT_TRUE(NothingStays());
}

// The connection or the step may just be coming up.
TEST_P(Via, ADeadlineAtAnyTimeLeavesNothingRunning)
{
    for (int ms = 0; ms <= 600; ms += 40)
        EXPECT_EQ(Command(Run({"-t", std::to_string(ms) + "ms"}, Helper({"--hang"}))).status, 124u);
    EXPECT_TRUE(NothingStays());
}

TEST_P(Via, ADeadlineStopsWhatIgnoresIt)
{
    Outcome outcome = Command(
        Run({"-t", LateDeadline(GetParam().words), "-k1"}, Helper({"--ignore", "15", "--out", "ready\n", "--hang"})));
    EXPECT_EQ(outcome.status, 124u);
    EXPECT_EQ(outcome.out, "ready\n");
    EXPECT_TRUE(NothingStays());
}

TEST_P(Via, ADeadlineStopsWhatTheCommandStarted)
{
    Words actions = {"--grandchild", "2", "--hang", mark_, "--out", "ready\n", "--hang"};
    EXPECT_EQ(Command(Run({"-t", LateDeadline(GetParam().words)}, Helper(actions))).status, 124u);
    EXPECT_TRUE(NothingStays());
}

TEST_P(Via, ADeadlineForATreeLeavesNothingRunning)
{
    EXPECT_EQ(
        Command(Run({"-t", LateDeadline(GetParam().words), "--kill-tree"}, Helper({"--out", "ready\n", "--hang"}))).status,
        124u);
    EXPECT_TRUE(NothingStays());
}

TEST_P(Via, ASignalLeavesNothingRunning)
{
    for (int number : {SIGINT, SIGTERM, SIGHUP}) {
        Started command(Run({}, Helper({"--out", "ready\n", "--hang"})));
        EXPECT_FALSE(Marked().empty());
        EXPECT_EQ(subproc_signal(command.child, number, nullptr), 0);
        EXPECT_EQ(command.Wait(), 128u + static_cast<uint32_t>(number));
        EXPECT_TRUE(NothingStays());
    }
}

// As a terminal does it.
TEST_P(Via, ASignalToAllLeavesNothingRunning)
{
    struct subproc_options options = CaptureOptions();
    options.timeout = 0;
    options.tree = SUBPROC_TREE_REQUIRED;
    struct subproc *child = nullptr;
    Words words = Words{CommandPath()} + Run({}, Helper({"--out", "ready\n", "--hang"}));
    ASSERT_EQ(subproc_spawn(Pointers(words), &options, &child, nullptr), 0);
    EXPECT_TRUE(SaysReady(child, 1));
    EXPECT_EQ(kill(static_cast<pid_t>(-subproc_id(child)), SIGINT), 0);
    struct subproc_exit status = {};
    EXPECT_EQ(subproc_wait(child, 60000, &status, nullptr), 0);
    EXPECT_EQ(status.code, 128u + SIGINT);
    EXPECT_TRUE(NothingStays());
    subproc_free(child);
}

// ---- crowds ----------------------------------------------------------------------------------------------------------------

TEST_P(Via, ADeadlineForEachOfManyLeavesNothingRunning)
{
    Words words = Words{"parallel", "-j8", "-t", LateDeadline(GetParam().words), "--via", GetParam().words, "--"} +
                  Words{HelperPath(), "--hang", mark_, ":::", "1", "2", "3", "4", "5", "6", "7", "8"};
    EXPECT_EQ(Command(words).status, 124u);
    EXPECT_TRUE(NothingStays());
}

TEST_P(Via, TheEndOfACrowdLeavesNothingRunning)
{
    Words words = Words{"parallel", "-j4", "--tag", "--via", GetParam().words, "--"} +
                  Words{HelperPath(), "--out", "ready\n", "--hang", mark_, ":::", "1", "2", "3", "4"};
    struct subproc_options options = CaptureOptions();
    options.timeout = 0;
    struct subproc *child = nullptr;
    ASSERT_EQ(subproc_spawn(Pointers(Words{CommandPath()} + words), &options, &child, nullptr), 0);
    EXPECT_TRUE(SaysReady(child, 4));
    subproc_signal(child, SIGINT, nullptr);
    struct subproc_exit status = {};
    EXPECT_EQ(subproc_wait(child, 60000, &status, nullptr), 0);
    EXPECT_EQ(status.code, 128u + SIGINT);
    EXPECT_TRUE(NothingStays());
    subproc_free(child);
}

INSTANTIATE_TEST_SUITE_P(Real, Via, testing::Values(Launcher{"Srun", "srun -n1 --quiet"}, Launcher{"Ssh", "ssh far"}),
                         [](const auto &info) { return std::string(info.param.name); });

// ---- srun alone, ssh alone -------------------------------------------------------------------------------------------------

// As many jobs as Slurm gives a turn each, through a group of 16.
TEST(ViaSrun, Runs2000StepsInOneAllocation)
{
    std::string input;
    for (int i = 0; i < 2000; i++)
        input += std::to_string(i) + "\n";
    struct subproc_options options = CaptureOptions();
    options.in.kind = SUBPROC_STREAM_PIPE;
    options.input.data = input.data();
    options.input.size = input.size();
    options.timeout = 600000;
    Words words = {"salloc", "--quiet",    "-n16",  CommandPath(), "parallel", "-j16", "--via", "srun -n1 --quiet --exact",
                   "--",     HelperPath(), "--out", "{}\n"};
    Outcome outcome;
    int64_t ms = MillisecondsOf([&] { outcome = RunProgram(words, options); });
    EXPECT_EQ(outcome.status, 0u) << outcome.err;
    std::istringstream lines(outcome.out);
    std::multiset<int> numbers;
    for (int number; lines >> number;)
        numbers.insert(number);
    std::multiset<int> expected;
    for (int i = 0; i < 2000; i++)
        expected.insert(i);
    EXPECT_TRUE(numbers == expected) << numbers.size() << " lines\n" << outcome.err;
    std::cout << "2,000 steps in " << ms << " ms\n";
}

TEST_F(ViaSsh, FillsTheHost)
{
    Outcome outcome = Command(
        {"parallel", "--keep-order", "--via", "ssh {}", "--", HelperPath(), "--out", "it is {}\n", ":::", "far", "far"});
    EXPECT_EQ(outcome.out, "it is far\nit is far\n");
    EXPECT_EQ(outcome.status, 0u) << outcome.err;
}

// A process between sshd and the line, such as sudo: then the line doesn't lead its process group.
TEST_F(ViaSsh, ADeadlineReachesBehindAnotherProcess)
{
    const std::string between = R"(ssh far "sh -c '\"$@\"; exit $?' between")";
    EXPECT_EQ(Command({"run", "--via", between, "--", HelperPath(), "--exit", "7"}).status, 7u);
    Words words = {"--", HelperPath(), "--ignore", "15", "--out", "ready\n", "--hang", mark_};
    Outcome outcome = Command(Words{"run", "-t", LateDeadline(between), "-k1", "--via", between} + words);
    EXPECT_EQ(outcome.status, 124u);
    EXPECT_EQ(outcome.out, "ready\n");
    EXPECT_TRUE(NothingStays());
}

// In one that others share the far side could not notice the end of one command; -S asks for it.
TEST_F(ViaSsh, HasAConnectionOfItsOwnUnlessToldOtherwise)
{
    Words words = {"--", HelperPath(), "--hang", mark_};
    EXPECT_EQ(Command(Words{"run", "-t", "2s", "--via", "ssh shared"} + words).status, 124u);
    EXPECT_TRUE(NothingStays());
    EXPECT_NE(RunProgram({"ssh", "-O", "check", "shared"}, CaptureOptions()).status, 0u);
    std::string path = "/tmp/" + mark_;
    Words shared = {"run", "--via", "ssh -M -oControlPersist=60 -S " + path + " far", "--", HelperPath(), "--exit", "5"};
    EXPECT_EQ(Command(shared).status, 5u);
    EXPECT_EQ(RunProgram({"ssh", "-O", "exit", "-S", path, "far"}, CaptureOptions()).status, 0u);
}

// A daemon, as without --via; a step of srun ends with all that is in it.
TEST_F(ViaSsh, LeavesWhatTheCommandLeftBehindOnPurpose)
{
    Words actions = {"--grandchild", "8", "--close", "0", "--close", "1", "--close", "2", "--hang", mark_};
    EXPECT_EQ(Command(Words{"run", "--via", "ssh far", "--", HelperPath()} + actions).status, 0u);
    // The second shell of the far line has ended by then.
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    EXPECT_EQ(Marked().size(), 1u);
    for (const auto &[process, line] : Marked())
        kill(process, SIGKILL);
    EXPECT_TRUE(NothingStays());
}

TEST_F(ViaSsh, Says255ForAHostThatIsMissing)
{
    Outcome outcome = Command({"run", "--via", "ssh nowhere.invalid", "--", HelperPath(), "--exit", "0"});
    EXPECT_EQ(outcome.status, 255u);
    EXPECT_TRUE(Contains(outcome.err, "nowhere.invalid")) << outcome.err;
}

} // namespace
