// A backend that runs programs made of steps, in virtual time.
#include "fake_os.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>

extern "C" {
#include "os.h"
}

namespace fake
{
namespace
{

constexpr int kCallLimit = 5000000; // more than any test makes: a loop that gets nowhere

// ---- pipes ---------------------------------------------------------------------------------------------------------

struct Channel {
    std::string bytes;
    size_t capacity = 0;
    int readers = 0;
    int writers = 0;

    size_t Room() const
    {
        return capacity - bytes.size();
    }
};

// One hold on one side of a channel.
class End
{
  public:
    End(std::shared_ptr<Channel> channel, bool reads) : channel(std::move(channel)), reads(reads)
    {
        Count() += 1;
    }

    End(const End &other) : End(other.channel, other.reads) {}

    End &operator=(const End &) = delete;

    ~End()
    {
        Count() -= 1;
    }

    const std::shared_ptr<Channel> channel;
    const bool reads;

  private:
    int &Count()
    {
        return reads ? channel->readers : channel->writers;
    }
};

// A handle of ours: one end of a channel, or a file that takes and gives nothing.
struct Handle {
    std::shared_ptr<End> end;
};

// ---- processes -----------------------------------------------------------------------------------------------------

struct Held {
    std::shared_ptr<End> end;
    int64_t until;
};

struct Process {
    Program program;
    size_t step = 0;
    size_t done = 0;   // bytes of the current step
    std::string relay; // what a copy has read and not yet written
    int64_t wake_at = -1;
    int64_t dies_at = kNever;
    uint32_t dies_of = 0;
    std::shared_ptr<End> streams[3];
    std::vector<Held> held;
    int64_t grandchild_dies_at = kNever;
    bool ended = false;
    struct subproc_exit exit = {};
    int64_t ended_at = 0;
};

struct System {
    Settings settings;
    std::mt19937_64 random;
    int64_t now = 0;
    int calls = 0;
    int allocations = 0;
    int opened = 0;
    int pipes = 0;
    int children = 0;
    int sets = 0;
    std::string failed_call;
    std::string misuse;
    std::map<std::string, Program> programs;
    std::map<std::string, File> files;
    std::vector<std::string> environment;
    bool standard[3] = {true, true, true};
    subproc_handle next_handle = 100;
    std::map<subproc_handle, Handle> handles;
    std::vector<std::shared_ptr<Process>> processes;
};

System sys;

void Blame(const std::string &what)
{
    sys.misuse += what + "; ";
}

bool IsRandom()
{
    return sys.settings.seed != 0;
}

bool Chance(unsigned one_in)
{
    return IsRandom() && sys.random() % one_in == 0;
}

// All of it, or in a random run a part of at least one byte.
size_t Piece(size_t size)
{
    if (!IsRandom() || size <= 1)
        return size;
    size_t most = sys.random() % 3 == 0 ? size : std::min<size_t>(size, 1 + sys.random() % 9);
    return 1 + sys.random() % most;
}

// ---- the life of a process -----------------------------------------------------------------------------------------

void EndProcess(Process &process, enum subproc_exit_kind kind, uint32_t code)
{
    process.ended = true;
    process.exit.kind = kind;
    process.exit.code = code;
    process.ended_at = sys.now;
    int64_t until = process.program.grandchild_ms < 0 ? kNever : sys.now + process.program.grandchild_ms * kMs;
    until = std::min(until, process.grandchild_dies_at);
    for (int i = 0; i < 3; i++) {
        if (process.streams[i] && process.program.grandchild_holds[static_cast<size_t>(i)])
            process.held.push_back({process.streams[i], until});
        process.streams[i] = nullptr;
    }
}

void NextStep(Process &process)
{
    process.step++;
    process.done = 0;
    process.wake_at = -1;
}

// True when something happened.
bool WriteTo(Process &process, int stream, const std::string &bytes, size_t &done)
{
    const std::shared_ptr<End> &end = process.streams[stream];
    if (done == bytes.size())
        return false;
    if (!end) { // a file, or closed
        done = bytes.size();
        return true;
    }
    if (end->channel->readers == 0) {
        EndProcess(process, SUBPROC_EXIT_SIGNALLED, 13);
        return true;
    }
    size_t piece = Piece(std::min(end->channel->Room(), bytes.size() - done));
    end->channel->bytes.append(bytes, done, piece);
    done += piece;
    return piece > 0;
}

// True when something happened; *at_end when nothing more will come.
bool ReadFrom(Process &process, size_t most, std::string &into, bool &at_end)
{
    const std::shared_ptr<End> &end = process.streams[0];
    at_end = !end || (end->channel->bytes.empty() && end->channel->writers == 0);
    if (at_end)
        return true;
    size_t piece = Piece(std::min(most, end->channel->bytes.size()));
    into.append(end->channel->bytes, 0, piece);
    end->channel->bytes.erase(0, piece);
    return piece > 0;
}

bool DoRead(Process &process, const Step &step)
{
    std::string dropped;
    bool at_end = false;
    bool moved = ReadFrom(process, static_cast<size_t>(step.count) - process.done, dropped, at_end);
    process.done += dropped.size();
    if (at_end || process.done == static_cast<size_t>(step.count))
        NextStep(process);
    return moved;
}

bool DoCopy(Process &process)
{
    bool at_end = false;
    if (process.done < process.relay.size())
        return WriteTo(process, 1, process.relay, process.done);
    process.relay.clear();
    process.done = 0;
    bool moved = ReadFrom(process, 4096, process.relay, at_end);
    if (at_end)
        NextStep(process);
    return moved;
}

bool DoWrite(Process &process, const Step &step)
{
    bool moved = WriteTo(process, step.stream, step.bytes, process.done);
    if (process.ended)
        return true;
    if (process.done < step.bytes.size())
        return moved;
    NextStep(process);
    return true;
}

bool DoSleep(Process &process, const Step &step)
{
    if (process.wake_at < 0)
        process.wake_at = sys.now + step.count * kMs;
    if (sys.now < process.wake_at)
        return false;
    NextStep(process);
    return true;
}

bool DoStep(Process &process, const Step &step)
{
    switch (step.op) {
    case Op::kWrite:
        return DoWrite(process, step);
    case Op::kRead:
        return DoRead(process, step);
    case Op::kCopy:
        return DoCopy(process);
    case Op::kClose:
        process.streams[step.stream] = nullptr;
        NextStep(process);
        return true;
    case Op::kSleep:
        return DoSleep(process, step);
    case Op::kHang:
        return false;
    case Op::kExit:
        EndProcess(process, SUBPROC_EXIT_EXITED, static_cast<uint32_t>(step.count));
        return true;
    case Op::kDie:
        EndProcess(process, SUBPROC_EXIT_SIGNALLED, static_cast<uint32_t>(step.count));
        return true;
    case Op::kVanish:
        EndProcess(process, SUBPROC_EXIT_LOST, 0);
        return true;
    }
    return false;
}

// Does a little of what this process does next; false when it is blocked or has ended.
bool Move(Process &process)
{
    bool let_go = std::erase_if(process.held, [](const Held &held) { return held.until <= sys.now; }) > 0;
    if (process.ended)
        return let_go;
    if (process.dies_at <= sys.now) {
        EndProcess(process, SUBPROC_EXIT_SIGNALLED, process.dies_of);
        return true;
    }
    if (process.step < process.program.steps.size())
        return DoStep(process, process.program.steps[process.step]);
    EndProcess(process, SUBPROC_EXIT_EXITED, 0);
    return true;
}

bool MoveEverything()
{
    bool moved = false;
    for (bool again = true; again;) {
        again = false;
        for (const auto &process : sys.processes)
            again = Move(*process) || again;
        moved = moved || again;
    }
    return moved;
}

// One random process, a little; when it can't, all others are tried.
bool MoveSomething()
{
    if (!IsRandom())
        return MoveEverything();
    size_t count = sys.processes.size();
    size_t first = count == 0 ? 0 : sys.random() % count;
    for (size_t i = 0; i < count; i++)
        if (Move(*sys.processes[(first + i) % count]))
            return true;
    return false;
}

// What goes on meanwhile when a call of the seam is made.
void Tick()
{
    sys.now += sys.settings.call_ns;
    unsigned moves = IsRandom() ? static_cast<unsigned>(sys.random() % 4) : 1;
    while (moves-- > 0)
        MoveSomething();
}

int64_t NextEvent(const Process &process)
{
    int64_t next = process.ended ? kNever : process.dies_at;
    if (!process.ended && process.wake_at >= 0)
        next = std::min(next, process.wake_at);
    for (const Held &held : process.held)
        next = std::min(next, held.until);
    return next;
}

// ---- calls ---------------------------------------------------------------------------------------------------------

int Fail(struct subproc_error *error, const char *step, int code)
{
    *error = {};
    error->code = code;
    error->native = 99;
    error->step = step;
    return code;
}

// Every call that can fail begins with this; true when it is its turn to fail.
bool Fails(const char *call)
{
    Tick();
    if (++sys.calls > kCallLimit) {
        fprintf(stderr, "fake_os: a loop that gets nowhere, in %s\n", call);
        abort();
    }
    if (sys.calls != sys.settings.fail_at)
        return false;
    sys.failed_call = call;
    return true;
}

bool AllocationFails()
{
    if (++sys.allocations != sys.settings.fail_allocation_at)
        return false;
    sys.failed_call = "allocation";
    return true;
}

int Injected(struct subproc_error *error, const char *step)
{
    return Fail(error, step, sys.settings.fail_code);
}

subproc_handle NewHandle(std::shared_ptr<End> end)
{
    sys.opened++;
    sys.handles[sys.next_handle] = Handle{std::move(end)};
    return sys.next_handle++;
}

std::shared_ptr<Channel> NewChannel()
{
    auto channel = std::make_shared<Channel>();
    channel->capacity = sys.settings.pipe_capacity;
    return channel;
}

} // namespace

// ---- what tests see ------------------------------------------------------------------------------------------------

Step Write(int stream, std::string bytes)
{
    return {Op::kWrite, stream, std::move(bytes)};
}

Step Read(size_t size)
{
    return {Op::kRead, 0, {}, static_cast<int64_t>(size)};
}

Step Copy()
{
    return {Op::kCopy};
}

Step Close(int stream)
{
    return {Op::kClose, stream};
}

Step Sleep(int64_t ms)
{
    return {Op::kSleep, 0, {}, ms};
}

Step Hang()
{
    return {Op::kHang};
}

Step Exit(uint32_t code)
{
    return {Op::kExit, 0, {}, code};
}

Step Die(uint32_t signal)
{
    return {Op::kDie, 0, {}, signal};
}

Step Vanish()
{
    return {Op::kVanish};
}

void Reset(const Settings &settings)
{
    sys = System();
    sys.settings = settings;
    sys.random.seed(settings.seed);
    sys.environment = {"PATH=/bin"};
}

void Add(const std::string &name, Program program)
{
    sys.files["/bin/" + name] = File::kProgram;
    sys.programs["/bin/" + name] = std::move(program);
}

void AddFile(const std::string &name, File kind)
{
    sys.files["/bin/" + name] = kind;
}

void SetEnvironment(std::vector<std::string> variables)
{
    sys.environment = std::move(variables);
}

void CloseStandard(int stream)
{
    sys.standard[stream] = false;
}

int64_t NowMs()
{
    return sys.now / kMs;
}

int Calls()
{
    return sys.calls;
}

std::string FailedCall()
{
    return sys.failed_call;
}

std::string Open()
{
    std::string open;
    if (sys.pipes > 0)
        open += std::to_string(sys.pipes) + " pipes ";
    if (!sys.handles.empty())
        open += std::to_string(sys.handles.size()) + " handles ";
    if (sys.children > 0)
        open += std::to_string(sys.children) + " children ";
    if (sys.sets > 0)
        open += std::to_string(sys.sets) + " sets ";
    return open;
}

int Opened()
{
    return sys.opened;
}

int Running()
{
    return static_cast<int>(
        std::count_if(sys.processes.begin(), sys.processes.end(), [](const auto &process) { return !process->ended; }));
}

std::string Misuse()
{
    return sys.misuse;
}

void CloseHandle(subproc_handle handle)
{
    subproc_os_handle_close(handle);
}

} // namespace fake

