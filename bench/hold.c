/* Stays until its standard input is at its end. */
#include <unistd.h>

int main(void)
{
    char bytes[64];
    while (read(0, bytes, sizeof bytes) > 0)
        continue;
    return 0;
}
