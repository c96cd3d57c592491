// The lessons in examples/, as their user would run them, with their second cut to a tenth: what they print. Programs that this
// system lacks have stand-ins in folders that are put into PATH.
#include <regex>
#include <set>

#include "helper/console.h"
#include "support.h"

using namespace test;

namespace
{

std::string Folder(const std::string &name)
{
    return Join(OurDirectory(), name);
}

std::string WindowsFolder()
{
    const char *root = std::getenv("SystemRoot");
    return Join(root != nullptr ? root : "", "system32");
}

// Wine's powershell.exe ends with 0 whatever it is given, so there the path has the system's folder alone.
std::string OwnPath()
{
    const char *path = std::getenv("PATH");
    return OnWine() ? WindowsFolder() : path != nullptr ? path : "";
}

// A sleep is a program like any other; only who has none gets ours.
std::string PathWith(std::vector<std::string> folders)
{
    if (OnWindows())
        folders.push_back(Folder("stand_in_sleep"));
    folders.push_back(OwnPath());
    return PathList(folders);
}

bool Finds(const std::string &name, const std::string &path)
{
    char *found = nullptr;
    const int code = subproc_which(name.c_str(), Words{path}, &found, nullptr);
    subproc_free_string(found);
    return code == 0;
}

// What the lesson prints.
std::string Lesson(const std::string &name, const std::string &path, const std::vector<std::string> &words = {},
                   const char *encoding = "auto")
{
    Words argv{Join(Folder(Join("..", "examples")), ProgramFile(name))};
    for (const std::string &word : words)
        argv.add(word);
    subproc_options options = Captured();
    const Words changes{path};
    options.environment.changes = changes;
    options.text.encoding = encoding;
    options.text.newlines = 1;
    options.timeout = deadline;
    Ran ran(argv, options);
    EXPECT_EQ(ran.code, 0) << Told(ran.error);
    EXPECT_EQ(ran.result.exit, Exited(0)) << ran.out() << ran.err();
    return ran.out();
}

// Takes the lines of an output one after the other.
class Lines
{
  public:
    explicit Lines(const std::string &text) : text_(text), lines_(Split(text, '\n')) {}

    bool Has(const std::string &line) const
    {
        return at_ < lines_.size() && lines_[at_] == line;
    }
    void Take(const std::string &line)
    {
        EXPECT_TRUE(Has(line)) << "expected '" << line << "' as line " << at_ + 1 << " of:\n" << text_;
        at_++;
    }
    // The next line and the pattern's parts; empty texts when it is another line.
    std::vector<std::string> Match(const std::string &pattern)
    {
        const std::regex wanted(pattern);
        std::smatch parts;
        EXPECT_TRUE(at_ < lines_.size() && std::regex_match(lines_[at_], parts, wanted))
            << "expected '" << pattern << "' as line " << at_ + 1 << " of:\n"
            << text_;
        at_++;
        std::vector<std::string> texts(parts.begin(), parts.end());
        texts.resize(wanted.mark_count() + 1);
        return texts;
    }
    // The number in the next line, which is the pattern's first part; -1 when it is another line.
    double Number(const std::string &pattern)
    {
        const std::string text = Match(pattern)[1];
        return text.empty() ? -1 : std::stod(text);
    }
    void End() const
    {
        EXPECT_EQ(at_, lines_.size()) << text_;
    }

