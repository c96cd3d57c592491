// The Apache Portable Runtime: it starts, reads and waits, but has no call that feeds and reads at once, nor one that waits
// with a timeout.
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_thread_proc.h>

#include "buffer.h"
#include "peer.h"

extern char **environ;

namespace bench
{
namespace
{

struct Child {
    apr_pool_t *pool;
    apr_proc_t process;
};

void Spawn(Child &child, Command command, apr_int32_t in, apr_int32_t out, apr_int32_t err)
{
    static const apr_status_t initialized = apr_initialize();
    Expect(initialized == APR_SUCCESS, "apr_initialize");
    apr_procattr_t *attributes;
    apr_pool_create(&child.pool, nullptr);
    apr_procattr_create(&attributes, child.pool);
    apr_procattr_io_set(attributes, in, out, err);
    apr_procattr_cmdtype_set(attributes, APR_PROGRAM);
    Expect(apr_proc_create(&child.process, command[0], command, environ, attributes, child.pool) == APR_SUCCESS,
           "apr_proc_create");
}

void Collect(Child &child)
{
    int code;
    apr_exit_why_e why;
    apr_proc_wait(&child.process, &code, &why, APR_WAIT);
    apr_pool_destroy(child.pool);
}

size_t Drain(apr_file_t *from)
{
    Buffer buffer;
    for (;;) {
        char *end = buffer.end();
        apr_size_t size = buffer.left();
        if (apr_file_read(from, end, &size) != APR_SUCCESS)
            return buffer.size();
        buffer.came(size);
    }
}

void Start(Command command)
{
    Child child;
    Spawn(child, command, APR_NO_PIPE, APR_NO_PIPE, APR_NO_PIPE);
    Collect(child);
}

void Captured(Command command)
{
    Child child;
    Spawn(child, command, APR_FULL_BLOCK, APR_FULL_BLOCK, APR_FULL_BLOCK);
    apr_file_close(child.process.in);
    Drain(child.process.out);
    Drain(child.process.err);
    Collect(child);
}

size_t Capture(Command command, size_t)
{
    Child child;
    Spawn(child, command, APR_NO_PIPE, APR_FULL_BLOCK, APR_NO_PIPE);
    size_t size = Drain(child.process.out);
    Collect(child);
    return size;
}

} // namespace

const Peer peer = {Start, Captured, Capture, nullptr, nullptr, nullptr, nullptr};

} // namespace bench
