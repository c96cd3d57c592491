/* The timeline of `subproc parallel --timeline FILE`: what ran when, kept until it is drawn. */
#ifndef SUBPROC_CLI_RECORDS_H
#define SUBPROC_CLI_RECORDS_H

#include "timeline.h"

/* Starts zeroed, which is a timeline that nobody wants: every call on it does nothing. */
struct cli_records {
    const char *path;
    subproc_handle file;
    struct cli_record *list; /* in the order of their beginnings */
    size_t count, room;
    unsigned char *slots; /* 1: taken */
    size_t slot_count;
    int64_t begun;
    bool has_failed; /* no memory */
};

/* How a job ended. */
struct cli_end {
    enum cli_outcome outcome;
    int error; /* SUBPROC_E_* or 0 */
    uint32_t code;
    int64_t wall; /* nanoseconds since it began; negative: it ends now */
};

/* Opens the file, so that what is wrong with it shows before anything runs; at most `most` jobs run at once. False: the reason
 * has been told. */
bool cli_records_open(struct cli_records *records, const char *path, size_t most);

/* A job begins now; the number of its record. */
size_t cli_records_begin(struct cli_records *records, const char *argument);

void cli_records_end(struct cli_records *records, size_t number, const struct cli_end *end);

/* Draws them, closes the file and forgets everything. False: the reason has been told. */
bool cli_records_close(struct cli_records *records, char **command);

#endif
