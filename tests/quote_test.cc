// Quoting: whatever a word holds, the reader that the line is for splits it into the same word again.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#if __has_include(<sys/wait.h>)
#include <stdio.h>
#define HAVE_SH
#elif __has_include(<shellapi.h>)
#include <windows.h>

#include <shellapi.h>
#define HAVE_COMMAND_LINE_TO_ARGV
#endif

#include "parsers.h"
#include "subproc/subproc.h"

extern "C" {
#include "quote.h"
}

namespace
{

using Words = std::vector<std::string>;

std::string Quote(size_t (*quote)(const char *, char *), const std::string &word)
{
    std::string line(quote(word.c_str(), nullptr), '\0');
    EXPECT_EQ(quote(word.c_str(), line.data()), line.size()) << word;
    return line;
}

std::string QuoteArgv(const std::string &word)
{
    return Quote(subproc_quote_argv_word, word);
}

std::string QuoteSh(const std::string &word)
{
    return Quote(subproc_quote_sh_word, word);
}

// ---- every string up to a length over an alphabet ------------------------------------------------------------------

using Visitor = std::function<void(const std::string &)>;

void EachUpTo(const Words &alphabet, size_t length, const std::string &prefix, const Visitor &visit)
{
    visit(prefix);
    if (length == 0)
        return;
    for (const std::string &letter : alphabet)
        EachUpTo(alphabet, length - 1, prefix + letter, visit);
}

const Words argv_alphabet = {"a", " ", "\t", "\\", "\""};
const Words mixed_alphabet = {"a", " ", "\\", "\"", "\n", "'", "*", "$", "`", "\xC3\xA9"};
const Words wide_alphabet = {"a", " ",  "\\", "\"", "\n", "'", "*",  "$", "`", "%", "\xC3\xA9", "!", "~",
                             "#", "\r", "=",  "{",  ";",  "&", "\t", "?", "[", "-", "^",        "|"};

const Words cmd_alphabet = {"\"", "%", "^", "&", "|", "<", ">", "(", ")", "!", "\\", " ", "a"};

const Words cmd_core_alphabet = {"\"", "%", "^", "&", "\\", " ", "a"};

// The last character of CMDCMDLINE is a double quote, which would end the quotes around it. Full-width quotes and the won sign become
// quotes and backslashes in some code pages.
const Words hostile = {
    "\"&calc.exe",
    "%CMDCMDLINE:~-1%&calc.exe",
    "%PATH%",
    "%%",
    "%",
    "50%",
    "%a^%",
    "%a%",
    "%%a%%",
    "%cd:~,%",
    "%PATH:~0,1%",
    "%PATH:;=&%",
    "%:%",
    "%=%",
    "^",
    "^^",
    "^&",
    "!",
    "!PATH!",
    "!!",
    "\\",
    "\\\\",
    "a\\",
    "a b\\",
    "a b\\\\",
    "\\\"",
    "\\\\\"",
    "\\\"&calc.exe",
    "\"",
    "\"\"",
    "\"\"\"",
    "\" & calc.exe & \"",
    "a\"b c",
    "say \"hi\" & go",
    "say \"hi there\"",
    "\"a&b\"",
    "a&b",
    "a|b",
    "a>b",
    "a<b",
    "(a)",
    ")",
    "a,b;c=d",
    "1",
    "2",
    "@a",
    ":a",
    "a\tb",
    "\t",
    " ",
    "  a  ",
    "/?",
    "-x",
    "--",
    "*",
    "?",
    "*.c",
    "~",
    "a'b",
    "'",
    "`",
    "$x",
    "$(x)",
    "#",
    "C:\\Program Files\\a&b\\",
    "\x01\x1F\x7F",
    "한글",
    "\"한글&\"",
    "＂&calc.exe＂",
    "₩",
    "a₩\"b",
    "‘a’",
    "‚‛",
    "😀",
    "echo",
    "if",
    "call",
    "rem",
};

void EachHostile(const Visitor &visit)
{
    EachUpTo(argv_alphabet, 5, "", visit);
    EachUpTo(mixed_alphabet, 5, "", visit);
    EachUpTo(wide_alphabet, 3, "", visit);
}

// The parsers of parsers.h give each word with a NUL after it.
class Parsed
{
  public:
    Parsed() = default;
    ~Parsed()
    {
        parsed_free(&parsed);
    }
    Parsed(const Parsed &) = delete;
    Parsed &operator=(const Parsed &) = delete;

