// Driving the subproc command as a child: SUBPROC_TEST_COMMAND names it, else it is the one of this build.
#ifndef SUBPROC_TESTS_CLI_SUPPORT_H
#define SUBPROC_TESTS_CLI_SUPPORT_H

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "checked.h"
#include "helper/console.h"
#include "json_reader.h"
#include "subproc/subproc.h"

namespace cli
{

namespace fs = std::filesystem;
using Words = Checked<std::string>;

constexpr bool kOnWindows = fs::path::preferred_separator == '\\';
constexpr const char *kProgramEnd = kOnWindows ? ".exe" : "";

inline std::string Utf8(const fs::path &path)
{
    std::u8string text = path.u8string();
    return {text.begin(), text.end()};
}

inline fs::path FromUtf8(const std::string &text)
{
    return fs::path(std::u8string(text.begin(), text.end()));
}

// The tests run in the folder of the helper; the command is in the one above.
inline std::string ProgramPath(const char *variable, const std::string &usual)
{
    const char *given = std::getenv(variable);
    return given != nullptr ? given : Utf8(fs::absolute(usual + kProgramEnd));
}

inline std::string CommandPath()
{
    return ProgramPath("SUBPROC_TEST_COMMAND", "../subproc");
}

inline std::string HelperPath()
{
    return ProgramPath("SUBPROC_TEST_HELPER", "subproc_helper");
}

// A deadline by which a child has surely started and written a little, and that a test waits out.
inline int64_t TimeToWrite()
{
    return kOnWindows ? 4000 : 1000;
}

inline std::string ShortTime()
{
    return std::to_string(TimeToWrite()) + "ms";
}

inline Words operator+(Words left, const Words &right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

// "run OPTIONS -- helper ACTIONS"
inline Words RunHelper(const Words &options, const Words &actions)
{
    return Words{"run"} + options + Words{"--", HelperPath()} + actions;
}

// "pipe OPTIONS -- helper ACTIONS ::: helper ACTIONS ..."
inline Words Pipe(const Words &options, const std::vector<Words> &stages)
{
    Words words = Words{"pipe"} + options + Words{"--"};
    for (size_t i = 0; i < stages.size(); i++)
        words = words + (i > 0 ? Words{":::", HelperPath()} : Words{HelperPath()}) + stages[i];
    return words;
}

// "parallel OPTIONS -- helper ACTIONS"
inline Words Parallel(const Words &options, const Words &actions)
{
    return Words{"parallel"} + options + Words{"--", HelperPath()} + actions;
}

inline Words Lines(const std::string &text)
{
    Words lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

class Pointers
{
  public:
    explicit Pointers(const Words &words)
    {
        for (const std::string &word : words)
            pointers_.push_back(word.c_str());
        pointers_.push_back(nullptr);
    }

    operator const char * const *() const
    {
        return pointers_.data();
    }

  private:
    std::vector<const char *> pointers_;
};

inline bool Contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

struct Outcome {
    uint32_t status = 0;
    bool exited = false;
    std::string out, err;
};

// Wine 8 fails about one start in 7,500 with this number. A test that saw it says so in its report, for ci/row.sh.
inline void NoteFailedStart(const std::string &text)
{
    if (Contains(text, "(system error 1359)") || Contains(text, "\"native\":1359"))
        testing::Test::RecordProperty("system_error", 1359);
}

inline struct subproc_options CaptureOptions()
{
    struct subproc_options options = {};
    options.in.kind = SUBPROC_STREAM_NULL;
    options.out.kind = SUBPROC_STREAM_PIPE;
    options.err.kind = SUBPROC_STREAM_PIPE;
    options.timeout = 60000;
    return options;
}

inline Outcome RunProgram(const Words &words, const struct subproc_options &options)
{
    struct subproc_result result;
    struct subproc_error error = {};
    EXPECT_EQ(subproc_run(Pointers(words), &options, &result, &error), 0) << error.message << " (" << error.native << ")";
    Outcome outcome = {.status = result.exit.code, .exited = result.exit.kind == SUBPROC_EXIT_EXITED};
    if (result.out.data != nullptr)
        outcome.out.assign(result.out.data, result.out.size);
    if (result.err.data != nullptr)
        outcome.err.assign(result.err.data, result.err.size);
    EXPECT_TRUE(outcome.exited) << outcome.status;
    NoteFailedStart(outcome.out + outcome.err);
    subproc_result_free(&result);
    return outcome;
}

inline Outcome Command(const Words &words, struct subproc_options options = CaptureOptions())
{
    return RunProgram(Words{CommandPath()} + words, options);
}

// For hundreds of starts under Wine, on a busy machine.
constexpr int64_t kManyStarts = 200000;

inline Outcome CommandWithInput(const Words &words, const std::string &input, int64_t timeout = 60000)
{
    struct subproc_options options = CaptureOptions();
    options.timeout = timeout;
    options.in.kind = SUBPROC_STREAM_PIPE;
    options.input.data = input.data();
    options.input.size = input.size();
    return Command(words, options);
}

// What the library makes of it with the page of this system's console: on a Korean Windows, and under ci/wine, that is 949.
inline std::string AutoText(const std::string &bytes)
{
    const struct subproc_text text = {.encoding = "auto"};
    char *decoded = nullptr;
    size_t size = 0;
    EXPECT_EQ(subproc_decode(&text, bytes.data(), bytes.size(), &decoded, &size, nullptr), 0);
    std::string result(decoded != nullptr ? decoded : "", size);
    subproc_free_string(decoded);
    return result;
}

inline testing::AssertionResult IsOneLine(const std::string &text)
{
    bool one = text.size() > 10 && text.compare(0, 9, "subproc: ") == 0 && text.find('\n') == text.size() - 1 &&
               text.find('\r') == std::string::npos;
    return one ? testing::AssertionSuccess() : testing::AssertionFailure() << "not one line of ours: '" << text << "'";
}

// A folder that goes when the test does.
class Folder
{
  public:
    Folder()
    {
        static int count = 0;
        auto now = std::chrono::steady_clock::now().time_since_epoch().count();
        path_ = fs::absolute("cli_test." + std::to_string(now) + "." + std::to_string(count++));
        fs::create_directories(path_);
    }

    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;

    ~Folder()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    std::string Path() const
    {
        return Utf8(path_);
    }

    std::string File(const std::string &name, const std::string &content) const
    {
        fs::path path = path_ / FromUtf8(name);
        std::ofstream(path, std::ios::binary) << content;
        return Utf8(path);
    }

  private:
    fs::path path_;
};

inline std::string Decode64(const std::string &text)
{
    static const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    EXPECT_EQ(text.size() % 4, 0u);
    for (size_t at = 0; at + 4 <= text.size(); at += 4) {
        uint32_t group = 0;
        size_t count = 0;
        for (size_t i = 0; i < 4; i++) {
            count += text[at + i] != '=' ? 1 : 0;
            group = group << 6 | static_cast<uint32_t>(text[at + i] == '=' ? 0 : letters.find(text[at + i]));
        }
        std::string three = {static_cast<char>(group >> 16), static_cast<char>(group >> 8), static_cast<char>(group)};
        bytes += three.substr(0, count - 1);
    }
    return bytes;
}

inline json::Value ReadJson(const std::string &text)
{
    EXPECT_TRUE(!text.empty() && text.back() == '\n');
    try {
        return json::Reader(text).Read();
    } catch (const std::exception &why) {
        ADD_FAILURE() << why.what() << ": " << text.substr(0, 2000);
        throw;
    }
}

inline Checked<json::Value> ReadJsonLines(const std::string &text)
{
    EXPECT_TRUE(text.empty() || text.back() == '\n') << text;
    Checked<json::Value> values;
    for (const std::string &line : Lines(text))
        values.push_back(ReadJson(line + "\n"));
    return values;
}

inline const Words hostile = {"",          "a", "a b",    "\"",        "\\", "\\\\\"",  "it's",
                              "$HOME `x`", "*", "%PATH%", "c:\\dir\\", "-x", "\xC3\xA9"};

inline std::string NulSeparated(const Words &words)
{
    std::string all;
    for (const std::string &word : words)
        all += word + '\0';
    return all;
}

inline int64_t MillisecondsOf(const std::function<void()> &work)
{
    auto begun = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count();
}

// One clear line, status 125, nothing started: what the helper would print is missing.
inline void ExpectRefused(const Words &words)
{
    Outcome outcome = Command(words);
    std::string shown;
    for (const std::string &word : words)
        shown += word + " ";
    EXPECT_EQ(outcome.status, 125u) << shown;
    EXPECT_EQ(outcome.out, "") << shown;
    EXPECT_TRUE(IsOneLine(outcome.err)) << shown;
}

// A running program; killed, waited for and freed at the end.
class Running
{
  public:
    Running(const Words &words, struct subproc_options options)
    {
        options.timeout = 0;
        struct subproc_error error = {};
        EXPECT_EQ(subproc_spawn(Pointers(words), &options, &child, &error), 0) << error.message;
    }

    Running(const Running &) = delete;
    Running &operator=(const Running &) = delete;

    ~Running()
    {
        subproc_kill(child, nullptr);
        subproc_wait(child, 60000, nullptr, nullptr);
        std::string text(4096, 0);
        size_t got = 0;
        (void)subproc_read(child, SUBPROC_ERR, text.data(), text.size(), 0, &got, nullptr);
        NoteFailedStart(text.substr(0, got));
        subproc_free(child);
    }

    void Write(const std::string &bytes)
    {
        for (size_t at = 0, put = 0; at < bytes.size(); at += put)
            ASSERT_EQ(subproc_write(child, bytes.data() + at, bytes.size() - at, 60000, &put, nullptr), 0);
    }

    // So many bytes; fewer only at the end of file, when nobody holds the pipe any more.
    std::string Read(size_t most, enum subproc_stream_id stream = SUBPROC_OUT)
    {
        std::string text;
        char piece[4096];
        for (size_t got = 1; text.size() < most && got > 0; text.append(piece, got)) {
            got = 0;
            EXPECT_EQ(subproc_read(child, stream, piece, std::min(sizeof piece, most - text.size()), 60000, &got, nullptr),
                      0);
        }
        return text;
    }

    // All of it, when the command has ended.
    std::string ReadErr()
    {
        std::string text = Read(SIZE_MAX, SUBPROC_ERR);
        NoteFailedStart(text);
        return text;
    }

    struct subproc_exit End()
    {
        struct subproc_exit status = {};
        EXPECT_EQ(subproc_wait(child, 60000, &status, nullptr), 0);
        return status;
    }

    uint32_t Wait()
    {
        return End().code;
    }

    struct subproc *child = nullptr;
};

// A command that has started its helper, which has said "ready".
class Started : public Running
{
  public:
    explicit Started(const Words &words) : Running(Words{CommandPath()} + words, CaptureOptions())
    {
        EXPECT_EQ(Read(5), "ready");
    }
};

// A command whose standard input stays open.
class Fed : public Running
{
  public:
    explicit Fed(const Words &words, const struct subproc_options &options = CaptureOptions())
        : Running(Words{CommandPath()} + words, WithInput(options))
    {
    }

    uint32_t Finish()
    {
        subproc_close_stream(child, SUBPROC_IN);
        return Wait();
    }

  private:
    static struct subproc_options WithInput(struct subproc_options options)
    {
        options.in.kind = SUBPROC_STREAM_PIPE;
        return options;
    }
};

} // namespace cli

#endif
