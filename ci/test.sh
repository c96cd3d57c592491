#!/bin/bash
# Every test: ci/test.sh, or only some rows: ci/test.sh dev mingw. Ends with one line over all rows.
. "$(dirname "$0")/lib.sh"

ci/setup.sh || exit 1
trap 'ci/wine --stop' EXIT

rows=("$@")
[ $# -gt 0 ] || rows=(dev thread release mingw clang musl via fuzz install package seam)
for name in "${rows[@]}"; do
    # The lessons under Wine have a stand-in where there is no openssl; that is told here.
    [ "$name" != mingw ] || ci/openssl-windows.sh
    row "$name" 1500
done
closing "${rows[@]}"
