/*
 * Makes every public call once, in plain C11: for the systems and libraries that GoogleTest can't be built for.
 * every_call HELPER: the path of the test helper.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subproc/subproc.h"

#define PATIENCE 20000 /* ms: no call here takes that long unless it hangs */

static const char *helper;
static int failures;
static struct subproc_error error;

static void check(int right, const char *what, int line)
{
    if (right)
        return;
    failures++;
    fprintf(stderr, "every_call.c:%d: %s; last error: %s %s\n", line, what, subproc_error_name(error.code), error.message);
}

#define CHECK(condition) check(condition, #condition, __LINE__)

/* A child with pipes for the streams that are asked for; words are what the helper shall do. NULL when it can't start. */
static struct subproc *start(const char *const *words, const struct subproc_options *options)
{
    const char *argv[16] = {helper};
    for (size_t i = 0; words[i] && i + 2 < sizeof argv / sizeof argv[0]; i++)
        argv[i + 1] = words[i];
    struct subproc *child = NULL;
    CHECK(subproc_spawn(argv, options, &child, &error) == 0);
    return child;
}

static int contains(const struct subproc_output *output, const char *text)
{
    return output->size == strlen(text) && memcmp(output->data, text, output->size) == 0;
}

static void run_and_check(void)
{
    const char *const argv[] = {helper, "--copy", "4096", "--err", "problem", "--exit", "3", NULL};
    struct subproc_options options = {.out = {.kind = SUBPROC_STREAM_PIPE},
                                      .err = {.kind = SUBPROC_STREAM_PIPE},
                                      .input = {.data = "text", .size = 4},
                                      .timeout = PATIENCE};
    struct subproc_result result;
    CHECK(subproc_run(argv, &options, &result, &error) == 0);
    CHECK(result.exit.kind == SUBPROC_EXIT_EXITED && subproc_returncode(&result.exit) == 3);
    CHECK(contains(&result.out, "text") && contains(&result.err, "problem"));
    CHECK(subproc_check(&result, &error) == SUBPROC_E_EXIT && strstr(error.message, "status 3"));
    subproc_result_free(&result);
    CHECK(result.out.data == NULL);
}

static void communicate(void)
{
    const char *const words[] = {"--copy", "4096", NULL};
    struct subproc_options options = {.in = {.kind = SUBPROC_STREAM_PIPE}, .out = {.kind = SUBPROC_STREAM_PIPE}};
    struct subproc *child = start(words, &options);
    struct subproc_result result;
    CHECK(subproc_communicate(child, "both ways", 9, PATIENCE, &result, &error) == 0);
    CHECK(contains(&result.out, "both ways"));
    subproc_result_free(&result);
    subproc_free(child);
}

static void step_by_step(void)
{
    const char *const words[] = {"--copy-some", "3", "--read-all", "--exit", "4", NULL};
    struct subproc_options options = {.in = {.kind = SUBPROC_STREAM_PIPE}, .out = {.kind = SUBPROC_STREAM_PIPE}};
    struct subproc *child = start(words, &options);
    struct subproc_exit status;
    CHECK(subproc_poll(child, &status, &error) == SUBPROC_E_RUNNING);
    CHECK(subproc_id(child) > 0);

    size_t put = 0;
    CHECK(subproc_write(child, "abc", 3, PATIENCE, &put, &error) == 0 && put == 3);
    char text[4] = "";
    size_t size = 0;
    for (size_t got = 1; size < 3 && got > 0; size += got)
        CHECK(subproc_read(child, SUBPROC_OUT, text + size, 3 - size, PATIENCE, &got, &error) == 0);
    CHECK(strcmp(text, "abc") == 0);

    subproc_handle ours = SUBPROC_NO_HANDLE;
    CHECK(subproc_stream_handle(child, SUBPROC_OUT, &ours, &error) == 0 && ours != SUBPROC_NO_HANDLE);
    CHECK(subproc_close_stream(child, SUBPROC_IN) == 0);
    CHECK(subproc_wait(child, PATIENCE, &status, &error) == 0 && status.code == 4);
    subproc_free(child);
}

static void end_in_every_way(void)
{
    int (*const ways[])(struct subproc *, struct subproc_error *) = {subproc_terminate, subproc_kill};
    const char *const words[] = {"--hang", NULL};
    for (size_t i = 0; i < 2; i++) {
        struct subproc *child = start(words, NULL);
        CHECK(ways[i](child, &error) == 0);
        struct subproc_exit status;
        CHECK(subproc_wait(child, PATIENCE, &status, &error) == 0);
        CHECK(status.kind == SUBPROC_EXIT_SIGNALLED || status.code == 1);
        subproc_free(child);
    }

    struct subproc *child = start(words, NULL);
    CHECK(subproc_signal(child, 9, &error) == 0);
    CHECK(subproc_wait(child, PATIENCE, NULL, &error) == 0);
    subproc_free(child);

    child = start(words, NULL);
    struct subproc_ladder ladder = {.ask_wait = -1, .kill_wait = PATIENCE};
    struct subproc_exit status;
    CHECK(subproc_stop(child, &ladder, &status, &error) == 0 && status.kind != SUBPROC_EXIT_RUNNING);
    subproc_free(child);
}