  private:
    std::string text_;
    std::vector<std::string> lines_;
    size_t at_ = 0;
};

const char number[] = "([0-9]+[.][0-9]+)";

// Python's b'...'; "" when it is none.
std::string FromPython(const std::string &text)
{
    static const std::regex part(R"(\\x([0-9a-f]{2})|\\([tnr\\'])|[ -\[\]-~])");
    static const std::regex whole(R"(b(['"])((?:\\x[0-9a-f]{2}|\\[tnr\\']|[ -\[\]-~])*)\1)");
    std::smatch parts;
    if (!std::regex_match(text, parts, whole))
        return "";
    const std::string inside = parts[2], quote = parts[1];
    std::string bytes;
    for (std::sregex_iterator it(inside.begin(), inside.end(), part), end; it != end; ++it) {
        const std::string escaped = (*it)[2];
        if ((*it)[1].matched)
            bytes += static_cast<char>(std::stoi((*it)[1], nullptr, 16));
        else if (!escaped.empty())
            bytes += escaped == "t" ? '\t' : escaped == "n" ? '\n' : escaped == "r" ? '\r' : escaped[0];
        else if (it->str() == quote)
            return "";
        else
            bytes += it->str();
    }
    return bytes;
}

TEST(Lessons, AGreetingArrivesInWhateverEncodingItIs)
{
    NEEDS_HANGUL_ON_THE_CONSOLE();
    const std::string greeting = "자식 프로세스가 보내는 인사!\nHello from the child!\nhi\n";
    EXPECT_EQ(Lesson("greeting", PathWith({})), greeting);

    // Both the child and the lesson write the console's page.
    char *encoded = nullptr;
    size_t size = 0;
    ASSERT_EQ(subproc_encode("console", greeting.data(), greeting.size(), &encoded, &size, nullptr), 0);
    EXPECT_EQ(Lesson("greeting", PathWith({}), {}, nullptr), std::string(encoded, size));
    subproc_free_string(encoded);
}

TEST(Lessons, AChildIsPolledWhileItRuns)
{
    Lines lines(Lesson("poll", PathWith({}), {"0.3"}));
    for (const double seconds : {0.3, 0.0}) {
        EXPECT_GE(lines.Number(std::string(number) + "초 소모: 시작"), 0);
        int worked = 0;
        for (; lines.Has("작업 중..."); worked++)
            lines.Take("작업 중...");
        EXPECT_TRUE(worked > 0 || seconds == 0) << "neither the start nor a poll may wait for the child's end";
        lines.Take("종료 상태 0");
        EXPECT_GE(lines.Number(std::string(number) + "초 소모: 끝까지"), seconds);
    }
    EXPECT_GT(lines.Number("poll: " + std::string(number) + "마이크로초 소모"), 0);
    lines.End();
}

TEST(Lessons, TenChildrenSideBySideTakeTheTimeOfOne)
{
    Lines lines(Lesson("side_by_side", PathWith({}), {"0.1"}));
    const double in_turn = lines.Number("차례로: " + std::string(number) + "초 만에 끝남");
    const double side_by_side = lines.Number("나란히: " + std::string(number) + "초 만에 끝남");
    EXPECT_GE(in_turn, 1.0);
    EXPECT_GE(side_by_side, 0.1);
    EXPECT_LT(side_by_side, in_turn);
    lines.End();
}

TEST(Lessons, AnEndedChildIsWaitedForInNoTime)
{
    Lines lines(Lesson("waiting_order", PathWith({}), {"0.1"}));
    double last = 0;
    for (const char *seconds : {"0.1", "0.4", "1"}) {
        const double took = lines.Number(std::string("sleep ") + seconds + ": " + number + "초 만에 끝남");
        EXPECT_GE(took, std::stod(seconds));
        EXPECT_GE(took, last);
        last = took;
    }
    EXPECT_GE(lines.Number("sleep 0.1: " + std::string(number) + "초 만에 끝남"), 0.1);
    const double longest = lines.Number("sleep 1: " + std::string(number) + "초 만에 끝남");
    const double ended = lines.Number("sleep 0.4: " + std::string(number) + "초 만에 끝남");
    EXPECT_GE(longest, 1.0);
    EXPECT_LT(ended - longest, 0.4);
    lines.End();
}

TEST(Lessons, AChildPastItsDeadlineIsTerminated)
{
    Lines lines(Lesson("deadline", PathWith({})));
    lines.Take("command 'sleep 10' timed out after 0.1 s");
    lines.Take(OnWindows() ? "종료 상태 1" : "종료 상태 -15");
    lines.End();
}

// The stand-in says what it was given, and ends at once.
TEST(Lessons, WithoutASleepPowerShellIsAsked)
{
    const std::string path = PathList({Folder("stand_in"), OnWindows() ? WindowsFolder() : Folder("stand_in")});
    const std::string out = Lesson("poll", path, {"0.1"});
    EXPECT_NE(out.find("\nStart-Sleep -Milliseconds 100"), std::string::npos) << out;
    EXPECT_NE(out.find("종료 상태 77\n"), std::string::npos) << out;
}

TEST(Lessons, CommunicateHasADeadlineToo)
{
    Lines lines(Lesson("communicate_deadline", PathWith({}), {"0.1"}));
    lines.Take("command 'sleep 4' timed out after 0.1 s");
    lines.Take(OnWindows() ? "status 1, 0 bytes came" : "status -15, 0 bytes came");
    lines.End();
}

void TakeShell(Lines *lines, const std::string &name)
{
    lines->Take(name + ": echo 인사!: status 0");
    lines->Take("인사!");
    lines->Take(name + ": echo hi: status 0");
    lines->Take("hi");
    lines->Take(name + ": exit 7: status 7");
    lines->Take(name + ": openssl enc -des3 -pbkdf2 -pass env:password: status 0");
    lines->Take("decrypted: the same bytes");
}

TEST(Lessons, EveryShellRunsTheSameLines)
{
    NEEDS_HANGUL_ON_THE_CONSOLE();
    const std::string path = PathWith({Folder("stand_in_openssl")});
    Lines lines(Lesson("shells", path));
    if (OnWindows())
        TakeShell(&lines, "cmd");
    else
        lines.Take("cmd: cannot start 'cmd.exe': there is no cmd on this system");
    for (const char *name : {"powershell", "pwsh", "sh"}) {
        if (Finds(name, path))
            TakeShell(&lines, name);
        else
            lines.Take(std::string(name) + ": cannot start '" + name + "': not found in PATH");
    }
    lines.End();
}

// A stand-in runs nothing: it says what it was given.
TEST(Lessons, AStandInForPowerShellGetsTheLines)
{
    const std::string out = Lesson("shells", PathWith({Folder("stand_in"), Folder("stand_in_openssl")}));
    for (const std::string name : {"powershell", "pwsh"}) {
        for (const std::string line : {"echo 인사!", "echo hi", "exit 7"}) {
            const size_t at = out.find(name + ": " + line + ": status 77\n");
            ASSERT_NE(at, std::string::npos) << out;
            EXPECT_NE(out.find("\n" + line, at + 1), std::string::npos) << out;
        }
        EXPECT_NE(out.find(name + ": openssl enc -des3 -pbkdf2 -pass env:password: status 77\n"), std::string::npos) << out;
    }
}

// ---- with openssl, and with the stand-in for it ----------------------------------------------------------------------------

// Where ci/openssl-windows.sh leaves one for Wine.
std::string MadeHere()
{
    return Folder(Join(Join("..", ".."), "openssl-windows"));
}

std::string PathToOpenssl()
{
    return PathWith(OnWindows() ? std::vector<std::string>{MadeHere()} : std::vector<std::string>{});
}

void TestEncrypt(const std::string &path, const std::string &with)
{
    Lines lines(Lesson("encrypt", path));
    const bool warns = lines.Match(with)[0].find("LibreSSL") == std::string::npos;
    std::set<std::string> ends;
    for (int i = 0; i < 3; i++) {
        const std::string end = FromPython(lines.Match("(b.*)")[1]);
        EXPECT_EQ(end.size(), 10u);
        ends.insert(end);
        lines.Take("decrypted: the same bytes");
    }
    EXPECT_EQ(ends.size(), 3u);
    lines.Match(std::string("without -pbkdf2 it says: ") +
                (warns ? "[*]+ WARNING : deprecated key derivation used[.]" : ".*"));
    lines.Take("cannot start 'openss1': not found in PATH");
    lines.End();
}

void TestChain(const std::string &path, const std::string &with)
{
    const std::string out = Lesson("chain", path);
    Lines lines(out);
    lines.Match(with);
    const bool is_bytes = !lines.Match(R"((b['"].*)|[0-9a-f]{32})")[1].empty();
    lines.Match(std::string(is_bytes ? "whirlpool" : "md5") + " of 10 bytes: by hand right, as a pipeline right");
    EXPECT_EQ(FromPython(lines.Match("(b.*)")[1]).size(), 10u);
    lines.Take("sha256 of 55 bytes: by hand right, as a pipeline right");
    lines.Match("[0-9a-f]{32}");
    lines.Take("md5 of 100 bytes: by hand right, as a pipeline right");
    lines.Take("stealing: that stream of the child is no open pipe to us");
    lines.Match("no such hash: status 1; its source: status (-13|[1-9][0-9]*)");
    lines.End();
    EXPECT_EQ(out.find("d41d8cd98f00b204e9800998ecf8427e"), std::string::npos) << out; // the MD5 of nothing
}

class LessonsWithOpenssl : public testing::Test
{
  protected:
    void SetUp() override
    {
        if (!Finds("openssl", PathToOpenssl()))
            GTEST_SKIP() << "there is no openssl here";
    }
};

TEST_F(LessonsWithOpenssl, BytesAreEncryptedAndDecrypted)
{
    TestEncrypt(PathToOpenssl(), "with (OpenSSL|LibreSSL) .*");
}

TEST_F(LessonsWithOpenssl, ThreeWaysThroughAHashAreTheSame)
{
    TestChain(PathToOpenssl(), "with (OpenSSL|LibreSSL) .*");
}

const char stand_in[] = "with a stand-in for OpenSSL, without a real cipher or hash";

TEST(LessonsWithStandIn, BytesAreEncryptedAndDecrypted)
{
    TestEncrypt(PathWith({Folder("stand_in_openssl")}), stand_in);
}

TEST(LessonsWithStandIn, ThreeWaysThroughAHashAreTheSame)
{
    TestChain(PathWith({Folder("stand_in_openssl")}), stand_in);
}

} // namespace