    std::string text() const
    {
        return {parsed.bytes, parsed.size};
    }

    struct parsed parsed = {};
};

std::string Joined(const Words &words)
{
    std::string joined;
    for (const std::string &word : words)
        joined += word + '\0';
    return joined;
}

// ---- the Microsoft C runtime ---------------------------------------------------------------------------------------

std::string ParseArgv(const std::string &line, enum parse_doubled doubled = PARSE_GOES_ON)
{
    static Parsed words;
    parse_argv(line.c_str(), doubled, false, &words.parsed);
    return words.text();
}

TEST(Parsers, ReadTheDocumentedExamplesOfTheCRuntime)
{
    EXPECT_EQ(ParseArgv(R"("abc" d e)"), Joined({"abc", "d", "e"}));
    EXPECT_EQ(ParseArgv(R"(a\\b d"e f"g h)"), Joined({R"(a\\b)", "de fg", "h"}));
    EXPECT_EQ(ParseArgv(R"(a\\\"b c d)"), Joined({R"(a\"b)", "c", "d"}));
    EXPECT_EQ(ParseArgv(R"(a\\\\"b c" d e)"), Joined({R"(a\\b c)", "d", "e"}));
    EXPECT_EQ(ParseArgv(R"(a"b"" c d)"), Joined({R"(ab" c d)"}));
}

TEST(QuoteArgv, RoundTripsEveryHostileWord)
{
    EachHostile([](const std::string &word) {
        std::string line = QuoteArgv(word);
        for (enum parse_doubled doubled : {PARSE_GOES_ON, PARSE_ENDS, PARSE_NOTHING})
            ASSERT_EQ(ParseArgv(line, doubled), Joined({word})) << line;
    });
}

// Words must not run into each other or change how the next one is read.
TEST(QuoteArgv, RoundTripsEveryPairOfHostileWords)
{
    Words all;
    EachUpTo(argv_alphabet, 3, "", [&](const std::string &word) { all.push_back(word); });
    for (const std::string &first : all)
        for (const std::string &second : all)
            ASSERT_EQ(ParseArgv(QuoteArgv(first) + " " + QuoteArgv(second)), Joined({first, second}));
}

TEST(QuoteArgv, LeavesOrdinaryWordsReadable)
{
    EXPECT_EQ(QuoteArgv("--out=C:\\dir\\"), "--out=C:\\dir\\");
    EXPECT_EQ(QuoteArgv("a b"), "\"a b\"");
    EXPECT_EQ(QuoteArgv(""), "\"\"");
    EXPECT_EQ(QuoteArgv("a b\\"), "\"a b\\\\\"");
    EXPECT_EQ(QuoteArgv("a\"b"), "\"a\\\"b\"");
}

#ifdef HAVE_COMMAND_LINE_TO_ARGV

std::wstring Widen(const std::string &text)
{
    std::wstring wide(text.size(), L'\0');
    int size = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.data(), static_cast<int>(text.size()), wide.data(),
                                   static_cast<int>(wide.size()));
    wide.resize(static_cast<size_t>(size));
    return wide;
}

std::vector<std::wstring> SystemParse(const std::string &line)
{
    int count = 0;
    wchar_t **words = CommandLineToArgvW((L"program " + Widen(line)).c_str(), &count);
    std::vector<std::wstring> result(words + 1, words + count);
    LocalFree(words);
    return result;
}

TEST(QuoteArgv, RoundTripsEveryHostileWordThroughTheSystem)
{
    EachHostile([](const std::string &word) {
        ASSERT_EQ(SystemParse(QuoteArgv(word)), std::vector<std::wstring>{Widen(word)}) << word;
    });
}

#endif

// ---- an argument of a batch file -----------------------------------------------------------------------------------