using namespace fake;

// ---- the seam ------------------------------------------------------------------------------------------------------

struct subproc_os_child {
    std::shared_ptr<Process> process;
    bool has_tree = false;
    bool collected = false;
    bool watched = false; // in a set
};

struct subproc_os_pipe {
    std::shared_ptr<End> end;
    bool watched = false; // in a set
};

struct subproc_os_set {
    std::vector<struct subproc_os_watch *> watches; // the one that was told last is the last one
    bool woken = false;
};

extern "C" {

extern const struct subproc_os_traits subproc_os_traits = {
    .path_list_separator = ':',
    .directory_separators = "/",
    .program_extensions = nullptr,
    .kept_variable = nullptr,
    .sh = "/bin/sh",
    .has_cmd = false,
    .empty_path_entry_is_here = true,
    .quotes_in_path = false,
    .text_is_utf8 = false,
    .posix = true,
    .win32 = false,
};

static int Candidate(const char *path, struct subproc_error *error)
{
    auto file = sys.files.find(path);
    if (file == sys.files.end())
        return Fail(error, "exec", SUBPROC_E_NOT_FOUND);
    switch (file->second) {
    case File::kNotExecutable:
        return Fail(error, "exec", SUBPROC_E_ACCESS);
    case File::kBadFormat:
        return Fail(error, "exec", SUBPROC_E_FORMAT);
    case File::kProgram:
        break;
    }
    return 0;
}

// The child has its own hold on what it inherits.
static std::shared_ptr<End> Inherit(subproc_handle handle)
{
    if (handle >= 0 && handle <= 2 && sys.standard[handle])
        return nullptr;
    auto found = sys.handles.find(handle);
    if (found == sys.handles.end()) {
        Blame("a start with handle " + std::to_string(handle) + ", which isn't open");
        return nullptr;
    }
    return found->second.end ? std::make_shared<End>(*found->second.end) : nullptr;
}

static int Start(const struct subproc_os_plan *plan, const char *path, struct subproc_os_child **child,
                 struct subproc_error *error)
{
    auto process = std::make_shared<Process>();
    process->program = sys.programs[path];
    if (plan->tree == SUBPROC_TREE_REQUIRED && process->program.has_no_tree)
        return Fail(error, "tree", SUBPROC_E_UNSUPPORTED);
    for (int i = 0; i < 3; i++)
        process->streams[i] = Inherit(plan->streams[i]);
    sys.processes.push_back(process);
    sys.children++;
    sys.opened++;
    *child = new subproc_os_child{process, plan->tree != SUBPROC_TREE_NONE && !process->program.has_no_tree};
    return 0;
}

int subproc_os_spawn(const struct subproc_os_plan *plan, struct subproc_os_child **child, struct subproc_error *error)
{
    if (Fails("spawn"))
        return Injected(error, "spawn");
    if (plan->directory != nullptr && strcmp(plan->directory, "/") != 0)
        return Fail(error, "chdir", SUBPROC_E_NO_DIRECTORY);
    int told = Fail(error, "exec", SUBPROC_E_NOT_FOUND);
    for (const char *const *path = plan->programs; *path != nullptr; path++) {
        struct subproc_error why = {};
        int code = Candidate(*path, &why);
        if (code == 0) {
            *error = {};
            error->step = "";
            return Start(plan, *path, child, error);
        }
        if (code != SUBPROC_E_NOT_FOUND)
            told = Fail(error, why.step, code);
    }
    return told;
}

int64_t subproc_os_child_id(const struct subproc_os_child *)
{
    return 4242;
}

int subproc_os_child_status(struct subproc_os_child *child, struct subproc_os_end *end, struct subproc_error *error)
{
    if (Fails("child_status"))
        return Injected(error, "wait");
    const Process &process = *child->process;
    if (!process.ended)
        return SUBPROC_E_AGAIN;
    child->collected = true;
    *end = {};
    end->exit = process.exit;
    end->ended_at = process.ended_at;
    end->user_ns = 3 * kMs;
    end->system_ns = 2 * kMs;
    end->peak_rss = -1;
    return 0;
}

static int React(Process &process, Reaction reaction, int64_t delay_ms, uint32_t signal, struct subproc_error *error)
{
    switch (reaction) {
    case Reaction::kRefused:
        return Fail(error, "kill", SUBPROC_E_ACCESS);
    case Reaction::kImpossible:
        return Fail(error, "ask", SUBPROC_E_UNSUPPORTED);
    case Reaction::kIgnores:
        return 0;
    case Reaction::kDies:
        break;
    }
    int64_t at = sys.now + delay_ms * kMs;
    if (at < process.dies_at) {
        process.dies_at = at;
        process.dies_of = signal;
    }
    return 0;
}

// The end of what a child left behind in its tree.
static void EndGrandchild(Process &process, int64_t at)
{
    process.grandchild_dies_at = std::min(process.grandchild_dies_at, at);
    for (Held &held : process.held)
        held.until = std::min(held.until, at);
}

bool subproc_os_child_has_tree(const struct subproc_os_child *child)
{
    return child->has_tree;
}

int subproc_os_child_stop(struct subproc_os_child *child, enum subproc_os_stop how, struct subproc_error *error)
{
    if (Fails(how == SUBPROC_OS_KILL ? "child_stop(kill)" : "child_stop(ask)"))
        return Injected(error, "kill");
    Process &process = *child->process;
    const bool obeys = how == SUBPROC_OS_KILL || process.program.grandchild_to_ask == Reaction::kDies;
    if (child->has_tree && obeys && !process.program.grandchild_left)
        EndGrandchild(process, sys.now);
    if (process.ended || child->collected)
        return 0;
    if (how == SUBPROC_OS_KILL)
        return React(process, process.program.to_kill, process.program.kill_ms, 9, error);
    return React(process, process.program.to_ask, process.program.ask_ms, 15, error);
}

int subproc_os_child_signal(struct subproc_os_child *child, int number, struct subproc_error *error)
{
    if (Fails("child_signal"))
        return Injected(error, "kill");
    Process &process = *child->process;
    return process.ended ? 0 : React(process, Reaction::kDies, 0, static_cast<uint32_t>(number), error);
}

int subproc_os_child_exit_handle(struct subproc_os_child *, subproc_handle *handle, struct subproc_error *error)
{
    if (Fails("child_exit_handle"))
        return Injected(error, "watch");
    *handle = 55;
    return 0;
}

void subproc_os_child_free(struct subproc_os_child *child)
{
    if (child != nullptr && child->watched)
        Blame("freed a child that is in a set");
    sys.children -= child != nullptr ? 1 : 0;
    delete child;
}

int subproc_os_pipe_open(enum subproc_os_way way, struct subproc_os_pipe **pipe, subproc_handle *child_end,
                         struct subproc_error *error)
{
    if (Fails("pipe_open"))
        return Injected(error, "pipe");
    auto channel = NewChannel();
    bool child_reads = way == SUBPROC_OS_TO_CHILD;
    *child_end = NewHandle(std::make_shared<End>(channel, child_reads));
    *pipe = new subproc_os_pipe{std::make_shared<End>(channel, !child_reads)};
    sys.pipes++;
    sys.opened++;
    return 0;
}

int subproc_os_link_open(subproc_handle *read_end, subproc_handle *write_end, struct subproc_error *error)
{
    if (Fails("link_open"))
        return Injected(error, "pipe");
    auto channel = NewChannel();
    *read_end = NewHandle(std::make_shared<End>(channel, true));
    *write_end = NewHandle(std::make_shared<End>(channel, false));
    return 0;
}

int subproc_os_pipe_read(struct subproc_os_pipe *pipe, void *buffer, size_t size, size_t *got, struct subproc_error *error)
{
    if (Fails("pipe_read"))
        return Injected(error, "read");
    Channel &channel = *pipe->end->channel;
    if (size == 0 || !pipe->end->reads)
        Blame("a read without room, or from the wrong end");
    if (Chance(8) || (channel.bytes.empty() && channel.writers > 0))
        return SUBPROC_E_AGAIN;
    *got = Piece(std::min(size, channel.bytes.size()));
    memcpy(buffer, channel.bytes.data(), *got);
    channel.bytes.erase(0, *got);
    return 0;
}

int subproc_os_pipe_write(struct subproc_os_pipe *pipe, const void *data, size_t size, size_t *put,
                          struct subproc_error *error)
{
    if (Fails("pipe_write"))
        return Injected(error, "write");
    Channel &channel = *pipe->end->channel;
    if (size == 0 || pipe->end->reads)
        Blame("a write of nothing, or to the wrong end");
    if (channel.readers == 0)
        return Fail(error, "write", SUBPROC_E_CLOSED);
    if (Chance(8) || channel.Room() == 0)
        return SUBPROC_E_AGAIN;
    *put = Piece(std::min(size, channel.Room()));
    channel.bytes.append(static_cast<const char *>(data), *put);
    return 0;
}

subproc_handle subproc_os_pipe_handle(const struct subproc_os_pipe *)
{
    return 66;
}

int subproc_os_pipe_release(struct subproc_os_pipe *pipe, subproc_handle *handle, struct subproc_error *error)
{
    if (Fails("pipe_release"))
        return Injected(error, "take");
    if (pipe->watched)
        Blame("released a pipe that is in a set");
    *handle = NewHandle(pipe->end);
    sys.pipes--;
    delete pipe;
    return 0;
}

void subproc_os_pipe_close(struct subproc_os_pipe *pipe, struct subproc_os_child *)
{
    if (pipe != nullptr && pipe->watched)
        Blame("closed a pipe that is in a set");
    sys.pipes -= pipe != nullptr ? 1 : 0;
    delete pipe;
}

int subproc_os_file_open(const char *path, enum subproc_os_file mode, subproc_handle *handle, struct subproc_error *error)
{
    if (Fails("file_open"))
        return Injected(error, "open");
    if (path != nullptr && mode == SUBPROC_OS_FILE_READ && !sys.files.contains(path))
        return Fail(error, "open", SUBPROC_E_NOT_FOUND);
    *handle = NewHandle(nullptr);
    return 0;
}

void subproc_os_handle_close(subproc_handle handle)
{
    if (handle != SUBPROC_NO_HANDLE && sys.handles.erase(handle) == 0)
        Blame("closed handle " + std::to_string(handle) + ", which isn't open or isn't ours");
}

subproc_handle subproc_os_standard(enum subproc_stream_id id)
{
    return sys.standard[id] ? static_cast<subproc_handle>(id) : SUBPROC_NO_HANDLE;
}

static bool IsReady(const struct subproc_os_item &item)
{
    switch (item.kind) {
    case SUBPROC_OS_ITEM_CHILD:
        return item.child->process->ended;
    case SUBPROC_OS_ITEM_READ:
        return !item.pipe->end->channel->bytes.empty() || item.pipe->end->channel->writers == 0;
    case SUBPROC_OS_ITEM_WRITE:
        return item.pipe->end->channel->Room() > 0 || item.pipe->end->channel->readers == 0;
    case SUBPROC_OS_ITEM_HANDLE:
        return item.handle == kCancel && sys.now >= sys.settings.cancel_at;
    }
    return false;
}

// In a random run some of what is ready is told, at least one.
static bool Look(struct subproc_os_item *items, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        items[i].ready = IsReady(items[i]) && !Chance(2);
        any = any || items[i].ready;
    }
    for (size_t i = 0; i < count && !any; i++)
        any = items[i].ready = IsReady(items[i]);
    return any;
}

