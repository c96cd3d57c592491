#!/bin/sh
# Makes sure that everything ci/test.sh and ci/demo.sh use is here: installs what is missing on Debian 12 (as root or
# through sudo), and makes the Korean locales. Says nothing and is fast when all is there. With --matrix:
# also what ci/matrix.sh uses. With --host: only what ci/test.sh host does, and on another system nothing.
set -eu

packages="gcc g++ make perl cmake ninja-build pkg-config libgtest-dev clang musl-tools binutils
    libclang-rt-14-dev gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64-posix googletest wine wine64
    locales libc-l10n procps util-linux bsdutils git openssl debootstrap debian-archive-keyring
    groff-base mandoc bash-completion dpkg-dev lintian doxygen python3"

case ${1-} in
--host) packages="gcc g++ cmake ninja-build pkg-config libgtest-dev locales libc-l10n procps bsdutils git openssl" ;;
# Other processors, and what names what no test runs.
--matrix) packages="$packages g++-i686-linux-gnu g++-aarch64-linux-gnu g++-s390x-linux-gnu qemu-user valgrind" ;;
esac

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo -- "$@"
    else
        echo "setup: not root and no sudo; run as root: $*" >&2
        return 1
    fi
}

installed() {
    dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

if ! command -v dpkg-query >/dev/null 2>&1; then
    if [ "${1-}" = --host ]; then
        exit
    fi
    echo "setup: this is no Debian; needed is what these packages hold there:" $packages >&2
    exit 1
fi

missing=
for package in $packages; do
    installed "$package" || missing="$missing $package"
done
if [ -n "$missing" ]; then
    echo "setup: installing$missing"
    as_root apt-get update -qq
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

# The tests read what programs say in Korean, in three encodings.
for charmap in UTF-8 CP949 EUC-KR; do
    if [ "$(LC_ALL=ko_KR.$charmap locale charmap 2>/dev/null)" != "$charmap" ]; then
        echo "setup: making the locale ko_KR.$charmap"
        as_root localedef -i ko_KR -f "$charmap" "ko_KR.$charmap"
    fi
done
# A language without an ANSI page, for which Wine takes 65001.
if [ "${1-}" = --matrix ] && [ "$(LC_ALL=hi_IN.UTF-8 locale charmap 2>/dev/null)" != UTF-8 ]; then
    echo "setup: making the locale hi_IN.UTF-8"
    as_root localedef -i hi_IN -f UTF-8 hi_IN.UTF-8
fi

# Small images leave the translations out (path-exclude in /etc/dpkg/dpkg.cfg.d). GCC has no Korean ones of its own: its
# messages are Korean where they are the C library's.
catalogues=/usr/share/locale/ko/LC_MESSAGES
if ! [ -e $catalogues/coreutils.mo ] || ! [ -e $catalogues/grep.mo ] || ! [ -e $catalogues/libc.mo ]; then
    echo "setup: adding the Korean messages of coreutils, grep and libc"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --reinstall \
        -o Dpkg::Options::="--path-include=/usr/share/locale/ko/*" coreutils grep libc-l10n >/dev/null
fi

# What the tests of --via run on; they skip where it can't be had.
"$(dirname "$0")/cluster.sh" fetch || :
