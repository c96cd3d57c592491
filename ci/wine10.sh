#!/bin/bash
# The mingw row's programs once more, under Debian 13's Wine 10, whose cmd is close to Windows' own. They run in a Debian
# 13 root that is made once in the user's cache folder. Needs root, and a build/mingw that ci/test.sh has built.
# ci/wine10.sh --long: only the tests that take every string as an argument of a batch file, one start for each (an hour).
. "$(dirname "$0")/lib.sh"
. ci/root.sh

name=wine10 seconds=1500
if [ "${1-}" = --long ]; then
    name=wine10-long seconds=14400
fi

skip() {
    echo "$name is skipped: $1"
    echo "skipped row $name" >"$results/$name"
    closing "$name"
    exit
}

ci/setup.sh || exit 1
if reason=$(no_roots); then
    skip "$reason"
fi
make_wine10_root || skip "debootstrap could not make a Debian 13 (see build/logs/debian13-wine10.log)"
[ -e build/mingw/CTestTestfile.cmake ] || cmake --workflow --preset mingw >"$logs/mingw-for-wine10.log" 2>&1
row "$name" "$seconds"
closing "$name"
