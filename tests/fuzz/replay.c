/* Runs a fuzz target on the files that are named, for compilers without a fuzzer and for what one has found. */
#include <stdio.h>

#include "fuzz.h"

int main(int count, char **words)
{
    enum { LARGEST = 1 << 20 };
    static uint8_t bytes[LARGEST];
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(words[i], "rb");
        if (!file) {
            perror(words[i]);
            return 1;
        }
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        LLVMFuzzerTestOneInput(bytes, size);
        printf("%s: %zu bytes\n", words[i], size);
    }
    return 0;
}
