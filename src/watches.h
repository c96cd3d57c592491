/* Lists of registered watches, for the backends' wait sets. */
#ifndef SUBPROC_WATCHES_H
#define SUBPROC_WATCHES_H

#include "os.h"

/* In the order of arrival. A watch stands in one list at most. */
struct subproc_watches {
    struct subproc_os_watch *first, *last;
};

/* To the end of the list, out of the one where it stood. */
void subproc_watches_push(struct subproc_watches *list, struct subproc_os_watch *watch);

/* The first one, taken off; NULL when there is none. */
struct subproc_os_watch *subproc_watches_pop(struct subproc_watches *list);

/* Out of its list, if it stands in one. */
void subproc_watches_leave(struct subproc_os_watch *watch);

/* All of `from` to the end of `to`. */
void subproc_watches_move(struct subproc_watches *to, struct subproc_watches *from);

/* A chain is what a table's entry points at. Chaining puts a watch in front; unchaining does nothing to one in no chain. */
void subproc_watches_chain(struct subproc_os_watch **chain, struct subproc_os_watch *watch);
void subproc_watches_unchain(struct subproc_os_watch *watch);

#endif
