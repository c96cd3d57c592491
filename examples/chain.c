/*
 * Lesson 5: encryption piped into a hash, three chains at once, by hand and as pipelines. A LINK is the two children's alone. A
 * parent that kept an end of the pipe could steal the bytes from the hash, which is how d41d8cd98f00b204e9800998ecf8427e, the MD5
 * of nothing, comes to be printed; and a source whose reader died would never learn of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <subproc/subproc.h>

#define COUNT 3

/* With a salt of our own, so that the same input gives the same bytes each time; by itself openssl takes a random one. */
static const char *const encrypt[] = {"openssl",          "enc", "-des3", "-pbkdf2", "-pass", "env:password", "-S",
                                      "0001020304050607", NULL};
static const char *const changes[] = {"password=correct horse", NULL};

#define DGST "openssl", "dgst", "-binary"
static const char *const legacy[] = {DGST, "-whirlpool", "-provider", "legacy", "-provider", "default", NULL};
static const char *const whirlpool[] = {DGST, "-whirlpool", NULL}; /* before OpenSSL 3 */
static const char *const sha256[] = {DGST, "-sha256", NULL};
static const char *const md5[] = {DGST, "-md5", NULL};
static const char *const no_hash[] = {DGST, "-no-such-hash", NULL};

static const char *const version[] = {"openssl", "version", NULL};
static const char *const random_bytes[] = {"openssl", "rand", "165", NULL};
static const char *const many_bytes[] = {"openssl", "rand", "100000000", NULL};

/* What is encrypted and hashed. */
struct work {
    const char *const *hash;
    const char *bytes;
    size_t size;
};

struct chain {
    struct subproc *source, *hash;
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

/* What subproc_check says of the status. */
static int run(const char *const *argv, const char *input, size_t size, struct subproc_result *result)
{
    const struct subproc_options options = {.in = {.kind = SUBPROC_STREAM_PIPE},
                                            .out = {.kind = SUBPROC_STREAM_PIPE},
                                            .err = {.kind = SUBPROC_STREAM_PIPE},
                                            .environment = {.changes = changes},
                                            .input = {.data = input, .size = size}};
    must(subproc_run(argv, &options, result, &error));
    return subproc_check(result, &error);
}

static int succeeds(const char *const *argv)
{
    struct subproc_result result;
    const int code = run(argv, NULL, 0, &result);
    subproc_result_free(&result);
    return code == 0;
}

static struct chain start(const char *const *source, const char *const *hash)
{
    struct chain chain;
    const struct subproc_options first = {.in = {.kind = SUBPROC_STREAM_PIPE},
                                          .out = {.kind = SUBPROC_STREAM_LINK},
                                          .err = {.kind = SUBPROC_STREAM_PIPE},
                                          .environment = {.changes = changes}};
    must(subproc_spawn(source, &first, &chain.source, &error));
    const struct subproc_options second = {.in = {.kind = SUBPROC_STREAM_FROM, .from = chain.source},
                                           .out = {.kind = SUBPROC_STREAM_PIPE},
                                           .err = {.kind = SUBPROC_STREAM_PIPE}};
    must(subproc_spawn(hash, &second, &chain.hash, &error));
    return chain;
}

static void finish(struct chain *chain, const struct work *work, struct subproc_result *source, struct subproc_result *hash)
{
    must(subproc_communicate(chain->source, work->bytes, work->size, SUBPROC_FOREVER, source, &error));
    must(subproc_communicate(chain->hash, NULL, 0, SUBPROC_FOREVER, hash, &error));
    subproc_free(chain->source);
    subproc_free(chain->hash);
}

static void run_pipeline(const struct work *work, struct subproc_pipeline_result *result)
{
    const struct subproc_options with_password = {.environment = {.changes = changes}};
    const struct subproc_command commands[] = {{.argv = encrypt, .options = &with_password}, {.argv = work->hash}};
    const struct subproc_options whole = {.in = {.kind = SUBPROC_STREAM_PIPE},
                                          .out = {.kind = SUBPROC_STREAM_PIPE},
                                          .input = {.data = work->bytes, .size = work->size}};
    must(subproc_pipeline_run(commands, 2, &whole, result, &error));
    must(subproc_check(&result->stages[result->verdict], &error));
}

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

/* Of an MD5 all in hex, of longer hashes the last ten bytes. */
static void print_hash(const struct subproc_output *hash)
{
    if (hash->size > 16) {
        print_bytes(hash->data + hash->size - 10, 10);
        return;
    }
    for (size_t i = 0; i < hash->size; i++)
        printf("%02x", (unsigned char)hash->data[i]);
    printf("\n");
}

static const char *verdict(const struct subproc_output *a, const struct subproc_output *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0 ? "right" : "WRONG";
}

/* Right is the hash of what came through us. */
static void compare(const struct work *work, const struct subproc_result *by_hand)
{
    struct subproc_pipeline_result pipeline;
    struct subproc_result encrypted, captured;
    run_pipeline(work, &pipeline);
    must(run(encrypt, work->bytes, work->size, &encrypted));
    must(run(work->hash, encrypted.out.data, encrypted.out.size, &captured));
    print_hash(&by_hand->out);
    printf("%s of %zu bytes: by hand %s, as a pipeline %s\n", work->hash[3] + 1, work->size,
           verdict(&by_hand->out, &captured.out), verdict(&pipeline.stages[1].out, &captured.out));
    subproc_pipeline_result_free(&pipeline);
    subproc_result_free(&encrypted);
    subproc_result_free(&captured);
}

static void run_chains(const struct work *works)
{
    struct chain chains[COUNT];
    struct subproc_result sources[COUNT], hashes[COUNT];
    for (int i = 0; i < COUNT; i++)
        chains[i] = start(encrypt, works[i].hash);
    for (int i = 0; i < COUNT; i++)
        finish(&chains[i], &works[i], &sources[i], &hashes[i]);
    for (int i = 0; i < COUNT; i++) {
        must(subproc_check(&sources[i], &error));
        must(subproc_check(&hashes[i], &error));
        compare(&works[i], &hashes[i]);
        subproc_result_free(&sources[i]);
        subproc_result_free(&hashes[i]);
    }
}

/* A hash that ends at once ends its source, which had much to write: by SIGPIPE, or a failed write. */
static void end_the_source(void)
{
    const struct work nothing = {no_hash, NULL, 0};
    struct chain chain = start(many_bytes, no_hash);
    struct subproc_result source, hash;
    char byte;
    size_t got;
    if (subproc_read(chain.source, SUBPROC_OUT, &byte, 1, 0, &got, &error) != 0)
        printf("stealing: %s\n", error.message);
    finish(&chain, &nothing, &source, &hash);
    printf("no such hash: status %lld; its source: status %lld\n", (long long)subproc_returncode(&hash.exit),
           (long long)subproc_returncode(&source.exit));
    subproc_result_free(&source);
    subproc_result_free(&hash);
}

int main(void)
{
    struct subproc_result tool, plain;
    must(run(version, NULL, 0, &tool));
    printf("with %.*s\n", (int)strcspn(tool.out.data, "\r\n"), tool.out.data);
    must(run(random_bytes, NULL, 0, &plain));
    const char *const *longest = succeeds(legacy) ? legacy : succeeds(whirlpool) ? whirlpool : md5;
    const struct work works[COUNT] = {
        {longest, plain.out.data, 10}, {sha256, plain.out.data + 10, 55}, {md5, plain.out.data + 65, 100}};
    run_chains(works);
    end_the_source();
    subproc_result_free(&tool);
    subproc_result_free(&plain);
}
