// GLib's GSubprocess.
#include <gio/gio.h>

#include "peer.h"

namespace bench
{
namespace
{

constexpr auto pipes = static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                     G_SUBPROCESS_FLAGS_STDERR_PIPE);

GSubprocess *Spawn(Command command, int flags)
{
    GSubprocess *child = g_subprocess_newv(command, static_cast<GSubprocessFlags>(flags), nullptr);
    Expect(child != nullptr, "g_subprocess_newv");
    return child;
}

void Start(Command command)
{
    GSubprocess *child = Spawn(command, G_SUBPROCESS_FLAGS_STDIN_INHERIT);
    g_subprocess_wait(child, nullptr, nullptr);
    g_object_unref(child);
}

// Feeds and reads to the end; how much came.
size_t Communicate(GSubprocess *child, GBytes *input)
{
    GBytes *out = nullptr, *err = nullptr;
    Expect(g_subprocess_communicate(child, input, nullptr, &out, &err, nullptr), "g_subprocess_communicate");
    size_t size = g_bytes_get_size(out);
    g_clear_pointer(&out, g_bytes_unref);
    g_clear_pointer(&err, g_bytes_unref);
    g_clear_pointer(&input, g_bytes_unref);
    g_object_unref(child);
    return size;
}

void Captured(Command command)
{
    Communicate(Spawn(command, pipes), g_bytes_new_static("", 0));
}

size_t Capture(Command command, size_t)
{
    return Communicate(Spawn(command, G_SUBPROCESS_FLAGS_STDIN_INHERIT | G_SUBPROCESS_FLAGS_STDOUT_PIPE), nullptr);
}

size_t Exchange(Command command, const std::string &input)
{
    return Communicate(Spawn(command, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE),
                       g_bytes_new_static(input.data(), input.size()));
}

double Wait(Command command)
{
    static GMainLoop *loop = g_main_loop_new(nullptr, FALSE);
    static double now;
    GSubprocess *child = Spawn(command, G_SUBPROCESS_FLAGS_STDIN_INHERIT);
    guint timeout = g_timeout_add(
        10000, [](gpointer) -> gboolean { Fail("timed out"); }, nullptr);
    g_subprocess_wait_async(
        child, nullptr,
        [](GObject *, GAsyncResult *, gpointer) {
            now = Now();
            g_main_loop_quit(loop);
        },
        nullptr);
    g_main_loop_run(loop);
    g_source_remove(timeout);
    g_object_unref(child);
    return now;
}

struct Lot {
    Command command;
    size_t left, running;
};

void Next(Lot *lot)
{
    if (lot->left == 0)
        return;
    lot->left--;
    lot->running++;
    g_subprocess_wait_async(
        Spawn(lot->command, G_SUBPROCESS_FLAGS_STDIN_INHERIT), nullptr,
        [](GObject *child, GAsyncResult *, gpointer data) {
            Lot *ours = static_cast<Lot *>(data);
            g_object_unref(child);
            ours->running--;
            Next(ours);
        },
        lot);
}

void Many(Command command, size_t count, size_t at_once)
{
    Lot lot = {command, count, 0};
    for (size_t i = 0; i < at_once; i++)
        Next(&lot);
    while (lot.running > 0)
        g_main_context_iteration(nullptr, TRUE);
}

} // namespace

const Peer peer = {Start, Captured, Capture, Exchange, Wait, Many, nullptr};

} // namespace bench