std::string QuoteBatch(const std::string &word)
{
    return Quote(subproc_quote_batch_word, word);
}

TEST(QuoteBatch, LooksAsDocumented)
{
    EXPECT_EQ(QuoteBatch(""), "\"\"");
    EXPECT_EQ(QuoteBatch("-o=a"), "\"-o=a\"");
    EXPECT_EQ(QuoteBatch("C:\\dir\\"), "C:\\dir\\");
    EXPECT_EQ(QuoteBatch("a b\\"), "\"a b\\\\\"");
    EXPECT_EQ(QuoteBatch("\"&calc.exe"), "\"\"\"&calc.exe\"");
    EXPECT_EQ(QuoteBatch("a\\\"b"), "\"a\\\\\"\"b\"");
    EXPECT_EQ(QuoteBatch("%PATH%"), "\"%%cd:~,%PATH%%cd:~,%\"");
    EXPECT_EQ(QuoteBatch("2"), "\"2\"");
    EXPECT_EQ(QuoteBatch("22"), "22");
}

TEST(QuoteBatch, CannotSayLineEnds)
{
    size_t offset = 0;
    EXPECT_TRUE(subproc_quote_batch_can_say("a\"%^&\xE2\x82\xA9", &offset));
    EXPECT_FALSE(subproc_quote_batch_can_say("ab\nc", &offset));
    EXPECT_EQ(offset, 2u);
    EXPECT_FALSE(subproc_quote_batch_can_say("\r", &offset));
    EXPECT_EQ(offset, 0u);
    EXPECT_FALSE(subproc_quote_batch_can_say("a\x1A", &offset));
    EXPECT_EQ(offset, 1u);
}

// A target as subproc_quote has it.
std::string QuoteLine(enum subproc_quote_target target, const Words &words)
{
    std::vector<const char *> list;
    for (const std::string &word : words)
        list.push_back(word.c_str());
    list.push_back(nullptr);
    char *line = nullptr;
    struct subproc_error error;
    EXPECT_EQ(subproc_quote(target, list.data(), &line, &error), SUBPROC_OK) << error.message;
    std::string copy = line ? line : "";
    subproc_free_string(line);
    return copy;
}

// What a program gets, as Joined, or what happens instead.
std::string ThroughCmd(const std::string &line, const char *in_batch, enum parse_variables variables)
{
    static Parsed words;
    enum parse_cmd_result result = parse_cmd(line.c_str(), in_batch, variables, &words.parsed);
    return result == PARSE_CMD_OK ? words.text() : "result " + std::to_string(result);
}

void ExpectThroughBatch(const Words &arguments)
{
    std::string line = "\"C:\\a b\\x.bat\" " + QuoteLine(SUBPROC_QUOTE_BATCH, arguments),
                expected = Joined({"program"}) + Joined(arguments);
    for (enum parse_variables variables : {PARSE_SOME_VARIABLES, PARSE_ALL_VARIABLES}) {
        ASSERT_EQ(ThroughCmd(line, "program %*", variables), expected) << line;
    }
}

TEST(QuoteBatch, RoundTripsEveryHostileWord)
{
    EachUpTo(cmd_alphabet, 4, "", [](const std::string &word) { ExpectThroughBatch({word}); });
    EachUpTo(cmd_core_alphabet, 5, "", [](const std::string &word) { ExpectThroughBatch({word}); });
    EachUpTo(cmd_alphabet, 3, "", [](const std::string &word) { ExpectThroughBatch({word, "b\"&c %a% d"}); });
    for (const std::string &word : hostile)
        for (const std::string &second : hostile)
            ExpectThroughBatch({word, second});
}

// ---- a line of cmd ------------------------------------------------------------------------------------------------

void ExpectThroughCmd(const Words &words)
{
    std::string line = QuoteLine(SUBPROC_QUOTE_CMD, words), expected = Joined(words);
    for (enum parse_variables variables : {PARSE_SOME_VARIABLES, PARSE_ALL_VARIABLES}) {
        ASSERT_EQ(ThroughCmd(line, nullptr, variables), expected) << line;
        // The command turns out to be a batch file.
        std::string inner = expected.substr(expected.find('\0') + 1);
        ASSERT_EQ(ThroughCmd(line, "program %*", variables), Joined({"program"}) + inner) << line;
    }
}

