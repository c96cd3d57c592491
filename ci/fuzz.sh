#!/bin/bash
# Runs every fuzz target: ci/fuzz.sh [SECONDS [BUILD_FOLDER]], 60 seconds each. What it finds stays in build/fuzz/found; it is
# run again with build/fuzz/tests/fuzz/fuzz_replay_NAME FILE. Needs clang.
set -u

cd "$(dirname "$0")/.." || exit 1
seconds=${1:-60}
build=${2:-build/fuzz}

command -v clang >/dev/null || { echo "fuzz: there is no clang" >&2; exit 1; }
mkdir -p "$build"
cmake -S . -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DSUBPROC_SANITIZE=address,undefined,fuzzer-no-link -DSUBPROC_WERROR=ON -DSUBPROC_BUILD_FUZZ=ON -DSUBPROC_BUILD_TESTS=OFF \
    -DSUBPROC_BUILD_CLI=OFF -DSUBPROC_BUILD_EXAMPLES=OFF >"$build/build.log" 2>&1 &&
    cmake --build "$build" >>"$build/build.log" 2>&1 || { tail -n 30 "$build/build.log"; exit 1; }

failed=0
mkdir -p "$build/found"
for source in tests/fuzz/*.c; do
    name=$(basename "$source" .c)
    program=$build/tests/fuzz/fuzz_$name
    [ -x "$program" ] || continue
    mkdir -p "$build/corpus/$name"
    if "$program" -max_total_time="$seconds" -max_len=4096 -artifact_prefix="$build/found/$name-" -print_final_stats=1 \
        "$build/corpus/$name" >"$build/$name.log" 2>&1; then
        echo "fuzz: $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log") runs, nothing found"
    else
        echo "fuzz: $name failed"
        tail -n 30 "$build/$name.log"
        failed=1
    fi
done
exit $failed
