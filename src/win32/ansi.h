/* What a command line loses when a program reads it in an ANSI code page. */
#ifndef SUBPROC_WIN32_ANSI_H
#define SUBPROC_WIN32_ANSI_H

#include "win32.h"

/* Refuses a line that reads differently in one of the pages that an ANSI program here may have. UNSAFE_ARGUMENT. */
int subproc_win32_check_ansi(const wchar_t *line, struct subproc_error *error);

/* The same for one page. */
int subproc_win32_check_page(const wchar_t *line, UINT page, struct subproc_error *error);

#endif
