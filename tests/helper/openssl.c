/*
 * Stands in for the openssl command where there is none. It takes what the lessons give it, as the real one does, but neither its
 * cipher nor its hashes are any good, which it says as its version:
 *
 *     openssl version
 *     openssl rand COUNT
 *     openssl enc [-d] -des3 [-pbkdf2] [-S SALT] -pass env:NAME
 *     openssl dgst -binary -sha256|-md5
 */
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SALT_SIZE 8
#define MARK      "Salted__"

static uint64_t state;

/* Numbers that look random: https://prng.di.unimi.it/splitmix64.c has the constants. */
static unsigned char next_byte(void)
{
    uint64_t mixed = state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return (unsigned char)(mixed >> 56);
}

static void stir(const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    for (size_t i = 0; i < size; i++) {
        state ^= next[i];
        (void)next_byte();
    }
}

static void stir_time(void)
{
    const time_t now = time(NULL);
    const clock_t used = clock();
    const void *const place = &now; /* differs where addresses are random */
    stir(&now, sizeof now);
    stir(&used, sizeof used);
    stir(&place, sizeof place);
}

static int refuse(const char *why, const char *word)
{
    fprintf(stderr, "stand-in for openssl: %s: %s\n", why, word ? word : "");
    return 1;
}

static bool put(const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, stdout) == size;
}

static int finish(bool written)
{
    return written && fflush(stdout) == 0 ? 0 : refuse("can't write", "");
}

static int do_version(char **words)
{
    (void)words;
    return finish(printf("a stand-in for OpenSSL, without a real cipher or hash\n") > 0);
}

static int do_rand(char **words)
{
    bool written = true;
    stir_time();
    for (long left = words[0] ? atol(words[0]) : 0; written && left > 0; left--) {
        const unsigned char byte = next_byte();
        written = put(&byte, 1);
    }
    return finish(written);
}

struct cipher {
    bool decrypts, derives;
    const char *salt, *password;
};

static const char *password_of(const char *word)
{
    return word && strncmp(word, "env:", 4) == 0 ? getenv(word + 4) : NULL;
}

static int read_cipher(char **words, struct cipher *cipher)
{
    for (; *words; words++) {
        if (strcmp(*words, "-d") == 0)
            cipher->decrypts = true;
        else if (strcmp(*words, "-pbkdf2") == 0)
            cipher->derives = true;
        else if (strcmp(*words, "-S") == 0 && words[1])
            cipher->salt = *++words;
        else if (strcmp(*words, "-pass") == 0 && words[1])
            cipher->password = password_of(*++words);
        else if (strcmp(*words, "-des3") != 0)
            return refuse("unknown option", *words);
    }
    return cipher->password ? 0 : refuse("no password", "");
}

/* Like the real one it begins with a mark and the salt, unless that was given. */
static int make_salt(const struct cipher *cipher, char salt[SALT_SIZE])
{
    char mark[sizeof MARK - 1] = MARK;
    if (cipher->salt) {
        memcpy(salt, cipher->salt, strlen(cipher->salt) < SALT_SIZE ? strlen(cipher->salt) : SALT_SIZE);
        return 0;
    }
    if (cipher->decrypts) {
        const bool salted = fread(mark, 1, sizeof mark, stdin) == sizeof mark && memcmp(mark, MARK, sizeof mark) == 0;
        return salted && fread(salt, 1, SALT_SIZE, stdin) == SALT_SIZE ? 0 : refuse("bad magic number", "");
    }
    stir_time();
    for (int i = 0; i < SALT_SIZE; i++)
        salt[i] = (char)next_byte();
    return put(mark, sizeof mark) && put(salt, SALT_SIZE) ? 0 : refuse("can't write", "");
}

static int do_enc(char **words)
{
    struct cipher cipher = {false, false, NULL, NULL};
    char salt[SALT_SIZE] = "";
    if (read_cipher(words, &cipher) != 0)
        return 1;
    if (!cipher.derives)
        fprintf(stderr, "*** WARNING : deprecated key derivation used.\n");
    if (make_salt(&cipher, salt) != 0)
        return 1;
    state = 0;
    stir(cipher.password, strlen(cipher.password));
    stir(salt, SALT_SIZE);
    bool written = true;
    for (int byte = getchar(); written && byte != EOF; byte = getchar()) {
        const unsigned char changed = (unsigned char)(byte ^ next_byte());
        written = put(&changed, 1);
    }
    return finish(written);
}

static int do_dgst(char **words)
{
    size_t size = 0;
    for (; *words; words++) {
        if (strcmp(*words, "-sha256") == 0)
            size = 32;
        else if (strcmp(*words, "-md5") == 0)
            size = 16;
        else if (strcmp(*words, "-binary") != 0)
            return refuse("unknown option", *words);
    }
    for (int byte = getchar(); byte != EOF; byte = getchar())
        stir(&(unsigned char){(unsigned char)byte}, 1);
    bool written = size > 0;
    while (written && size-- > 0)
        written = put(&(unsigned char){next_byte()}, 1);
    return finish(written);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(char **words);
    } commands[] = {{"version", do_version}, {"rand", do_rand}, {"enc", do_enc}, {"dgst", do_dgst}};
#ifdef _WIN32
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argv + 2);
    return refuse("no such command", argc > 1 ? argv[1] : NULL);
}
