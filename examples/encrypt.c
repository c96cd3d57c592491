/*
 * Lesson 4: three openssl children at once, the password in their environment alone, ten random bytes into each, the last ten
 * bytes of what comes out, and back again. Bytes stay bytes since the programs are run themselves: PowerShell lets them through
 * only where a program stands alone in its script. What a child says on stderr is kept beside its output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <subproc/subproc.h>

#define COUNT 3
#define SIZE  10

static const char *const version[] = {"openssl", "version", NULL};
static const char *const misspelt[] = {"openss1", "version", NULL};
static const char *const thirty_bytes[] = {"openssl", "rand", "30", NULL};
static const char *const encrypt[] = {"openssl", "enc", "-des3", "-pbkdf2", "-pass", "env:password", NULL};
static const char *const decrypt[] = {"openssl", "enc", "-d", "-des3", "-pbkdf2", "-pass", "env:password", NULL};
static const char *const old_way[] = {"openssl", "enc", "-des3", "-pass", "env:password", NULL};

/* A change of the child's copy of our environment. */
static const char *const changes[] = {"password=correct horse", NULL};
static const struct subproc_options options = {.in = {.kind = SUBPROC_STREAM_PIPE},
                                               .out = {.kind = SUBPROC_STREAM_PIPE},
                                               .err = {.kind = SUBPROC_STREAM_PIPE},
                                               .environment = {.changes = changes}};
static struct subproc_error error;

/* Ends the program with the sentence that tells what went wrong. */
static void must(int code)
{
    if (code != 0) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
}

static void run(const char *const *argv, const char *input, size_t size, struct subproc_result *result)
{
    struct subproc_options fed = options;
    fed.input = (struct subproc_input){.data = input, .size = size};
    must(subproc_run(argv, &fed, result, &error));
    must(subproc_check(result, &error));
}

static void print_line(const char *title, const char *text)
{
    printf("%s%.*s\n", title, (int)strcspn(text, "\r\n"), text);
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

/* The child's input, output and errors are worked on together, so that none can wait for the other. */
static void finish(struct subproc *child, const char *bytes)
{
    struct subproc_result encrypted, decrypted;
    must(subproc_communicate(child, bytes, SIZE, SUBPROC_FOREVER, &encrypted, &error));
    must(subproc_check(&encrypted, &error));
    print_bytes(encrypted.out.data + encrypted.out.size - SIZE, SIZE);
    run(decrypt, encrypted.out.data, encrypted.out.size, &decrypted);
    const int same = decrypted.out.size == SIZE && memcmp(decrypted.out.data, bytes, SIZE) == 0;
    printf("decrypted: %s\n", same ? "the same bytes" : "OTHER BYTES");
    subproc_result_free(&encrypted);
    subproc_result_free(&decrypted);
    subproc_free(child);
}

int main(void)
{
    struct subproc_result tool, plain, warned;
    struct subproc *children[COUNT];
    run(version, NULL, 0, &tool);
    print_line("with ", tool.out.data);
    run(thirty_bytes, NULL, 0, &plain);
    for (int i = 0; i < COUNT; i++)
        must(subproc_spawn(encrypt, &options, &children[i], &error));
    for (int i = 0; i < COUNT; i++)
        finish(children[i], plain.out.data + i * SIZE);

    run(old_way, plain.out.data, SIZE, &warned);
    print_line("without -pbkdf2 it says: ", warned.err.data);
    subproc_result_free(&tool);
    subproc_result_free(&plain);
    subproc_result_free(&warned);

    /* A word of the notes that was never run: the error names it. */
    if (subproc_run(misspelt, NULL, &tool, &error) != 0)
        printf("%s\n", error.message);
}
