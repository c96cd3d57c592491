/* A growing run of bytes that always has room for a NUL after its end. */
#ifndef SUBPROC_BUFFER_H
#define SUBPROC_BUFFER_H

#include <stddef.h>

struct subproc_buffer {
    char *bytes;
    size_t size, capacity;
};

/* Room for `more` bytes and a NUL; SUBPROC_E_NO_MEMORY leaves it as it was. */
int subproc_buffer_reserve(struct subproc_buffer *buffer, size_t more);

/* Room for `size` bytes in all and a NUL, no more. */
int subproc_buffer_grow(struct subproc_buffer *buffer, size_t size);

/* Bytes that may be written at bytes + size, a NUL's place not counted. */
size_t subproc_buffer_room(const struct subproc_buffer *buffer);

int subproc_buffer_append(struct subproc_buffer *buffer, const void *bytes, size_t size);

void subproc_buffer_free(struct subproc_buffer *buffer);

#endif