static int64_t NextEventOfAll()
{
    int64_t next = sys.settings.cancel_at > sys.now ? sys.settings.cancel_at : kNever;
    for (const auto &process : sys.processes)
        next = std::min(next, NextEvent(*process));
    return next;
}

// Time goes on until `look` finds something.
static int WaitUntil(const std::function<bool()> &look, int64_t deadline, struct subproc_error *error)
{
    while (!look()) {
        if (MoveSomething())
            continue;
        int64_t next = NextEventOfAll();
        if (next > deadline || next == kNever) {
            sys.now = deadline == SUBPROC_OS_FOREVER ? sys.now : std::max(sys.now, deadline);
            if (deadline == SUBPROC_OS_FOREVER)
                Blame("a wait for what never happens");
            return Fail(error, "wait", deadline == SUBPROC_OS_FOREVER ? SUBPROC_E_INTERNAL : SUBPROC_E_TIMEOUT);
        }
        sys.now = std::max(sys.now, next);
    }
    return 0;
}

int subproc_os_wait(struct subproc_os_item *items, size_t count, int64_t deadline, struct subproc_error *error)
{
    if (Fails("wait"))
        return Injected(error, "wait");
    return WaitUntil([&] { return Look(items, count); }, deadline, error);
}

int subproc_os_set_open(struct subproc_os_set **set, struct subproc_error *error)
{
    if (Fails("set_open"))
        return Injected(error, "watch");
    *set = new subproc_os_set;
    sys.sets++;
    sys.opened++;
    return 0;
}

