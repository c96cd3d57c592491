/* Every way a start can fail: its own code, step and sentence, and nothing left open (the fixture counts). */
#include "support.h"

#include <algorithm>
#include <cstring>

using namespace test;

class Error : public Behaviour
{
};

static const char missing[] = "no-such-program-here";

/* One whole line of text, zero-terminated, that names the command. */
static void ExpectSentence(const subproc_error &error, const std::string &command)
{
    ASSERT_NE(nullptr, memchr(error.message, 0, sizeof error.message));
    std::string message = error.message;
    EXPECT_NE(std::string::npos, message.find("'" + command)) << message;
    EXPECT_TRUE(std::none_of(message.begin(), message.end(), [](char c) { return (unsigned char)c < 0x20 || c == 0x7F; }))
        << message;
    for (uint64_t word : error.reserved)
        EXPECT_EQ(0u, word);
}

/* Starts it both ways; expects the same error of each. */
static subproc_error Fail(const char *const *argv, const subproc_options &options, int code, const std::string &step)
{
    Child child(argv, options);
    EXPECT_EQ(code, child.code) << Told(child.error);
    EXPECT_EQ(code, child.error.code);
    EXPECT_EQ(nullptr, (subproc *)child);
    EXPECT_EQ(step, child.error.step) << Told(child.error);
    Ran ran(argv, options);
    EXPECT_EQ(code, ran.code) << Told(ran.error);
    EXPECT_STREQ(child.error.message, ran.error.message);
    return child.error;
}

TEST_F(Error, AMissingProgramIsNotFound)
{
    subproc_error error = Fail(Words{missing}, Captured(), SUBPROC_E_NOT_FOUND, "exec");
    EXPECT_STREQ("cannot start 'no-such-program-here': not found in PATH", error.message);
}

TEST_F(Error, AMissingPathIsNotFound)
{
    std::string path = Join(Join(Folder(), "none"), "here");
    subproc_error error = Fail(Words{path}, Captured(), SUBPROC_E_NOT_FOUND, "exec");
    ExpectSentence(error, path);
    EXPECT_EQ(0u, std::string(error.message).find("cannot start '")) << error.message;
}

TEST_F(Error, AMissingDirectoryIsTold)
{
    std::string directory = InFolder("missing-directory");
    subproc_options options = Captured();
    options.directory = directory.c_str();
    subproc_error error = Fail(Helper({}), options, SUBPROC_E_NO_DIRECTORY, "chdir");
    ExpectSentence(error, HelperPath());
    EXPECT_NE(std::string::npos, std::string(error.message).find("missing-directory")) << error.message;
}

TEST_F(Error, OfAMissingProgramAndDirectoryTheDirectoryIsTold)
{
    std::string directory = InFolder("missing-directory");
    subproc_options options = Captured();
    options.directory = directory.c_str();
    for (const char *program : {missing, "./no-such-program"})
        ExpectSentence(Fail(Words{program}, options, SUBPROC_E_NO_DIRECTORY, "chdir"), program);
}

TEST_F(Error, AFileIsNoDirectory)
{
    std::string file = NewFile("file", "");
    subproc_options options = Captured();
    options.directory = file.c_str();
    Fail(Helper({}), options, SUBPROC_E_NO_DIRECTORY, "chdir");
}

TEST_F(Error, AFileOfTheWrongFormatIsTold)
{
    std::string file = InFolder(ProgramFile("garbage"));
    CopyProgram(NewFile("content", "this is no program\n"), file);
    ExpectSentence(Fail(Words{file}, Captured(), SUBPROC_E_FORMAT, "exec"), file);
}

TEST_F(Error, AnEmptyProgramFileIsOfTheWrongFormat)
{
    if (!OnWindows() && !OnLinux())
        GTEST_SKIP() << "some systems run an empty file";
    std::string file = InFolder(ProgramFile("empty"));
    CopyProgram(NewFile("content", ""), file);
    Fail(Words{file}, Captured(), SUBPROC_E_FORMAT, "exec");
}

