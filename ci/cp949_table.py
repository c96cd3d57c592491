#!/usr/bin/env python3
"""Writes src/cp949_table.c: Windows code page 949 from Python's cp949 codec and what Windows adds to it.

Python's codec has the 17,048 double-byte characters of Unicode's CP949.TXT. Windows adds the user-defined rows C9 and FE
(U+E000 on, https://learn.microsoft.com/windows/win32/intl/end-user-defined-characters) and 0x80 as U+0080.
"""
import sys

LETTERS = [*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0x81, 0xA1)]
NOWHERE = 0x8000
TRAILS = LETTERS + [*range(0xA1, 0xFF)]


def point(lead, trail):
    if lead in (0xC9, 0xFE) and trail >= 0xA1:
        return 0xE000 + (94 if lead == 0xFE else 0) + trail - 0xA1
    try:
        return ord(bytes([lead, trail]).decode("cp949"))
    except UnicodeDecodeError:
        return 0


def numbers(values):
    lines, line = [], "   "
    for value in values:
        word = f" {value:#06x}," if value else " 0,"
        if len(line) + len(word) > 124:
            lines.append(line)
            line = "   "
        line += word
    return "\n".join([*lines, line])


def main(path):
    cells = [(lead, trail) for lead in range(0x81, 0xFF) for trail in (TRAILS if lead < 0xC7 else TRAILS[len(LETTERS):])]
    others = sorted((point(*cell), cell[0] << 8 | cell[1]) for cell in cells
                    if point(*cell) and not 0xAC00 <= point(*cell) <= 0xD7A3)
    rows = [len(cells)] * 256
    for lead in range(0x81, 0xFF):
        first = next(i for i, cell in enumerate(cells) if cell[0] == lead)
        rows[lead] = first - (len(LETTERS) if lead >= 0xC7 else 0)
    euc_kr = [row if lead >= 0xA1 and lead not in (0xC9, 0xFE) else len(cells) for lead, row in enumerate(rows)]
    columns = [TRAILS.index(byte) if byte in TRAILS else NOWHERE for byte in range(256)]
    ks_columns = [column if byte >= 0xA1 else NOWHERE for byte, column in enumerate(columns)]
    with open(path, "w", encoding="ascii", newline="\n") as out:
        out.write("/* Written by ci/cp949_table.py: Windows code page 949, as src/cp949.h describes the tables. */\n"
                  '#include "cp949.h"\n\n/* clang-format off */\n'
                  f"const uint16_t subproc_cp949_rows[2][256] = {{{{\n{numbers(rows)}\n}}, {{\n{numbers(euc_kr)}\n}}}};\n\n"
                  f"const uint16_t subproc_cp949_columns[2][256] = {{{{\n{numbers(columns)}\n}}, {{\n{numbers(ks_columns)}\n}}}};\n\n"
                  f"const uint16_t subproc_cp949_points[{len(cells) + len(TRAILS)}] = {{\n{numbers([*(point(*c) for c in cells), *[0] * len(TRAILS)])}\n}};\n\n"
                  f"const uint16_t subproc_cp949_others[{len(others)}] = {{\n{numbers(o[1] for o in others)}\n}};\n")
    print(len(cells), len(others))


main(sys.argv[1] if len(sys.argv) > 1 else "src/cp949_table.c")
