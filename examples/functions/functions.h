/* The examples of the manual, one or more for each public function; main.c runs them all. A line of a comment
 * "[NAME]: FUNCTION, ..." begins the example that the manual shows with these functions, and "[NAME]" ends it. */
#ifndef SUBPROC_EXAMPLES_FUNCTIONS_H
#define SUBPROC_EXAMPLES_FUNCTIONS_H

#include <subproc/subproc.h>

/* once.c */
int print_output(const char *const *command);
int must_succeed(const char *const *command);
int64_t status_of(const char *const *command);
void log_error(const struct subproc_error *error);

/* child.c */
int start_and_forget(const char *const *command, const char *log);
struct subproc *start_with_all_its_children(const char *const *command);
int work_until_it_ends(struct subproc *child, void (*work)(void *context), void *context);
int wait_a_while(struct subproc *child, int64_t milliseconds);
int print_answer(struct subproc *child, const char *question, int64_t milliseconds);
int copy_output(struct subproc *child);
int send_numbers(struct subproc *child, int last);
void end_all(struct subproc *const *children, size_t count);
int ask_to_reload(struct subproc *child);
void stop_politely(struct subproc *child);

/* handles_posix.c, handles_win32.c */
int ends_within(struct subproc *child, int milliseconds);
int bytes_waiting(struct subproc *child);
int print_lines(const char *const *command);

/* many.c */
int print_chain(const char *const *first, const char *const *second);
int run_four_at_once(const char *const *const *commands, size_t count);
int first_to_end(const char *const *const *commands, size_t count);

/* text.c */
int print_as_utf8(struct subproc *child, const char *encoding);
int print_prompt(struct subproc *child, struct subproc_decoder *decoder);
int tell_encodings(const void *bytes, size_t size);
char *from_korean(const void *bytes, size_t size);
int print_hex_in(const char *encoding, const char *text);

/* words.c */
int print_line_for_shell(const char *const *words);
char *find_editor(void);

#endif
