#!/bin/bash
# Does what a new user would: in a Debian 12 that has git and nothing else it clones this repository, as it is committed, and
# runs the commands that README.md begins with, as they stand there.
# ci/fresh.sh [--user] [COMMAND...]: --user as an ordinary user with sudo, not as root; COMMAND those of README.md that are run
# (such as ci/demo.sh), all when none is given. Needs root.
. "$(dirname "$0")/lib.sh"
. ci/root.sh

clean=debian12-clean
work=$roots/fresh

# The scripts that start the lines of README.md's first code block that has such lines.
commands() {
    awk '/^```/ { if (found) exit; next } /^ci\// { found = 1; print $1 }' README.md
}

# The clone is made from a file, so that nothing of this machine's folders is seen in there.
fresh_root() {
    git bundle create "$work.bundle" HEAD >/dev/null 2>&1 || return
    rm -rf --one-file-system "$work"
    cp -a --reflink=auto "$roots/$clean" "$work"
    cp /etc/resolv.conf /etc/hosts "$work/etc/"
    mount_root "$work" && mount --rbind /sys "$work/sys" || return
    mkdir -p "$work/srv"
    mv "$work.bundle" "$work/srv/subproc.bundle"
    [ "$user" = root ] || with_sudo
}

with_sudo() {
    {
        inside root "apt-get update -qq && apt-get install -y -qq --no-install-recommends sudo && useradd -m -s /bin/bash $user" &&
            echo "$user ALL=(ALL) NOPASSWD: ALL" >"$work/etc/sudoers.d/$user"
    } >"$logs/fresh-sudo.log" 2>&1
}

# inside USER LINE: what that user's own shell makes of the line.
inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb chroot "$work" su - "$1" -c "$2"
}

wanted=()
user=root
entered=
for word in "$@"; do
    case $word in
    --inside) entered=yes ;;
    --user) user=newcomer ;;
    *) wanted+=("$word") ;;
    esac
done
[ ${#wanted[@]} -gt 0 ] || mapfile -t wanted < <(commands)

if [ -z "$entered" ]; then
    ci/setup.sh || exit 1
    if reason=$(no_roots); then
        echo "fresh: not here: $reason"
        exit 2
    fi
    make_root $clean bookworm git,ca-certificates || exit 1
    own_mounts "$0" --inside "$@"
fi

fresh_root || exit 1
inside $user "git -c advice.detachedHead=false clone -q /srv/subproc.bundle subproc" || exit 1
status=0
for command in "${wanted[@]}"; do
    if ! commands | grep -qxF "$command"; then
        echo "fresh: README.md has no command $command"
        status=1
        continue
    fi
    start=$SECONDS
    inside $user "cd subproc && $command" >"$logs/fresh-$(basename "$command").log" 2>&1 </dev/null
    ended=$?
    echo "fresh: $command, as $user: exit status $ended, $((SECONDS - start)) s; its last line: $(tail -n 1 "$logs/fresh-$(basename "$command").log")"
    [ $ended -eq 0 ] || status=1
done
exit $status
