#!/bin/bash
# Runs one row of the tests: ci/row.sh dev|thread|release|mingw|clang|musl|via|fuzz|install|package|seam, which ci/test.sh runs, or
# wine10|wine10-long, which ci/wine10.sh does.
. "$(dirname "$0")/lib.sh"

row=${1-}

# check TEST COMMAND...: a test that is one command. It skips with status 77.
check() {
    local test=$1 status=0
    shift
    echo "--- $test: $*"
    "$@" || status=$?
    case $status in
    0) echo "passed ci $test" >>"$results/$row" ;;
    77) echo "skipped ci $test" >>"$results/$row" ;;
    *) echo "failed ci $test" >>"$results/$row" ;;
    esac
}

# Counts what ctest ran in a build folder. A failed test is told there; ctest's own status adds nothing.
collect() {
    [ -e "$1/junit.xml" ] || return 1
    ci/count "$1" >>"$results/$row"
}

preset() {
    rm -rf "build/$1/junit.xml" "build/$1/tests/results"
    cmake --workflow --preset "$1"
    collect "build/$1"
}

# build FOLDER OPTION...: configures as the release preset does, and builds.
build() {
    local folder=$1
    shift
    rm -rf "$folder/junit.xml" "$folder/tests/results"
    cmake --preset release -B "$folder" "$@" && cmake --build "$folder"
}

run_tests() {
    ctest --test-dir "$1" --output-on-failure -j "$(nproc)" --output-junit "$root/$1/junit.xml" "${@:2}"
    collect "$1"
}

# On Wine 8 a start fails now and then with ERROR_INTERNAL_ERROR (1359): such a test gets one more try.
retry_1359() {
    local program test again=0
    while read -r _ program test _; do
        again=$((again + 1))
        echo "--- once more: $program $test"
        if (cd build/mingw/tests && ../../../ci/wine "./${program%.*}.exe" "--gtest_filter=$test"); then
            sed -i "s|^failed $program $test 1359\$|passed $program $test|" "$results/$row"
        fi
    done < <(grep ' 1359$' "$results/$row")
    echo "--- $again tests ran once more because of Wine's 1359"
}

row_dev() {
    preset dev
}

row_thread() {
    preset thread
}

row_release() {
    preset release
}

row_mingw() {
    preset mingw && retry_1359
}

row_wine10() {
    run_tests build/mingw
}

# Not through ctest, which would end it after five minutes.
row_wine10-long() {
    rm -f build/mingw/tests/results/long.xml
    (cd build/mingw/tests && SUBPROC_TEST_LONG=1 ../../../ci/wine ./subproc_batch_tests.exe --gtest_filter='EveryString.*' \
        --gtest_output=xml:results/long.xml)
    ci/count --report build/mingw/tests/results/long.xml >>"$results/$row"
}

# The other compiler, and the library as a shared one.
row_clang() {
    export CC=clang CXX=clang++
    build build/clang -DBUILD_SHARED_LIBS=ON && run_tests build/clang
}

# There is no C++ library for musl: the release row's programs drive the command built with it.
row_musl() {
    CC=musl-gcc build build/musl -DSUBPROC_BUILD_CXX_TESTS=OFF && run_tests build/musl || return
    cmake --preset release && cmake --build --preset release --target subproc_cli_tests || return
    mkdir -p build/musl/tests/results
    (cd build/musl/tests && SUBPROC_TEST_COMMAND="$root/build/musl/subproc" SUBPROC_TEST_HELPER="$PWD/subproc_helper" \
        "$root/build/release/tests/subproc_cli_tests" --gtest_brief=1 --gtest_output=xml:results/subproc_cli_tests.xml)
    ci/count --report build/musl/tests/results/subproc_cli_tests.xml >>"$results/$row"
}

# The command's --via with a real srun and ssh, where they can be had.
row_via() {
    cmake --preset release && cmake --build --preset release --target subproc_via_tests || return
    local report=results/subproc_via_tests.xml status=0
    mkdir -p build/release/tests/results
    rm -f "build/release/tests/$report"
    ci/cluster.sh run sh -c "cd build/release/tests && exec ./subproc_via_tests --gtest_output=xml:$report" || status=$?
    if [ $status -eq 77 ]; then
        echo "skipped ci cluster" >>"$results/$row"
    else
        ci/count --report "build/release/tests/$report" >>"$results/$row"
    fi
}

# A few seconds for each target; ci/fuzz.sh alone gives them a minute.
row_fuzz() {
    local name
    for name in $(basename -s .c tests/fuzz/*.c | grep -vx replay); do
        check "fuzz-$name" ci/fuzz.sh 5 "$name"
    done
}

row_install() {
    check native-static ci/check_install build/release
    check native-shared ci/check_install build/clang
    check mingw-static ci/check_install build/mingw
    cmake --preset mingw -B build/mingw-shared -DBUILD_SHARED_LIBS=ON -DSUBPROC_BUILD_TESTS=OFF &&
        cmake --build build/mingw-shared || return
    check mingw-shared ci/check_install build/mingw-shared
}

row_package() {
    local part
    for part in archive zip deb installed vcpkg_port conan_recipe conan_create; do
        check "$part" ci/check_package "$part"
    done
    check manual ci/check_docs
}

row_seam() {
    check sources ci/check_seam
    local library
    for library in release/libsubproc.a clang/libsubproc.so mingw/libsubproc.a mingw-shared/libsubproc.dll; do
        check "names-in-$library" ci/check_seam "build/$library"
    done
}

if ! declare -F "row_$row" >/dev/null; then
    echo "row: there is no row '$row'" >&2
    exit 2
fi
"row_$row"
