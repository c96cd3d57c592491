/* Writing JSON. */
#ifndef SUBPROC_CLI_JSON_H
#define SUBPROC_CLI_JSON_H

#include "output.h"

/* The beginning of each object that is printed, up to its first member, the version of docs/subproc.schema.json. */
void cli_json_begin(struct cli_output *output);

/* A string. A byte that is not part of well-formed UTF-8 becomes U+FFFD. */
void cli_json_string(struct cli_output *output, const char *text);

/* An array of strings. */
void cli_json_strings(struct cli_output *output, const char *const *words);

/* The member "text" when the bytes are well-formed UTF-8, else "base64". */
void cli_json_bytes(struct cli_output *output, const char *bytes, size_t size);

/* The object that describes a failure; null when there is none. */
void cli_json_error(struct cli_output *output, const struct subproc_error *error);

#endif
