/* The child's environment: a base with the caller's changes on top. */
#include "environment.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "os.h"

/* From the second byte on: Windows keeps a drive's directory in a variable whose name begins with '=' (=C:=C:\dir). */
static size_t name_size(const char *string)
{
    return string[0] == 0 ? 0 : 1 + strcspn(string + 1, "=");
}

static bool same_name(const char *a, const char *b)
{
    return subproc_os_env_name_cmp(a, name_size(a), b, name_size(b)) == 0;
}

static size_t count(const char *const *list)
{
    size_t entries = 0;
    while (list && list[entries])
        entries++;
    return entries;
}

/* Takes every entry of that name out and closes the gaps. */
static void remove_name(const char **list, const char *name)
{
    const char **kept = list;
    for (; *list; list++)
        if (!same_name(*list, name))
            *kept++ = *list;
    *kept = NULL;
}

static void apply(const char **list, const char *const *changes)
{
    for (; changes && *changes; changes++) {
        remove_name(list, *changes);
        if (!strchr(*changes, '='))
            continue;
        size_t end = count(list);
        list[end] = *changes;
        list[end + 1] = NULL;
    }
}

static void start_empty(const char **list, char *const *base)
{
    const char *kept = subproc_os_traits.kept_variable;
    for (; kept && *base; base++)
        if (same_name(*base, kept))
            *list++ = *base;
    *list = NULL;
}

int subproc_environment_build(const struct subproc_environment *wish, struct subproc_environment_block *block,
                              struct subproc_error *error)
{
    *block = (struct subproc_environment_block){0};
    if (wish->base == SUBPROC_ENVIRONMENT_INHERIT && count(wish->changes) == 0)
        return 0;
    int result = subproc_os_environ(&block->base, error);
    if (result < 0)
        return result;
    const char *const *base = (const char *const *)block->base;
    size_t own = count(base);
    block->list = calloc(own + count(wish->changes) + 1, sizeof *block->list);
    if (!block->list)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "environment", 0);
    if (wish->base == SUBPROC_ENVIRONMENT_EMPTY)
        start_empty(block->list, block->base);
    else
        memcpy(block->list, base, own * sizeof *base);
    apply(block->list, wish->changes);
    return 0;
}

void subproc_environment_free(struct subproc_environment_block *block)
{
    free(block->base);
    free(block->list);
    *block = (struct subproc_environment_block){0};
}

const char *subproc_environment_get(const char *const *list, const char *name)
{
    for (; list && *list; list++)
        if (same_name(*list, name) && (*list)[name_size(*list)] == '=')
            return *list + name_size(*list) + 1;
    return NULL;
}
