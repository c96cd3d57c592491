/* Arguments through real processes, and quoted lines through the parsers that they are for. */
#include "support.h"

#include <random>

using namespace test;

class Args : public Behaviour
{
};

static std::vector<std::string> ThroughAProcess(const std::vector<std::string> &words)
{
    Words argv = Helper({"--args"});
    for (const std::string &word : words)
        argv.add(word);
    Ran ran(argv, Captured());
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    std::string out = ran.out();
    if (!out.empty())
        out.pop_back(); /* the NUL after the last one; Split would see no empty word there */
    std::vector<std::string> came;
    size_t from = 0;
    while (!ran.out().empty()) {
        size_t to = out.find('\0', from);
        came.push_back(out.substr(from, to == std::string::npos ? to : to - from));
        if (to == std::string::npos)
            break;
        from = to + 1;
    }
    return came;
}

static void Survive(const std::vector<std::string> &words)
{
    EXPECT_EQ(words, ThroughAProcess(words));
}

TEST_F(Args, ArriveAsTheyWere)
{
    Survive({});
    Survive({""});
    Survive({"", "", "x", ""});
    Survive({"한글", "😀 emoji", "ünï", "日本語"});
    Survive({"a b", "tab\there", "new\nline", "\n", " ", "\r\n"});
    Survive({"\"", "\"\"", "a\"b", "\"a b\"", "say \"hi\"", "'single'"});
    Survive({"\\", "\\\\", "a\\", "a b\\", "a b\\\\", "\\\"", "\\\\\"", "a\\\"b c\\\\", "C:\\dir with space\\"});
    Survive(
        {"*", "?", "*.c", "[a-z]", "{a,b}", "~", "$HOME", "`id`", "%PATH%", "!x!", "^", "&", "|", "<", ">", "(", ";", "#"});
    Survive({"-", "--", "/?", "@file", "a=b", "=", "\x01\x02\x1f"});
}

TEST_F(Args, AThousandOfThemArrive)
{
    std::vector<std::string> words;
    for (int i = 0; i < 1000; i++)
        words.push_back("word " + std::to_string(i));
    Survive(words);
}

TEST_F(Args, AnOddProgramNameArrives)
{
    subproc_options options = Captured();
    std::string program = HelperPath();
    options.program = program.c_str();
    for (const char *name : {"plain", "two words", "한글"}) {
        Ran ran(Words{name, "--program-name"}, options);
        EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ(name, ran.out());
    }
}

/* A sample of the strings that the exhaustive test of quoting goes through without processes. */
TEST_F(Args, RandomHostileWordsArrive)
{
    const std::string alphabet[] = {"\"", "\\", " ", "\t", "\n", "a", "'", "%", "^", "&", "*", "한", "😀", "$", "`"};
    std::mt19937 random(20240601);
    for (int i = 0; i < (OnWindows() ? 30 : 200); i++) {
        std::vector<std::string> words(1 + random() % 6);
        for (std::string &word : words)
            for (size_t left = random() % 8; left > 0; left--)
                word += alphabet[random() % std::size(alphabet)];
        Survive(words);
    }
}

/* ---- quote --------------------------------------------------------------------------------------------------------------- */

static std::string Quoted(subproc_quote_target target, const std::vector<std::string> &words)
{
    char *line = nullptr;
    subproc_error error;
    EXPECT_EQ(SUBPROC_OK, subproc_quote(target, Words(words), &line, &error)) << Told(error);
    std::string copy = line == nullptr ? "" : line;
    subproc_free_string(line);
    return copy;
}

TEST_F(Args, QuotedLinesReadTheSameInTheRealParser)
{
    const std::vector<std::string> words{"plain", "",     "two words", "it's",      "\"",     "\\",       "a\\\"b",
                                         "$HOME", "`id`", "*",         "new\nline", "한글 😀", "end\\",    "!",
                                         "~",     "-n",   "a=b",       "#",         ";",      "\\\\\" x", "%PATH%"};
    subproc_options options = Captured();
    if (OnWindows()) {
        std::string line = "helper --args " + Quoted(SUBPROC_QUOTE_ARGV, words);
        options.win32.command_line = line.c_str();
        Ran ran(Words{HelperPath()}, options);
        ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ(words, Split(ran.out(), '\0'));
        return;
    }
    std::vector<std::string> command = Helper({"--args"}).list();
    command.insert(command.end(), words.begin(), words.end());
    Ran ran(Words{"/bin/sh", "-c", Quoted(SUBPROC_QUOTE_SH, command)}, options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ(words, Split(ran.out(), '\0'));
}

TEST_F(Args, QuoteRefusesATargetThatIsNone)
{
    char *line = const_cast<char *>("not touched");
    subproc_error error;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_quote((subproc_quote_target)0, Words{"x"}, &line, &error));
    EXPECT_EQ(nullptr, line);
    EXPECT_EQ(SUBPROC_E_INVALID, error.code);
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_quote(SUBPROC_QUOTE_SH, nullptr, &line, &error));
}
