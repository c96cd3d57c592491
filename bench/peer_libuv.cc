// libuv: one loop, each child with its exit callback.
#include <uv.h>

#include <cstring>

#include "buffer.h"
#include "peer.h"

namespace bench
{
namespace
{

struct Child {
    uv_process_t process;
    uv_pipe_t in, out, err;
    Buffer output, errors;
    uv_write_t write;
    std::function<void()> ended, closed;
};

void Closed(uv_handle_t *) {}

void Ended(uv_process_t *process, int64_t, int)
{
    Child *child = static_cast<Child *>(process->data);
    if (child->ended)
        child->ended();
    uv_close(reinterpret_cast<uv_handle_t *>(process), [](uv_handle_t *handle) {
        Child *closing = static_cast<Child *>(handle->data);
        if (closing->closed)
            closing->closed();
    });
}

void Room(uv_handle_t *handle, size_t, uv_buf_t *room)
{
    Buffer *buffer = static_cast<Buffer *>(handle->data);
    char *end = buffer->end();
    *room = uv_buf_init(end, static_cast<unsigned>(buffer->left()));
}

void Came(uv_stream_t *stream, ssize_t size, const uv_buf_t *)
{
    if (size < 0)
        uv_close(reinterpret_cast<uv_handle_t *>(stream), Closed);
    else
        static_cast<Buffer *>(stream->data)->came(static_cast<size_t>(size));
}

void Read(uv_pipe_t &pipe, Buffer &buffer)
{
    pipe.data = &buffer;
    uv_read_start(reinterpret_cast<uv_stream_t *>(&pipe), Room, Came);
}

uv_stdio_container_t Inherited(int number)
{
    uv_stdio_container_t stream = {};
    stream.flags = UV_INHERIT_FD;
    stream.data.fd = number;
    return stream;
}

uv_stdio_container_t Piped(uv_pipe_t &pipe, int direction)
{
    uv_pipe_init(uv_default_loop(), &pipe, 0);
    uv_stdio_container_t stream = {};
    stream.flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | direction);
    stream.data.stream = reinterpret_cast<uv_stream_t *>(&pipe);
    return stream;
}

void Spawn(Child &child, Command command, uv_stdio_container_t in, uv_stdio_container_t out, uv_stdio_container_t err)
{
    uv_stdio_container_t streams[] = {in, out, err};
    uv_process_options_t options = {};
    options.file = command[0];
    options.args = const_cast<char **>(command);
    options.stdio = streams;
    options.stdio_count = 3;
    options.exit_cb = Ended;
    child.process.data = &child;
    Expect(uv_spawn(uv_default_loop(), &child.process, &options) == 0, "uv_spawn");
}

void Loop()
{
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

void Start(Command command)
{
    Child child;
    Spawn(child, command, Inherited(0), Inherited(1), Inherited(2));
    Loop();
}

void Captured(Command command)
{
    Child child;
    Spawn(child, command, Piped(child.in, UV_READABLE_PIPE), Piped(child.out, UV_WRITABLE_PIPE),
          Piped(child.err, UV_WRITABLE_PIPE));
    uv_close(reinterpret_cast<uv_handle_t *>(&child.in), Closed);
    Read(child.out, child.output);
    Read(child.err, child.errors);
    Loop();
}

size_t Capture(Command command, size_t)
{
    Child child;
    Spawn(child, command, Inherited(0), Piped(child.out, UV_WRITABLE_PIPE), Inherited(2));
    Read(child.out, child.output);
    Loop();
    return child.output.size();
}

size_t Exchange(Command command, const std::string &input)
{
    Child child;
    Spawn(child, command, Piped(child.in, UV_READABLE_PIPE), Piped(child.out, UV_WRITABLE_PIPE), Inherited(2));
    uv_buf_t bytes = uv_buf_init(const_cast<char *>(input.data()), static_cast<unsigned>(input.size()));
    uv_write(&child.write, reinterpret_cast<uv_stream_t *>(&child.in), &bytes, 1,
             [](uv_write_t *write, int) { uv_close(reinterpret_cast<uv_handle_t *>(write->handle), Closed); });
    Read(child.out, child.output);
    Loop();
    return child.output.size();
}

double Wait(Command command)
{
    Child child;
    uv_timer_t timer;
    uv_timer_init(uv_default_loop(), &timer);
    uv_timer_start(
        &timer, [](uv_timer_t *) { Fail("timed out"); }, 10000, 0);
    double now = 0;
    child.ended = [&] {
        now = Now();
        uv_close(reinterpret_cast<uv_handle_t *>(&timer), Closed);
    };
    Spawn(child, command, Inherited(0), Inherited(1), Inherited(2));
    Loop();
    return now;
}

// A child whose handle has been closed is used again for the next one.
void Many(Command command, size_t count, size_t at_once)
{
    std::function<void(Child &)> next = [&](Child &child) {
        if (count == 0)
            return;
        count--;
        Spawn(child, command, Inherited(0), Inherited(1), Inherited(2));
    };
    Child *children = new Child[at_once];
    for (size_t i = 0; i < at_once; i++) {
        children[i].closed = [&next, child = &children[i]] { next(*child); };
        next(children[i]);
    }
    Loop();
    delete[] children;
}

void InCrowd(Command command, const Crowd &crowd)
{
    Child *children = new Child[crowd.count];
    for (size_t i = 0; i < crowd.count; i++) {
        Spawn(children[i], command, Inherited(crowd.silent), Piped(children[i].out, UV_WRITABLE_PIPE), Inherited(2));
        Read(children[i].out, children[i].output);
        crowd.started();
    }
    crowd.release();
    Loop();
    delete[] children;
}

} // namespace

const Peer peer = {Start, Captured, Capture, Exchange, Wait, Many, InCrowd};

} // namespace bench
