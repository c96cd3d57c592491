/*
 * Lesson 2: polling a child while working. A start returns at once, whatever the child does, and a poll never blocks: it costs
 * microseconds. Streams are inherited unless the options say otherwise, which Windows' `timeout` insists on.
 * poll [SECOND]: how long the lesson's second lasts, 1 by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <subproc/subproc.h>

#ifndef TIME_UTC /* an old MinGW-w64 lacks C11's clock: link with -lpthread there */
#define timespec_get(time, base) clock_gettime(CLOCK_REALTIME, time)
#endif

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

/* Stands for yours. */
static void work(double seconds)
{
    const double end = now() + seconds;
    while (now() < end)
        ;
}

static void poll_while_working(double seconds, double pause)
{
    const double began = now();
    struct subproc *child = start_sleep(seconds);
    printf("%.3f", now() - began);
    say("초 소모: 시작\n");
    struct subproc_exit status;
    int code;
    while ((code = subproc_poll(child, &status, &error)) == SUBPROC_E_RUNNING) {
        say("작업 중...\n");
        work(pause);
    }
    must(code);
    say("종료 상태 ");
    printf("%lld\n%.3f", (long long)subproc_returncode(&status), now() - began);
    say("초 소모: 끝까지\n");
    subproc_free(child);
}

static void time_polls(double seconds)
{
    enum { POLLS = 1000 };
    struct subproc *child = start_sleep(seconds);
    struct subproc_exit status;
    const double began = now();
    for (int i = 0; i < POLLS; i++)
        subproc_poll(child, &status, NULL);
    printf("poll: %.2f", (now() - began) / POLLS * 1e6);
    say("마이크로초 소모\n");
    must(subproc_wait(child, SUBPROC_FOREVER, NULL, &error));
    subproc_free(child);
}

int main(int argc, char **argv)
{
    const double second = argc > 1 ? strtod(argv[1], NULL) : 1;
    poll_while_working(second, second / 5);
    poll_while_working(0.000001, second / 5);
    time_polls(second);
}
