#!/bin/bash
# The mingw row's programs once more, under Debian 13's Wine 10, whose cmd is close to Windows' own. They run in a Debian
# 13 root that is made once in the user's cache folder. Needs root, and a build/mingw that ci/test.sh has built.
# ci/wine10.sh --long: only the tests that take every string as an argument of a batch file, one start for each (an hour).
. "$(dirname "$0")/lib.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/subproc
wine_root=$cache/debian13-wine10

inside=
if [ "${1-}" = --inside ]; then
    inside=yes
    shift
fi
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

# The mirror and the proxy that this machine's apt uses.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 'Created-By: Packages' | head -n 1
}

make_root() {
    local proxy part=$wine_root.part
    proxy=$(apt-config dump --format '%v' Acquire::http::Proxy)
    [ -z "$proxy" ] || export http_proxy=$proxy
    echo "wine10: making a Debian 13 in $wine_root (about a minute, 1.2 GB)"
    rm -rf --one-file-system "$part"
    mkdir -p "$part"
    debootstrap --variant=minbase --include=wine,wine64,locales trixie "$part" "$(mirror)" >"$logs/debootstrap.log" 2>&1 &&
        chroot "$part" localedef -i ko_KR -f UTF-8 ko_KR.UTF-8 >>"$logs/debootstrap.log" 2>&1 &&
        rm -rf "$part"/var/cache/apt/archives/*.deb "$part"/var/lib/apt/lists/* && mv "$part" "$wine_root"
}

# Mounts and processes of the root vanish with the namespaces that this script gives itself.
if [ -z "$inside" ]; then
    ci/setup.sh || exit 1
    [ "$(id -u)" = 0 ] || skip "not root"
    unshare --mount --pid --fork true 2>/dev/null || skip "no mount namespaces here"
    if [ ! -d "$wine_root" ] && ! make_root; then
        tail -n 5 "$logs/debootstrap.log"
        skip "debootstrap could not make a Debian 13 (see build/logs/debootstrap.log)"
    fi
    [ -e build/mingw/CTestTestfile.cmake ] || cmake --workflow --preset mingw >"$logs/mingw-for-wine10.log" 2>&1
    exec unshare --mount --pid --fork --kill-child --mount-proc --propagation private "$0" --inside "$@"
fi

mkdir -p "$wine_root$root"
mount --bind "$root" "$wine_root$root" && mount --rbind /dev "$wine_root/dev" && mount -t proc proc "$wine_root/proc" ||
    skip "can't mount here"
export SUBPROC_WINE_ROOT=$wine_root WINEPREFIX=$root/build/wine10
row "$name" "$seconds"
ci/wine --stop
closing "$name"
