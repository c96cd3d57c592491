/* What each line of a decoder's bytes was read as, as lines for people or as JSON. */
#ifndef SUBPROC_CLI_DETECT_H
#define SUBPROC_CLI_DETECT_H

#include "output.h"

#define CLI_DETECT_ENCODINGS 3                 /* ASCII, UTF-8, and the page */
#define CLI_DETECT_SHOWN     ((size_t)1 << 20) /* bytes of a line: its encoding is known at its end and stands before it */
#define CLI_DETECT_PIECE     4096              /* bytes that the decoder is fed at once */

struct cli_detect {
    bool json;
    bool names_file; /* each line for people begins with it */
    const char *file;
    bool is_input; /* the file is standard input */
    struct cli_output output;

    struct subproc_line lines[CLI_DETECT_PIECE + 2]; /* told by the decoder, and not yet written */
    size_t line_count;
    char text[CLI_DETECT_SHOWN]; /* of the line that has not ended */
    size_t text_size;
    uint64_t text_seen; /* with what is not shown */

    uint64_t line_total, byte_total, bad_lines;
    struct {
        char name[48];
        uint64_t lines;
    } encodings[CLI_DETECT_ENCODINGS];
};

/* Before the decoder is fed. */
int cli_detect_begin(struct cli_detect *detect, struct subproc_decoder *decoder, struct subproc_error *error);

/* What the decoder has just given; it may still be in `output`. */
void cli_detect_add(struct cli_detect *detect, const char *text, size_t size);

/* After the decoder's end: the summary, with what went wrong. Everything starts anew then. */
bool cli_detect_end(struct cli_detect *detect, const struct subproc_error *error);

#endif