// A child or a pipe is in one set at most, once.
static void Mark(const struct subproc_os_watch *watch, bool watched)
{
    bool &mark = watch->kind == SUBPROC_OS_ITEM_CHILD ? watch->child->watched : watch->pipe->watched;
    if (mark && watched)
        Blame("watched twice");
    mark = watched;
}

int subproc_os_set_add(struct subproc_os_set *set, struct subproc_os_watch *watch, struct subproc_error *error)
{
    if (Fails("set_add"))
        return Injected(error, "watch");
    if (watch->links.set != nullptr)
        Blame("added a watch twice");
    if (watch->kind != SUBPROC_OS_ITEM_HANDLE)
        Mark(watch, true);
    watch->links.set = set;
    set->watches.push_back(watch);
    return 0;
}

void subproc_os_set_remove(struct subproc_os_watch *watch)
{
    if (watch->links.set == nullptr)
        return;
    if (watch->kind != SUBPROC_OS_ITEM_HANDLE)
        Mark(watch, false);
    std::erase(watch->links.set->watches, watch);
    watch->links.set = nullptr;
}

// Those that were told longest ago first, in a random run any.
static struct subproc_os_watch *LookIn(struct subproc_os_set *set)
{
    std::vector<struct subproc_os_watch *> found;
    std::copy_if(set->watches.begin(), set->watches.end(), std::back_inserter(found),
                 [](const struct subproc_os_watch *watch) {
                     return IsReady({watch->kind, watch->child, watch->pipe, watch->handle, false});
                 });
    if (found.empty())
        return nullptr;
    struct subproc_os_watch *chosen = found[IsRandom() ? sys.random() % found.size() : 0];
    std::erase(set->watches, chosen);
    set->watches.push_back(chosen);
    return chosen;
}

