/* Writes as many bytes as its argument says, in pieces of 256 KiB. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words)
{
    static char piece[256 << 10];
    memset(piece, 'x', sizeof piece);
    for (size_t left = count > 1 ? strtoull(words[1], NULL, 10) : 0; left > 0;) {
        ssize_t put = write(1, piece, left < sizeof piece ? left : sizeof piece);
        if (put < 0)
            return 1;
        left -= (size_t)put;
    }
    return 0;
}
