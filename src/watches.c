/* Lists of registered watches. */
#include "watches.h"

void subproc_watches_push(struct subproc_watches *list, struct subproc_os_watch *watch)
{
    subproc_watches_leave(watch);
    watch->links.list = list;
    watch->links.previous = list->last;
    if (list->last != NULL)
        list->last->links.next = watch;
    else
        list->first = watch;
    list->last = watch;
}

struct subproc_os_watch *subproc_watches_pop(struct subproc_watches *list)
{
    struct subproc_os_watch *watch = list->first;
    if (watch != NULL)
        subproc_watches_leave(watch);
    return watch;
}

void subproc_watches_leave(struct subproc_os_watch *watch)
{
    struct subproc_os_watch_links *links = &watch->links;
    if (links->list == NULL)
        return;
    if (links->previous != NULL)
        links->previous->links.next = links->next;
    else
        links->list->first = links->next;
    if (links->next != NULL)
        links->next->links.previous = links->previous;
    else
        links->list->last = links->previous;
    links->list = NULL;
    links->next = links->previous = NULL;
}

void subproc_watches_move(struct subproc_watches *to, struct subproc_watches *from)
{
    struct subproc_os_watch *watch;
    while ((watch = subproc_watches_pop(from)) != NULL)
        subproc_watches_push(to, watch);
}

void subproc_watches_chain(struct subproc_os_watch **chain, struct subproc_os_watch *watch)
{
    watch->links.next_alike = *chain;
    watch->links.alike_here = chain;
    if (*chain != NULL)
        (*chain)->links.alike_here = &watch->links.next_alike;
    *chain = watch;
}

void subproc_watches_unchain(struct subproc_os_watch *watch)
{
    struct subproc_os_watch_links *links = &watch->links;
    if (links->alike_here == NULL)
        return;
    *links->alike_here = links->next_alike;
    if (links->next_alike != NULL)
        links->next_alike->links.alike_here = links->alike_here;
    links->next_alike = NULL;
    links->alike_here = NULL;
}
