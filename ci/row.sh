#!/usr/bin/env bash
# Runs one row of the tests: ci/row.sh host|dev|thread|release|mingw|clang|musl|via|fuzz|install|package|seam, which ci/test.sh runs,
# wine10|wine10-long, which ci/wine10.sh does, or one of the others of ci/matrix.sh.
. "$(dirname "$0")/lib.sh"
. ci/root.sh

row=${1-}
# Where the row has got to: "", then "mounted", then "entered" (below); or the question --why-not.
stage=${2-}

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
    ctest --test-dir "$1" --output-on-failure -j "$CMAKE_BUILD_PARALLEL_LEVEL" --output-junit "$root/$1/junit.xml" "${@:2}"
    collect "$1"
}

once_more() {
    if [ "$2" = whole-program ]; then
        ctest --test-dir build/mingw --output-on-failure -R "^$1\$"
    else
        (cd build/mingw/tests && ../../../ci/wine "./${1%.*}.exe" "--gtest_filter=$2")
    fi
}

# On Wine 8 a start fails now and then with ERROR_INTERNAL_ERROR (1359): such a test gets one more try.
retry_1359() {
    local program test again=0
    while read -r _ program test _; do
        again=$((again + 1))
        echo "--- once more: $program $test"
        if once_more "$program" "$test"; then
            sed -i "s|^failed $program $test 1359\$|passed $program $test|" "$results/$row"
        fi
    done < <(grep ' 1359$' "$results/$row")
    echo "--- $again tests ran once more because of Wine's 1359"
}

row_dev() {
    preset dev
}

