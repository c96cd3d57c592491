/* What writer.c is on POSIX: the C runtime would write in pieces of a KiB, looking for line ends. */
#include <windows.h>

#include <stdlib.h>
#include <string.h>

int main(int count, char **words)
{
    static char piece[256 << 10];
    memset(piece, 'x', sizeof piece);
    for (size_t left = count > 1 ? (size_t)strtoull(words[1], NULL, 10) : 0; left > 0;) {
        DWORD put, size = left < sizeof piece ? (DWORD)left : (DWORD)sizeof piece;
        if (!WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), piece, size, &put, NULL))
            return 1;
        left -= put;
    }
    return 0;
}
