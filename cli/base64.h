/* Base64 with padding: RFC 4648, section 4. */
#ifndef SUBPROC_CLI_BASE64_H
#define SUBPROC_CLI_BASE64_H

#include "output.h"

void cli_base64(struct cli_output *output, const char *bytes, size_t size);

#endif
