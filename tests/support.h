/*
 * What the behaviour tests share: the helper program, children that clean up after themselves, a fixture that counts what
 * is open before and after each test, a watchdog, and the facts of this system. Nothing here uses the library but through
 * subproc.h. helper/support.cc has the program's main().
 */
#ifndef SUBPROC_TESTS_SUPPORT_H
#define SUBPROC_TESTS_SUPPORT_H

#include <cstdint>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "subproc/subproc.h"

/* For EXPECT_EQ on ends of children. */
bool operator==(const subproc_exit &a, const subproc_exit &b);
void PrintTo(const subproc_exit &status, std::ostream *out);

namespace test
{

/* For calls that should come back long before; what a test waits for is an event. */
inline constexpr int64_t deadline = 30000;

/* ---- this system ------------------------------------------------------------------------------------------------ */

bool OnWindows();
bool OnLinux();
bool OnWine();
int WineVersion(); /* 8 for Wine 8.0, 0 where it isn't Wine */
bool IsRoot();
bool Slow();      /* starts or bytes cost far more here: an emulator, a library that looks at every open descriptor */
bool Emulated();  /* by qemu-user, whose calls are not quite Linux's */
bool Sanitized(); /* built with the address or the thread sanitizer: slower, larger */
int64_t DescriptorLimit(); /* of this process */
bool CanAsk();             /* the ladder's ask reaches a child here */

subproc_exit Exited(uint32_t code);
subproc_exit Signalled(uint32_t number);
subproc_exit Terminated(); /* what subproc_terminate makes of a child that does not resist */
subproc_exit Killed();

/* Rounds of a race: more when SUBPROC_TEST_ROUNDS says so. */
int Rounds(int usual);

/* For a test that goes on as long as it is told to: its time begins anew. */
void MoreTime();

/* A deadline by which a child has surely started and written a little, and that a test waits out. */
int64_t TimeToWrite();

/* Bytes of heap in use, -1 where nobody counts them. */
int64_t Heap();

/* ---- words and bytes ---------------------------------------------------------------------------------------------- */

/* A list of strings as the library takes it. */
class Words
{
  public:
    Words() = default;
    Words(std::initializer_list<std::string> words) : words_(words) {}
    explicit Words(std::vector<std::string> words) : words_(std::move(words)) {}

    operator const char * const *() const;
    const std::vector<std::string> &list() const
    {
        return words_;
    }
    void add(const std::string &word)
    {
        words_.push_back(word);
    }

  private:
    std::vector<std::string> words_;
    mutable std::vector<const char *> pointers_;
};

const std::string &HelperPath();

/* The helper, told to do these actions (helper.c lists them). */
Words Helper(std::initializer_list<std::string> actions);
Words Helper(const std::vector<std::string> &actions);

/* Bytes by which a lost or repeated block shows; --fill-out writes the same. */
std::string Pattern(size_t size);

/* EXPECT_EQ would print megabytes. */
testing::AssertionResult SameBytes(std::string_view expected, std::string_view actual);

std::vector<std::string> Split(std::string_view text, char end);
std::string NumberOf(std::string_view report, const std::string &name); /* what follows "name=" in a line */

/* ---- children ------------------------------------------------------------------------------------------------------ */

std::string Told(const subproc_error &error);

/* Whether a start should be tried once more: Wine 8 fails about one in 7,500 with a number of its own, before anything has
 * happened. The test's report then says so, for ci/row.sh. */
bool FailedByWine(const subproc_error &error);

/* A finished subproc_run. */
class Ran
{
  public:
    explicit Ran(const char *const *argv, const subproc_options &options = {});
    ~Ran()
    {
        subproc_result_free(&result);
    }
    Ran(const Ran &) = delete;
    Ran &operator=(const Ran &) = delete;

    std::string out() const
    {
        return {result.out.data == nullptr ? "" : result.out.data, result.out.size};
    }
    std::string err() const
    {
        return {result.err.data == nullptr ? "" : result.err.data, result.err.size};
    }

