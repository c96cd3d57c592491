// What is made from the description of the command: --help, the manual pages, the completions.
#include "cli_support.h"

#include <algorithm>
#include <map>
#include <sstream>

#if __has_include(<sys/wait.h>)
#define HAVE_SHELLS
#endif

namespace
{

using namespace cli;

const fs::path kTree = FromUtf8(SUBPROC_TREE);

std::string ReadFile(const fs::path &path)
{
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::map<std::string, std::string> FilesOf(const fs::path &folder)
{
    std::map<std::string, std::string> files;
    for (const auto &entry : fs::directory_iterator(folder))
        files[Utf8(entry.path().filename())] = ReadFile(entry.path());
    return files;
}

// The lines under a heading of a help text.
Words Part(const std::string &help, const std::string &heading)
{
    Words lines;
    bool inside = false;
    for (const std::string &line : Lines(help)) {
        inside = line == heading || (inside && !line.empty());
        if (inside && line != heading)
            lines.push_back(line);
    }
    return lines;
}

Words Subcommands()
{
    Words names;
    for (const std::string &line : Part(Command({"--help"}).out, "Subcommands:")) {
        if (line[2] != ' ')
            names.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
    EXPECT_GE(names.size(), 5u);
    return names;
}

// The names that stand where --help lists options.
Words OptionsOf(const std::string &subcommand)
{
    Words names;
    for (const std::string &line : Lines(Command({subcommand, "--help"}).out)) {
        if (line.starts_with("  -"))
            names.push_back(line.substr(2, line.find_first_of(" [", 2) - 2));
    }
    EXPECT_GE(names.size(), 2u) << subcommand;
    return names;
}

// The words of an example before its "--" that begin with a dash, each without its value.
Words OptionsInExample(const std::string &line)
{
    Words options;
    std::istringstream stream(line.substr(line.find("subproc ")));
    bool quoted = false;
    for (std::string word; stream >> word && word != "--";) {
        if (word[0] == '-' && !quoted)
            options.push_back(word.substr(0, word.find('=')));
        quoted = quoted != (std::count(word.begin(), word.end(), '"') == 1);
    }
    return options;
}

TEST(Manual, ItsExamplesUseOptionsThatThereAre)
{
    size_t count = 0;
    for (const std::string &subcommand : Subcommands()) {
        Words known = OptionsOf(subcommand);
        for (const std::string &line : Part(Command({subcommand, "--help"}).out, "Examples:")) {
            if (!Contains(line, "subproc " + subcommand + " "))
                continue;
            for (const std::string &option : OptionsInExample(line))
                EXPECT_TRUE(std::count(known.begin(), known.end(), option) == 1) << option << " in " << line;
            count++;
        }
    }
    EXPECT_GE(count, 8u);
}

void ExpectSameFiles(const fs::path &made, const fs::path &kept)
{
    auto expected = FilesOf(made);
    auto found = FilesOf(kept);
    for (const auto &[name, ignored] : expected)
        found.try_emplace(name, "");
    for (const auto &[name, text] : found)
        EXPECT_TRUE(text == expected[name]) << name << " is stale: cmake --build BUILD --target manual";
}

TEST(Manual, TheTreeHoldsWhatTheToolWrites)
{
    Folder folder;
    fs::path made = FromUtf8(folder.Path());
    fs::create_directories(made / "docs" / "man");
    fs::create_directories(made / "completions");
    std::string tool = ProgramPath("SUBPROC_TEST_MANUAL", "../cli/subproc_manual");
    Outcome outcome = RunProgram({tool, Utf8(kTree / "cli" / "manual"), folder.Path()}, CaptureOptions());
    ASSERT_EQ(outcome.status, 0u) << outcome.err;
    ExpectSameFiles(made / "docs" / "man", kTree / "docs" / "man");
    ExpectSameFiles(made / "completions", kTree / "completions");
}

TEST(Manual, HasAPageForEachSubcommandWithItsOptions)
{
    std::string overview = ReadFile(kTree / "docs" / "man" / "subproc.1");
    for (const std::string &subcommand : Subcommands()) {
        std::string page = ReadFile(kTree / "docs" / "man" / FromUtf8("subproc-" + subcommand + ".1"));
        EXPECT_TRUE(Contains(overview, ".BR subproc\\-" + subcommand + " (1)"));
        for (std::string option : OptionsOf(subcommand)) {
            for (size_t at = 0; (at = option.find('-', at)) != std::string::npos; at += 2)
                option.insert(at, "\\");
            EXPECT_TRUE(Contains(page, "\n.TP\n\\fB" + option + "\\fR")) << subcommand << option;
        }
    }
}

// ---- PowerShell: its text, since there is none here to run it --------------------------------------------------------

const std::string kQuote = "'";

TEST(PowerShellCompletion, KnowsEverySubcommandAndOption)
{
    std::string script = ReadFile(kTree / "completions" / "subproc.ps1");
    for (const std::string &subcommand : Subcommands()) {
        EXPECT_TRUE(Contains(script, "\n            '" + subcommand + " "));
        size_t begin = script.find("\n        '" + subcommand + "' = @(\n");
        ASSERT_NE(begin, std::string::npos) << subcommand;
        std::string list = script.substr(begin, script.find("\n        )\n", begin) - begin);
        for (const std::string &option : OptionsOf(subcommand))
            EXPECT_TRUE(Contains(list, "\n            '" + option + " ")) << subcommand << " " << option;
    }
    EXPECT_TRUE(Contains(script, "'run --errors=' = @('replace', 'ignore', 'backslash', 'strict')"));
}

// 'it''s' is one string; its lines hold no other quotes, and no comment but whole lines.
std::string WithoutStrings(const std::string &line)
{
    std::string rest;
    bool quoted = false;
    for (char c : line) {
        quoted = quoted != (c == kQuote[0]);
        rest += quoted ? "" : std::string(1, c);
    }
    EXPECT_FALSE(quoted) << line;
    return rest;
}

TEST(PowerShellCompletion, HasWholeStringsAndBrackets)
{
    const std::string opening = "({[";
    const std::string closing = ")}]";
    std::string open;
    for (const std::string &line : Lines(ReadFile(kTree / "completions" / "subproc.ps1"))) {
        for (char c : line.find_first_not_of(' ') == line.find('#') ? "" : WithoutStrings(line)) {
            EXPECT_TRUE(c >= ' ' && c <= '~') << line;
            if (Contains(opening, std::string(1, c)))
                open += c;
            size_t kind = closing.find(c);
            if (kind == std::string::npos)
                continue;
            ASSERT_FALSE(open.empty()) << line;
            EXPECT_EQ(open.back(), opening[kind]) << line;
            open.pop_back();
        }
    }
    EXPECT_EQ(open, "");
}

// A hash table's names are equal there when only their case differs.
TEST(PowerShellCompletion, HasNoNameTwice)
{
    Words names;
    for (const std::string &line : Lines(ReadFile(kTree / "completions" / "subproc.ps1"))) {
        size_t end = line.find("' = @(");
        if (end == std::string::npos)
            continue;
        std::string name = line.substr(0, end);
        std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
        EXPECT_EQ(std::find(names.begin(), names.end(), name), names.end()) << name;
        names.push_back(name);
    }
    EXPECT_GT(names.size(), 10u);
}

#ifdef HAVE_SHELLS

bool IsThere(const std::string &program)
{
    char *path = nullptr;
    bool found = subproc_which(program.c_str(), nullptr, &path, nullptr) == 0;
    subproc_free_string(path);
    return found;
}

Outcome RunShell(const Words &words)
{
    struct subproc_options options = CaptureOptions();
    const char *const changes[] = {"LC_ALL=C.UTF-8", nullptr};
    options.environment.changes = changes;
    return RunProgram(words, options);
}

TEST(Manual, ItsPagesHaveNoWarnings)
{
    if (!IsThere("groff") || !IsThere("mandoc"))
        GTEST_SKIP() << "groff and mandoc are not both on PATH";
    Words pages;
    for (const auto &entry : fs::directory_iterator(kTree / "docs" / "man"))
        pages.push_back(Utf8(entry.path()));
    Outcome linted = RunShell(Words{"mandoc", "-T", "lint", "-W", "warning"} + pages);
    EXPECT_EQ(linted.out + linted.err, "");
    for (const std::string &page : pages) {
        Outcome formatted = RunShell({"groff", "-ww", "-man", "-Tutf8", "-z", page});
        EXPECT_EQ(formatted.out + formatted.err, "") << page;
    }
}

// ---- bash ----------------------------------------------------------------------------------------------------------

const char kComplete[] = R"(
[ "$1" = - ] || . "$1"
. "$2"
shift 2
complete -W 'alpha beta' inner
compopt() { :; } # works only under readline
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMP_LINE="$*"
COMP_POINT=${#COMP_LINE}
_subproc
printf '%s\n' "${COMPREPLY[@]}"
)";

const char kBashCompletion[] = "/usr/share/bash-completion/bash_completion";

// The words are as bash parts them: "=" and ":::" stand alone; the last is to be completed.
Words CompletionsWith(const std::string &library, const Words &words)
{
    Words all = Words{"bash", "--norc", "-c", kComplete, "bash", library, Utf8(kTree / "completions" / "subproc.bash")};
    Outcome outcome = RunShell(all + Words{"subproc"} + words);
    EXPECT_EQ(outcome.status, 0u);
    EXPECT_EQ(outcome.err, "");
    Words replies = Lines(outcome.out);
    std::sort(replies.begin(), replies.end());
    return replies;
}

Words Completions(const Words &words)
{
    return CompletionsWith("-", words);
}

TEST(BashCompletion, KnowsSubcommands)
{
    Words expected = Subcommands() + Words{"--help", "--version"};
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(Completions({""}), expected);
    EXPECT_EQ(Completions({"pa"}), Words{"parallel"});
    EXPECT_EQ(Completions({"--v"}), Words{"--version"});
    EXPECT_EQ(Completions({"x"}), Words{""});
}

TEST(BashCompletion, KnowsTheOptionsOfEachSubcommand)
{
    for (const std::string &subcommand : Subcommands()) {
        Words expected = OptionsOf(subcommand);
        if (Contains(Command({subcommand, "--help"}).out, " -- COMMAND"))
            expected.push_back("--");
        std::sort(expected.begin(), expected.end());
        EXPECT_EQ(Completions({subcommand, "-"}), expected) << subcommand;
    }
    EXPECT_EQ(Completions({"run", "--json", "--enc"}), Words{"--encoding"});
    EXPECT_EQ(Completions({"run", "-t", "5s", "--pi"}), Words{""});
    EXPECT_EQ(Completions({"pipe", "--pi"}), Words{"--pipefail"});
}

TEST(BashCompletion, KnowsTheValuesOfOptions)
{
    EXPECT_EQ(Completions({"run", "--errors", ""}), (Words{"backslash", "ignore", "replace", "strict"}));
    EXPECT_EQ(Completions({"run", "--errors", "=", "st"}), Words{"strict"});
    EXPECT_EQ(Completions({"run", "--errors", "="}), (Words{"backslash", "ignore", "replace", "strict"}));
    EXPECT_EQ(Completions({"run", "--encoding", "cp"}), Words{"cp949"});
    EXPECT_EQ(Completions({"run", "-s", "=", "p"}), (Words{"powershell", "pwsh"}));
    EXPECT_EQ(Completions({"quote", "--for", "=", "s"}), Words{"sh"});
    EXPECT_EQ(Completions({"run", "-t", ""}), Words{""});
    EXPECT_EQ(Completions({"run", "--unset", "LC_AL"}), Words{"LC_ALL"});
}

TEST(BashCompletion, KnowsFiles)
{
    Folder folder;
    std::string file = folder.File("in put.txt", "");
    fs::create_directory(FromUtf8(folder.Path() + "/in side"));
    EXPECT_EQ(Completions({"run", "-i", folder.Path() + "/in"}), (Words{file, folder.Path() + "/in side"}));
    EXPECT_EQ(Completions({"run", "-C", folder.Path() + "/in"}), Words{folder.Path() + "/in side"});
    EXPECT_EQ(Completions({"parallel", "--", "x", ":::", folder.Path() + "/in p"}), Words{file});
    EXPECT_EQ(Completions({"run", "--", "inner", folder.Path() + "/in p"}), Words{file});
}

TEST(BashCompletion, KnowsPrograms)
{
    for (const Words &words : std::vector<Words>{{"run", "--"}, {"pipe", "--", "a", ":::"}, {"which"}}) {
        Words replies = Completions(words + Words{"mkdi"});
        EXPECT_NE(std::find(replies.begin(), replies.end(), "mkdir"), replies.end());
    }
}

TEST(BashCompletion, LeavesTheCommandsWordsToItsOwnCompletion)
{
    if (!fs::exists(kBashCompletion))
        GTEST_SKIP() << "there is no " << kBashCompletion;
    EXPECT_EQ(CompletionsWith(kBashCompletion, {"run", "-t", "5", "--", "inner", "al"}), Words{"alpha"});
    EXPECT_EQ(CompletionsWith(kBashCompletion, {"pipe", "--", "cat", ":::", "inner", "x", "b"}), Words{"beta"});
    EXPECT_EQ(CompletionsWith(kBashCompletion, {"run", "--errors", "i"}), Words{"ignore"});
    Words replies = CompletionsWith(kBashCompletion, {"parallel", "--", "mkdi"});
    EXPECT_NE(std::find(replies.begin(), replies.end(), "mkdir"), replies.end());
}

#endif

} // namespace
