/* Where bytes that are shown piece by piece may be cut. */
#include "piece.h"

size_t cli_whole_characters(const char *bytes, size_t size)
{
    size_t end = size;
    while (end > 0 && size - end < 4 && ((unsigned char)bytes[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)bytes[end - 1] >= 0xC0)
        end--;
    return end > 0 ? end : size;
}

/* Lines come first: what their bytes mean may have to be guessed, line by line. */
size_t cli_whole_piece(const char *bytes, size_t size)
{
    size_t end = size;
    while (end > 0 && bytes[end - 1] != '\n')
        end--;
    return end > 0 ? end : cli_whole_characters(bytes, size);
}
