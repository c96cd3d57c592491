# What the scripts here share: rows, their results and the closing line. Sourced by bash.
# A row writes its output to build/logs/ROW.log and lines "passed|failed|skipped PROGRAM TEST" to build/results/ROW.
set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
results=$root/build/results
logs=$root/build/logs
cd "$root" || exit 1
mkdir -p "$results" "$logs"

CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
export CMAKE_BUILD_PARALLEL_LEVEL
export LC_ALL=C.UTF-8
# What a developer's shell may have set must not change what is built.
unset CC CXX CFLAGS CXXFLAGS LDFLAGS WINEPREFIX DESTDIR

count() {
    grep -c "^$1 " "$results/$2"
}

# row NAME SECONDS: runs one row of ci/row.sh for at most that long and shows how it went.
row() {
    local name=$1 limit=$2 start=$SECONDS status=0
    : >"$results/$name"
    timeout --kill-after=20 "$limit" ci/row.sh "$name" >"$logs/$name.log" 2>&1 </dev/null || status=$?
    if [ $status -ne 0 ]; then
        echo "failed row ended-with-status-$status" >>"$results/$name"
    elif ! grep -qE '^(passed|failed) ' "$results/$name"; then
        echo "failed row ran-no-test" >>"$results/$name"
    fi
    check_skips "$name"
    printf '%-8s %5d passed, %d failed, %d skipped, %d s\n' "$name" "$(count passed "$name")" "$(count failed "$name")" \
        "$(count skipped "$name")" $((SECONDS - start))
    if [ "$(count failed "$name")" -ne 0 ]; then
        grep '^failed ' "$results/$name" | sed 's/^/    /'
        tail -n 60 "$logs/$name.log" | sed 's/^/    | /'
    fi
}

# A test that skips must be in ci/skips.txt with its reason, and what is there must skip.
check_skips() {
    local difference
    difference=$(diff <(awk -v row="$1" '$1 == row { print $2 }' ci/skips.txt | sort -u) \
        <(awk '$1 == "skipped" { print $3 }' "$results/$1" | sort -u) | sed -n 's/^\([<>]\) /\1/p')
    local line
    for line in $difference; do
        case $line in
        '<'*) echo "failed skips ${line#?}-is-in-ci/skips.txt-but-did-not-skip" ;;
        '>'*) echo "failed skips ${line#?}-skips-but-is-not-in-ci/skips.txt" ;;
        esac
    done >>"$results/$1"
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
