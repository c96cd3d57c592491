# What the scripts here share: rows, their results and the closing line. Sourced by bash.
# A row writes its output to build/logs/ROW.log and lines "passed|failed|skipped PROGRAM TEST" to build/results/ROW.
set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
results=$root/build/results
logs=$root/build/logs
cd "$root" || exit 1
mkdir -p "$results" "$logs"

# What ci/test.sh runs, what ci/matrix.sh runs after that, and what only the hosted workflow can.
test_rows=(dev thread release mingw clang musl via fuzz install package seam)
other_rows=(wine10 coverage valgrind cp437 cp65001 ucrt win32 i686 arm64 s390x)
hosted_rows=(arm64-real macos freebsd windows-msvc windows-mingw powershell)

CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(getconf _NPROCESSORS_ONLN)}
export CMAKE_BUILD_PARALLEL_LEVEL
export LC_ALL=C.UTF-8
# What a developer's shell may have set must not change what is built.
unset CC CXX CFLAGS CXXFLAGS LDFLAGS WINEPREFIX DESTDIR

count() {
    grep -c "^$1 " "$results/$2"
}

# How many of a row's passed tests ran against a stand-in instead of a PowerShell, in words; nothing when none did.
stand_ins() {
    local passed
    passed=$(grep -c '^passed [^ ]* PowerShellStandIn' "$results/$1")
    [ "$passed" -eq 0 ] || printf ' (%d with a stand-in for PowerShell)' "$passed"
}

# row NAME SECONDS: runs one row of ci/row.sh for at most that long and shows how it went.
row() {
    local name=$1 limit=$2 start=$SECONDS status=0
    : >"$results/$name"
    timeout --kill-after=20 "$limit" ci/row.sh "$name" >"$logs/$name.log" 2>&1 </dev/null || status=$?
    if [ $status -ne 0 ]; then
        echo "failed row ended-with-status-$status" >>"$results/$name"
    elif ! grep -qE '^(passed|failed|skipped) ' "$results/$name"; then
        echo "failed row ran-no-test" >>"$results/$name"
    fi
    check_skips "$name"
    printf '%-12s %5d passed%s, %d failed, %d skipped, %d s\n' "$name" "$(count passed "$name")" "$(stand_ins "$name")" \
        "$(count failed "$name")" "$(count skipped "$name")" $((SECONDS - start))
    if [ "$(count failed "$name")" -ne 0 ]; then
        grep '^failed ' "$results/$name" | sed 's/^/    /'
        tail -n 60 "$logs/$name.log" | sed 's/^/    | /'
    fi
}

# What ci/skips.txt calls a row.
names_of() {
    case $1 in
    mingw | cp*) echo "$1,wine8,windows" ;;
    wine10 | ucrt | win32) echo "$1,wine10,windows" ;;
    dev | thread | release | clang | coverage | i686 | arm64 | s390x) echo "$1,native" ;;
    *) echo "$1" ;;
    esac
}

# The tests of ci/skips.txt for a row: those that must skip here, or with "may" those that may.
listed_skips() {
    local user=0
    [ "$(id -u)" = 0 ] || user=1
    awk -v names="$(names_of "$1")" -v may="${2-}" -v user=$user '
        /^#/ { next }
        BEGIN { count = split(names, name, ",") }
        {
            when = $1
            sub(/^[^\/]*\/?/, "", when)
            rows = $1
            sub(/\/.*/, "", rows)
            needed = when == "" || (when == "user" && user) || (when == "machine" && may != "")
            for (i = 1; i <= count; i++)
                if (needed && index("," rows ",", "," name[i] ","))
                    print $2
        }' ci/skips.txt | sort -u
}

# A test that skips must be in ci/skips.txt with its reason, and what is there must skip. Nobody knows that of every system.
check_skips() {
    [ "$1" != host ] || return 0
    local skipped test
    skipped=$(awk '$1 == "skipped" { print $3 }' "$results/$1" | sort -u)
    {
        for test in $(comm -13 <(listed_skips "$1" may) <(printf '%s' "$skipped${skipped:+$'\n'}")); do
            echo "failed skips $test-skips-but-is-not-in-ci/skips.txt"
        done
        for test in $(comm -23 <(listed_skips "$1") <(printf '%s' "$skipped${skipped:+$'\n'}")); do
            echo "failed skips $test-is-in-ci/skips.txt-but-did-not-skip"
        done
    } >>"$results/$1"
}

# closing ROW...: the one line over all of them, and whether nothing failed.
closing() {
    local name passed=0 failed=0 skipped=0
    for name in "$@"; do
        passed=$((passed + $(count passed "$name")))
        failed=$((failed + $(count failed "$name")))
        skipped=$((skipped + $(count skipped "$name")))
    done
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
