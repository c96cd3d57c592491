/* See support.h. What differs between the systems is behind #ifdef here, so that the tests need none. */
#include "../support.h"

#ifdef _WIN32
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <malloc.h>
#include <shellapi.h>
#else
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <ostream>
#include <sstream>
#include <thread>

#include <gtest/gtest-spi.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
extern "C" size_t __sanitizer_get_current_allocated_bytes();
#endif

bool operator==(const subproc_exit &a, const subproc_exit &b)
{
    return a.kind == b.kind && a.code == b.code;
}

void PrintTo(const subproc_exit &status, std::ostream *out)
{
    static const char *const kinds[] = {"running", "exited", "signalled", "lost"};
    *out << kinds[status.kind] << " " << status.code;
}

namespace test
{

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

static fs::path PathOf(const std::string &utf8)
{
    return {std::u8string(utf8.begin(), utf8.end())};
}

static std::string TextOf(const fs::path &path)
{
    std::u8string text = path.u8string();
    return {text.begin(), text.end()};
}

static subproc_exit Exit(subproc_exit_kind kind, uint32_t code)
{
    subproc_exit status{};
    status.kind = kind;
    status.code = code;
    return status;
}

subproc_exit Exited(uint32_t code)
{
    return Exit(SUBPROC_EXIT_EXITED, code);
}

subproc_exit Signalled(uint32_t number)
{
    return Exit(SUBPROC_EXIT_SIGNALLED, number);
}

subproc_exit Terminated()
{
    return OnWindows() ? Exited(1) : Signalled(15);
}

subproc_exit Killed()
{
    return OnWindows() ? Exited(1) : Signalled(9);
}

int Rounds(int usual)
{
    const char *factor = std::getenv("SUBPROC_TEST_ROUNDS");
    return factor == nullptr ? usual : usual * std::max(1, std::atoi(factor));
}

bool Slow()
{
    return Emulated() || std::getenv("SUBPROC_TEST_SLOW") != nullptr;
}

bool Emulated()
{
    return std::getenv("SUBPROC_TEST_EMULATED") != nullptr;
}

bool Sanitized()
{
#ifdef SANITIZED
    return true;
#else
    return false;
#endif
}

bool OnLinux()
{
#ifdef __linux__
    return true;
#else
    return false;
#endif
}

/* ---- the same thing on the two systems ----------------------------------------------------------------------------- */

#ifdef _WIN32

bool OnWindows()
{
    return true;
}

static FARPROC NativeCall(const char *name)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), name);
}

using GetWineVersion = const char *(*)();

int WineVersion()
{
    auto version = reinterpret_cast<GetWineVersion>(reinterpret_cast<void *>(NativeCall("wine_get_version")));
    return version == nullptr ? 0 : std::atoi(version());
}

bool OnWine()
{
    return WineVersion() != 0;
}

bool IsRoot()
{
    return false;
}

/* What the runtime makes once and keeps: a lock's event when threads first meet there, a named mutex and its directory. */
static std::string Leaks(const std::string &leaked)
{
    int events = 0;
    for (const std::string &line : Split(leaked, '\n'))
        if (line.starts_with("Event "))
            events++;
        else if (!line.starts_with("Mutant ") && !line.starts_with("Directory "))
            return leaked;
    return events <= 3 ? "" : leaked;
}

bool CanAsk()
{
    return GetConsoleCP() != 0;
}

static std::wstring Wide(const std::string &text)
{
    std::wstring wide(text.size() + 1, L'\0');
    int size = MultiByteToWideChar(CP_UTF8, 0, text.data(), (int)text.size(), wide.data(), (int)wide.size());
    wide.resize((size_t)size);
    return wide;
}

static std::string Narrow(const std::wstring &wide)
{
    std::string text(wide.size() * 3 + 1, '\0');
    int size =
        WideCharToMultiByte(CP_UTF8, 0, wide.data(), (int)wide.size(), text.data(), (int)text.size(), nullptr, nullptr);
    text.resize((size_t)size);
    return text;
}

static HANDLE Native(subproc_handle handle)
{
    return reinterpret_cast<HANDLE>(handle);
}

static subproc_handle Portable(HANDLE handle)
{
    return handle == nullptr ? SUBPROC_NO_HANDLE : reinterpret_cast<subproc_handle>(handle);
}

static std::string OwnPath()
{
    wchar_t path[4096];
    return Narrow({path, GetModuleFileNameW(nullptr, path, 4096)});
}

static std::vector<std::string> OwnArguments(int, char **)
{
    int count;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    std::vector<std::string> words;
    for (int i = 0; i < count; i++)
        words.push_back(Narrow(wide[i]));
    LocalFree(wide);
    return words;
}

