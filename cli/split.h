/* A text as words, as a shell would see it that expands nothing. */
#ifndef SUBPROC_CLI_SPLIT_H
#define SUBPROC_CLI_SPLIT_H

/* The words of `text` and a NULL, in one block for free(). Blanks, tabs and line ends part words; '...' and "..." keep them
 * in; a backslash does for the next one of these, for a quote and for a backslash (not within '...', and within "..." only
 * for a double quote and a backslash), and before anything else is a backslash, so that Windows' paths need no care.
 * NULL: *wrong says why. */
char **cli_split(const char *text, const char **wrong);

#endif
