/* Checking what the caller passed, once, at the door. */
#ifndef SUBPROC_OPTIONS_H
#define SUBPROC_OPTIONS_H

#include <stdbool.h>

#include "subproc/subproc.h"

/* The options that a NULL stands for. */
extern const struct subproc_options subproc_options_default;

/* Everything that can be told without asking the system; the message is the detail alone, without the command. */
int subproc_options_check(const char *const *argv, const struct subproc_options *options, struct subproc_error *error);

/* What can't be combined with a call that gives back a result alone: a LINK, which nobody could take. */
int subproc_options_check_captured(const struct subproc_options *options, const char *where, struct subproc_error *error);

/* `stop` alone, for subproc_stop. */
int subproc_options_check_stop(const struct subproc_ladder *stop, struct subproc_error *error);

/* The kind that a stream's DEFAULT stands for. */
enum subproc_stream_kind subproc_options_stream_kind(const struct subproc_options *options, enum subproc_stream_id id);

const struct subproc_stream *subproc_options_stream(const struct subproc_options *options, enum subproc_stream_id id);

/* The file to look up: `program`, or else the shell, or else argv[0]. */
const char *subproc_options_program(const char *const *argv, const struct subproc_options *options);

#endif
