# Debian roots beside this system's own, made once each in the user's cache folder. Sourced by bash after ci/lib.sh.
# shellcheck shell=bash disable=SC2016,SC2154

roots=${XDG_CACHE_HOME:-$HOME/.cache}/subproc

# The mirror and the proxy that this machine's apt uses.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 'Created-By: Packages' | head -n 1
}

# Whether no root can be entered here; says why.
no_roots() {
    if [ "$(id -u)" != 0 ]; then
        echo "not root"
    elif ! unshare --mount --pid --fork true 2>/dev/null; then
        echo "no mount namespaces here"
    else
        return 1
    fi
}

# make_root NAME RELEASE PACKAGES COMMAND...: a root with these packages, in which COMMAND has run. Nothing to do when it's there.
make_root() {
    local name=$1 release=$2 packages=$3 proxy part=$roots/$1.part
    shift 3
    [ ! -d "$roots/$name" ] || return 0
    proxy=$(apt-config dump --format '%v' Acquire::http::Proxy)
    echo "making a Debian ($release) in $roots/$name"
    rm -rf --one-file-system "$part"
    mkdir -p "$part"
    if ! { http_proxy=$proxy debootstrap --variant=minbase --include="$packages" "$release" "$part" "$(mirror)" &&
        { [ $# -eq 0 ] || chroot "$part" "$@"; } &&
        rm -rf "$part"/var/cache/apt/archives/*.deb "$part"/var/lib/apt/lists/*; } >"$logs/$name.log" 2>&1; then
        tail -n 5 "$logs/$name.log"
        return 1
    fi
    [ -z "$proxy" ] || echo "Acquire::http::Proxy \"$proxy\";" >"$part/etc/apt/apt.conf.d/proxy"
    mv "$part" "$roots/$name"
}

# own_mounts COMMAND...: becomes that command with mounts and processes of its own, which vanish with it.
own_mounts() {
    exec unshare --mount --pid --fork --kill-child --mount-proc --propagation private "$@"
}

# own_programs LINE COMMAND...: becomes that command where the kernel runs what LINE says (its binfmt_misc) and elsewhere nothing
# has changed: in a user namespace in which every id is what it was. Linux 6.7.
own_programs() {
    local folder status=0
    folder=$(mktemp -d)
    mkfifo "$folder/born" "$folder/go"
    # shellcheck disable=SC2016
    unshare --user --mount bash -c 'echo born >"$1/born" && read -r _ <"$1/go"
        cd /proc/sys/fs && mount -t binfmt_misc binfmt_misc binfmt_misc && { [ -z "$2" ] || echo "$2" >binfmt_misc/register; } &&
        cd - >/dev/null && exec "${@:3}"' bash "$folder" "$@" &
    read -r _ <"$folder/born"
    echo "0 0 4294967295" >/proc/$!/gid_map
    echo "0 0 4294967295" >/proc/$!/uid_map
    echo go >"$folder/go"
    wait $! || status=$?
    rm -r "$folder"
    exit $status
}

# mount_root FOLDER: what a running system has. After own_mounts.
mount_root() {
    mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc"
}

# mount_here FOLDER: the same, and this repository under its own name.
mount_here() {
    mkdir -p "$1$root" && mount --bind "$root" "$1$root" && mount_root "$1"
}

make_wine10_root() {
    make_root debian13-wine10 trixie wine,wine64,locales localedef -i ko_KR -f UTF-8 ko_KR.UTF-8
}

matrix_root=debian13-matrix

# What Debian 12 lacks: MinGW-w64 over the newer C runtime, and a Wine that runs programs of 32 bits.
make_matrix_root() {
    make_root $matrix_root trixie \
        cmake,ninja-build,pkg-config,g++-mingw-w64-ucrt64,g++-mingw-w64-i686,googletest,wine,wine64,locales \
        sh -c 'dpkg --add-architecture i386 && apt-get update -qq && localedef -i ko_KR -f UTF-8 ko_KR.UTF-8 &&
            apt-get install -y -qq --no-install-recommends wine32:i386'
}
