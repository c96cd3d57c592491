/* Runs every example with the tests' helper as the child: functions HELPER. Ends with 0 when all did what they say;
 * tests/functions.cmake compares what they print. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "functions.h"

#define MOST 8

static const char *helper;
static int failures;

static void check(int right, const char *what, int line)
{
    if (right)
        return;
    failures++;
    printf("main.c:%d: %s\n", line, what);
}

#define CHECK(condition) check(condition, #condition, __LINE__)

/* The helper's command line; the next call takes the place of the one before the last. */
static const char *const *command(const char *first, const char *second, const char *third, const char *fourth)
{
    static const char *lines[2][MOST];
    static int turn;
    const char *words[] = {helper, first, second, third, fourth, NULL};
    turn = !turn;
    memcpy(lines[turn], words, sizeof words);
    return lines[turn];
}

static struct subproc *start(const char *const *argv)
{
    struct subproc_options options = {.in = {.kind = SUBPROC_STREAM_PIPE}, .out = {.kind = SUBPROC_STREAM_PIPE}};
    struct subproc *child = NULL;
    CHECK(subproc_spawn(argv, &options, &child, NULL) == 0);
    return child;
}

static void once(void)
{
    CHECK(print_output(command("--out", "hello", NULL, NULL)) == 0);
    const char *const missing[] = {"no-such-program", NULL};
    CHECK(print_output(missing) == SUBPROC_E_NOT_FOUND);
    CHECK(must_succeed(command("--exit", "0", NULL, NULL)) == 0);
    CHECK(must_succeed(command("--exit", "3", NULL, NULL)) == SUBPROC_E_EXIT);
    CHECK(status_of(command("--exit", "3", NULL, NULL)) == 3);

    struct subproc_error error;
    struct subproc *child;
    CHECK(subproc_spawn(missing, NULL, &child, &error) == SUBPROC_E_NOT_FOUND);
    log_error(&error);
}

static int contains(const char *path, const char *text)
{
    char bytes[64] = "";
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    bytes[fread(bytes, 1, sizeof bytes - 1, file)] = 0;
    fclose(file);
    return strcmp(bytes, text) == 0;
}

/* Nobody waits for the one that was forgotten: what it writes tells. */
static void starts(void)
{
    remove("functions.log");
    CHECK(start_and_forget(command("--variable", "LANG", NULL, NULL), "functions.log") == 0);
    for (int i = 0; i < 1000 && !contains("functions.log", "C"); i++)
        status_of(command("--sleep", "10", NULL, NULL));
    CHECK(contains("functions.log", "C"));
    struct subproc *child = start_with_all_its_children(command("--hang", NULL, NULL, NULL));
    CHECK(child != NULL);
    stop_politely(child);
    subproc_free(child);
}

/* Lets the child end when it has been called some times. */
static void count_down(void *context)
{
    struct subproc **child = context;
    static int calls;
    if (++calls == 3)
        subproc_close_stream(*child, SUBPROC_IN);
}

static void waits(void)
{
    struct subproc *child = start(command("--read-all", "--exit", "5", NULL));
    CHECK(work_until_it_ends(child, count_down, &child) == 5);
    subproc_free(child);
    child = start(command("--read-all", "--exit", "6", NULL));
    CHECK(wait_a_while(child, 1) == SUBPROC_E_TIMEOUT);
    CHECK(subproc_close_stream(child, SUBPROC_IN) == 0);
    CHECK(wait_a_while(child, 20000) == 0);
    subproc_free(child);
}

static void talk(void)
{
    struct subproc *child = start(command("--copy", "4096", NULL, NULL));
    CHECK(print_answer(child, "question", 20000) == 0);
    subproc_free(child);
    child = start(command("--hang", NULL, NULL, NULL));
    CHECK(print_answer(child, "question", 1) == SUBPROC_E_TIMEOUT);
    subproc_free(child);
    child = start(command("--out", "while it comes\n", NULL, NULL));
    CHECK(copy_output(child) == 0);
    subproc_free(child);
    child = start(command("--count", NULL, NULL, NULL));
    CHECK(send_numbers(child, 10) == 0);
    CHECK(print_answer(child, "", 20000) == 0);
    subproc_free(child);
}

static void ends(void)
{
    struct subproc *children[2] = {start(command("--hang", NULL, NULL, NULL)), start(command("--hang", NULL, NULL, NULL))};
    end_all(children, 2);
    for (size_t i = 0; i < 2; i++) {
        CHECK(subproc_poll(children[i], NULL, NULL) == 0);
        subproc_free(children[i]);
    }
    struct subproc *child = start(command("--hang", NULL, NULL, NULL));
    CHECK(ask_to_reload(child) == 0 || subproc_kill(child, NULL) == 0);
    CHECK(ends_within(child, 20000));
    subproc_free(child);
}

static void handles(void)
{
    struct subproc *child = start(command("--out", "12345", NULL, NULL));
    CHECK(ends_within(child, 20000));
    CHECK(bytes_waiting(child) == 5);
    subproc_free(child);
    CHECK(print_lines(command("--out", "one\ntwo\n", NULL, NULL)) == 0);
}

static void many(void)
{
    CHECK(print_chain(command("--out", "through both", NULL, NULL), command("--copy", "4096", NULL, NULL)) == 0);
    const char *right[] = {helper, "--exit", "0", NULL}, *wrong[] = {helper, "--exit", "1", NULL};
    const char *longest[] = {helper, "--hang", NULL};
    const char *const *commands[] = {right, wrong, right};
    CHECK(run_four_at_once(commands, 3) == 1);
    const char *const *race[] = {longest, right, longest};
    CHECK(first_to_end(race, 3) == 1);
}

/* 한 is C7 D1 in code page 949. */
static void text(void)
{
    struct subproc *child = start(command("--out-hex", "c7d10a", NULL, NULL));
    CHECK(print_as_utf8(child, "auto:cp949") == 0);
    subproc_free(child);

    const struct subproc_text how = {.encoding = "auto:cp949"};
    struct subproc_decoder *decoder;
    CHECK(subproc_decoder_new(&how, &decoder, NULL) == 0);
    child = start(command("--out-hex", "c7d13a20", "--hang", NULL));
    CHECK(print_prompt(child, decoder) == 0);
    printf("\n");
    subproc_decoder_free(decoder);
    CHECK(subproc_kill(child, NULL) == 0 && subproc_wait(child, 20000, NULL, NULL) == 0);
    subproc_free(child);

    CHECK(tell_encodings("\xED\x95\x9C\n\xC7\xD1\n", 7) == 0);
    char *korean = from_korean("\xC7\xD1", 2);
    CHECK(korean && strcmp(korean, "\xED\x95\x9C") == 0);
    subproc_free_string(korean);
    CHECK(from_korean("\xFF", 1) == NULL);
    CHECK(print_hex_in("cp949", "\xED\x95\x9C") == 0);
    CHECK(print_hex_in("ascii", "\xED\x95\x9C") == SUBPROC_E_ENCODING);
}

static void words(void)
{
    const char *const list[] = {"grep", "it's", "a b", NULL};
    CHECK(print_line_for_shell(list) == 0);
    subproc_free_string(find_editor());
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    helper = argv[1];
    /* Process ids and the like, which differ from run to run; ci/wine gives both streams as one. */
    if (freopen("functions.err", "w", stderr) == NULL)
        return 2;
    once();
    starts();
    waits();
    talk();
    ends();
    handles();
    many();
    text();
    words();
    return failures ? 1 : 0;
}
