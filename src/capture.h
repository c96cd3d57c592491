/* What becomes of the bytes that one stream of a child gives: kept whole, kept within a limit, or handed to a sink. */
#ifndef SUBPROC_CAPTURE_H
#define SUBPROC_CAPTURE_H

#include <stdbool.h>

#include "buffer.h"
#include "os.h"
#include "subproc/subproc.h"

/* Room that captures share while they are read one after another; made when it is first needed. */
struct subproc_scratch {
    char *bytes;
};

void subproc_scratch_free(struct subproc_scratch *scratch);

struct subproc_capture {
    uint64_t limit; /* bytes to keep, as `keep` says */
    enum subproc_keep keep;
    uint64_t total;             /* bytes that came */
    size_t populated;           /* bytes of `kept` whose pages are there */
    struct subproc_buffer kept; /* the head, and after it the tail as a ring */
    size_t next;                /* where in `kept` the tail goes on, once it is full */
    struct subproc_feed *feed;  /* a sink, or NULL */
};

/* What reading once has come to. */
enum subproc_taken {
    SUBPROC_TAKEN = 0,
    SUBPROC_TAKEN_END,   /* the end of file */
    SUBPROC_TAKEN_LIMIT, /* more than the limit, and the child is to be stopped */
    SUBPROC_TAKEN_ENOUGH /* the sink wants no more */
};

/* `sink` NULL: captured within `limit`. The errors of subproc_decoder_new. */
int subproc_capture_begin(struct subproc_capture *capture, const struct subproc_limit *limit,
                          const struct subproc_sink *sink, const struct subproc_text *text, enum subproc_stream_id stream,
                          struct subproc_error *error);

/*
 * Reads once from the pipe. A negative code is an error: of the pipe, NO_MEMORY, or DECODE in a sink. `spares` memory: a small
 * output is read through the scratch, so that it costs no more than it is long.
 */
int subproc_capture_read(struct subproc_capture *capture, struct subproc_os_pipe *pipe, struct subproc_scratch *scratch,
                         bool spares, struct subproc_error *error);

/* Gives the sink what is still held back. TAKEN, TAKEN_ENOUGH, DECODE, NO_MEMORY. */
int subproc_capture_end(struct subproc_capture *capture, bool is_cut, struct subproc_error *error);

/* Whether more came than the limit allows. */
bool subproc_capture_is_over(const struct subproc_capture *capture);

/*
 * Takes what was kept, as a copy while more may come, and tells of it in *output. DECODE: as it came; NO_MEMORY. `is_cut`: the
 * stream didn't end by itself.
 */
int subproc_capture_give(struct subproc_capture *capture, const struct subproc_text *text, bool is_cut, bool more_may_come,
                         struct subproc_output *output, struct subproc_error *error);

/* What its sink is told; before anything was read. */
void subproc_capture_set_stage(struct subproc_capture *capture, size_t stage);

/* What comes from now on is another output. */
void subproc_capture_restart(struct subproc_capture *capture);

void subproc_capture_free(struct subproc_capture *capture);

#endif
