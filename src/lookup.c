/* Which files a program's name may mean, in order. */
#include "lookup.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "environment.h"
#include "error.h"
#include "os.h"

/* A piece of a string. */
struct slice {
    const char *text;
    size_t size;
};

/* Splits off what stands before the next separator; false at the end of the list. Quotes (Windows) protect separators
 * and are dropped by the caller. */
static bool next_entry(const char **rest, char separator, struct slice *entry)
{
    const char *at = *rest;
    bool quoted = false;
    if (!at)
        return false;
    *entry = (struct slice){.text = at};
    for (; *at && (quoted || *at != separator); at++)
        quoted = subproc_os_traits.quotes_in_path && *at == '"' ? !quoted : quoted;
    entry->size = (size_t)(at - entry->text);
    *rest = *at ? at + 1 : NULL;
    return true;
}

static bool has_directory(const char *name)
{
    return strpbrk(name, subproc_os_traits.directory_separators) != NULL;
}

/* A dot in the last component, with something after it. */
static bool has_extension(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot[1] && !has_directory(dot);
}

/* Pointers to strings, kept with a NULL at the end. */
struct list {
    struct subproc_buffer pointers;
};

static int list_add(struct list *list, char *string)
{
    if (!string)
        return SUBPROC_E_NO_MEMORY;
    int result = subproc_buffer_append(&list->pointers, &string, sizeof string);
    if (result < 0)
        free(string);
    return result;
}

static char *join(struct slice directory, const char *name, struct slice extension)
{
    struct subproc_buffer path = {0};
    int result = subproc_buffer_reserve(&path, directory.size + strlen(name) + extension.size + 2);
    for (size_t i = 0; result == 0 && i < directory.size; i++)
        if (!subproc_os_traits.quotes_in_path || directory.text[i] != '"')
            result = subproc_buffer_append(&path, directory.text + i, 1);
    if (result == 0 && path.size > 0 && !strchr(subproc_os_traits.directory_separators, path.bytes[path.size - 1]))
        result = subproc_buffer_append(&path, subproc_os_traits.directory_separators, 1);
    if (result == 0)
        result = subproc_buffer_append(&path, name, strlen(name));
    if (result == 0)
        result = subproc_buffer_append(&path, extension.text, extension.size);
    if (result == 0)
        path.bytes[path.size] = 0;
    else
        subproc_buffer_free(&path);
    return path.bytes;
}

static int add_with_extensions(struct list *list, struct slice directory, const char *name, const char *extensions)
{
    struct slice extension;
    int result = 0;
    while (result == 0 && next_entry(&extensions, subproc_os_traits.path_list_separator, &extension))
        if (extension.size > 0)
            result = list_add(list, join(directory, name, extension));
    return result;
}

/*
 * The files that `name` may mean in one directory. Where names have extensions: one that has an extension is tried as it
 * is first; one that has none is never a program by itself when searched for, and the last guess when it is a path.
 */
static int add_in(struct list *list, struct slice directory, const char *name, const char *extensions)
{
    const struct slice none = {.text = ""};
    bool as_it_is = !extensions || has_extension(name);
    int result = as_it_is ? list_add(list, join(directory, name, none)) : 0;
    if (result == 0 && extensions)
        result = add_with_extensions(list, directory, name, extensions);
    if (result == 0 && !as_it_is && has_directory(name))
        result = list_add(list, join(directory, name, none));
    return result;
}

static int add_in_path(struct list *list, const char *path, const char *name, const char *extensions)
{
    struct slice entry;
    int result = 0;
    while (result == 0 && next_entry(&path, subproc_os_traits.path_list_separator, &entry)) {
        if (entry.size == 0 && !subproc_os_traits.empty_path_entry_is_here)
            continue;
        if (entry.size == 0)
            entry = (struct slice){.text = ".", .size = 1};
        result = add_in(list, entry, name, extensions);
    }
    return result;
}

/* A variable of `environment`, or of ours when that is NULL; to be freed. */
static int variable(const char *const *environment, const char *name, char **value, struct subproc_error *error)
{
    if (!environment)
        return subproc_os_variable(name, value, error);
    const char *found = subproc_environment_get(environment, name);
    struct subproc_buffer copy = {0};
    if (found && subproc_buffer_append(&copy, found, strlen(found) + 1) < 0)
        return SUBPROC_E_NO_MEMORY;
    *value = copy.bytes;
    return 0;
}