int subproc_os_set_wait(struct subproc_os_set *set, struct subproc_os_watch **ready, int64_t deadline,
                        struct subproc_error *error)
{
    if (Fails("set_wait"))
        return Injected(error, "wait");
    struct subproc_os_watch *found = nullptr;
    int result = WaitUntil([&] { return set->woken || (found = LookIn(set)) != nullptr; }, deadline, error);
    if (result < 0)
        return result;
    set->woken = false;
    *ready = found;
    return 0;
}

void subproc_os_set_wake(struct subproc_os_set *set)
{
    set->woken = true;
}

void subproc_os_set_close(struct subproc_os_set *set)
{
    if (set == nullptr)
        return;
    while (!set->watches.empty())
        subproc_os_set_remove(set->watches.back());
    sys.sets--;
    delete set;
}

void subproc_os_populate(void *memory, size_t size)
{
    std::memset(memory, 0x5a, size); // it must be ours to write
}

int64_t subproc_os_now(void)
{
    return sys.now;
}

int subproc_os_environ(char ***strings, struct subproc_error *error)
{
    if (Fails("environ"))
        return Injected(error, "environ");
    size_t size = (sys.environment.size() + 1) * sizeof(char *);
    for (const std::string &variable : sys.environment)
        size += variable.size() + 1;
    *strings = static_cast<char **>(malloc(size));
    char *text = reinterpret_cast<char *>(*strings + sys.environment.size() + 1);
    size_t count = 0;
    for (const std::string &variable : sys.environment) {
        (*strings)[count++] = text;
        memcpy(text, variable.c_str(), variable.size() + 1);
        text += variable.size() + 1;
    }
    (*strings)[count] = nullptr;
    return 0;
}

