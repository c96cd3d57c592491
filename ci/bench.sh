#!/bin/bash
# Measures the library against the raw system calls and its peers: ci/bench.sh [--quick] [--json FILE], as root or with sudo
# where a peer's package is missing. Prints a table; the whole run (about ten minutes, the quick one about one, building
# apart) also writes docs/performance.md and its plots. --only KEY,... measures some rows alone.
from=$PWD
. "$(dirname "$0")/lib.sh"

quick='' only='' json='' # what was asked for
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=1 ;;
    --json | --only)
        [ $# -gt 1 ] || { echo "bench: $1 needs a value" >&2 && exit 2; }
        printf -v "${1#--}" %s "$2"
        shift
        ;;
    *)
        echo "usage: ci/bench.sh [--quick] [--json FILE] [--only KEY,...]" >&2
        exit 2
        ;;
    esac
    shift
done

# What the tests don't need. A package that can't be had leaves its peer out, which the report says.
install_peers() {
    local package missing=() root_words=()
    for package in libuv1-dev libglib2.0-dev libboost-dev libboost-filesystem-dev libapr1-dev pkg-config make python3 \
        strace binutils cmake ninja-build gcc g++ util-linux; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || root_words=(sudo -n --)
    "${root_words[@]}" apt-get update -qq >&2
    for package in "${missing[@]}"; do
        "${root_words[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" \
            >/dev/null 2>&1 || echo "bench: $package can't be installed" >&2
    done
}

# build PRESET FOLDER [TARGET...]: all of it unless targets are named.
build() {
    local preset=$1 folder=$2
    shift 2
    cmake --preset "$preset" -B "$folder" -DSUBPROC_BUILD_TESTS=OFF -DSUBPROC_BUILD_EXAMPLES=OFF \
        -DSUBPROC_BUILD_BENCH=ON >"$logs/bench.log" 2>&1 &&
        cmake --build "$folder" ${1:+--target "$@"} >>"$logs/bench.log" 2>&1 && return
    tail -n 30 "$logs/bench.log" >&2
    return 1
}

# Builds the shared library and the command from nothing, without a compiler cache; how long that takes, in seconds.
build_seconds() {
    local begun tenths
    rm -rf build/bench-cost
    CMAKE_C_COMPILER_LAUNCHER='' cmake --preset release -B build/bench-cost -DBUILD_SHARED_LIBS=ON -DSUBPROC_BUILD_TESTS=OFF \
        -DSUBPROC_BUILD_EXAMPLES=OFF >"$logs/bench-cost.log" 2>&1 || return
    begun=$(date +%s%N)
    CCACHE_DISABLE=1 cmake --build build/bench-cost --target subproc subproc_cli >>"$logs/bench-cost.log" 2>&1 || return
    tenths=$((($(date +%s%N) - begun) / 100000000))
    echo "$((tenths / 10)).$((tenths % 10))"
}

# 9,900 children with a pipe and a pidfd each.
ulimit -n "$(ulimit -H -n)" 2>/dev/null || true

! command -v dpkg-query >/dev/null 2>&1 || install_peers
build release build/bench || exit 1
arguments=(--build "$root/build/bench")
if command -v wine >/dev/null 2>&1 && command -v x86_64-w64-mingw32-g++ >/dev/null 2>&1; then
    if build mingw build/bench-mingw bench_raw bench_subproc bench_tiny bench_writer; then
        arguments+=(--wine "$root/build/bench-mingw")
    fi
fi
arguments+=(--build-seconds "$(build_seconds)" --shared "$root/build/bench-cost/libsubproc.so")
[ -z "$json" ] || arguments+=(--json "$(cd "$from" && realpath "$json")")
[ -z "$only" ] || arguments+=(--only "$only")
if [ -n "$quick" ]; then
    arguments+=(--quick)
elif [ -z "$only" ]; then
    arguments+=(--docs "$root/docs")
fi
exec python3 -B bench/run.py "${arguments[@]}"
