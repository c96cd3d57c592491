#!/usr/bin/env python3
"""Writes tests/cp949_reference.inc from Wine's c_949.nls, which is Windows' own code page 949 in its own format.

Not from where ci/cp949_table.py takes the library's table, so that each proves the other.
Format: https://gitlab.winehq.org/wine/wine/-/blob/master/include/winternl.h (CPTABLEINFO), RtlInitCodePageTable.
"""
import struct
import sys

data = open(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wine/nls/c_949.nls", "rb").read()
words = struct.unpack(f"<{len(data) // 2}H", data)
header = words[0]
table = header + 1
after = table + 256
glyphs = words[after]
ranges = after + 1 + (256 if glyphs else 0)
offsets = ranges + 1


def shown(point):
    return chr(point) if point not in (0, 0x003F, 0x30FB) else "\ufffd"


with open(sys.argv[2] if len(sys.argv) > 2 else "tests/cp949_reference.inc", "w", encoding="utf-8", newline="\n") as out:
    out.write("// Written by ci/cp949_reference.py from Windows' code page 949 as Wine has it. One row for each lead byte: the\n"
              "// characters of the second bytes 41 to FE in their order, U+FFFD where there is none.\n")
    for lead in range(0x81, 0xFF):
        row = words[offsets + lead]
        points = [words[offsets + row + trail] for trail in range(0x41, 0xFF)] if row else [0] * (0xFF - 0x41)
        while points and points[-1] in (0, 0x3F, 0x30FB):
            points.pop()
        out.write(f'{{0x{lead:02X}, "{"".join(map(shown, points))}"}},\n')
    singles = {byte: words[table + byte] for byte in (0x80, 0xFF)}
    print({hex(k): hex(v) for k, v in singles.items()}, words[:14])