    int code;
    subproc_error error;
    subproc_result result;
};

/* A started child; killed, waited for and freed at the end. */
class Child
{
  public:
    explicit Child(const char *const *argv, const subproc_options &options = {});
    ~Child()
    {
        Free();
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    operator subproc *() const
    {
        return child_;
    }
    void Free();
    subproc *Release();

    int Wait(int64_t timeout = deadline);
    subproc_exit End();                                                       /* waits for it */
    bool Says(std::string_view text, subproc_stream_id stream = SUBPROC_OUT); /* takes exactly that many bytes */
    std::string ReadAll(subproc_stream_id stream = SUBPROC_OUT);
    std::string TryReadAll(subproc_stream_id stream, int64_t timeout); /* for each piece; how it ended is in `code` */
    std::string Read(size_t size, subproc_stream_id stream = SUBPROC_OUT);
    int Write(std::string_view data);
    int Communicate(std::string_view input, int64_t timeout = deadline);

    int code;
    subproc_error error{};
    subproc_exit status{};
    subproc_result result{};

    std::string out() const
    {
        return {result.out.data == nullptr ? "" : result.out.data, result.out.size};
    }
    std::string err() const
    {
        return {result.err.data == nullptr ? "" : result.err.data, result.err.size};
    }

  private:
    subproc *child_ = nullptr;
};

/* Options by stream kinds, which most tests start from. */
subproc_options Streams(subproc_stream_kind in, subproc_stream_kind out, subproc_stream_kind err);
subproc_options Captured(); /* in NULL, out and err PIPE */
subproc_options Piped();    /* all three PIPE */

/* Without a console on Windows: Wine gives a hidden one to a process that holds the child's streams open as well, so that
 * there closing one in the child, or its end, does not close the pipe. */
subproc_options WithoutConsole(subproc_options options);

/* What a name means in an environment: the file, or the error's name. */
std::string Which(const std::string &name, const Words &environment);

/* What starting `name` with these changes of the environment gives: "started" (of a helper), or the error's name. */
std::string Start(const std::string &name, const Words &changes, const char *directory = nullptr);

/* ---- handles --------------------------------------------------------------------------------------------------------- */

/* Owns a descriptor or HANDLE. None of those made here can be inherited. */
class Handle
{
  public:
    Handle() = default;
    explicit Handle(subproc_handle handle) : handle_(handle) {}
    Handle(Handle &&other) noexcept : handle_(other.Release()) {}
    Handle &operator=(Handle &&other) noexcept;
    ~Handle()
    {
        Close();
    }

    operator subproc_handle() const
    {
        return handle_;
    }
    subproc_handle Release();
    void Close();

    size_t Read(void *buffer, size_t size) const; /* 0 at the end of file */
    std::string ReadAll() const;
    bool Says(std::string_view text) const;
    bool Write(std::string_view data) const;
    bool Ready(int64_t timeout) const; /* readable, or signalled */
    bool HasEnded() const;             /* a pipe that is read to its end, without waiting for that */

  private:
    subproc_handle handle_ = SUBPROC_NO_HANDLE;
};

bool IsReady(subproc_handle handle, int64_t timeout);

struct Pipe {
    Pipe();
    Handle read, write;
};

Handle OpenPath(const std::string &path, char mode); /* 'r', 'w' or 'a' */
FILE *ReadingFile(subproc_handle handle);            /* takes it over, as a caller of take_stream would */
std::string HandleNumber(subproc_handle handle);     /* as a word for the helper */

/* What `cancel` waits for. */
class Trigger
{
  public:
    Trigger();
    void Fire();
    const subproc_handle *get() const
    {
        return &handle_;
    }

  private:
    Handle ours_, theirs_;
    subproc_handle handle_;
};

/* Lets a child wait for us: give it `--wait-for` with word(). */
class Gate
{
  public:
    Gate();
    explicit Gate(subproc_options *options) : Gate()
    {
        GiveTo(options);
    }
    void GiveTo(subproc_options *options); /* any number of children may wait for one */
    std::string word() const;
    void Open()
    {
        pipe_.write.Close();
    }

  private:
    Pipe pipe_;
    subproc_descriptor descriptor_;
    subproc_handle handle_;
};

/* Puts handles where our own standard streams are, until the end of its life; SUBPROC_NO_HANDLE closes one. */
class OwnStreams
{
  public:
    static constexpr subproc_handle keep = -2;

