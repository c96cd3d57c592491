/*
 * Lesson 1: a command's greeting, in whatever encoding it comes. On Windows echo is a word of cmd, which writes the console's
 * code page (949 on a Korean one); elsewhere it writes UTF-8. "auto" reads both, so nobody has to settle for cp949. A status
 * other than 0 is an error once subproc_check has looked at it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <subproc/subproc.h>

static struct subproc_error error;

/* Ends the program with the sentence that tells what went wrong. */
static void must(int code)
{
    if (code != 0) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
}

/* Prints UTF-8 in the console's own page. */
static void say(const char *text)
{
    char *shown;
    size_t size;
    subproc_encode("console", text, strlen(text), &shown, &size, NULL);
    fputs(shown != NULL ? shown : text, stdout);
    subproc_free_string(shown);
}

/* One line for the system's shell: cmd /c on Windows, sh -c elsewhere. */
static void greet(const char *line)
{
    const char *const script[] = {line, NULL};
    const struct subproc_options options = {
        .out = {.kind = SUBPROC_STREAM_PIPE}, .shell = SUBPROC_SHELL_DEFAULT, .text = {.encoding = "auto", .newlines = 1}};
    struct subproc_result result;
    must(subproc_run(script, &options, &result, &error));
    must(subproc_check(&result, &error));
    say(result.out.data);
    subproc_result_free(&result);
}

int main(void)
{
    greet("echo 자식 프로세스가 보내는 인사!");
    greet("echo Hello from the child!");
    greet("echo hi");
}
