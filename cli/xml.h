/* Text in XML. */
#ifndef SUBPROC_CLI_XML_H
#define SUBPROC_CLI_XML_H

#include "output.h"

/* How many columns of a fixed-width font the text takes as cli_xml_text writes it; a Korean letter takes two. */
size_t cli_xml_columns(const char *text);

/* Writes the text so that every XML reader gives it back; what is longer than `columns` is cut, with an ellipsis. Bytes that
 * are not UTF-8, and characters that XML forbids or that would not show (control characters, marks that turn the direction
 * of writing), are written as \xNN. */
void cli_xml_text(struct cli_output *output, const char *text, size_t columns);

#endif
