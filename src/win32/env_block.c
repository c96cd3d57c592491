/* The environment block of CreateProcessW. */
#include "env_block.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const uint16_t *text;
    size_t size;                   /* without the NUL */
    size_t name_size;              /* up to the = that ends the name */
    subproc_env_block_order order; /* qsort gives its comparison no other way to reach it */
};

static struct entry entry_of(const uint16_t *text, subproc_env_block_order order)
{
    struct entry entry = {text, 0, 0, order};
    while (text[entry.size] != 0)
        entry.size++;
    /* A leading = belongs to the name: "=C:" holds the current directory of drive C. */
    size_t name_size = 1;
    while (name_size < entry.size && text[name_size] != '=')
        name_size++;
    entry.name_size = name_size < entry.size ? name_size : entry.size;
    return entry;
}

static int by_name(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    return a->order(a->text, a->name_size, b->text, b->name_size);
}

static uint16_t *write_block(const struct entry *entries, size_t count, size_t *units)
{
    size_t total = count == 0 ? 2 : 1;
    for (size_t i = 0; i < count; i++)
        total += entries[i].size + 1;
    uint16_t *block = calloc(total, sizeof *block);
    if (block == NULL)
        return NULL;

    uint16_t *out = block;
    for (size_t i = 0; i < count; i++) {
        memcpy(out, entries[i].text, entries[i].size * sizeof *out);
        out += entries[i].size + 1;
    }
    if (units != NULL)
        *units = total;
    return block;
}

uint16_t *subproc_env_block(const uint16_t *const *strings, size_t count, subproc_env_block_order order, size_t *units)
{
    struct entry *entries = calloc(count + 1, sizeof *entries);
    if (entries == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        entries[i] = entry_of(strings[i], order);
    /* "sorted alphabetically by name ... case-insensitive, Unicode order, without regard to locale":
     * https://learn.microsoft.com/windows/win32/procthread/changing-environment-variables */
    qsort(entries, count, sizeof *entries, by_name);
    uint16_t *block = write_block(entries, count, units);
    free(entries);
    return block;
}
