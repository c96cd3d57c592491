#!/bin/bash
# Puts a Windows openssl for the lessons under Wine at build/openssl-windows/openssl.exe. It is made once for a user, from the
# sources of Debian's package, with little more in it than the lessons need (two minutes on two cores), and kept in the cache
# folder. Where that can't be done it says why and fails: the tests have a stand-in.
. "$(dirname "$0")/lib.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/subproc
program=$root/build/openssl-windows/openssl.exe
log=$logs/openssl-windows.log
limit=900

# Of what openssl can leave out, all that the lessons don't use. -O0: compiling takes longer than they do.
options="mingw64 --cross-compile-prefix=x86_64-w64-mingw32- -O0 no-asm no-shared no-module no-engine no-dso no-tests
    no-sock no-tls no-dtls no-ct no-cms no-cmp no-ts no-ocsp no-srp no-psk no-comp no-autoload-config
    no-aria no-bf no-blake2 no-camellia no-cast no-chacha no-cmac no-dh no-dsa no-ec no-gost no-idea no-md4 no-mdc2
    no-ocb no-poly1305 no-rc2 no-rc4 no-rfc3779 no-rmd160 no-scrypt no-seed no-siphash no-siv no-sm2 no-sm3 no-sm4"

give_up() {
    echo "openssl for Windows: $1 (log: build/logs/openssl-windows.log); the lessons run with the stand-in"
    exit 1
}

cached() {
    ls "$cache"/openssl-*-windows.exe 2>/dev/null | sort -V | tail -n 1
}

# apt with lists of its own: the machine's sources, of which only the binaries may be listed.
own_apt() {
    local tool=$1
    shift
    "$tool" -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Cache="$work/cache" \
        -o Dir::State::Lists="$work/lists" "$@"
}

# apt checks what it fetches against the archive's signature. Debian's patches are not needed.
fetch() {
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source" &&
        apt-get indextargets 'Origin: Debian' 'Created-By: Packages' --format \
            'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT)' \
            >"$work/sources.list" &&
        [ -s "$work/sources.list" ] && own_apt apt-get update &&
        (cd "$work" && own_apt apt-get source --download-only --tar-only openssl) &&
        tar -C "$work/source" --strip-components=1 -xf "$work"/openssl_*.orig.tar.*
}

make_it() {
    # shellcheck disable=SC2086
    (cd "$work/source" && ./Configure $options && make build_generated && timeout $limit make -j "$(nproc)" apps/openssl.exe) &&
        x86_64-w64-mingw32-strip "$work/source/apps/openssl.exe"
}

mkdir -p "$cache" "$(dirname "$program")"
exec 9>"$cache/openssl-windows.lock"
flock 9
if [ -z "$(cached)" ]; then
    work=$(mktemp -d "$cache/openssl-windows.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    echo "openssl for Windows: making it (about two minutes)"
    fetch >"$log" 2>&1 9>&- || give_up "its source package can't be fetched"
    make_it >>"$log" 2>&1 9>&- || give_up "it can't be built"
    version=$(basename "$work"/openssl_*.orig.tar.* | sed 's/^openssl_\(.*\)\.orig\.tar.*/\1/')
    mv "$work/source/apps/openssl.exe" "$cache/openssl-$version-windows.exe"
fi
cp -u "$(cached)" "$program"
