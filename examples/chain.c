/*
 * Lesson 5: encryption piped into a hash, three chains at once. A LINK is the two children's alone: no end of it stays with us
 * to steal the bytes, which is how d41d8cd98f00b204e9800998ecf8427e, the MD5 of nothing, comes to be printed, or to keep the
 * pipe open. The same as pipelines, and both against the hash of what came through us.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <subproc/subproc.h>

#define COUNT 3

/* With a salt of our own, so that the same input gives the same bytes each time; by itself openssl takes a random one. */
#define ENCRYPT(salt)                                                                                                      \
    {                                                                                                                      \
        "openssl", "enc", "-des3", "-pbkdf2", "-pass", "env:password", "-S", salt, NULL                                    \
    }
static const char *const encrypt[COUNT][9] = {ENCRYPT("0001020304050607"), ENCRYPT("1011121314151617"),
                                              ENCRYPT("2021222324252627")};
static const char *const changes[] = {"password=correct horse", NULL};

/* OpenSSL 3 has whirlpool in its legacy provider; other builds have it without, or not at all. */
#define DGST "openssl", "dgst", "-binary"
static const char *const legacy[] = {DGST, "-whirlpool", "-provider", "legacy", "-provider", "default", NULL};
static const char *const whirlpool[] = {DGST, "-whirlpool", NULL};
static const char *const sha256[] = {DGST, "-sha256", NULL};
static const char *const md5[] = {DGST, "-md5", NULL};
static const char *const no_hash[] = {DGST, "-no-such-hash", NULL};

static const char *const version[] = {"openssl", "version", NULL};
static const char *const random_bytes[] = {"openssl", "rand", "165", NULL};
static const char *const many_bytes[] = {"openssl", "rand", "100000000", NULL};

/* What goes through a chain: 10 to 100 random bytes, encrypted and hashed. */
struct work {
    const char *const *encrypt, *const *hash;
    const char *bytes;
    size_t size;
};

static struct subproc_error error;

/* Ends the program with the sentence that tells what went wrong. */
static void must(int code)
{
    if (code != 0) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
}

static int succeeds(const char *const *argv)
{
    const struct subproc_stream nowhere = {.kind = SUBPROC_STREAM_NULL};
    const struct subproc_options options = {.in = nowhere, .out = nowhere, .err = nowhere};
    struct subproc_result result;
    must(subproc_run(argv, &options, &result, &error));
    const int succeeded = subproc_check(&result, NULL) == 0;
    subproc_result_free(&result);
    return succeeded;
}

static void run(const char *const *argv, const char *input, size_t size, struct subproc_result *result)
{
    const struct subproc_options options = {.in = {.kind = SUBPROC_STREAM_PIPE},
                                            .out = {.kind = SUBPROC_STREAM_PIPE},
                                            .environment = {.changes = changes},
                                            .input = {.data = input, .size = size}};
    must(subproc_run(argv, &options, result, &error));
    must(subproc_check(result, &error));
}

/* ---- by hand ------------------------------------------------------------------------------------------------------- */

struct chain {
    struct subproc *encrypt, *hash;
};

static struct chain start(const struct work *work)
{
    struct chain chain;
    const struct subproc_options first = {
        .in = {.kind = SUBPROC_STREAM_PIPE}, .out = {.kind = SUBPROC_STREAM_LINK}, .environment = {.changes = changes}};
    must(subproc_spawn(work->encrypt, &first, &chain.encrypt, &error));
    const struct subproc_options second = {.in = {.kind = SUBPROC_STREAM_FROM, .from = chain.encrypt},
                                           .out = {.kind = SUBPROC_STREAM_PIPE}};
    must(subproc_spawn(work->hash, &second, &chain.hash, &error));
    return chain;
}

static void finish(struct chain *chain, const struct work *work, struct subproc_result *result)
{
    struct subproc_result encrypted;
    must(subproc_communicate(chain->encrypt, work->bytes, work->size, SUBPROC_FOREVER, &encrypted, &error));
    must(subproc_check(&encrypted, &error));
    must(subproc_communicate(chain->hash, NULL, 0, SUBPROC_FOREVER, result, &error));
    must(subproc_check(result, &error));
    subproc_result_free(&encrypted);
    subproc_free(chain->encrypt);
    subproc_free(chain->hash);
}

/* ---- as a pipeline, and through us --------------------------------------------------------------------------------- */