TEST(QuoteCmd, RoundTripsEveryHostileWord)
{
    EachUpTo(cmd_alphabet, 4, "", [](const std::string &word) { ExpectThroughCmd({"git", word}); });
    EachUpTo(cmd_core_alphabet, 5, "", [](const std::string &word) { ExpectThroughCmd({"git", word}); });
    EachUpTo(cmd_alphabet, 3, "", [](const std::string &word) { ExpectThroughCmd({"git", word, "b\"&c %a% d"}); });
    for (const std::string &word : hostile)
        for (const std::string &second : hostile)
            ExpectThroughCmd({"git", word, second});
}

TEST(QuoteCmd, RoundTripsEveryHostileCommand)
{
    EachUpTo(cmd_alphabet, 4, "", [](const std::string &word) {
        if (word.find('"') == std::string::npos)
            ExpectThroughCmd({word, "b\"&c"});
    });
    for (const std::string &word : hostile)
        if (word.find('"') == std::string::npos)
            ExpectThroughCmd({word, "b c"});
    for (const char *word :
         {"IF", "for", "Rem", "start", "@x", ":x", "(x", ",x", ";x", "=x", "C:", "dir\\x", "echo.exe", "cd/x", "1"})
        ExpectThroughCmd({word, "b c"});
}

TEST(QuoteCmd, LooksAsDocumented)
{
    EXPECT_EQ(QuoteLine(SUBPROC_QUOTE_CMD, {"git", "commit", "-m", "say \"hi\""}), "git commit -m \"say \\\"hi\\\"\"");
    EXPECT_EQ(QuoteLine(SUBPROC_QUOTE_CMD, {"npm", "\"&calc.exe"}), "npm \"\"\"&calc.exe\"");
    EXPECT_EQ(QuoteLine(SUBPROC_QUOTE_CMD, {"C:\\a b\\", "c d\\"}), "\"C:\\a b\\\" \"c d\\\\\"");
    EXPECT_EQ(QuoteLine(SUBPROC_QUOTE_CMD, {"@a%b", "50%"}), "\"@a%%cd:~,%b\" \"50%%cd:~,%\"");
    EXPECT_EQ(QuoteLine(SUBPROC_QUOTE_CMD, {"dir", "if"}), "dir if");
    EXPECT_EQ(QuoteLine(SUBPROC_QUOTE_CMD, {"if", "dir"}), "\"if\" dir");
}

// ---- what the models must find: quoting that is known to be wrong -------------------------------------------------

TEST(Parsers, FindASecondCommand)
{
    for (enum parse_variables variables : {PARSE_SOME_VARIABLES, PARSE_ALL_VARIABLES}) {
        std::string second = "result " + std::to_string(PARSE_CMD_SECOND);
        for (const char *word : {"\"&calc.exe", "\\\"&calc.exe", "\"|calc.exe", "\"a\"\"&b"})
            EXPECT_EQ(ThroughCmd("x.bat " + QuoteArgv(word), "program %*", variables), second) << word;
        EXPECT_EQ(ThroughCmd("x a&b", nullptr, variables), second);
        // One round of carets does for one reading only.
        std::string carets = "x ^\"\\^\"^&calc.exe^\"";
        EXPECT_EQ(ThroughCmd(carets, nullptr, variables), Joined({"x", "\"&calc.exe"}));
        EXPECT_EQ(ThroughCmd(carets, "program %*", variables), second);
        // A quote out of a variable ends the quotes around it.
        EXPECT_EQ(ThroughCmd("x \"%CMDCMDLINE:~-1%&calc.exe\"", nullptr, variables), second);
    }
}

