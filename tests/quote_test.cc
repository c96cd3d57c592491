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

void EachHostile(const Visitor &visit)
{
    EachUpTo(argv_alphabet, 5, "", visit);
    EachUpTo(mixed_alphabet, 5, "", visit);
    EachUpTo(wide_alphabet, 3, "", visit);
}

// ---- the Microsoft C runtime's parser, by its documented rules -----------------------------------------------------
// https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments

// What two quotes in a quoted part mean has changed over the years: a quote and the part goes on (from 2008 on, the
// documented rule), a quote and the part ends (before), or nothing (the older documents). A safe line never holds them.
enum class DoubledQuote { kGoesOn, kEnds, kNothing };

class RuntimeParser
{
  public:
    RuntimeParser(const std::string &line, DoubledQuote doubled) : line_(line), doubled_(doubled) {}

    Words Parse()
    {
        Words words;
        for (SkipBlanks(); at_ < line_.size(); SkipBlanks())
            words.push_back(Word());
        return words;
    }

  private:
    bool Is(char c) const
    {
        return at_ < line_.size() && line_[at_] == c;
    }

    bool IsBlank() const
    {
        return Is(' ') || Is('\t');
    }

    void SkipBlanks()
    {
        while (IsBlank())
            at_++;
    }

    std::string Word()
    {
        std::string word;
        bool quoted = false;
        while (at_ < line_.size() && (quoted || !IsBlank())) {
            if (Is('\\'))
                Backslashes(word);
            else if (Is('"'))
                QuoteMark(word, quoted);
            else
                word += line_[at_++];
        }
        return word;
    }

    void Backslashes(std::string &word)
    {
        size_t count = 0;
        for (; Is('\\'); at_++)
            count++;
        if (!Is('"')) {
            word.append(count, '\\');
            return;
        }
        word.append(count / 2, '\\');
        if (count % 2 == 1) {
            word += '"';
            at_++;
        }
    }

    void QuoteMark(std::string &word, bool &quoted)
    {
        at_++;
        if (!quoted || !Is('"') || doubled_ == DoubledQuote::kNothing) {
            quoted = !quoted;
            return;
        }
        word += '"';
        at_++;
        quoted = doubled_ == DoubledQuote::kGoesOn;
    }

    const std::string &line_;
    DoubledQuote doubled_;
    size_t at_ = 0;
};

Words ParseArgv(const std::string &line, DoubledQuote doubled = DoubledQuote::kGoesOn)
{
    return RuntimeParser(line, doubled).Parse();
}

TEST(RuntimeParser, ReadsTheDocumentedExamples)
{
    EXPECT_EQ(ParseArgv(R"("abc" d e)"), (Words{"abc", "d", "e"}));
    EXPECT_EQ(ParseArgv(R"(a\\b d"e f"g h)"), (Words{R"(a\\b)", "de fg", "h"}));
    EXPECT_EQ(ParseArgv(R"(a\\\"b c d)"), (Words{R"(a\"b)", "c", "d"}));
    EXPECT_EQ(ParseArgv(R"(a\\\\"b c" d e)"), (Words{R"(a\\b c)", "d", "e"}));
    EXPECT_EQ(ParseArgv(R"(a"b"" c d)"), (Words{R"(ab" c d)"}));
}

TEST(QuoteArgv, RoundTripsEveryHostileWord)
{
    EachHostile([](const std::string &word) {
        std::string line = QuoteArgv(word);
        for (DoubledQuote doubled : {DoubledQuote::kGoesOn, DoubledQuote::kEnds, DoubledQuote::kNothing})
            ASSERT_EQ(ParseArgv(line, doubled), Words{word}) << line;
    });
}

// Words must not run into each other or change how the next one is read.
TEST(QuoteArgv, RoundTripsEveryPairOfHostileWords)
{
    Words all;
    EachUpTo(argv_alphabet, 3, "", [&](const std::string &word) { all.push_back(word); });
    for (const std::string &first : all)
        for (const std::string &second : all)
            ASSERT_EQ(ParseArgv(QuoteArgv(first) + " " + QuoteArgv(second)), (Words{first, second}));
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

// ---- the words of the POSIX shell ----------------------------------------------------------------------------------

// Splits a line as sh does (POSIX XCU 2.2 and 2.6), and fails at anything that sh would not take literally.
class ShellParser
{
  public:
    explicit ShellParser(const std::string &line) : line_(line) {}

    Words Parse()
    {
        Words words;
        while (at_ < line_.size()) {
            if (line_[at_] == ' ')
                at_++;
            else
                words.push_back(Word());
        }
        return words;
    }

  private:
    std::string Word()
    {
        std::string word;
        while (at_ < line_.size() && line_[at_] != ' ') {
            if (line_[at_] == '\'')
                Quoted(word);
            else if (line_[at_] == '\\')
                Escaped(word);
            else
                Plain(word);
        }
        return word;
    }

    void Quoted(std::string &word)
    {
        size_t end = line_.find('\'', at_ + 1);
        ASSERT_NE(end, std::string::npos) << line_;
        word += line_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
    }

    void Escaped(std::string &word)
    {
        ASSERT_LT(at_ + 1, line_.size()) << line_;
        ASSERT_NE(line_[at_ + 1], '\n') << line_; // would vanish
        word += line_[at_ + 1];
        at_ += 2;
    }

    void Plain(std::string &word)
    {
        ASSERT_EQ(std::string("|&;<>()$`\"\t\n*?[#~!{}").find(line_[at_]), std::string::npos) << line_;
        word += line_[at_++];
    }

    const std::string &line_;
    size_t at_ = 0;
};

TEST(QuoteSh, RoundTripsEveryHostileWord)
{
    EachHostile([](const std::string &word) {
        std::string line = QuoteSh(word);
        ASSERT_EQ(ShellParser(line).Parse(), Words{word}) << line;
        ASSERT_FALSE(testing::Test::HasFatalFailure());
    });
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

TEST(QuoteSh, RoundTripsThroughTheRealShell)
{
    std::string line;
    std::string expected;
    EachUpTo(wide_alphabet, 3, "", [&](const std::string &word) {
        line += QuoteSh(word) + " ";
        expected += word + '\0';
    });
    EXPECT_EQ(ShellWords(line), expected);
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
