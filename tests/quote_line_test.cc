// subproc_quote: words joined into one line, and such lines through the parsers of real programs. How a single word is quoted is
// in quote_test.cc.
#include "support.h"

#include <vector>

namespace
{

class Line
{
  public:
    Line(enum subproc_quote_target target, const std::vector<const char *> &words)
    {
        code = subproc_quote(target, words.data(), &text, &error);
    }

    ~Line()
    {
        subproc_free_string(text);
    }

    int code;
    char *text = nullptr;
    struct subproc_error error = {};
};

TEST(QuoteLine, JoinsWordsWithOneSpace)
{
    EXPECT_STREQ(Line(SUBPROC_QUOTE_ARGV, {"a b", "", "c\\", nullptr}).text, "\"a b\" \"\" c\\");
    EXPECT_STREQ(Line(SUBPROC_QUOTE_SH, {"a b", "", "c\\", nullptr}).text, "'a b' '' 'c\\'");
}

TEST(QuoteLine, IsEmptyWithoutWords)
{
    EXPECT_STREQ(Line(SUBPROC_QUOTE_SH, {nullptr}).text, "");
}

TEST(QuoteLine, BeginsWithAnEmptyWord)
{
    EXPECT_STREQ(Line(SUBPROC_QUOTE_ARGV, {"", "a", nullptr}).text, "\"\" a");
    EXPECT_STREQ(Line(SUBPROC_QUOTE_SH, {"", "a", nullptr}).text, "'' a");
}

TEST(QuoteLine, RefusesAnUnknownTarget)
{
    Line line(static_cast<enum subproc_quote_target>(99), {"a", nullptr});
    EXPECT_EQ(line.code, SUBPROC_E_INVALID);
    EXPECT_EQ(line.error.code, SUBPROC_E_INVALID);
    EXPECT_STRNE(line.error.message, "");
    EXPECT_EQ(line.text, nullptr);
}

void ExpectUnsafe(enum subproc_quote_target target, const std::vector<const char *> &words, const std::string &says)
{
    Line line(target, words);
    EXPECT_EQ(line.code, SUBPROC_E_UNSAFE_ARGUMENT) << says;
    EXPECT_EQ(line.error.code, SUBPROC_E_UNSAFE_ARGUMENT);
    EXPECT_EQ(line.error.step, std::string("quote"));
    EXPECT_NE(std::string(line.error.message).find(says), std::string::npos) << line.error.message;
    EXPECT_EQ(line.text, nullptr);
}

TEST(QuoteLine, RefusesWhatATargetCannotSay)
{
    ExpectUnsafe(SUBPROC_QUOTE_BATCH, {"a", "b\nc", nullptr}, "word 2 for a batch file: byte 0x0A at offset 1");
    ExpectUnsafe(SUBPROC_QUOTE_BATCH, {"\r", nullptr}, "word 1 for a batch file: byte 0x0D at offset 0");
    ExpectUnsafe(SUBPROC_QUOTE_BATCH, {"ab\x1A", nullptr}, "byte 0x1A at offset 2");
    ExpectUnsafe(SUBPROC_QUOTE_BATCH, {"a\xFF", nullptr}, "byte 0xFF at offset 1 can't be passed: it is not UTF-8");
    ExpectUnsafe(SUBPROC_QUOTE_CMD, {"a", "a\xC3\"\n", nullptr}, "word 2 for cmd: byte 0xC3 at offset 1");
    ExpectUnsafe(SUBPROC_QUOTE_CMD, {"a", "\n\xFF", nullptr}, "word 2 for cmd: byte 0x0A at offset 0");
    ExpectUnsafe(SUBPROC_QUOTE_CMD, {"a\"", nullptr}, "word 1 for cmd: byte 0x22 at offset 1");
    ExpectUnsafe(SUBPROC_QUOTE_CMD, {"a\rb", "c", nullptr}, "word 1 for cmd: byte 0x0D at offset 1");
    ExpectUnsafe(SUBPROC_QUOTE_POWERSHELL, {"a", "\xED\xA0\x80", nullptr}, "word 2 for PowerShell: byte 0xED at offset 0");
}

TEST(QuoteLine, PassesOtherTargetsBytesOnAsTheyAre)
{
    EXPECT_STREQ(Line(SUBPROC_QUOTE_ARGV, {"a\xFF\n", nullptr}).text, "\"a\xFF\n\"");
    EXPECT_STREQ(Line(SUBPROC_QUOTE_SH, {"a\xFF\n", nullptr}).text, "'a\xFF\n'");
    EXPECT_STREQ(Line(SUBPROC_QUOTE_POWERSHELL, {"a\r\n\x1A", nullptr}).text, "'a\r\n\x1A'");
}

TEST(QuoteLine, RefusesNoListAndNoPlace)
{
    char *text = nullptr;
    const char *const words[] = {"a", nullptr};
    EXPECT_EQ(subproc_quote(SUBPROC_QUOTE_SH, nullptr, &text, nullptr), SUBPROC_E_INVALID);
    EXPECT_EQ(subproc_quote(SUBPROC_QUOTE_SH, words, nullptr, nullptr), SUBPROC_E_INVALID);
}

// ---- through the helper, whose words come from the C runtime on Windows, from sh elsewhere --------------------------

class QuotedHelper
{
  public:
    explicit QuotedHelper(enum subproc_quote_target target) : target_(target) {}