TEST(Parsers, FindVariables)
{
    EXPECT_EQ(ThroughCmd("x \"%cd%\"", nullptr, PARSE_SOME_VARIABLES), Joined({"x", "C:\\here&there"}));
    EXPECT_EQ(ThroughCmd("x %b%", nullptr, PARSE_SOME_VARIABLES), Joined({"x", "%b%"}));
    EXPECT_NE(ThroughCmd("x \"%b%\"", nullptr, PARSE_ALL_VARIABLES), Joined({"x", "%b%"}));
    EXPECT_NE(ThroughCmd("x %a^%", nullptr, PARSE_SOME_VARIABLES), Joined({"x", "%a%"}));
    EXPECT_NE(ThroughCmd("x %%a%%", nullptr, PARSE_SOME_VARIABLES), Joined({"x", "%a%"}));
    EXPECT_EQ(ThroughCmd("x %b%", "program %* %b% %%", PARSE_SOME_VARIABLES), Joined({"program", "%b%", "%"}));
    EXPECT_EQ(ThroughCmd("x %cd:~0,2%%cd:~3,-6%-%cd:~-5%-%cd:~,%", nullptr, PARSE_SOME_VARIABLES),
              Joined({"x", "C:here-there-"}));
    EXPECT_EQ(ThroughCmd("x %cd:=%", nullptr, PARSE_SOME_VARIABLES), "result " + std::to_string(PARSE_CMD_SYNTAX));
}

TEST(Parsers, FindWhatIsNoArgument)
{
    const struct {
        const char *line;
        enum parse_cmd_result result;
    } lines[] = {
        {"x >y", PARSE_CMD_REDIRECTION}, {"x <y", PARSE_CMD_REDIRECTION}, {"x (y", PARSE_CMD_BLOCK},
        {"x )", PARSE_CMD_BLOCK},        {"x a\nb", PARSE_CMD_LINE_END},  {"x \"\n\"", PARSE_CMD_LINE_END},
        {"x \x1A", PARSE_CMD_LINE_END},  {"x ^\ny", PARSE_CMD_LINE_END},  {"@x", PARSE_CMD_CONSTRUCT},
        {":x", PARSE_CMD_CONSTRUCT},     {"(x", PARSE_CMD_CONSTRUCT},     {"If x", PARSE_CMD_CONSTRUCT},
        {"C:", PARSE_CMD_CONSTRUCT},     {"dir\\x", PARSE_CMD_CONSTRUCT}, {"rem", PARSE_CMD_CONSTRUCT},
        {"x|y", PARSE_CMD_SECOND},       {"x ^^&y", PARSE_CMD_SECOND},    {"x ^\"&y\"", PARSE_CMD_SECOND},
    };
    for (const auto &each : lines)
        EXPECT_EQ(ThroughCmd(each.line, nullptr, PARSE_SOME_VARIABLES), "result " + std::to_string(each.result))
            << each.line;
    EXPECT_EQ(ThroughCmd("x a\rb", nullptr, PARSE_SOME_VARIABLES), Joined({"x", "ab"}));
    EXPECT_EQ(ThroughCmd("x ^&^^\"^&\"", nullptr, PARSE_SOME_VARIABLES), Joined({"x", "&^^&"}));
}

// ---- the words of PowerShell ---------------------------------------------------------------------------------------

void ExpectThroughPowerShell(const Words &words)
{
    static Parsed parsed;
    std::string line = QuoteLine(SUBPROC_QUOTE_POWERSHELL, words);
    ASSERT_TRUE(parse_powershell(line.c_str(), &parsed.parsed)) << line;
    ASSERT_EQ(parsed.text(), Joined(words)) << line;
}

TEST(QuotePowerShell, RoundTripsEveryHostileWord)
{
    const Words quotes = {"'", "‘", "’", "‚", "‛", "“", "\"", "`", "$", " ", "a", "\n"};
    EachUpTo(quotes, 4, "", [](const std::string &word) { ExpectThroughPowerShell({word}); });
    EachUpTo(quotes, 2, "", [](const std::string &word) { ExpectThroughPowerShell({word, "' ‘"}); });
    EachUpTo(cmd_alphabet, 3, "", [](const std::string &word) { ExpectThroughPowerShell({word, "b"}); });
    for (const std::string &word : hostile)
        ExpectThroughPowerShell({word, word});
}