static void CloseNative(subproc_handle handle)
{
    CloseHandle(Native(handle));
}

size_t Handle::Read(void *buffer, size_t size) const
{
    DWORD got = 0;
    return ReadFile(Native(handle_), buffer, (DWORD)size, &got, nullptr) ? got : 0;
}

bool Handle::Write(std::string_view data) const
{
    DWORD put = 0;
    return WriteFile(Native(handle_), data.data(), (DWORD)data.size(), &put, nullptr) && put == data.size();
}

bool IsReady(subproc_handle handle, int64_t timeout)
{
    return WaitForSingleObject(Native(handle), (DWORD)timeout) == WAIT_OBJECT_0;
}

bool Handle::HasEnded() const
{
    return !PeekNamedPipe(Native(handle_), nullptr, 0, nullptr, nullptr, nullptr) && GetLastError() == ERROR_BROKEN_PIPE;
}

Pipe::Pipe()
{
    HANDLE ends[2];
    CreatePipe(&ends[0], &ends[1], nullptr, 0);
    read = Handle(Portable(ends[0]));
    write = Handle(Portable(ends[1]));
}

Handle OpenPath(const std::string &path, char mode)
{
    DWORD access = mode == 'r' ? GENERIC_READ : mode == 'w' ? GENERIC_WRITE : FILE_APPEND_DATA | SYNCHRONIZE;
    DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    DWORD how = mode == 'r' ? OPEN_EXISTING : mode == 'w' ? CREATE_ALWAYS : OPEN_ALWAYS;
    HANDLE file = CreateFileW(Wide(path).c_str(), access, share, nullptr, how, FILE_ATTRIBUTE_NORMAL, nullptr);
    return Handle(Portable(file));
}

FILE *ReadingFile(subproc_handle handle)
{
    return _fdopen(_open_osfhandle(handle, _O_RDONLY | _O_BINARY), "rb");
}

Trigger::Trigger() : theirs_(Portable(CreateEventW(nullptr, TRUE, FALSE, nullptr))), handle_(theirs_) {}

void Trigger::Fire()
{
    SetEvent(Native(handle_));
}

Gate::Gate() : descriptor_(), handle_(pipe_.read) {}

void Gate::GiveTo(subproc_options *options)
{
    options->win32.handles = &handle_;
    options->win32.handle_count = 1;
}

std::string Gate::word() const
{
    return HandleNumber(handle_);
}

static const DWORD standard_names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

OwnStreams::OwnStreams(subproc_handle in, subproc_handle out, subproc_handle err)
{
    const subproc_handle wanted[] = {in, out, err};
    for (int i = 0; i < 3; i++) {
        saved_[i] = Portable(GetStdHandle(standard_names[i]));
        if (wanted[i] != keep)
            SetStdHandle(standard_names[i], wanted[i] == SUBPROC_NO_HANDLE ? nullptr : Native(wanted[i]));
    }
}

OwnStreams::~OwnStreams()
{
    for (int i = 0; i < 3; i++)
        SetStdHandle(standard_names[i], saved_[i] == SUBPROC_NO_HANDLE ? nullptr : Native(saved_[i]));
}

static bool GetVariable(const std::string &name, std::string *value)
{
    wchar_t buffer[32768];
    SetLastError(0); /* an empty value leaves it so */
    DWORD size = GetEnvironmentVariableW(Wide(name).c_str(), buffer, 32768);
    bool is_set = size > 0 || GetLastError() != ERROR_ENVVAR_NOT_FOUND;
    *value = Narrow({buffer, size});
    return is_set;
}

static void SetVariable(const std::string &name, const char *value)
{
    SetEnvironmentVariableW(Wide(name).c_str(), value == nullptr ? nullptr : Wide(value).c_str());
}

BadVariable::BadVariable(const std::string &name) : name_(name)
{
    const wchar_t lone_surrogate[] = {0xD800, L'x', 0};
    SetEnvironmentVariableW(Wide(name).c_str(), lone_surrogate);
}

std::string BadVariable::raw() const
{
    return "\xED\xA0\x80x";
}

/* Of winternl.h, which leaves them out: information class 64 of NtQuerySystemInformation. */
struct HandleEntry {
    void *object;
    uintptr_t process, handle;
    uint32_t access;
    uint16_t trace, type;
    uint32_t attributes, unused;
};
struct HandleTable {
    uintptr_t count, unused;
    HandleEntry entries[1];
};
using QuerySystem = LONG(WINAPI *)(int, void *, ULONG, ULONG *);
using QueryObject = LONG(WINAPI *)(HANDLE, int, void *, ULONG, ULONG *);

