// Wait sets and children of the seam itself, for their tests.
#ifndef SUBPROC_TESTS_SET_UTIL_H
#define SUBPROC_TESTS_SET_UTIL_H

#include "support.h"

extern "C" {
#include "os.h"
}

namespace test
{

inline int64_t In(int64_t milliseconds)
{
    return subproc_os_now() + milliseconds * 1000000;
}

class Set
{
  public:
    Set()
    {
        EXPECT_EQ(0, subproc_os_set_open(&set_, &error)) << error.native;
    }
    ~Set()
    {
        Close();
    }
    Set(const Set &) = delete;
    Set &operator=(const Set &) = delete;

    void Close()
    {
        subproc_os_set_close(set_);
        set_ = nullptr;
    }
    operator subproc_os_set *() const
    {
        return set_;
    }

    int Add(subproc_os_watch &watch)
    {
        return subproc_os_set_add(set_, &watch, &error);
    }
    // What came; a null pointer when it was woken, or with an error in `code`.
    subproc_os_watch *Next(int64_t deadline_ms = deadline)
    {
        subproc_os_watch *ready = nullptr;
        code = subproc_os_set_wait(set_, &ready, In(deadline_ms), &error);
        return code == 0 ? ready : nullptr;
    }
    bool IsQuiet() // nothing is ready
    {
        return Next(-1) == nullptr && code == SUBPROC_E_TIMEOUT;
    }

    int code = 0;
    subproc_error error = {};

  private:
    subproc_os_set *set_ = nullptr;
};

// Which of its streams are pipes.
enum { kIn = 1, kOut = 2 };

// A child of the seam with a watch for everything; killed and freed at the end.
class Member
{
  public:
    explicit Member(const Words &argv, int pipes = kIn | kOut, const subproc_options &options = {},
                    subproc_handle in = SUBPROC_NO_HANDLE)
    {
        const char *const programs[] = {HelperPath().c_str(), nullptr};
        subproc_handle ends[2] = {};
        OpenStream(SUBPROC_OS_TO_CHILD, (pipes & kIn) != 0, &to, &ends[0]);
        OpenStream(SUBPROC_OS_FROM_CHILD, (pipes & kOut) != 0, &from, &ends[1]);
        subproc_os_plan plan = {};
        plan.argv = argv;
        plan.programs = programs;
        plan.streams[0] = in != SUBPROC_NO_HANDLE ? in : ends[0];
        plan.streams[1] = plan.streams[2] = ends[1];
        plan.posix = &options.posix;
        plan.win32 = &options.win32;
        int code = subproc_os_spawn(&plan, &child, &error);
        if (code != 0 && FailedByWine(error))
            code = subproc_os_spawn(&plan, &child, &error);
        EXPECT_EQ(0, code) << "native error " << error.native;
        subproc_os_handle_close(ends[0]);
        subproc_os_handle_close(ends[1]);
        end.kind = SUBPROC_OS_ITEM_CHILD;
        end.child = child;
        input.kind = SUBPROC_OS_ITEM_WRITE;
        input.pipe = to;
        output.kind = SUBPROC_OS_ITEM_READ;
        output.pipe = from;
        end.owner = input.owner = output.owner = this;
    }
    ~Member()
    {
        Free();
    }
    Member(const Member &) = delete;
    Member &operator=(const Member &) = delete;

    void Free()
    {
        subproc_os_end status;
        if (child == nullptr)
            return;
        CloseInput();
        CloseOutput();
        subproc_os_set_remove(&end);
        (void)subproc_os_child_stop(child, SUBPROC_OS_KILL, &error);
        subproc_os_item item = {
            .kind = SUBPROC_OS_ITEM_CHILD, .child = child, .pipe = nullptr, .handle = 0, .ready = false};
        EXPECT_EQ(0, subproc_os_wait(&item, 1, In(deadline), &error));
        EXPECT_EQ(0, subproc_os_child_status(child, &status, &error));
        subproc_os_child_free(child);
        child = nullptr;
    }
    void CloseInput()
    {
        subproc_os_set_remove(&input);
        subproc_os_pipe_close(to, child);
        to = input.pipe = nullptr;
    }
    void CloseOutput()
    {
        subproc_os_set_remove(&output);
        subproc_os_pipe_close(from, child);
        from = output.pipe = nullptr;
    }

    // The system's own wait for one of its watches.
    bool Waits(const subproc_os_watch &watch, int64_t deadline_ms = deadline)
    {
        subproc_os_item item = {
            .kind = watch.kind, .child = watch.child, .pipe = watch.pipe, .handle = watch.handle, .ready = false};
        return subproc_os_wait(&item, 1, In(deadline_ms), &error) == 0;
    }
    // Takes some of its output; SUBPROC_E_AGAIN and others as they come.
    int Read(size_t size)
    {
        std::string buffer(size, '\0');
        size_t got = 0;
        int code = subproc_os_pipe_read(from, buffer.data(), size, &got, &error);
        if (code == 0)
            said.append(buffer, 0, got);
        at_end = at_end || (code == 0 && got == 0);
        return code;
    }
    int Write(std::string_view bytes, size_t *put)
    {
        *put = 0;
        return subproc_os_pipe_write(to, bytes.data(), bytes.size(), put, &error);
    }
    size_t Fill() // until it says AGAIN
    {
        static const std::string block = Pattern(65536);
        size_t all = 0;
        size_t put;
        while (Write(block, &put) == 0)
            all += put;
        return all;
    }
    subproc_exit Status()
    {
        subproc_os_end status = {};
        EXPECT_EQ(0, subproc_os_child_status(child, &status, &error));
        return status.exit;
    }

    subproc_os_child *child = nullptr;
    subproc_os_pipe *to = nullptr;
    subproc_os_pipe *from = nullptr;
    subproc_os_watch end = {}, input = {}, output = {};
    std::string said;
    bool at_end = false;
    subproc_error error = {};

  private:
    void OpenStream(subproc_os_way way, bool pipe, subproc_os_pipe **ours, subproc_handle *childs)
    {
        if (pipe)
            EXPECT_EQ(0, subproc_os_pipe_open(way, ours, childs, &error)) << "native error " << error.native;
        else
            EXPECT_EQ(0, subproc_os_file_open(nullptr,
                                              way == SUBPROC_OS_TO_CHILD ? SUBPROC_OS_FILE_READ : SUBPROC_OS_FILE_APPEND,
                                              childs, &error));
    }
};

inline subproc_os_watch WatchOf(subproc_handle handle)
{
    subproc_os_watch watch = {};
    watch.kind = SUBPROC_OS_ITEM_HANDLE;
    watch.handle = handle;
    return watch;
}

class SetTest : public Behaviour
{
};

} // namespace test

#endif