int subproc_os_variable(const char *name, char **value, struct subproc_error *error)
{
    *value = nullptr;
    if (Fails("variable"))
        return Injected(error, "environment");
    for (const std::string &variable : sys.environment)
        if (variable.starts_with(name + std::string("=")))
            *value = strdup(variable.c_str() + strlen(name) + 1);
    return 0;
}

int subproc_os_env_name_cmp(const char *a, size_t a_size, const char *b, size_t b_size)
{
    int order = memcmp(a, b, std::min(a_size, b_size));
    return order != 0 ? order : static_cast<int>(a_size) - static_cast<int>(b_size);
}

int subproc_os_check(const char *const *, const struct subproc_options *, struct subproc_error *error)
{
    return Fails("check") ? Injected(error, "check") : 0;
}

int subproc_os_default_path(char **path, struct subproc_error *error)
{
    if (Fails("default_path"))
        return Injected(error, "path");
    *path = static_cast<char *>(malloc(5));
    memcpy(*path, "/bin", 5);
    return 0;
}

int subproc_os_executable(const char *path, struct subproc_error *error)
{
    if (Fails("executable"))
        return Injected(error, "access");
    return Candidate(path, error);
}

// A limit that a test reaches easily.
bool subproc_os_variable_fits(const char *variable, size_t *limit, const char **unit)
{
    *limit = 1000;
    *unit = "bytes";
    return strlen(variable) <= *limit;
}

bool subproc_os_shares_console(const subproc_handle[3])
{
    return false;
}

void subproc_os_error_text(int64_t native, char *buffer, size_t size)
{
    snprintf(buffer, size, "fake error %lld", static_cast<long long>(native));
}

const char *subproc_os_signal_name(uint32_t number)
{
    return number == 9 ? "SIGKILL" : number == 15 ? "SIGTERM" : nullptr;
}

// The library's C files are compiled with malloc=fake_malloc and so on.
void *fake_malloc(size_t size);
void *fake_calloc(size_t count, size_t size);
void *fake_realloc(void *block, size_t size);

void *fake_malloc(size_t size)
{
    return AllocationFails() ? nullptr : malloc(size);
}

void *fake_calloc(size_t count, size_t size)
{
    return AllocationFails() ? nullptr : calloc(count, size);
}

void *fake_realloc(void *block, size_t size)
{
    return AllocationFails() ? nullptr : realloc(block, size);
}
}
