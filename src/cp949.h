/* Windows code page 949, byte for byte on every system. Pure: tables and loops. */
#ifndef SUBPROC_CP949_H
#define SUBPROC_CP949_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Code points in the order of the bytes, 0 where a pair is undefined. Leads 81 to C6 have 178 trails (41 to 5A, 61 to 7A,
 * 81 to FE), leads C7 to FE the 94 trails A1 to FE: the extension of KS X 1001 ends at C652.
 */
#define SUBPROC_CP949_CELLS 17724
#define SUBPROC_CP949_NONE  178 /* zeros behind them: the row of lead bytes that are none */
extern const uint16_t subproc_cp949_points[SUBPROC_CP949_CELLS + SUBPROC_CP949_NONE];

/*
 * The place of a pair among the points is rows[lead] + columns[trail], and there is none from SUBPROC_CP949_CELLS on.
 * Rows: where the one of each lead byte begins, or would if it were a full one; [0] of code page 949, [1] of EUC-KR.
 * Columns: [0] in full rows, [1] in rows with the 94 trails only.
 */
extern const uint16_t subproc_cp949_rows[2][256];
extern const uint16_t subproc_cp949_columns[2][256];

/* The pairs that are no Hangul syllable, in the order of their code points. */
#define SUBPROC_CP949_OTHERS 6064
extern const uint16_t subproc_cp949_others[SUBPROC_CP949_OTHERS];

/* The code point of a pair, 0 when it is undefined. */
uint32_t subproc_cp949_point(unsigned lead, unsigned trail);

/* The byte (below 0x100) or pair of a code point, -1 when it has none. */
int subproc_cp949_code(uint32_t point);

/* Whether EUC-KR has this pair: the 94 by 94 of KS X 1001 without the user-defined rows. */
bool subproc_cp949_is_euc_kr(unsigned lead, unsigned trail);

/*
 * Decodes whole good characters from the front, up to the first byte of anything else; returns the bytes taken and adds to
 * *made what was written. `out` needs twice `size` and 8 more. With `ks_only` just the pairs of EUC-KR: both bytes from A1.
 */
size_t subproc_cp949_decode(const unsigned char *bytes, size_t size, bool ks_only, char *out, size_t *made);

/*
 * The size of the bad part at `bytes`, where decoding stopped. *open: the bytes end inside what may become a character.
 * Of an undefined pair with an ASCII second byte only the first is bad, so that a line end is never swallowed.
 */
size_t subproc_cp949_part(const unsigned char *bytes, size_t size, bool ks_only, bool *open);

#endif