static int search_path(struct list *list, const char *name, const char *const *environment, const char *extensions,
                       struct subproc_error *error)
{
    char *path = NULL;
    int result = variable(environment, "PATH", &path, error);
    if (result == 0 && path)
        result = add_in_path(list, path, name, extensions);
    free(path);
    if (result < 0 || list->pointers.size > 0)
        return result;
    result = subproc_os_default_path(&path, error);
    if (result < 0)
        return result;
    result = add_in_path(list, path, name, extensions);
    free(path);
    return result;
}

static int search(struct list *list, const char *name, const char *const *environment, struct subproc_error *error)
{
    const char *extensions = subproc_os_traits.program_extensions;
    char *own_extensions = NULL;
    int result = extensions ? variable(environment, "PATHEXT", &own_extensions, error) : 0;
    if (own_extensions && *own_extensions)
        extensions = own_extensions;
    if (result == 0)
        result = has_directory(name) ? add_in(list, (struct slice){.text = ""}, name, extensions)
                                     : search_path(list, name, environment, extensions, error);
    free(own_extensions);
    return result;
}

int subproc_lookup(const char *name, const char *const *environment, char ***candidates, struct subproc_error *error)
{
    struct list list = {0};
    char *end = NULL;
    int result = search(&list, name, environment, error);
    if (result == 0)
        result = subproc_buffer_append(&list.pointers, &end, sizeof end);
    if (result < 0) {
        for (size_t i = 0; i < list.pointers.size / sizeof end; i++)
            free(((char **)(void *)list.pointers.bytes)[i]);
        subproc_buffer_free(&list.pointers);
        return error->code < 0 ? result : subproc_error_set(error, result, "lookup", 0);
    }
    *candidates = (char **)(void *)list.pointers.bytes;
    return 0;
}

void subproc_lookup_free(char **candidates)
{
    for (char **candidate = candidates; candidate && *candidate; candidate++)
        free(*candidate);
    free(candidates);
}

/* The first candidate that may run, or NULL; *error then tells of *refused, a file that may not, before one that is missing. */
static const char *choose(char **candidates, const char **refused, struct subproc_error *error)
{
    *refused = NULL;
    subproc_error_set(error, SUBPROC_E_NOT_FOUND, "exec", 0);
    for (; *candidates; candidates++) {
        struct subproc_error why = {.step = ""};
        if (subproc_os_executable(*candidates, &why) == 0)
            return *candidates;
        if (!*refused && why.code != SUBPROC_E_NOT_FOUND) {
            *refused = *candidates;
            *error = why;
        }
    }
    return NULL;
}

static void say_why(const char *name, const char *refused, struct subproc_error *error)
{
    char words[200];
    subproc_error_words(error, words, sizeof words);
    if (refused)
        subproc_error_sentence(error, "cannot run '%.200s': %s", refused, words);
    else if (error->code == SUBPROC_E_NOT_FOUND && !has_directory(name))
        subproc_error_sentence(error, "cannot find '%.200s': not found in PATH", name);
    else
        subproc_error_sentence(error, "cannot find '%.200s': %s", name, words);
}

static int find(const char *name, const char *const *environment, char **path, struct subproc_error *error)
{
    char **candidates = NULL;
    const char *refused = NULL;
    int result = subproc_lookup(name, environment, &candidates, error);
    struct subproc_error why = {.step = ""};
    const char *chosen = result == 0 ? choose(candidates, &refused, &why) : NULL;
    struct subproc_buffer copy = {0};
    if (result == 0 && !chosen)
        *error = why;
    else if (result == 0 && subproc_buffer_append(&copy, chosen, strlen(chosen) + 1) < 0)
        subproc_error_set(error, SUBPROC_E_NO_MEMORY, "which", 0);
    if (error->code != 0)
        say_why(name, refused, error);
    *path = copy.bytes;
    subproc_lookup_free(candidates);
    return error->code;
}

int subproc_which(const char *name, const char *const *environment, char **path, struct subproc_error *given)
{
    struct subproc_error spare, *error = subproc_error_begin(given, &spare);
    if (!name || !*name || !path)
        return subproc_error_say(error, SUBPROC_E_INVALID, "which", "there is no name to look up");
    *path = NULL;
    return find(name, environment, path, error);
}
