#!/bin/bash
# Runs the fuzz targets: ci/fuzz.sh [SECONDS [NAME...]], every one for 60 seconds when nothing is said. What it finds stays in
# build/fuzz/found; it is run again with build/fuzz/tests/fuzz/fuzz_replay_NAME FILE. Needs clang.
set -u

cd "$(dirname "$0")/.." || exit 1
seconds=${1:-60}
names=("${@:2}")
if [ ${#names[@]} -eq 0 ]; then
    mapfile -t names < <(basename -s .c tests/fuzz/*.c | grep -vx replay)
fi
build=build/fuzz

command -v clang >/dev/null || { echo "fuzz: there is no clang" >&2; exit 1; }
mkdir -p "$build/found"
cmake -S . -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DSUBPROC_SANITIZE=address,undefined,fuzzer-no-link -DSUBPROC_WERROR=ON -DSUBPROC_BUILD_FUZZ=ON -DSUBPROC_BUILD_TESTS=OFF \
    -DSUBPROC_BUILD_CLI=OFF -DSUBPROC_BUILD_EXAMPLES=OFF >"$build/build.log" 2>&1 &&
    cmake --build "$build" >>"$build/build.log" 2>&1 || { tail -n 30 "$build/build.log"; exit 1; }

failed=0
for name in "${names[@]}"; do
    mkdir -p "$build/corpus/$name"
    if "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -max_len=4096 -artifact_prefix="$build/found/$name-" \
        -print_final_stats=1 "$build/corpus/$name" >"$build/$name.log" 2>&1; then
        echo "fuzz: $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log") runs, nothing found"
    else
        echo "fuzz: $name failed"
        tail -n 30 "$build/$name.log"
        failed=1
    fi
done
exit $failed