TEST(QuotePowerShell, LooksAsDocumented)
{
    EXPECT_EQ(QuoteLine(SUBPROC_QUOTE_POWERSHELL, {"it's", "", "-x", "‘a’"}), "'it''s' '' '-x' '‘‘a’’'");
}

TEST(Parsers, FindWhatPowerShellWouldNotTakeLiterally)
{
    Parsed words;
    for (const char *line : {"a", "'a", "'a'b", "'it's'", "\"$x\"", "'a';b", "'a’;b'"})
        EXPECT_FALSE(parse_powershell(line, &words.parsed)) << line;
    EXPECT_TRUE(parse_powershell("’a‘‘b’", &words.parsed));
    EXPECT_EQ(words.text(), Joined({"a‘b"}));
}

// ---- the words of the POSIX shell ----------------------------------------------------------------------------------

TEST(QuoteSh, RoundTripsEveryHostileWord)
{
    Parsed words;
    EachHostile([&](const std::string &word) {
        std::string line = QuoteSh(word);
        ASSERT_TRUE(parse_sh(line.c_str(), &words.parsed)) << line;
        ASSERT_EQ(words.text(), Joined({word})) << line;
    });
}

TEST(Parsers, FindWhatShWouldNotTakeLiterally)
{
    Parsed words;
    for (const char *line : {"a;b", "$x", "'open", "`x`", "a\nb", "*", "a\\", "\"a\"", "a & b"})
        EXPECT_FALSE(parse_sh(line, &words.parsed)) << line;
    EXPECT_TRUE(parse_sh("a\\;b  'c d'", &words.parsed));
    EXPECT_EQ(words.text(), Joined({"a;b", "c d"}));
}

TEST(QuoteSh, LeavesOrdinaryWordsReadable)
{
    EXPECT_EQ(QuoteSh("--out=dir/file.c"), "--out=dir/file.c");
    EXPECT_EQ(QuoteSh("a b"), "'a b'");
    EXPECT_EQ(QuoteSh(""), "''");
    EXPECT_EQ(QuoteSh("it's"), "'it'\\''s'");
    EXPECT_EQ(QuoteSh("a\\"), "'a\\'");
}

#ifdef HAVE_SH

// What /bin/sh makes of a line: each of its words with a NUL after it.
std::string ShellWords(const std::string &line)
{
    std::string output;
    FILE *shell = popen(("printf '%s\\0' " + line).c_str(), "r");
    char block[4096];
    for (size_t got; (got = fread(block, 1, sizeof block, shell)) > 0;)
        output.append(block, got);
    EXPECT_EQ(pclose(shell), 0);
    return output;
}

class RealShell
{
  public:
    void Add(const std::string &word)
    {
        line_ += QuoteSh(word) + " ";
        expected_ += word + '\0';
        if (line_.size() > 50000) // Linux allows 128 KiB in one argument
            Check();
    }

    void Check()
    {
        EXPECT_TRUE(ShellWords(line_) == expected_) << line_;
        line_ = expected_ = "";
        starts++;
    }

    int starts = 0;

  private:
    std::string line_, expected_;
};

TEST(QuoteSh, RoundTripsThroughTheRealShell)
{
    RealShell shell;
    EachUpTo(wide_alphabet, 3, "", [&](const std::string &word) { shell.Add(word); });
    EachUpTo(cmd_alphabet, 4, "", [&](const std::string &word) { shell.Add(word); });
    for (const std::string &word : hostile)
        shell.Add(word);
    shell.Check();
    EXPECT_GT(shell.starts, 3);
}

// An assignment or a keyword at the beginning would not be a word.
TEST(QuoteSh, KeepsTheFirstWordACommand)
{
    for (const std::string &word : Words{"A=b", "if", "{", "!", "time"}) {
        std::string seen = ShellWords("x; (exec " + QuoteSh("printf") + " %s " + QuoteSh(word) + ")");
        EXPECT_EQ(seen, "x" + std::string(1, '\0') + word);
    }
}

#endif

} // namespace
