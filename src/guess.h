/* Which of two encodings a line is in: UTF-8 or a page. */
#ifndef SUBPROC_GUESS_H
#define SUBPROC_GUESS_H

#include "codec.h"

/* What the lines so far have shown; starts as {0}. */
struct subproc_guess {
    uint64_t utf8_lines, page_lines; /* that could be nothing else */
    uint64_t hangul, alphabet;       /* lines with Hangul in either, and with letters of an alphabet beyond ASCII */
};

enum subproc_guess_verdict {
    SUBPROC_GUESS_NOTHING, /* nothing but ASCII and the beginning of a character */
    SUBPROC_GUESS_UTF8,
    SUBPROC_GUESS_PAGE
};

/*
 * Judges a line with bytes beyond ASCII, and learns from it. `complete`: it ends here, so a character that is cut off is bad.
 * *clean: the line is well-formed in what was chosen. `scratch` is a buffer to work in; it holds the line as text when that is
 * the page, and the line is clean and complete. NO_MEMORY.
 */
int subproc_guess_line(struct subproc_guess *seen, struct subproc_codec *page, const char *line, size_t size, bool complete,
                       struct subproc_buffer *scratch, enum subproc_guess_verdict *verdict, bool *clean);

#endif