/* The name of a handle's type, such as "File": information class 2 begins with a UNICODE_STRING. */
static std::string TypeOf(HANDLE handle)
{
    static auto query = reinterpret_cast<QueryObject>(reinterpret_cast<void *>(NativeCall("NtQueryObject")));
    alignas(8) char buffer[1024];
    ULONG size;
    if (query(handle, 2, buffer, sizeof buffer, &size) != 0)
        return "?";
    uint16_t bytes;
    wchar_t *text;
    memcpy(&bytes, buffer, sizeof bytes);
    memcpy(&text, buffer + sizeof text, sizeof text); /* aligned as a pointer is */
    return Narrow({text, bytes / sizeof(wchar_t)});
}

/* As the system lists them, for all processes. */
static std::vector<uintptr_t> ListedHandles()
{
    static auto query = reinterpret_cast<QuerySystem>(reinterpret_cast<void *>(NativeCall("NtQuerySystemInformation")));
    static std::vector<char> buffer(1 << 20);
    ULONG size;
    while (query(64, buffer.data(), (ULONG)buffer.size(), &size) != 0 && buffer.size() < (64u << 20))
        buffer.resize(buffer.size() * 2);
    const auto *table = reinterpret_cast<const HandleTable *>(buffer.data());
    std::vector<uintptr_t> handles;
    for (uintptr_t i = 0; i < table->count; i++)
        if (table->entries[i].process == GetCurrentProcessId())
            handles.push_back(table->entries[i].handle);
    return handles;
}

/* Each number that may be one is tried. The list crashes Wine 8's server while a process is born that has no handle yet
 * (enum_handles of server/handle.c compares with -1 as unsigned), and GetProcessHandleCount is always 0 there. */
static std::vector<uintptr_t> TriedHandles()
{
    const uintptr_t step = 4, largest_gap = 1024 * step; /* Wine takes the lowest free number */
    std::vector<uintptr_t> handles;
    DWORD flags;
    uintptr_t last = 0;
    for (uintptr_t handle = step; handle <= last + largest_gap; handle += step) {
        if (!GetHandleInformation(Native((subproc_handle)handle), &flags))
            continue;
        handles.push_back(handle);
        last = handle;
    }
    return handles;
}

std::vector<std::string> Held()
{
    std::vector<std::string> held;
    for (uintptr_t handle : OnWine() ? TriedHandles() : ListedHandles())
        held.push_back(TypeOf(Native((subproc_handle)handle)) + " " + std::to_string(handle));
    std::sort(held.begin(), held.end());
    return held;
}

int Uncollected()
{
    return 0;
}

int Zombies()
{
    return 0;
}

static int Threads()
{
    return 1;
}