TEST_F(Error, AnEmptyArgvIsRefused)
{
    Fail(Words{}, Captured(), SUBPROC_E_INVALID, "argv");
    Fail(nullptr, Captured(), SUBPROC_E_INVALID, "argv");
}

TEST_F(Error, AVariableWithAnEmptyNameIsRefused)
{
    for (const char *bad : {"=x", "=", ""}) {
        Words changes{"GOOD=1", bad};
        subproc_options options = Captured();
        options.environment.changes = changes;
        ExpectSentence(Fail(Helper({}), options, SUBPROC_E_INVALID, "environment"), HelperPath());
    }
}

TEST_F(Error, OptionsAreToldBeforeEverythingElse)
{
    std::string directory = InFolder("missing-directory");
    Words changes{"=x"};
    subproc_options options = Captured();
    options.environment.changes = changes;
    options.directory = directory.c_str();
    Fail(Words{missing}, options, SUBPROC_E_INVALID, "environment");
}

TEST_F(Error, AStreamsFileIsToldBeforeDirectoryAndProgram)
{
    std::string directory = InFolder("missing-directory"), path = Join(InFolder("none"), "file");
    subproc_options options = Captured();
    options.in.kind = SUBPROC_STREAM_FILE;
    options.in.path = path.c_str();
    options.directory = directory.c_str();
    subproc_error error = Fail(Words{missing}, options, SUBPROC_E_NOT_FOUND, "open");
    EXPECT_NE(std::string::npos, std::string(error.message).find("file")) << error.message;
}

TEST_F(Error, AMissingInputFileIsNotFound)
{
    std::string path = InFolder("missing-input");
    subproc_options options = Captured();
    options.in.kind = SUBPROC_STREAM_FILE;
    options.in.path = path.c_str();
    subproc_error error = Fail(Helper({}), options, SUBPROC_E_NOT_FOUND, "open");
    ExpectSentence(error, HelperPath());
    EXPECT_NE(std::string::npos, std::string(error.message).find("missing-input")) << error.message;
}

TEST_F(Error, AnOutputFileThatCannotBeMadeIsTold)
{
    std::string path = Join(InFolder("none"), "out");
    subproc_options options = Captured();
    options.out.kind = SUBPROC_STREAM_FILE;
    options.out.path = path.c_str();
    Fail(Helper({}), options, SUBPROC_E_NOT_FOUND, "open");
}

/* ---- reserved words ------------------------------------------------------------------------------------------------------ */

TEST_F(Error, ANonZeroReservedWordOfAnyStructIsRefused)
{
    subproc_options options{};
    uint64_t *const words[] = {options.reserved,       options.in.reserved,
                               options.out.reserved,   options.err.reserved,
                               options.stop.reserved,  options.environment.reserved,
                               options.input.reserved, OnWindows() ? options.win32.reserved : options.posix.reserved};
    for (uint64_t *reserved : words) {
        for (int i : {0, 7}) {
            reserved[i] = 1;
            Fail(Words{missing}, options, SUBPROC_E_INVALID, "reserved");
            reserved[i] = 0;
        }
    }
}

/* ---- options that make no sense -------------------------------------------------------------------------------------------- */

static void Refuse(const subproc_options &options, int code = SUBPROC_E_INVALID)
{
    Child child(Helper({}), options);
    EXPECT_EQ(code, child.code) << Told(child.error);
    ExpectSentence(child.error, HelperPath());
}

TEST_F(Error, StreamKindsThatDoNotFitAreRefused)
{
    Refuse(Streams(SUBPROC_STREAM_MERGE, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_PIPE));
    Refuse(Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_MERGE, SUBPROC_STREAM_PIPE));
    Refuse(Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_FROM, SUBPROC_STREAM_PIPE));
    Refuse(Streams(SUBPROC_STREAM_FROM, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_PIPE));
    Refuse(Streams((subproc_stream_kind)99, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_PIPE));
    Refuse(Streams((subproc_stream_kind)-1, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_PIPE));
    Refuse(Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_FILE, SUBPROC_STREAM_PIPE));
}

