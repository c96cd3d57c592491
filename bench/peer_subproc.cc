// The library that is measured, through its public header.
#include "subproc/subproc.h"

#include "peer.h"

namespace bench
{
namespace
{

void Check(int code, const subproc_error &error)
{
    if (code != SUBPROC_OK)
        Fail(error.message);
}

subproc_options Piped(bool in, bool out, bool err)
{
    subproc_options options = {};
    options.in.kind = in ? SUBPROC_STREAM_PIPE : SUBPROC_STREAM_DEFAULT;
    options.out.kind = out ? SUBPROC_STREAM_PIPE : SUBPROC_STREAM_DEFAULT;
    options.err.kind = err ? SUBPROC_STREAM_PIPE : SUBPROC_STREAM_DEFAULT;
    return options;
}

// Runs a command; how much it wrote.
size_t Run(Command command, const subproc_options &options)
{
    subproc_error error;
    subproc_result result;
    Check(subproc_run(command, &options, &result, &error), error);
    size_t size = result.out.size;
    subproc_result_free(&result);
    return size;
}

void Start(Command command)
{
    Run(command, Piped(false, false, false));
}

void Captured(Command command)
{
    Run(command, Piped(true, true, true));
}

size_t Capture(Command command, size_t)
{
    return Run(command, Piped(false, true, false));
}

size_t Exchange(Command command, const std::string &input)
{
    subproc_options options = Piped(true, true, false);
    options.input.data = input.data();
    options.input.size = input.size();
    return Run(command, options);
}

double Wait(Command command)
{
    subproc_error error;
    subproc *child;
    Check(subproc_spawn(command, nullptr, &child, &error), error);
    Check(subproc_wait(child, 10000, nullptr, &error), error);
    double now = Now();
    subproc_free(child);
    return now;
}

subproc_group *Group(size_t at_once)
{
    subproc_error error;
    subproc_group *group;
    subproc_group_options options = {};
    options.max_running = at_once;
    Check(subproc_group_new(&options, &group, &error), error);
    return group;
}

void Add(subproc_group *group, Command command, const subproc_options *options)
{
    subproc_error error;
    Check(subproc_group_add(group, command, options, nullptr, &error), error);
}

void Finish(subproc_group *group)
{
    subproc_error error;
    while (subproc_group_left(group) > 0) {
        subproc_finished finished;
        Check(subproc_group_next(group, SUBPROC_FOREVER, &finished, &error), error);
        Check(finished.code, finished.error);
        subproc_result_free(&finished.result);
    }
    subproc_group_free(group);
}

void Many(Command command, size_t count, size_t at_once)
{
    subproc_group *group = Group(at_once);
    for (size_t i = 0; i < count; i++)
        Add(group, command, nullptr);
    Finish(group);
}

void InCrowd(Command command, const Crowd &crowd)
{
    subproc_options options = Piped(false, true, false);
    options.in.kind = SUBPROC_STREAM_HANDLE;
    options.in.handle = crowd.silent;
    subproc_group *group = Group(0);
    for (size_t i = 0; i < crowd.count; i++) {
        Add(group, command, &options);
        crowd.started();
    }
    crowd.release();
    Finish(group);
}

} // namespace

const Peer peer = {Start, Captured, Capture, Exchange, Wait, Many, InCrowd};

} // namespace bench