static int64_t HeapOf(HANDLE heap)
{
    int64_t used = 0;
    PROCESS_HEAP_ENTRY entry{};
    HeapLock(heap);
    while (HeapWalk(heap, &entry))
        if ((entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0)
            used += entry.cbData;
    HeapUnlock(heap);
    return used;
}

int64_t Heap()
{
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(64, heaps);
    int64_t used = 0;
    for (DWORD i = 0; i < count && i < 64; i++)
        used += HeapOf(heaps[i]);
    return used;
}

/* These words hold no quotes and no backslash at an end. */
static int RunOwnCopy(const std::vector<std::string> &words)
{
    std::string line;
    for (const std::string &word : words)
        line += "\"" + word + "\" ";
    STARTUPINFOW startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION made{};
    if (!CreateProcessW(Wide(OwnPath()).c_str(), Wide(line).data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup,
                        &made))
        return -1;
    DWORD code = 0;
    WaitForSingleObject(made.hProcess, INFINITE);
    GetExitCodeProcess(made.hProcess, &code);
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    return (int)code;
}

static void AllowManyDescriptors() {}

int64_t DescriptorLimit()
{
    return INT64_MAX;
}

/* Children end with us, whatever ends us. */
static void TakeChildrenAlong()
{
    HANDLE job = CreateJobObjectW(nullptr, nullptr);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_BREAKAWAY_OK;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    AssignProcessToJobObject(job, GetCurrentProcess());
}

static void BlockSignals() {}

static int ProcessNumber()
{
    return (int)GetCurrentProcessId();
}

#else

bool OnWindows()
{
    return false;
}

bool OnWine()
{
    return false;
}

int WineVersion()
{
    return 0;
}

bool IsRoot()
{
    return geteuid() == 0;
}

static std::string Leaks(const std::string &leaked)
{
    return leaked;
}

bool CanAsk()
{
    return true;
}

static std::string OwnPath()
{
    std::error_code failed;
    fs::path path = fs::read_symlink("/proc/self/exe", failed);
    extern std::string own_path;
    return failed ? own_path : TextOf(path);
}

std::string own_path; /* argv[0], for systems without /proc */

static std::vector<std::string> OwnArguments(int argc, char **argv)
{
    own_path = TextOf(fs::absolute(argv[0]));
    return {argv, argv + argc};
}

static void CloseNative(subproc_handle handle)
{
    close((int)handle);
}

size_t Handle::Read(void *buffer, size_t size) const
{
    ssize_t got;
    do {
        got = read((int)handle_, buffer, size);
    } while (got < 0 && errno == EINTR);
    return got > 0 ? (size_t)got : 0;
}

bool Handle::Write(std::string_view data) const
{
    return write((int)handle_, data.data(), data.size()) == (ssize_t)data.size();
}

bool IsReady(subproc_handle handle, int64_t timeout)
{
    pollfd entry{(int)handle, POLLIN, 0};
    return poll(&entry, 1, (int)timeout) == 1;
}

bool Handle::HasEnded() const
{
    pollfd entry{(int)handle_, POLLIN, 0};
    int unread = 0;
    return poll(&entry, 1, 0) == 1 && (entry.revents & POLLHUP) != 0 && ioctl(entry.fd, FIONREAD, &unread) == 0 &&
           unread == 0;
}

Pipe::Pipe()
{
    int ends[2] = {-1, -1};
    EXPECT_EQ(0, pipe(ends));
    for (int end : ends)
        fcntl(end, F_SETFD, FD_CLOEXEC);
    read = Handle(ends[0]);
    write = Handle(ends[1]);
}

Handle OpenPath(const std::string &path, char mode)
{
    int flags = mode == 'r' ? O_RDONLY : O_WRONLY | O_CREAT | (mode == 'w' ? O_TRUNC : O_APPEND);
    return Handle(open(path.c_str(), flags | O_CLOEXEC, 0666));
}

FILE *ReadingFile(subproc_handle handle)
{
    return fdopen((int)handle, "rb");
}

Trigger::Trigger()
{
    Pipe pipe;
    ours_ = std::move(pipe.write);
    theirs_ = std::move(pipe.read);
    handle_ = theirs_;
}

void Trigger::Fire()
{
    ours_.Close();
}

Gate::Gate() : descriptor_{(int)pipe_.read, 3}, handle_() {}

void Gate::GiveTo(subproc_options *options)
{
    options->posix.descriptors = &descriptor_;
    options->posix.descriptor_count = 1;
}

std::string Gate::word() const
{
    return "3";
}

OwnStreams::OwnStreams(subproc_handle in, subproc_handle out, subproc_handle err)
{
    const subproc_handle wanted[] = {in, out, err};
    for (int i = 0; i < 3; i++) {
        saved_[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
        if (wanted[i] == SUBPROC_NO_HANDLE)
            close(i);
        else if (wanted[i] != keep)
            dup2((int)wanted[i], i);
    }
}

OwnStreams::~OwnStreams()
{
    for (int i = 0; i < 3; i++) {
        if (saved_[i] < 0) {
            close(i);
            continue;
        }
        dup2((int)saved_[i], i);
        close((int)saved_[i]);
    }
}

static bool GetVariable(const std::string &name, std::string *value)
{
    const char *found = getenv(name.c_str());
    *value = found == nullptr ? "" : found;
    return found != nullptr;
}

static void SetVariable(const std::string &name, const char *value)
{
    if (value == nullptr)
        unsetenv(name.c_str());
    else
        setenv(name.c_str(), value, 1);
}

BadVariable::BadVariable(const std::string &name) : name_(name)
{
    setenv(name.c_str(), raw().c_str(), 1);
}

std::string BadVariable::raw() const
{
    return "\xFF\xFE\x80x";
}

static int CountFolder(const char *path)
{
    int count = 0;
    DIR *folder = opendir(path);
    while (folder != nullptr && readdir(folder) != nullptr)
        count++;
    if (folder != nullptr)
        closedir(folder);
    return count;
}

static int Threads()
{
    return OnLinux() ? CountFolder("/proc/self/task") : 0;
}

static std::string DescriptorText(int descriptor)
{
    char target[512];
    std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    ssize_t size = readlink(link.c_str(), target, sizeof target);
    return std::to_string(descriptor) + " " + std::string(target, size > 0 ? (size_t)size : 0);
}

std::vector<std::string> Held()
{
    std::vector<std::string> held;
    DIR *folder = opendir("/dev/fd");
    while (dirent *entry = readdir(folder))
        if (entry->d_name[0] != '.' && std::atoi(entry->d_name) != dirfd(folder))
            held.push_back(DescriptorText(std::atoi(entry->d_name)));
    closedir(folder);
    std::sort(held.begin(), held.end());
    return held;
}

/* -1: no child at all; 0: none has ended; else the id of one that has. */
static pid_t EndedChild()
{
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
        return -1;
    return info.si_pid;
}

int Uncollected()
{
    return EndedChild() >= 0 ? 1 : 0;
}

int Zombies()
{
    return EndedChild() > 0 ? 1 : 0;
}

int64_t Heap()
{
#if defined(SANITIZED)
    return (int64_t)__sanitizer_get_current_allocated_bytes();
#elif defined(__GLIBC__)
    return (int64_t)mallinfo2().uordblks;
#else
    return -1;
#endif
}

static int RunOwnCopy(const std::vector<std::string> &words)
{
    std::vector<char *> argv;
    for (const std::string &word : words)
        argv.push_back(const_cast<char *>(word.c_str()));
    argv.push_back(nullptr);
    const std::string path = OwnPath();
    int status = 0;
    pid_t id = fork(); /* not posix_spawn: the new process's peak memory would begin at our peak */
    if (id == 0) {
        execv(path.c_str(), argv.data());
        _exit(127);
    }
    while (waitpid(id, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Five thousand children with a pipe and a pidfd each need more than most systems' soft limit. */
static void AllowManyDescriptors()
{
    const rlim_t many = 16384;
    rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= many)
        return;
    limit.rlim_cur = std::min(limit.rlim_max, many);
    setrlimit(RLIMIT_NOFILE, &limit);
}

int64_t DescriptorLimit()
{
    rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < INT32_MAX ? (int64_t)limit.rlim_cur : INT32_MAX;
}

static void TakeChildrenAlong() {}

static void BlockSignals()
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

static int ProcessNumber()
{
    return getpid();
}

#endif

/* ---- words and bytes ------------------------------------------------------------------------------------------------ */

Words::operator const char * const *() const
{
    pointers_.clear();
    for (const std::string &word : words_)
        pointers_.push_back(word.c_str());
    pointers_.push_back(nullptr);
    return pointers_.data();
}

std::string Join(const std::string &folder, const std::string &name)
{
    return folder + (OnWindows() ? "\\" : "/") + name;
}

std::string ProgramFile(const std::string &name)
{
    return OnWindows() ? name + ".exe" : name;
}

static std::string FindHelper()
{
    std::string given;
    if (GetVariable("SUBPROC_TEST_HELPER", &given))
        return TextOf(fs::absolute(PathOf(given)));
    return Join(TextOf(PathOf(OwnPath()).parent_path()), ProgramFile("subproc_helper"));
}

const std::string &HelperPath()
{
    static const std::string path = FindHelper();
    return path;
}

Words Helper(const std::vector<std::string> &actions)
{
    Words words{HelperPath()};
    for (const std::string &action : actions)
        words.add(action);
    return words;
}

Words Helper(std::initializer_list<std::string> actions)
{
    return Helper(std::vector<std::string>(actions));
}

std::string Pattern(size_t size)
{
    std::string bytes(size, '\0');
    for (size_t at = 0; at < size; at++)
        bytes[at] = (char)((at ^ at >> 7 ^ at >> 16 ^ at >> 23) * 131);
    return bytes;
}

testing::AssertionResult SameBytes(std::string_view expected, std::string_view actual)
{
    if (expected == actual)
        return testing::AssertionSuccess();
    size_t same = 0;
    while (same < expected.size() && same < actual.size() && expected[same] == actual[same])
        same++;
    return testing::AssertionFailure() << actual.size() << " bytes instead of " << expected.size()
                                       << ", the first difference at " << same;
}

std::vector<std::string> Split(std::string_view text, char end)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        size_t size = std::min(text.find(end), text.size());
        parts.emplace_back(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return parts;
}

std::string NumberOf(std::string_view report, const std::string &name)
{
    for (const std::string &line : Split(report, '\n'))
        if (line.starts_with(name + "="))
            return line.substr(name.size() + 1);
    return "";
}

/* ---- children -------------------------------------------------------------------------------------------------------- */

std::string Told(const subproc_error &error)
{
    std::ostringstream text;
    text << subproc_error_name(error.code) << ", native " << error.native << ", step '"
         << (error.step == nullptr ? "(null)" : error.step) << "': " << error.message;
    return text.str();
}

subproc_options Streams(subproc_stream_kind in, subproc_stream_kind out, subproc_stream_kind err)
{
    subproc_options options{};
    options.in.kind = in;
    options.out.kind = out;
    options.err.kind = err;
    return options;
}

subproc_options Captured()
{
    return Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_PIPE);
}

subproc_options Piped()
{
    return Streams(SUBPROC_STREAM_PIPE, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_PIPE);
}

subproc_options WithoutConsole(subproc_options options)
{
    const uint32_t detached_process = 8;
    options.win32.creation_flags = OnWindows() ? detached_process : 0;
    return options;
}

bool FailedByWine(const subproc_error &error)
{
    const int internal_error = 1359;
    if (!OnWine() || error.native != internal_error)
        return false;
    testing::Test::RecordProperty("system_error", internal_error);
    return true;
}

Ran::Ran(const char *const *argv, const subproc_options &options) : code(0), error(), result()
{
    code = subproc_run(argv, &options, &result, &error);
    if (FailedByWine(error))
        code = subproc_run(argv, &options, &result, &error);
}

Child::Child(const char *const *argv, const subproc_options &options) : code(0)
{
    code = subproc_spawn(argv, &options, &child_, &error);
    if (FailedByWine(error))
        code = subproc_spawn(argv, &options, &child_, &error);
}

void Child::Free()
{
    subproc_result_free(&result);
    if (child_ == nullptr)
        return;
    subproc_exit ended;
    if (subproc_poll(child_, &ended, nullptr) == SUBPROC_E_RUNNING) {
        subproc_kill(child_, nullptr);
        EXPECT_NE(SUBPROC_E_TIMEOUT, subproc_wait(child_, deadline, nullptr, nullptr));
    }
    subproc_free(Release());
}

subproc *Child::Release()
{
    subproc *child = child_;
    child_ = nullptr;
    return child;
}

int Child::Wait(int64_t timeout)
{
    return code = subproc_wait(child_, timeout, &status, &error);
}

subproc_exit Child::End()
{
    EXPECT_EQ(SUBPROC_OK, Wait()) << Told(error);
    return status;
}

std::string Child::Read(size_t size, subproc_stream_id stream)
{
    std::string text(size, '\0');
    size_t all = 0, got = 1;
    while (all < size && got > 0) {
        code = subproc_read(child_, stream, text.data() + all, size - all, deadline, &got, &error);
        EXPECT_EQ(SUBPROC_OK, code) << Told(error);
        all += got;
    }
    text.resize(all);
    return text;
}

bool Child::Says(std::string_view text, subproc_stream_id stream)
{
    std::string said = Read(text.size(), stream);
    EXPECT_EQ(text, said);
    return said == text;
}

std::string Child::TryReadAll(subproc_stream_id stream, int64_t timeout)
{
    std::string all;
    char buffer[65536];
    size_t got = 0;
    do {
        code = subproc_read(child_, stream, buffer, sizeof buffer, timeout, &got, &error);
        all.append(buffer, got);
    } while (code == SUBPROC_OK && got > 0);
    return all;
}

std::string Child::ReadAll(subproc_stream_id stream)
{
    std::string all = TryReadAll(stream, deadline);
    EXPECT_EQ(SUBPROC_OK, code) << Told(error);
    return all;
}

int Child::Write(std::string_view data)
{
    size_t put;
    return code = subproc_write(child_, data.data(), data.size(), deadline, &put, &error);
}

int Child::Communicate(std::string_view input, int64_t timeout)
{
    subproc_result_free(&result);
    return code = subproc_communicate(child_, input.data(), input.size(), timeout, &result, &error);
}

std::string Which(const std::string &name, const Words &environment)
{
    char *path = nullptr;
    subproc_error error;
    int code = subproc_which(name.c_str(), environment, &path, &error);
    std::string found = code == SUBPROC_OK ? path : subproc_error_name(code);
    EXPECT_EQ(code == SUBPROC_OK, path != nullptr);
    EXPECT_EQ(code, error.code);
    subproc_free_string(path);
    return found;
}

/* What starting `name` with these changes of the environment gives: the status, or the error's name. */
std::string Start(const std::string &name, const Words &changes, const char *directory)
{
    subproc_options options = Captured();
    options.environment.changes = changes;
    options.directory = directory;
    Ran ran(Words{name, "--out", "started"}, options);
    return ran.code == SUBPROC_OK ? ran.out() : subproc_error_name(ran.code);
}

/* ---- handles ----------------------------------------------------------------------------------------------------------- */

Handle &Handle::operator=(Handle &&other) noexcept
{
    Close();
    handle_ = other.Release();
    return *this;
}

subproc_handle Handle::Release()
{
    subproc_handle handle = handle_;
    handle_ = SUBPROC_NO_HANDLE;
    return handle;
}

void Handle::Close()
{
    if (handle_ != SUBPROC_NO_HANDLE)
        CloseNative(Release());
}

std::string Handle::ReadAll() const
{
    std::string all;
    char buffer[4096];
    while (size_t got = Read(buffer, sizeof buffer))
        all.append(buffer, got);
    return all;
}

bool Handle::Says(std::string_view text) const
{
    std::string said(text.size(), '\0');
    size_t all = 0, got = 1;
    while (all < said.size() && got > 0)
        all += got = Read(said.data() + all, said.size() - all);
    said.resize(all);
    EXPECT_EQ(text, said);
    return said == text;
}

bool Handle::Ready(int64_t timeout) const
{
    return IsReady(handle_, timeout);
}

std::string HandleNumber(subproc_handle handle)
{
    return std::to_string((long long)handle);
}

/* ---- surroundings -------------------------------------------------------------------------------------------------------- */

Variable::Variable(const std::string &name, const char *value) : name_(name), was_set_(GetVariable(name, &saved_))
{
    SetVariable(name, value);
}

Variable::~Variable()
{
    SetVariable(name_, was_set_ ? saved_.c_str() : nullptr);
}

BadVariable::~BadVariable()
{
    SetVariable(name_, nullptr);
}

std::string OurDirectory()
{
    return TextOf(fs::current_path());
}

WorkingDirectory::WorkingDirectory(const std::string &path) : saved_(OurDirectory())
{
    fs::current_path(PathOf(path));
}

WorkingDirectory::~WorkingDirectory()
{
    fs::current_path(PathOf(saved_));
}

void SaveFile(const std::string &path, std::string_view content)
{
    std::ofstream file(PathOf(path), std::ios::binary);
    file.write(content.data(), (std::streamsize)content.size());
    file.close();
    EXPECT_TRUE(file.good()) << path;
}

std::string LoadFile(const std::string &path)
{
    std::ifstream file(PathOf(path), std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
}

void CopyProgram(const std::string &from, const std::string &to)
{
    SaveFile(to, LoadFile(from));
    fs::permissions(PathOf(to), fs::perms(0755));
}

void MakeFolder(const std::string &path)
{
    fs::create_directories(PathOf(path));
}

void RemoveAll(const std::string &path)
{
    std::error_code ignored; /* a folder that stays in the temporary folder is no failure of the library */
    fs::remove_all(PathOf(path), ignored);
}

bool SameFile(const std::string &a, const std::string &b)
{
    std::error_code failed;
    return fs::equivalent(PathOf(a), PathOf(b), failed) && !failed;
}

std::string NewFolder()
{
    static std::atomic<int> count;
    std::string name = "subproc-test-" + std::to_string(ProcessNumber()) + "-" + std::to_string(count++);
    std::string path = TextOf(fs::temp_directory_path() / name);
    MakeFolder(path);
    return path;
}

std::string PathList(const std::vector<std::string> &folders)
{
    std::string list = "PATH=";
    for (const std::string &folder : folders)
        list += (list == "PATH=" ? "" : OnWindows() ? ";" : ":") + folder;
    return list;
}

std::string Leaked(const std::vector<std::string> &before, const std::vector<std::string> &after)
{
    std::string leaked;
    for (const std::string &one : after)
        if (std::find(before.begin(), before.end(), one) == before.end())
            leaked += one + "\n";
    return leaked;
}

static bool Within(int64_t ms, const std::function<bool()> &state)
{
    auto end = steady_clock::now() + milliseconds(ms);
    while (!state()) {
        if (steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(milliseconds(1));
    }
    return true;
}

bool Eventually(const std::function<bool()> &state)
{
    return Within(deadline, state);
}

/* ---- the watchdog ---------------------------------------------------------------------------------------------------------- */

/* Ends the program, with the test's name, when one test takes too long: nothing hangs a run. */
class Watchdog
{
  public:
    static void Begin(const std::string &name, int seconds)
    {
        static Watchdog *watchdog = new Watchdog; /* never ends */
        std::lock_guard lock(watchdog->mutex_);
        watchdog->name_ = name;
        watchdog->end_ = steady_clock::now() + std::chrono::seconds(seconds);
    }

  private:
    Watchdog() : thread_(&Watchdog::Watch, this) {}

    void Watch()
    {
        BlockSignals();
        for (;;) {
            std::this_thread::sleep_for(milliseconds(500));
            std::lock_guard lock(mutex_);
            if (steady_clock::now() < end_)
                continue;
            std::fprintf(stderr, "\n%s did not come to its end in time\n", name_.c_str());
            std::abort();
        }
    }

    std::mutex mutex_;
    std::string name_;
    steady_clock::time_point end_ = steady_clock::time_point::max();
    std::thread thread_;
};

static constexpr int test_seconds = 60;
static constexpr int own_process_seconds = 50;

int64_t TimeToWrite()
{
    return OnWine() ? 4000 : 1000;
}

/* ---- the fixture ------------------------------------------------------------------------------------------------------------- */

void MoreTime()
{
    const testing::TestInfo *info = testing::UnitTest::GetInstance()->current_test_info();
    Watchdog::Begin(std::string(info->test_suite_name()) + "." + info->name(), test_seconds);
}

void Behaviour::SetUp()
{
    MoreTime();
    held_ = Held();
    threads_ = Threads();
}

void Behaviour::TearDown()
{
    if (!folder_.empty())
        RemoveAll(folder_);
    /* GoogleTest on Windows watches each thread that asserts, and lets go a moment after it ended. So does the system's pool
     * with the threads that waited for us, of 63 handles each: after five seconds on Wine. */
    std::string leaked = Leaks(Leaked(held_, Held()));
    if (leaked != "")
        Within(10000, [&] { return (leaked = Leaks(Leaked(held_, Held()))) == ""; });
    EXPECT_EQ("", leaked) << "stayed open";
    EXPECT_EQ(0, Uncollected()) << "a child was not collected";
    if (Threads() > threads_) {
        EXPECT_TRUE(Eventually([this] { return Threads() <= threads_; })) << "a thread stayed";
    }
    Watchdog::Begin("the time between tests", test_seconds);
}

const std::string &Behaviour::Folder()
{
    if (folder_.empty())
        folder_ = NewFolder();
    return folder_;
}

std::string Behaviour::NewFile(const std::string &name, std::string_view content)
{
    SaveFile(InFolder(name), content);
    return InFolder(name);
}

/* ---- tests in a process of their own --------------------------------------------------------------------------------------- */

static std::map<std::string, void (*)(OwnWords)> &OwnProcesses()
{
    static std::map<std::string, void (*)(OwnWords)> all;
    return all;
}

OwnProcess::OwnProcess(const char *name, void (*body)(OwnWords))
{
    OwnProcesses()[name] = body;
}

static const char own_process_mark[] = "--own-process";
static const char own_process_done[] = "done";

Words OwnProcessLine(const std::string &name, const std::string &report, const std::vector<std::string> &words)
{
    std::vector<std::string> line{OwnPath(), own_process_mark, name, report};
    line.insert(line.end(), words.begin(), words.end());
    return Words(line);
}

void InOwnProcess(const std::string &name, const std::vector<std::string> &words)
{
    std::string folder = NewFolder(), report = Join(folder, "report");
    int code = RunOwnCopy(OwnProcessLine(name, report, words).list());
    std::vector<std::string> told = Split(LoadFile(report), '\0');
    RemoveAll(folder);
    if (told.empty() || told.back() != own_process_done)
        ADD_FAILURE() << name << " did not come to its end";
    else
        told.pop_back();
    for (const std::string &failure : told)
        ADD_FAILURE() << "in a process of its own: " << failure;
    EXPECT_EQ(0, code) << "the status of " << name;
}

static void Report(const testing::TestPartResultArray &results, const std::string &path)
{
    std::string report;
    for (int i = 0; i < results.size(); i++) {
        const testing::TestPartResult &one = results.GetTestPartResult(i);
        std::ostringstream text;
        if (one.failed())
            text << one.file_name() << ":" << one.line_number() << "\n" << one.message() << '\0';
        report += text.str();
    }
    SaveFile(path, report + own_process_done);
}

static int RunOwnProcess(const std::vector<std::string> &words)
{
    Watchdog::Begin(words[2], own_process_seconds);
    auto body = OwnProcesses().find(words[2]);
    if (body == OwnProcesses().end())
        return 1;
    testing::TestPartResultArray results;
    {
        testing::ScopedFakeTestPartResultReporter intercept(
            testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &results);
        body->second({words.begin() + 4, words.end()});
    }
    Report(results, words[3]);
    return 0;
}

/* What libraries and the C++ runtime open once, on their first use, is no leak. */
static void WarmUp()
{
    Ran once(Helper({"--out", "x"}), Captured());
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::thread other([&] {
        std::lock_guard lock(mutex);
        done = true;
        changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return done; });
    lock.unlock();
    other.join();
    testing::TestPartResultArray failures;
    testing::ScopedFakeTestPartResultReporter intercept(&failures);
    ADD_FAILURE() << "the first one opens handles on Windows";
}

static int Main(int argc, char **argv)
{
    std::vector<std::string> words = OwnArguments(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    if (words.size() >= 4 && words[1] == own_process_mark)
        return RunOwnProcess(words);
    if (!OnWindows())
        SetVariable("PATH", "/usr/bin:/bin"); /* a folder of ours that the user may not enter gives other errors */
    TakeChildrenAlong();
    AllowManyDescriptors();
    Watchdog::Begin("the start", test_seconds);
    if (!testing::GTEST_FLAG(list_tests))
        WarmUp();
    return RUN_ALL_TESTS();
}

} // namespace test

int main(int argc, char **argv)
{
    return test::Main(argc, argv);
}
