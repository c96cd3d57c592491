/*
 * Lesson 7: the same lines through cmd, both PowerShells and sh. A script is one word, passed so that the shell reads it as it
 * is; where a shell isn't there the error says so. Bytes come through PowerShell whole when the program stands alone in the
 * script; assigned, or piped to something, they would have been decoded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <subproc/subproc.h>

static const struct {
    const char *name;
    enum subproc_shell shell;
} shells[] = {{"cmd", SUBPROC_SHELL_CMD},
              {"powershell", SUBPROC_SHELL_POWERSHELL},
              {"pwsh", SUBPROC_SHELL_PWSH},
              {"sh", SUBPROC_SHELL_SH}};

static const char *const lines[] = {"echo 인사!", "echo hi", "exit 7"};

#define ENCRYPT "openssl enc -des3 -pbkdf2 -pass env:password"
#define DECRYPT "openssl", "enc", "-d", "-des3", "-pbkdf2", "-pass", "env:password"
static const char *const changes[] = {"password=correct horse", NULL};
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

/* 0 when there is no such shell here. */
static int run_line(int number, const char *line)
{
    const char *const script[] = {line, NULL};
    const struct subproc_options options = {.in = {.kind = SUBPROC_STREAM_NULL},
                                            .out = {.kind = SUBPROC_STREAM_PIPE},
                                            .shell = shells[number].shell,
                                            .text = {.encoding = "auto", .newlines = 1}};
    struct subproc_result result;
    if (subproc_run(script, &options, &result, &error) == SUBPROC_E_NOT_FOUND) {
        printf("%s: %s\n", shells[number].name, error.message);
        return 0;
    }
    must(error.code);
    printf("%s: ", shells[number].name);
    say(line);
    printf(": status %lld\n", (long long)subproc_returncode(&result.exit));
    say(result.out.data);
    subproc_result_free(&result);
    return 1;
}

/* Ten bytes encrypted in a shell's script, and decrypted by the program itself. */
static void encrypt_in(int number)
{
    static const char bytes[] = "ten bytes.";
    static const char *const script[] = {ENCRYPT, NULL}, *const decrypt[] = {DECRYPT, NULL};
    struct subproc_options options = {.in = {.kind = SUBPROC_STREAM_PIPE},
                                      .out = {.kind = SUBPROC_STREAM_PIPE},
                                      .environment = {.changes = changes},
                                      .shell = shells[number].shell,
                                      .input = {.data = bytes, .size = 10}};
    struct subproc_result encrypted, decrypted;
    must(subproc_run(script, &options, &encrypted, &error));
    printf("%s: %s: status %lld\n", shells[number].name, script[0], (long long)subproc_returncode(&encrypted.exit));
    if (subproc_check(&encrypted, NULL) == 0) {
        options.shell = SUBPROC_SHELL_NONE;
        options.input = (struct subproc_input){.data = encrypted.out.data, .size = encrypted.out.size};
        must(subproc_run(decrypt, &options, &decrypted, &error));
        const int same = decrypted.out.size == 10 && memcmp(decrypted.out.data, bytes, 10) == 0;
        printf("decrypted: %s\n", same ? "the same bytes" : "OTHER BYTES");
        subproc_result_free(&decrypted);
    }
    subproc_result_free(&encrypted);
}

int main(void)
{
    for (int number = 0; number < 4; number++) {
        int there = 1;
        for (int i = 0; there && i < 3; i++)
            there = run_line(number, lines[i]);
        if (there)
            encrypt_in(number);
    }
}