static void run_pipeline(const struct work *work, struct subproc_pipeline_result *result)
{
    const struct subproc_options with_password = {.environment = {.changes = changes}};
    const struct subproc_command commands[] = {{.argv = work->encrypt, .options = &with_password}, {.argv = work->hash}};
    const struct subproc_options whole = {.in = {.kind = SUBPROC_STREAM_PIPE},
                                          .out = {.kind = SUBPROC_STREAM_PIPE},
                                          .input = {.data = work->bytes, .size = work->size}};
    must(subproc_pipeline_run(commands, 2, &whole, result, &error));
    must(subproc_check(&result->stages[result->verdict], &error));
}

static void run_captured(const struct work *work, struct subproc_result *result)
{
    struct subproc_result encrypted;
    run(work->encrypt, work->bytes, work->size, &encrypted);
    run(work->hash, encrypted.out.data, encrypted.out.size, result);
    subproc_result_free(&encrypted);
}

/* ---- what comes out ------------------------------------------------------------------------------------------------ */

/* As Python writes bytes. */
static void print_bytes(const char *bytes, size_t size)
{
    static const char controls[] = "\t\n\r\\", letters[] = "tnr\\";
    const char quote = memchr(bytes, '\'', size) && !memchr(bytes, '"', size) ? '"' : '\'';
    printf("b%c", quote);
    for (size_t i = 0; i < size; i++) {
        const unsigned char byte = (unsigned char)bytes[i];
        const char *control = byte ? strchr(controls, byte) : NULL;
        if (control)
            printf("\\%c", letters[control - controls]);
        else if (byte < 0x20 || byte > 0x7e)
            printf("\\x%02x", byte);
        else
            printf(byte == quote ? "\\%c" : "%c", byte);
    }
    printf("%c\n", quote);
}

static void print_hex(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        printf("%02x", (unsigned char)bytes[i]);
    printf("\n");
}

/* An MD5 in hex, of longer hashes the last ten bytes. */
static void print_hash(const struct work *work, const struct subproc_output *out)
{
    if (work->hash == md5)
        print_hex(out->data, out->size);
    else
        print_bytes(out->data + out->size - 10, 10);
}

static int same(const struct subproc_output *a, const struct subproc_output *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static void compare(const struct work *work, struct subproc_result *by_hand)
{
    struct subproc_pipeline_result pipeline;
    struct subproc_result captured;
    run_pipeline(work, &pipeline);
    run_captured(work, &captured);
    print_hash(work, &by_hand->out);
    printf("%s %zu bytes: by hand %s, as a pipeline %s\n", work->hash[3] + 1, work->size,
           same(&by_hand->out, &captured.out) ? "right" : "WRONG",
           same(&pipeline.stages[1].out, &captured.out) ? "right" : "WRONG");
    subproc_pipeline_result_free(&pipeline);
    subproc_result_free(&captured);
}

/* A hash that ends at once ends its source, which would have gone on for long: SIGPIPE, or a failed write. */
static void end_the_source(void)
{
    const struct subproc_stream nowhere = {.kind = SUBPROC_STREAM_NULL};
    const struct subproc_options first = {.out = {.kind = SUBPROC_STREAM_LINK}, .err = nowhere};
    struct subproc *source, *hash;
    struct subproc_exit status[2];
    must(subproc_spawn(many_bytes, &first, &source, &error));
    const struct subproc_options second = {.in = {.kind = SUBPROC_STREAM_FROM, .from = source}, .err = nowhere};
    must(subproc_spawn(no_hash, &second, &hash, &error));
    must(subproc_wait(hash, SUBPROC_FOREVER, &status[0], &error));
    must(subproc_wait(source, SUBPROC_FOREVER, &status[1], &error));
    printf("no such hash: status %lld; its source: status %lld\n", (long long)subproc_returncode(&status[0]),
           (long long)subproc_returncode(&status[1]));
    subproc_free(hash);
    subproc_free(source);
}

int main(void)
{
    struct subproc_result tool, plain, results[COUNT];
    run(version, NULL, 0, &tool);
    printf("with %.*s\n", (int)strcspn(tool.out.data, "\r\n"), tool.out.data);
    run(random_bytes, NULL, 0, &plain);
    const char *const *weak = succeeds(legacy) ? legacy : succeeds(whirlpool) ? whirlpool : md5;
    const struct work works[COUNT] = {{encrypt[0], weak, plain.out.data, 10},
                                      {encrypt[1], sha256, plain.out.data + 10, 55},
                                      {encrypt[2], md5, plain.out.data + 65, 100}};
    struct chain chains[COUNT];
    for (int i = 0; i < COUNT; i++)
        chains[i] = start(&works[i]);
    for (int i = 0; i < COUNT; i++)
        finish(&chains[i], &works[i], &results[i]);
    for (int i = 0; i < COUNT; i++) {
        compare(&works[i], &results[i]);
        subproc_result_free(&results[i]);
    }
    end_the_source();
    subproc_result_free(&tool);
    subproc_result_free(&plain);
}
