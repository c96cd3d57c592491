/* Feeds bytes through a command and back at once, which can't deadlock: round_trip MEBIBYTES COMMAND [ARG...] */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <subproc/subproc.h>

static uint64_t hash(const unsigned char *bytes, size_t size)
{
    uint64_t value = 14695981039346656037u; /* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
    for (size_t i = 0; i < size; i++)
        value = (value ^ bytes[i]) * 1099511628211u;
    return value;
}

static void fill(unsigned char *bytes, size_t size)
{
    uint32_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (unsigned char)(state >> 24);
    }
}

static int compare(const unsigned char *sent, size_t size, const char *const *argv)
{
    struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE}, .input = {.data = sent, .size = size}};
    struct subproc_result result;
    struct subproc_error error;
    if (subproc_run(argv, &options, &result, &error) != 0 || subproc_check(&result, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        subproc_result_free(&result);
        return 1;
    }
    const uint64_t there = hash(sent, size);
    const uint64_t back = hash((const unsigned char *)result.out.data, result.out.size);
    printf("%zu bytes out, hash %016llx; %zu bytes back, hash %016llx; %d ms\n", size, (unsigned long long)there,
           result.out.size, (unsigned long long)back, (int)(result.wall_ns / 1000000));
    const int same = result.out.size == size && there == back;
    subproc_result_free(&result);
    return same ? 0 : 1;
}

int main(int argc, char **argv)
{
    const int mebibytes = argc > 2 ? atoi(argv[1]) : 0;
    if (mebibytes < 1 || mebibytes > 1024) {
        fprintf(stderr, "usage: round_trip MEBIBYTES COMMAND [ARG...]\n");
        return 2;
    }
    const size_t size = (size_t)mebibytes << 20;
    unsigned char *bytes = malloc(size);
    if (bytes == NULL)
        return 1;
    fill(bytes, size);
    const int status = compare(bytes, size, (const char *const *)argv + 2);
    free(bytes);
    return status;
}
