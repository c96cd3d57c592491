/*
 * Lesson 3: ten children that sleep for a second, one after another and side by side. Whoever starts them all before waiting
 * for the first needs the time of one, and what the starts take (PowerShell's own is long).
 * side_by_side [SECOND]: how long the lesson's second lasts, 1 by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <subproc/subproc.h>

#ifndef TIME_UTC /* an old MinGW-w64 lacks C11's clock: link with -lpthread there */
#define timespec_get(time, base) clock_gettime(CLOCK_REALTIME, time)
#endif

#define COUNT 10

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

static double now(void)
{
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* cmd has no sleep: where there is no such program, PowerShell has the word. */
static struct subproc *start_sleep(double seconds)
{
    char number[32], script[64];
    snprintf(number, sizeof number, "%g", seconds);
    snprintf(script, sizeof script, "Start-Sleep -Milliseconds %.0f", seconds * 1000);
    const char *const program[] = {"sleep", number, NULL};
    const char *const powershell[] = {script, NULL};
    const struct subproc_options in_powershell = {.shell = SUBPROC_SHELL_POWERSHELL};
    struct subproc *child;
    int code = subproc_spawn(program, NULL, &child, &error);
    if (code == SUBPROC_E_NOT_FOUND)
        code = subproc_spawn(powershell, &in_powershell, &child, &error);
    must(code);
    return child;
}

static void finish(struct subproc *child)
{
    must(subproc_wait(child, SUBPROC_FOREVER, NULL, &error));
    subproc_free(child);
}

static void report(const char *how, double began)
{
    say(how);
    printf("%.2f", now() - began);
    say("초 만에 끝남\n");
}

int main(int argc, char **argv)
{
    const double second = argc > 1 ? strtod(argv[1], NULL) : 1;
    double began = now();
    for (int i = 0; i < COUNT; i++)
        finish(start_sleep(second));
    report("차례로: ", began);

    struct subproc *children[COUNT];
    began = now();
    for (int i = 0; i < COUNT; i++)
        children[i] = start_sleep(second);
    for (int i = 0; i < COUNT; i++)
        finish(children[i]);
    report("나란히: ", began);
}