TEST_F(Error, AHandleThatIsNoneIsRefused)
{
    subproc_options options = Captured();
    options.out.kind = SUBPROC_STREAM_HANDLE;
    for (subproc_handle handle : {SUBPROC_NO_HANDLE, (subproc_handle)(OnWindows() ? 0x7ffff0 : 9999)}) {
        options.out.handle = handle;
        Child child(Helper({}), options);
        EXPECT_EQ(SUBPROC_E_INVALID, child.code) << Told(child.error);
    }
}

TEST_F(Error, AFileModeThatDoesNotExistIsRefused)
{
    std::string path = NewFile("file", "kept");
    subproc_options options = Captured();
    options.out.kind = SUBPROC_STREAM_FILE;
    options.out.path = path.c_str();
    options.out.mode = (subproc_file_mode)17;
    Refuse(options);
    EXPECT_EQ("kept", LoadFile(path));
}

TEST_F(Error, TimeoutAndInputBelongToRun)
{
    subproc_options options = Captured();
    options.timeout = 5;
    Refuse(options);
    options = Captured();
    options.input.data = "x";
    options.input.size = 1;
    Refuse(options);
}

TEST_F(Error, InputWithoutAPipeForItIsRefused)
{
    subproc_options options = Captured();
    options.input.data = "x";
    options.input.size = 1;
    Ran ran(Helper({}), options);
    EXPECT_EQ(SUBPROC_E_INVALID, ran.code) << Told(ran.error);
    options.in.kind = SUBPROC_STREAM_PIPE;
    options.input.data = nullptr;
    Ran null(Helper({}), options);
    EXPECT_EQ(SUBPROC_E_INVALID, null.code) << Told(null.error);
}

TEST_F(Error, TheOtherSystemsFieldsAreUnsupported)
{
    subproc_options options = Captured();
    if (OnWindows())
        options.posix.set = SUBPROC_POSIX_UMASK;
    else
        options.win32.command_line = "verbatim";
    Refuse(options, SUBPROC_E_UNSUPPORTED);
    options = Captured();
    if (OnWindows())
        options.posix.new_session = 1;
    else
        options.win32.creation_flags = 0x10;
    Refuse(options, SUBPROC_E_UNSUPPORTED);
}

/* ---- too much ------------------------------------------------------------------------------------------------------------------ */

TEST_F(Error, ATooLongCommandLineIsTold)
{
    Words words = Helper({});
    for (int i = 0; i < (OnWindows() ? 40 : 4000); i++)
        words.add(std::string(1000, 'x'));
    Child child(words, Captured());
    EXPECT_EQ(SUBPROC_E_TOO_LONG, child.code) << Told(child.error);
    EXPECT_EQ(0u, std::string(child.error.message).find("cannot start '")) << child.error.message;
}

TEST_F(Error, ATooLongArgumentIsTold)
{
    Child child(Helper({"--args", std::string(OnWindows() ? 32767 : 5 << 20, 'x')}), Captured());
    EXPECT_EQ(SUBPROC_E_TOO_LONG, child.code) << Told(child.error);
}

/* ---- text ------------------------------------------------------------------------------------------------------------------------ */

TEST_F(Error, ControlCharactersOfACommandAreEscapedInTheSentence)
{
    Child child(Words{"no\nsuch\tprogram\x1b[31m"}, Captured());
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, child.code);
    ExpectSentence(child.error, "no");
}

TEST_F(Error, ALongCommandIsCutAtACharacter)
{
    std::string name;
    for (int i = 0; i < 300; i++)
        name += "한";
    Child child(Words{name}, Captured());
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, child.code) << Told(child.error);
    std::string message = child.error.message;
    EXPECT_LT(message.size(), sizeof child.error.message);
    size_t start = message.find("한");
    ASSERT_NE(std::string::npos, start);
    while (message.compare(start, 3, "한") == 0)
        start += 3;
    EXPECT_TRUE(start == message.size() || (unsigned char)message[start] < 0x80 || message.compare(start, 3, "…") == 0)
        << message;
}