# This system's own compiler, with the sanitizers, on whatever system this is.
row_host() {
    build build/host -DCMAKE_BUILD_TYPE=Debug -DSUBPROC_SANITIZE=address,undefined -DSUBPROC_WERROR=OFF && run_tests build/host
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

# Goes on with mounts and processes of the row's own.
with_mounts() {
    [ -n "$stage" ] || own_mounts "$0" "$row" mounted
}

# Wine 10, called by ci/wine, has its folders and a prefix of the row's own.
with_wine10() {
    with_mounts
    export SUBPROC_WINE_ROOT=$roots/debian13-wine10 WINEPREFIX=$root/build/wine10
    mount_here "$SUBPROC_WINE_ROOT" || return
    trap 'ci/wine --stop' EXIT
}

row_wine10() {
    with_wine10 && run_tests build/mingw
}

# Not through ctest, which would end it after five minutes.
row_wine10-long() {
    with_wine10 || return
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
    check readme-twins ci/check_readme
    local library
    for library in release/libsubproc.a clang/libsubproc.so mingw/libsubproc.a mingw-shared/libsubproc.dll; do
        check "names-in-$library" ci/check_seam "build/$library"
    done
}

# ---- rows of ci/matrix.sh alone -------------------------------------------------------------------------------------

# build_preset PRESET: what another row may have built already.
build_preset() {
    cmake --preset "$1" && cmake --build --preset "$1"
}

# What no test runs is listed in build/coverage/uncovered.txt.
row_coverage() {
    local folder=build/coverage
    build $folder -DCMAKE_BUILD_TYPE=Debug -DSUBPROC_COVERAGE=ON || return
    find $folder -name '*.gcda' -delete
    # A child that became another user may not write its counts down, and would say so in the output that a test reads.
    SUBPROC_TEST_SLOW=1 GCOV_ERROR_FILE=/dev/null run_tests $folder || return
    check coverage-figures ci/uncovered $folder
}

# A start in valgrind, which has no clone3 and makes a fork of every vfork. Left out: an exec that fails after valgrind has begun
# it, what a child's memory is, and how fast it is killed.
row_valgrind() {
    local memcheck="valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite"
    build_preset release || return
    cd build/release/tests || return
    check every-call $memcheck ./subproc_every_call ./subproc_helper
    check behaviour $memcheck ./subproc_tests --gtest_brief=1 \
        --gtest_filter='Run.*:Spawn.*:Stdio.*:Env.*:Error*.*:Pipeline.*:-*PeakMemory*:*TooLong*:*FiveSeconds*'
}

# windows_page LOCALE PAGE: the mingw row's programs on a Windows whose ANSI page is PAGE, as Wine has it for that locale.
windows_page() {
    export SUBPROC_WINE_LOCALE=$1
    ci/wine --stop
    build_preset mingw && run_tests build/mingw && retry_1359 || return
    check page-is-the-wanted-one grep -x "page=$2" <(ci/wine --through-file build/mingw/tests/subproc_helper.exe --code-page)
    ci/wine --stop
}

# American: 437 in consoles, 1252 elsewhere.
row_cp437() {
    windows_page C.UTF-8 1252
}

# Windows' "Use Unicode UTF-8 for worldwide language support", which Wine has for languages without a page of their own.
row_cp65001() {
    windows_page hi_IN.UTF-8 65001
}

# Goes on in a Debian 13 root that has compilers, CMake and Wine.
with_debian13() {
    with_mounts
    if [ "$stage" = mounted ]; then
        mount_here "$roots/$matrix_root" && exec chroot "$roots/$matrix_root" "$root/ci/row.sh" "$row" entered
    fi
    export WINEPREFIX=$root/build/wine-$row
    trap 'ci/wine --stop' EXIT
}

# Windows programs made by another MinGW-w64.
other_mingw() {
    rm -rf "build/$row/junit.xml" "build/$row/tests/results"
    cmake --preset mingw -B "build/$row" -DSUBPROC_MINGW="$1" && cmake --build "build/$row" && run_tests "build/$row"
}

# Over Microsoft's newer C runtime, built by GCC 14 and run under Wine 10.
row_ucrt() {
    with_debian13 && other_mingw x86_64-w64-mingw32ucrt
}

# Windows programs of 32 bits.
row_win32() {
    with_debian13 && other_mingw i686-w64-mingw32
}

# with_converters ARCHITECTURE: the C library's converters, which the cross compilers' lacks, where it looks for them. From
# Debian's own package for that architecture.
with_converters() {
    local package=$roots/libc6-$1 apt
    if [ ! -d "$package" ]; then
        apt=(apt-get -qq -o "APT::Architecture=$1" -o "APT::Architectures=$1" -o "Dir::State::lists=$package.part/lists"
            -o "Dir::Cache=$package.part/cache" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root)
        mkdir -p "$package.part/lists/partial" "$package.part/cache/archives/partial"
        (cd "$package.part" && { "${apt[@]}" update; "${apt[@]}" download libc6; } && dpkg-deb -x libc6_*.deb "$package.new") &&
            rm -r "$package.part" && mv "$package.new" "$package" || return
    fi
    mount -t overlay overlay -o "lowerdir=$package/usr/lib:/usr/lib" /usr/lib
}

# other_linux TRIPLET OPTION...: a native row of another processor.
other_linux() {
    build "build/$row" --toolchain cmake/linux.cmake -DSUBPROC_TRIPLET="$1" "${@:2}" && run_tests "build/$row"
}

# Run by the processor itself.
row_i686() {
    with_mounts
    with_converters i386 && other_linux i686-linux-gnu
}

# with_qemu CPU MAGIC MASK: goes on where the kernel gives another processor's programs to qemu: those whose ELF header ends
# with these bytes (binfmt_misc; P keeps argv[0], F opens qemu now).
with_qemu() {
    local ident='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff'
    [ -n "$stage" ] || own_programs ":$1:M::$2:$ident$3:$(command -v "qemu-$1"):PF" "$0" "$row" mounted
}

# qemu-user makes a vfork a fork, so that posix_spawn can't tell what went wrong: libc's way to start is left out. Each program
# takes 10 MB and more.
under_qemu() {
    export SUBPROC_TEST_EMULATED=1
    other_linux "$1" -DSUBPROC_HAVE_POSIX_SPAWN=OFF -DSUBPROC_BUILD_LESSER_TESTS=OFF
}

row_arm64() {
    with_qemu aarch64 '\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00' '\xfe\xff\xff\xff'
    with_converters arm64 && under_qemu aarch64-linux-gnu
}

# The most significant byte first.
row_s390x() {
    with_qemu s390x '\x7fELF\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x16' '\xff\xfe\xff\xff'
    with_converters s390x && under_qemu s390x-linux-gnu
}

# Why the row can't run here; nothing when it can.
why_not() {
    case $row in
    wine10) no_roots || make_wine10_root >&2 || echo "debootstrap could not make a Debian 13 (see build/logs)" ;;
    ucrt | win32) no_roots || make_matrix_root >&2 || echo "debootstrap could not make a Debian 13 (see build/logs)" ;;
    i686) no_roots || /usr/i686-linux-gnu/lib/ld-linux.so.2 --version >/dev/null 2>&1 || echo "no 32-bit programs run here" ;;
    arm64 | s390x) no_roots || own_programs "" true 2>/dev/null || echo "no binfmt_misc of its own (Linux 6.7) for qemu" ;;
    arm64-real | macos | freebsd | windows-msvc | windows-mingw | powershell) echo "only the hosted workflow has it" ;;
    esac
}

if [ "$stage" = --why-not ]; then
    why_not
    exit
fi
if ! declare -F "row_$row" >/dev/null; then
    echo "row: there is no row '$row'" >&2
    exit 2
fi
"row_$row"
