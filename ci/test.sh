#!/usr/bin/env bash
# Every test: ci/test.sh, or only some rows: ci/test.sh dev mingw. Ends with one line over all rows. ci/test.sh host: those that
# any system with bash, CMake, Ninja and a timeout command can run.
. "$(dirname "$0")/lib.sh"

rows=("$@")
[ $# -gt 0 ] || rows=("${test_rows[@]}")
if [ "${rows[*]}" = host ]; then
    ci/setup.sh --host || exit 1
else
    ci/setup.sh || exit 1
    trap 'ci/wine --stop' EXIT
fi
for name in "${rows[@]}"; do
    # The lessons under Wine have a stand-in where there is no openssl; that is told here.
    [ "$name" != mingw ] || ci/openssl-windows.sh
    row "$name" 1500
done
closing "${rows[@]}"
