// What --json prints, held against docs/subproc.schema.json and docs/json.md.
#include "cli_support.h"

#include <sstream>

#include "json_schema.h"

#if __has_include(<sys/wait.h>)
#define HAVE_SIGNALS
#endif

namespace
{

using namespace cli;

std::string ReadDocument(const std::string &name)
{
    std::ifstream file(FromUtf8(SUBPROC_TREE) / "docs" / name, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << name;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

const json::Schema &TheSchema()
{
    static const json::Schema schema(ReadJson(ReadDocument("subproc.schema.json")));
    return schema;
}

void ExpectFits(const std::string &definition, const json::Value &object)
{
    EXPECT_EQ(TheSchema().Complaint(definition, object), "");
}

// The one object that the command prints.
json::Value Fitting(const std::string &definition, const Words &words)
{
    Outcome outcome = Command(words);
    Checked<json::Value> objects = ReadJsonLines(outcome.out);
    EXPECT_EQ(objects.size(), 1u) << outcome.out << outcome.err;
    if (objects.empty())
        return {};
    ExpectFits(definition, objects[0]);
    return objects[0];
}

TEST(JsonSchema, DescribesWhatRunPrints)
{
    NEEDS_HANGUL_ON_THE_CONSOLE();
    EXPECT_EQ(Fitting("run", RunHelper({"--json"}, {"--out", "a", "--exit", "3"}))["exit"]["code"].number, 3);
    EXPECT_TRUE(Fitting("run", RunHelper({"--json", "--merge"}, {"--out", "a"}))["err"].IsNull());
    EXPECT_TRUE(Fitting("run", RunHelper({"--json"}, {"--out-hex", "ff00"}))["out"].Has("base64"));
    EXPECT_TRUE(Fitting("run", {"run", "--json", "--", "openss1"})["exit"].IsNull());
    EXPECT_EQ(Fitting("run", RunHelper({"--json", "-C", "no/such/directory"}, {}))["error"]["code"].text, "NO_DIRECTORY");
}

TEST(JsonSchema, DescribesWhatRunPrintsOfACommandThatWasStopped)
{
    EXPECT_EQ(Fitting("run", RunHelper({"--json", "-t0", "-k0", "--kill-tree"}, {"--hang"}))["reason"].text, "timed_out");
    const Words four = {"--json", "-k0", "--max-output=4:stop"};
    EXPECT_EQ(Fitting("run", RunHelper(four, {"--out", "0123456789", "--hang"}))["reason"].text, "output_limit");
    const Words strict = {"--json", "-k0", "--encoding=utf-8", "--errors=strict"};
    EXPECT_EQ(Fitting("run", RunHelper(strict, {"--out-hex", "ff"}))["error"]["code"].text, "DECODE");
}

TEST(JsonSchema, DescribesTheLinesOfTail)
{
    const Words actions = {"--out", "one\ntwo\n", "--out-hex", "61ff0a", "--err", "e", "--exit", "3"};
    Checked<json::Value> objects = ReadJsonLines(Command(RunHelper({"--json", "--tail"}, actions)).out);
    ASSERT_EQ(objects.size(), 5u);
    for (size_t i = 0; i < 4; i++)
        ExpectFits("line", objects[i]);
    ExpectFits("run", objects[4]);
}

TEST(JsonSchema, DescribesWhatPipePrints)
{
    NEEDS_HANGUL_ON_THE_CONSOLE();
    const Words copy = {":::", HelperPath(), "--copy", "10"};
    json::Value object = Fitting("pipe", Words{"pipe", "--json", "--", HelperPath(), "--out-hex", "ff"} + copy);
    ASSERT_EQ(object["stages"].items.size(), 2u);
    EXPECT_TRUE(object["stages"].items[1]["out"].Has("base64"));
    object = Fitting("pipe", Words{"pipe", "--json", "-t0", "-k0", "--", HelperPath(), "--hang"} + copy);
    EXPECT_EQ(object["reason"].text, "timed_out");
    object = Fitting("pipe", {"pipe", "--json", "--", HelperPath(), "--out", "a", ":::", "openss1"});
    EXPECT_TRUE(object["verdict"].IsNull());
}

TEST(JsonSchema, DescribesWhatParallelPrints)
{
    NEEDS_HANGUL_ON_THE_CONSOLE();
    const Words actions = {"--", "{}", "--out-hex", "61ff", ":::", HelperPath(), "openss1"};
    Checked<json::Value> objects = ReadJsonLines(Command(Words{"parallel", "--json", "--keep-order"} + actions).out);
    ASSERT_EQ(objects.size(), 2u);
    for (const json::Value &object : objects)
        ExpectFits("job", object);
    EXPECT_TRUE(objects[0]["out"].Has("base64"));
    EXPECT_EQ(objects[1]["error"]["code"].text, "NOT_FOUND");
    json::Value late = Fitting("job", {"parallel", "--json", "-t0", "-k0", "--", HelperPath(), "--hang", "{}", ":::", "a"});
    EXPECT_EQ(late["reason"].text, "timed_out");
}

TEST(JsonSchema, DescribesWhatDecodePrints)
{
    Folder folder;
    std::string file = folder.File("lines", "a\n가\n\xB0\xA1\n\xFF\n");
    Outcome outcome = Command({"decode", "--json", "-f", "auto:cp949", file, "no/such/file"});
    Checked<json::Value> objects = ReadJsonLines(outcome.out);
    ASSERT_EQ(objects.size(), 6u) << outcome.out;
    for (size_t i = 0; i < 4; i++)
        ExpectFits("decoded_line", objects[i]);
    ExpectFits("decoded_file", objects[4]);
    ExpectFits("decoded_file", objects[5]);
    EXPECT_EQ(objects[4]["encodings"].members.size(), 3u) << outcome.out;
    EXPECT_EQ(objects[5]["error"]["code"].text, "NOT_FOUND");
    outcome = Command({"decode", "--json", "-f", "utf-8", "--errors", "strict", file});
    EXPECT_EQ(outcome.status, 125u);
    for (const json::Value &object : ReadJsonLines(outcome.out))
        ExpectFits(object.Has("line") ? "decoded_line" : "decoded_file", object);
}

TEST(JsonSchema, DescribesWhatQuoteAndWhichPrint)
{
    for (const char *target : {"argv", "batch", "cmd", "powershell", "sh"})
        EXPECT_EQ(Fitting("quote", {"quote", "--json", "--for", target, "a b"})["for"].text, target);
    EXPECT_EQ(Fitting("which", {"which", "--json", "openss1", HelperPath()})["programs"].items.size(), 2u);
}

#ifdef HAVE_SIGNALS

TEST(JsonSchema, DescribesASignalAndALineThatIsNoText)
{
    EXPECT_EQ(Fitting("run", RunHelper({"--json"}, {"--raise", "15"}))["exit"]["kind"].text, "signalled");
    EXPECT_TRUE(Fitting("quote", {"quote", "--json", "--for=sh", "a\xFF"}).Has("base64"));
    ExpectFits("run", Fitting("run", RunHelper({"--json"}, {"--out", "a\xFF"})));
}

#endif

// A check that finds nothing is none: each member in turn is taken away, renamed and given another type.
TEST(JsonSchema, RefusesWhatItDoesNotDescribe)
{
    const json::Value object = Fitting("run", RunHelper({"--json"}, {"--out", "a"}));
    for (const auto &[name, member] : object.members) {
        json::Value changed = object;
        changed.members.erase(name);
        EXPECT_NE(TheSchema().Complaint("run", changed), "") << name;
        changed.members[name + "x"] = member;
        EXPECT_NE(TheSchema().Complaint("run", changed), "") << name;
        changed = object;
        changed.members[name] = json::Value{.kind = json::Kind::kNumber, .number = 7};
        bool is_number = member.kind == json::Kind::kNumber || name == "peak_rss_kib";
        EXPECT_EQ(TheSchema().Complaint("run", changed).empty(), is_number && name != "version") << name;
    }
    json::Value changed = object;
    changed.members["out"].members["text"].kind = json::Kind::kNull;
    EXPECT_NE(TheSchema().Complaint("run", changed), "");
    changed = object;
    changed.members["exit"].members["kind"].text = "gone";
    EXPECT_NE(TheSchema().Complaint("run", changed), "");
    changed = object;
    changed.members["command"].items[0] = json::Value{};
    EXPECT_NE(TheSchema().Complaint("run", changed), "");
    changed = Fitting("quote", {"quote", "--json", "--for=sh", "a"});
    changed.members["base64"] = changed["text"];
    EXPECT_NE(TheSchema().Complaint("quote", changed), "");
}

TEST(JsonSchema, KnowsEveryErrorCode)
{
    const json::Value &listed = TheSchema().Root()["$defs"]["error"]["properties"]["code"]["enum"];
    std::string names, expected;
    for (const json::Value &name : listed.items)
        names += name.text + " ";
#define ADD_NAME(name, value, text) expected += #name " ";
    SUBPROC_ERROR_MAP(ADD_NAME)
#undef ADD_NAME
    EXPECT_EQ(names, expected);
}

TEST(JsonSchema, IsDescribedInPlainWordsToo)
{
    std::string document = ReadDocument("json.md");
    for (const auto &[definition, schema] : TheSchema().Root()["$defs"].members) {
        for (const auto &[name, ignored] :
             schema.members.contains("properties") ? schema["properties"].members : std::map<std::string, json::Value>{})
            EXPECT_TRUE(Contains(document, "`" + name + "`")) << definition << "." << name;
    }
    for (const json::Value &choice : TheSchema().Root()["anyOf"].items)
        EXPECT_TRUE(Contains(document, " (`" + choice["$ref"].text.substr(8) + "`)")) << choice["$ref"].text;
}

} // namespace