TEST_F(Error, EveryCodeHasATextAndAName)
{
#define EXPECT_TEXT(name, value, text)                                                                                     \
    EXPECT_STREQ(text, subproc_strerror(SUBPROC_E_##name));                                                                \
    EXPECT_STREQ(#name, subproc_error_name(SUBPROC_E_##name));                                                             \
    EXPECT_EQ(value, SUBPROC_E_##name);
    SUBPROC_ERROR_MAP(EXPECT_TEXT)
    EXPECT_STREQ("OK", subproc_error_name(0));
    for (int none : {1, -1000, INT32_MIN, INT32_MAX}) {
        EXPECT_NE(nullptr, subproc_strerror(none));
        EXPECT_NE(nullptr, subproc_error_name(none));
    }
    EXPECT_NE(nullptr, subproc_strerror(0));
}

/* ---- misuse ------------------------------------------------------------------------------------------------------------------------ */

TEST_F(Error, NullInsteadOfAChildIsRefused)
{
    subproc_error error;
    subproc_exit status;
    subproc_result result;
    subproc_handle handle;
    char byte;
    size_t count;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_poll(nullptr, &status, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, error.code);
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_wait(nullptr, 0, &status, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_communicate(nullptr, nullptr, 0, 0, &result, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_read(nullptr, SUBPROC_OUT, &byte, 1, 0, &count, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_write(nullptr, &byte, 1, 0, &count, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_close_stream(nullptr, SUBPROC_OUT));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_terminate(nullptr, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_kill(nullptr, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_signal(nullptr, 9, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_stop(nullptr, nullptr, &status, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_exit_handle(nullptr, &handle, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_stream_handle(nullptr, SUBPROC_OUT, &handle, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_take_stream(nullptr, SUBPROC_OUT, &handle, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_check(nullptr, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_spawn(Helper({}), nullptr, nullptr, &error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_run(Helper({}), nullptr, nullptr, &error));
}

/* One thing that can't be, what it is told by, and how. */
struct Impossible {
    void (*set)(subproc_options *options);
    const char *step, *sentence;
};

static const Impossible impossible[] = {
    {[](auto *o) { o->in = {.kind = SUBPROC_STREAM_FILE, .path = ""}; }, "in", "a FILE stream has no path"},
    {[](auto *o) { o->out = {.kind = SUBPROC_STREAM_FILE, .mode = SUBPROC_FILE_READ, .path = "x"}; }, "out",
     "'in' is read from a FILE; 'out' and 'err' are written to one"},
    {[](auto *o) { o->in = {.kind = SUBPROC_STREAM_FILE, .mode = (subproc_file_mode)9, .path = "x"}; }, "in",
     "a FILE stream has an unknown mode"},
    {[](auto *o) { o->out.kind = SUBPROC_STREAM_FROM; }, "out", "only 'in' can come FROM another child"},
    {[](auto *o) { o->in.kind = SUBPROC_STREAM_FROM; }, "in", "a FROM stream names no child"},
    {[](auto *o) { o->in.kind = SUBPROC_STREAM_SINK; }, "in", "only 'out' and 'err' can go to a SINK"},
    {[](auto *o) { o->out.kind = SUBPROC_STREAM_SINK; }, "out", "a SINK stream has no callback"},
    {[](auto *o) { o->out.kind = SUBPROC_STREAM_MERGE; }, "out", "only 'err' can be merged, into 'out'"},
    {[](auto *o) { o->err.kind = (subproc_stream_kind)77; }, "err", "unknown kind of stream"},
    {[](auto *o) { o->in = {.kind = SUBPROC_STREAM_HANDLE, .handle = SUBPROC_NO_HANDLE}; }, "in",
     "a HANDLE stream has no handle"},
    {[](auto *o) { o->err.reserved[7] = 1; }, "reserved", "a reserved field of 'err' is not zero"},
    {[](auto *o) { o->directory = ""; }, "directory", "the name of the directory is empty"},
    {[](auto *o) { o->environment.base = (subproc_environment_base)5; }, "environment", "unknown base of the environment"},
    {[](auto *o) { o->text.errors = (subproc_text_errors)50; }, "text", "text.errors is no policy"},
    {[](auto *o) { o->text.reserved[0] = 1; }, "text", "text.reserved must be zero"},
    {[](auto *o) { o->limit.keep = (subproc_keep)50; }, "limit", "what is to be kept of the output is unknown"},
    {[](auto *o) { o->limit.bytes = 5; }, "limit", "the limit of output doesn't say what is to be kept"},
    {[](auto *o) { o->stop.reserved[0] = 1; }, "reserved", "a reserved field of 'stop' is not zero"},
    {[](auto *o) { o->tree = (subproc_tree)50; }, "tree", "unknown kind of tree"},
    {[](auto *o) { o->reserved[0] = 1; }, "reserved", "a reserved field of 'options' is not zero"},
};

static const Impossible impossible_on_posix[] = {
    {[](auto *o) { o->posix.set = 1u << 31; }, "posix", "'posix.set' has an unknown bit"},
    {[](auto *o) { o->posix.signals = (subproc_signals)50; }, "posix", "unknown treatment of signals"},
    {[](auto *o) {
         o->posix.set = SUBPROC_POSIX_PROCESS_GROUP;
         o->posix.new_session = 1;
     },
     "posix", "a new session has its own process group"},
    {[](auto *o) {
         o->posix.set = SUBPROC_POSIX_PROCESS_GROUP;
         o->posix.process_group = -1;
     },
     "posix", "a process group is negative"},
    {[](auto *o) {
         o->posix.set = SUBPROC_POSIX_PROCESS_GROUP;
         o->tree = SUBPROC_TREE_BEST_EFFORT;
     },
     "tree", "'tree' and 'posix.process_group' exclude each other"},
    {[](auto *o) {
         o->posix.set = SUBPROC_POSIX_UMASK;
         o->posix.umask = 01000;
     },
     "posix", "the umask is above 0777"},
    {[](auto *o) { o->posix.group_count = 1; }, "posix", "a list has a count but no entries"},
    {[](auto *o) { o->posix.limit_count = 1; }, "posix", "a list has a count but no entries"},
    {[](auto *o) { o->posix.descriptor_count = 1; }, "descriptors", "the extra descriptors have a count but no list"},
};

static const Impossible impossible_on_windows[] = {
    {[](auto *o) { o->win32.set = 1u << 31; }, "win32", "'win32.set' has an unknown bit"},
    {[](auto *o) { o->win32.handle_count = 1; }, "win32", "the extra handles have a count but no list"},
    {[](auto *o) { o->directory = "\xFF"; }, "directory", "byte 0xFF at offset 0 of '"},
};

static void ExpectRefused(const Impossible &one, int code, const char *step, const std::string &sentence)
{
    subproc_options options{};
    one.set(&options);
    subproc_error error = Fail(Helper({}), options, code, step);
    EXPECT_NE(std::string::npos, std::string(error.message).find(sentence)) << Told(error);
    ExpectSentence(error, HelperPath());
}

TEST_F(Error, ImpossibleOptionsAreToldBeforeAnythingStarts)
{
    for (const Impossible &one : impossible)
        ExpectRefused(one, SUBPROC_E_INVALID, one.step, one.sentence);
}

TEST_F(Error, WhatOneSystemAloneHasIsRefusedOnTheOther)
{
    for (const Impossible &one : impossible_on_posix)
        if (OnWindows())
            ExpectRefused(one, SUBPROC_E_UNSUPPORTED, "posix", "the options in 'posix' exist on POSIX alone");
        else
            ExpectRefused(one, SUBPROC_E_INVALID, one.step, one.sentence);
    for (const Impossible &one : impossible_on_windows) {
        if (OnWindows())
            ExpectRefused(one, SUBPROC_E_INVALID, one.step, one.sentence);
        else if (strcmp(one.step, "win32") == 0)
            ExpectRefused(one, SUBPROC_E_UNSUPPORTED, "win32", "the options in 'win32' exist on Windows alone");
    }
}

TEST_F(Error, AStreamThatDoesNotExistIsRefused)
{
    Child child(Helper({"--read-all"}), Piped());
    char byte;
    size_t count;
    subproc_handle handle;
    auto none = (subproc_stream_id)3;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_read(child, none, &byte, 1, 0, &count, &child.error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_close_stream(child, none));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_stream_handle(child, none, &handle, &child.error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_take_stream(child, none, &handle, &child.error));
}
