/*
 * Lesson 6: a child of ten seconds and a deadline of a tenth. The wait ends in time and leaves the child running; what ends the
 * child is up to the program. A terminated one has the status -15 on POSIX, for signal 15, and 1 on Windows.
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

int main(void)
{
    struct subproc *child = start_sleep(10);
    struct subproc_exit status;
    int code = subproc_wait(child, 100, &status, &error);
    if (code == SUBPROC_E_TIMEOUT) {
        printf("%s\n", error.message);
        must(subproc_terminate(child, &error));
        /* A child may ignore SIGTERM, so this wait has a deadline too; subproc_stop would go on with SIGKILL. */
        code = subproc_wait(child, 5000, &status, &error);
    }
    must(code);
    say("종료 상태 ");
    printf("%lld\n", (long long)subproc_returncode(&status));
    subproc_free(child);
}