    OwnStreams(subproc_handle in, subproc_handle out, subproc_handle err);
    ~OwnStreams();
    OwnStreams(const OwnStreams &) = delete;
    OwnStreams &operator=(const OwnStreams &) = delete;

  private:
    subproc_handle saved_[3];
};

/* ---- surroundings ------------------------------------------------------------------------------------------------------ */

/* A variable of our own environment, until the end of its life. */
class Variable
{
  public:
    Variable(const std::string &name, const char *value); /* NULL: unset */
    ~Variable();
    Variable(const Variable &) = delete;
    Variable &operator=(const Variable &) = delete;

  private:
    std::string name_, saved_;
    bool was_set_;
};

/* A variable whose value is no text of this system; raw is how the helper prints it. */
class BadVariable
{
  public:
    explicit BadVariable(const std::string &name);
    ~BadVariable();
    BadVariable(const BadVariable &) = delete;
    BadVariable &operator=(const BadVariable &) = delete;
    std::string raw() const;

  private:
    std::string name_;
};

class WorkingDirectory
{
  public:
    explicit WorkingDirectory(const std::string &path);
    ~WorkingDirectory();
    WorkingDirectory(const WorkingDirectory &) = delete;
    WorkingDirectory &operator=(const WorkingDirectory &) = delete;

  private:
    std::string saved_;
};

std::string OurDirectory();
void SaveFile(const std::string &path, std::string_view content);
std::string LoadFile(const std::string &path);
void CopyProgram(const std::string &from, const std::string &to);
void MakeFolder(const std::string &path);
void RemoveAll(const std::string &path);
bool SameFile(const std::string &a, const std::string &b);
std::string NewFolder();

/* `name` as a program file is called here: with .exe on Windows. */
std::string ProgramFile(const std::string &name);
std::string Join(const std::string &folder, const std::string &name);
std::string PathList(const std::vector<std::string> &folders); /* "PATH=..." */

/* ---- what is open ---------------------------------------------------------------------------------------------------- */

/* Each descriptor or handle that this process has, described. */
std::vector<std::string> Held();

/* What is in `after` and wasn't in `before`; "" when nothing is. */
std::string Leaked(const std::vector<std::string> &before, const std::vector<std::string> &after);

/* POSIX: our children that nobody waited for, running ones included; 0 on Windows, where there is no such thing. */
int Uncollected();
int Zombies();

/* Polls for what gives no event, such as a zombie; false after `deadline`. */
bool Eventually(const std::function<bool()> &state);

/* ---- the fixture ------------------------------------------------------------------------------------------------------- */

/* Nothing stays open and no child stays behind: descriptors or handles, zombies and threads before and after. */
class Behaviour : public testing::Test
{
  protected:
    void SetUp() override;
    void TearDown() override;

    const std::string &Folder(); /* removed after the test */
    std::string InFolder(const std::string &name)
    {
        return Join(Folder(), name);
    }
    std::string NewFile(const std::string &name, std::string_view content);

  private:
    std::vector<std::string> held_;
    int threads_ = 0;
    std::string folder_;
};

/* ---- tests in a process of their own ------------------------------------------------------------------------------------ */

using OwnWords = const std::vector<std::string> &;

struct OwnProcess {
    OwnProcess(const char *name, void (*body)(OwnWords));
};

/* Runs an OWN_PROCESS in a new process; its failures become ours. */
void InOwnProcess(const std::string &name, const std::vector<std::string> &words = {});

/* The command line of one that a test starts itself; it writes its failures to `report` when it comes to its end. */
Words OwnProcessLine(const std::string &name, const std::string &report, const std::vector<std::string> &words = {});

/* OWN_PROCESS(Name) { ... EXPECT_... } defines what InOwnProcess("Name") runs; `words` are its arguments. */
#define OWN_PROCESS(name)                                                                                                  \
    static void name([[maybe_unused]] ::test::OwnWords words);                                                             \
    static const ::test::OwnProcess name##_registration(#name, name);                                                      \
    static void name([[maybe_unused]] ::test::OwnWords words)

} // namespace test

#endif