/* One child's end cancels what waits for another. */
static void exit_handle_as_cancel(void)
{
    const char *const short_words[] = {"--exit", "0", NULL};
    const char *const long_words[] = {"--hang", NULL};
    struct subproc *first = start(short_words, NULL);
    subproc_handle ended = SUBPROC_NO_HANDLE;
    CHECK(subproc_exit_handle(first, &ended, &error) == 0);
    struct subproc_options options = {.stop = {.ask_wait = -1}, .cancel = &ended};
    struct subproc *second = start(long_words, &options);
    struct subproc_exit status;
    CHECK(subproc_wait(second, PATIENCE, &status, &error) == SUBPROC_E_CANCELLED);
    subproc_free(second);
    CHECK(subproc_wait(first, PATIENCE, &status, &error) == 0 && status.code == 0);
    subproc_free(first);
}

/* From one child through a pipe that we never read into the next, and once more through an end that we took
 * (and leave open: closing it is the system's own call). */
static void chain(void)
{
    const char *const source_words[] = {"--out", "linked", NULL};
    const char *const sink_words[] = {"--copy", "4096", NULL};
    struct subproc_options linked = {.out = {.kind = SUBPROC_STREAM_LINK}};
    for (int taken = 0; taken < 2; taken++) {
        struct subproc *source = start(source_words, &linked);
        struct subproc_options options = {.in = {.kind = SUBPROC_STREAM_FROM, .from = source},
                                          .out = {.kind = SUBPROC_STREAM_PIPE}};
        if (taken) {
            options.in.kind = SUBPROC_STREAM_HANDLE;
            options.in.from = NULL;
            CHECK(subproc_take_stream(source, SUBPROC_OUT, &options.in.handle, &error) == 0);
        }
        struct subproc *sink = start(sink_words, &options);
        struct subproc_result result;
        CHECK(subproc_communicate(sink, NULL, 0, PATIENCE, &result, &error) == 0);
        CHECK(contains(&result.out, "linked"));
        subproc_result_free(&result);
        CHECK(subproc_wait(source, PATIENCE, NULL, &error) == 0);
        subproc_free(sink);
        subproc_free(source);
    }
}

static void words_and_texts(void)
{
    const char *const words[] = {"a b", "c", NULL};
    char *line = NULL;
    CHECK(subproc_quote(SUBPROC_QUOTE_ARGV, words, &line, &error) == 0 && strcmp(line, "\"a b\" c") == 0);
    subproc_free_string(line);
    CHECK(subproc_quote(SUBPROC_QUOTE_SH, words, &line, &error) == 0 && line[0] != 0);
    subproc_free_string(line);

    char *path = NULL;
    CHECK(subproc_which(helper, NULL, &path, &error) == 0 && strstr(path, "subproc_helper"));
    subproc_free_string(path);
    CHECK(subproc_which("no-such-program-here", NULL, &path, &error) == SUBPROC_E_NOT_FOUND && path == NULL);
    CHECK(strcmp(subproc_error_name(error.code), "NOT_FOUND") == 0);
    CHECK(strcmp(subproc_strerror(SUBPROC_E_TIMEOUT), "timed out") == 0);
}

static void count_line(void *context, const struct subproc_line *line)
{
    if (strcmp(line->encoding, line->number == 1 ? "utf-8" : "cp949") == 0)
        ++*(int *)context;
}

/* A decoder's piece is added to what came before; the line is 한 in UTF-8, then in code page 949. */
static void decoders(void)
{
    const struct subproc_text text = {.encoding = "auto:cp949", .newlines = 1};
    struct subproc_decoder *decoder = NULL;
    const char *piece = NULL;
    char came[64] = "";
    size_t size = 0;
    int lines = 0;
    CHECK(subproc_decoder_new(&text, &decoder, &error) == 0);
    CHECK(subproc_decoder_each_line(decoder, count_line, &lines, &error) == 0);
    CHECK(subproc_decoder_feed(decoder, "\xED\x95\x9C\r\n\xC7", 6, &piece, &size, &error) == 0);
    strcat(came, piece);
    CHECK(subproc_decoder_flush(decoder, &piece, &size, &error) == 0);
    strcat(came, piece);
    CHECK(subproc_decoder_feed(decoder, "\xD1", 1, &piece, &size, &error) == 0);
    strcat(came, piece);
    CHECK(subproc_decoder_finish(decoder, &piece, &size, &error) == 0);
    strcat(came, piece);
    CHECK(strcmp(came, "\xED\x95\x9C\n\xED\x95\x9C") == 0 && lines == 2);
    CHECK(subproc_decoder_bad_parts(decoder) == 0);
    subproc_decoder_free(decoder);
}

static void text_at_once(void)
{
    const struct subproc_text text = {.encoding = "cp949"};
    char *made = NULL;
    size_t size = 0;
    CHECK(subproc_encode("cp949", "\xED\x95\x9C", 3, &made, &size, &error) == 0 && size == 2);
    CHECK(made && memcmp(made, "\xC7\xD1", 3) == 0);
    subproc_free_string(made);
    CHECK(subproc_decode(&text, "\xC7\xD1", 2, &made, &size, &error) == 0 && size == 3);
    CHECK(made && strcmp(made, "\xED\x95\x9C") == 0);
    subproc_free_string(made);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    helper = argv[1];
    run_and_check();
    communicate();
    step_by_step();
    end_in_every_way();
    exit_handle_as_cancel();
    chain();
    words_and_texts();
    decoders();
    text_at_once();
    printf("every call: %d failures\n", failures);
    return failures ? 1 : 0;
}
