/* A growing run of bytes that always has room for a NUL after its end. */
#include "buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "subproc/subproc.h"

int subproc_buffer_reserve(struct subproc_buffer *buffer, size_t more)
{
    if (more >= SIZE_MAX / 2 - buffer->size)
        return SUBPROC_E_NO_MEMORY;
    size_t need = buffer->size + more + 1;
    if (need <= buffer->capacity)
        return 0;
    return subproc_buffer_grow(buffer, (buffer->capacity * 2 > need ? buffer->capacity * 2 : need) - 1);
}

int subproc_buffer_grow(struct subproc_buffer *buffer, size_t size)
{
    char *bytes = realloc(buffer->bytes, size + 1);
    if (!bytes)
        return SUBPROC_E_NO_MEMORY;
    buffer->bytes = bytes;
    buffer->capacity = size + 1;
    return 0;
}

size_t subproc_buffer_room(const struct subproc_buffer *buffer)
{
    return buffer->capacity == 0 ? 0 : buffer->capacity - buffer->size - 1;
}

int subproc_buffer_append(struct subproc_buffer *buffer, const void *bytes, size_t size)
{
    int result = subproc_buffer_reserve(buffer, size);
    if (result == 0 && size > 0) {
        memcpy(buffer->bytes + buffer->size, bytes, size);
        buffer->size += size;
    }
    return result;
}

void subproc_buffer_free(struct subproc_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct subproc_buffer){0};
}