    void Add(const std::string &word)
    {
        words_.push_back(word);
        size_ += 2 * word.size() + 3;
        if (size_ > 30000) // Windows takes 32,767 characters
            Check();
    }

    void Check()
    {
        std::vector<const char *> list;
        std::string expected;
        for (const std::string &word : words_) {
            list.push_back(word.c_str());
            expected += word + '\0';
        }
        list.push_back(nullptr);
        EXPECT_TRUE(Run(Line(target_, list).text) == expected);
        words_.clear();
        size_ = 0;
        starts++;
    }

    int starts = 0;

  private:
    static std::string Run(const std::string &line)
    {
        subproc_options options = test::Captured();
        std::string verbatim = "helper --args " + line;
        options.win32.command_line = test::OnWindows() ? verbatim.c_str() : nullptr;
        test::Ran ran(test::OnWindows() ? test::Words{test::HelperPath()}
                                        : test::Words{"/bin/sh", "-c", "\"$0\" --args " + line, test::HelperPath()},
                      options);
        EXPECT_EQ(ran.code, SUBPROC_OK) << test::Told(ran.error);
        return ran.out();
    }

    enum subproc_quote_target target_;
    std::vector<std::string> words_;
    size_t size_ = 0;
};

void AddUpTo(size_t length, const std::string &prefix, QuotedHelper *helper)
{
    helper->Add(prefix);
    for (const char *letter : {"\"", "^", "&", "|", "<", ">", "(", ")", "!", "\\", " ", "a"})
        if (length > 0)
            AddUpTo(length - 1, prefix + letter, helper);
}

class QuotedLine : public test::Behaviour
{
};

// The line for a batch file ends up with the C runtime as it is but for percent signs, which cmd takes away.
TEST_F(QuotedLine, RoundTripsEveryHostileWordThroughAProgram)
{
    std::vector<enum subproc_quote_target> targets = {SUBPROC_QUOTE_SH};
    if (test::OnWindows())
        targets = {SUBPROC_QUOTE_ARGV, SUBPROC_QUOTE_BATCH};
    for (enum subproc_quote_target target : targets) {
        QuotedHelper helper(target);
        AddUpTo(4, "", &helper);
        for (const char *word : {"\"&calc.exe", "a b\\", "a\tb", "a\\\"b c", "한글", "＂&calc.exe＂", "₩\"", "a\xC3\xA9"})
            helper.Add(word);
        helper.Check();
        EXPECT_GT(helper.starts, 5);
    }
}

} // namespace
