/* The child's environment: both bases, set and unset, and what passes untouched. */
#include "support.h"

#include <algorithm>

using namespace test;

class Env : public Behaviour
{
};

static subproc_options With(const Words &changes, subproc_environment_base base = SUBPROC_ENVIRONMENT_INHERIT)
{
    subproc_options options = Captured();
    options.environment.base = base;
    options.environment.changes = changes;
    return options;
}

static std::vector<std::string> Variables(const subproc_options &options)
{
    Ran ran(Helper({"--environment"}), options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    return Split(ran.out(), '\0');
}

static bool Has(const std::vector<std::string> &variables, const std::string &one)
{
    return std::find(variables.begin(), variables.end(), one) != variables.end();
}

/* Variables of this name, whatever their value. */
static long Count(const std::vector<std::string> &variables, const std::string &name)
{
    return std::count_if(variables.begin(), variables.end(),
                         [&](const std::string &one) { return one.starts_with(name + "="); });
}

TEST_F(Env, InheritsOurs)
{
    Variable ours("SUBPROC_OURS", "값 value");
    EXPECT_TRUE(Has(Variables(Captured()), "SUBPROC_OURS=값 value"));
}

TEST_F(Env, SetsOnTopOfOurs)
{
    Variable ours("SUBPROC_OURS", "ours"), kept("SUBPROC_KEPT", "kept");
    Words changes{"SUBPROC_OURS=theirs", "SUBPROC_NEW=한글 😀"};
    auto variables = Variables(With(changes));
    EXPECT_TRUE(Has(variables, "SUBPROC_OURS=theirs"));
    EXPECT_TRUE(Has(variables, "SUBPROC_NEW=한글 😀"));
    EXPECT_TRUE(Has(variables, "SUBPROC_KEPT=kept"));
    EXPECT_EQ(1, Count(variables, "SUBPROC_OURS"));
}

TEST_F(Env, UnsetsOneOfOurs)
{
    Variable ours("SUBPROC_OURS", "ours");
    Words changes{"SUBPROC_OURS", "SUBPROC_NEVER_WAS"};
    auto variables = Variables(With(changes));
    EXPECT_EQ(0, Count(variables, "SUBPROC_OURS"));
    EXPECT_EQ(0, Count(variables, "SUBPROC_NEVER_WAS"));
}

TEST_F(Env, TheLastOfSeveralWins)
{
    Words set_last{"SUBPROC_X=1", "SUBPROC_X", "SUBPROC_X=2"}, unset_last{"SUBPROC_X=1", "SUBPROC_X"};
    EXPECT_TRUE(Has(Variables(With(set_last)), "SUBPROC_X=2"));
    EXPECT_EQ(1, Count(Variables(With(set_last)), "SUBPROC_X"));
    EXPECT_EQ(0, Count(Variables(With(unset_last)), "SUBPROC_X"));
}

TEST_F(Env, KeepsAnEmptyValueAndEqualSignsInOne)
{
    Words changes{"SUBPROC_EMPTY=", "SUBPROC_EQUALS=a=b==c"};
    auto variables = Variables(With(changes));
    EXPECT_TRUE(Has(variables, "SUBPROC_EMPTY="));
    EXPECT_TRUE(Has(variables, "SUBPROC_EQUALS=a=b==c"));
}

TEST_F(Env, AnEmptyBaseHoldsOnlyWhatIsSet)
{
    Variable ours("SUBPROC_OURS", "ours");
    Words changes{"SUBPROC_ONLY=one"};
    auto variables = Variables(With(changes, SUBPROC_ENVIRONMENT_EMPTY));
    EXPECT_TRUE(Has(variables, "SUBPROC_ONLY=one"));
    EXPECT_EQ(0, Count(variables, "SUBPROC_OURS"));
    if (!OnWindows()) {
        EXPECT_EQ(1u, variables.size());
    }
}

TEST_F(Env, AnEmptyBaseWithoutChangesIsEmpty)
{
    Variable ours("SUBPROC_OURS", "ours");
    subproc_options options = Captured();
    options.environment.base = SUBPROC_ENVIRONMENT_EMPTY;
    auto variables = Variables(options);
    EXPECT_EQ(0, Count(variables, "SUBPROC_OURS"));
    if (!OnWindows()) {
        EXPECT_TRUE(variables.empty());
    }
}

TEST_F(Env, LongValuesArrive)
{
    std::string value(OnWindows() ? 30000 : 100000, 'v');
    Words changes{"SUBPROC_LONG=" + value};
    auto variables = Variables(With(changes));
    EXPECT_TRUE(Has(variables, "SUBPROC_LONG=" + value));
}

TEST_F(Env, AnUndecodableVariableOfOursPassesAsItIs)
{
    BadVariable bad("SUBPROC_BAD");
    std::string line = "SUBPROC_BAD=" + bad.raw();
    EXPECT_TRUE(Has(Variables(Captured()), line)) << "nothing changed";
    Words changes{"SUBPROC_OTHER=1"};
    EXPECT_TRUE(Has(Variables(With(changes)), line)) << "beside a change";
    Words unset{"SUBPROC_BAD"};
    EXPECT_FALSE(Has(Variables(With(unset)), line));
}

TEST_F(Env, OurOwnEnvironmentStaysAsItIs)
{
    Variable ours("SUBPROC_OURS", "ours");
    Words changes{"SUBPROC_OURS=theirs"};
    Variables(With(changes));
    EXPECT_TRUE(Has(Variables(Captured()), "SUBPROC_OURS=ours"));
}

TEST_F(Env, NamesFoldTheirCaseOnWindowsAlone)
{
    Variable ours("Subproc_Case", "ours");
    Words changes{"SUBPROC_CASE=theirs"};
    auto variables = Variables(With(changes));
    EXPECT_EQ(OnWindows() ? 0 : 1, Has(variables, "Subproc_Case=ours"));
    EXPECT_EQ(1, Count(variables, "SUBPROC_CASE") + (OnWindows() ? Count(variables, "Subproc_Case") : 0));
}
