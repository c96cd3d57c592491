// subproc_quote: words joined into one line. How a single word is quoted is in quote_test.cc.
#include <gtest/gtest.h>

#include <vector>

#include "subproc/subproc.h"

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

TEST(QuoteLine, RefusesNoListAndNoPlace)
{
    char *text = nullptr;
    const char *const words[] = {"a", nullptr};
    EXPECT_EQ(subproc_quote(SUBPROC_QUOTE_SH, nullptr, &text, nullptr), SUBPROC_E_INVALID);
    EXPECT_EQ(subproc_quote(SUBPROC_QUOTE_SH, words, nullptr, nullptr), SUBPROC_E_INVALID);
}

} // namespace
