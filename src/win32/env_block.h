/* The environment block of CreateProcessW. Pure: no system header, so its tests run on every host. */
#ifndef SUBPROC_ENV_BLOCK_H
#define SUBPROC_ENV_BLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Order of two names, as strcmp's: negative, 0, positive. */
typedef int (*subproc_env_block_order)(const uint16_t *a, size_t a_size, const uint16_t *b, size_t b_size);

/*
 * Makes the block from NUL-terminated "NAME=value" strings (the drives' "=C:=C:\dir" included), sorted by name with
 * `order`: each string with its NUL, then one more NUL; two NULs when there are no strings.
 * NULL when there is not enough memory; freed with free(). `units` may be NULL: what the block takes, its end included.
 */
uint16_t *subproc_env_block(const uint16_t *const *strings, size_t count, subproc_env_block_order order, size_t *units);

#endif
