#!/bin/bash
# A cluster of one machine for the tests of --via: Slurm (a controller and a node) and sshd, from Debian's packages, on
# loopback only, with keys of their own. The packages are unpacked into build/cluster and not installed, so that nothing of
# the system changes and no daemon of theirs starts; what runs has its files in a folder of /tmp.
#     ci/cluster.sh run COMMAND [ARG...]   starts it, runs COMMAND with its srun and ssh in PATH, stops it; COMMAND's status
#     ci/cluster.sh start | stop           the same by hand: build/cluster/bin has srun, salloc, squeue and ssh ("ssh far")
#     ci/cluster.sh fetch                  only gets the packages
# 77 says that it can't run here, and a line says why. As root it needs the user sshd; one that it makes goes with it.
. "$(dirname "$0")/lib.sh"

cluster=$root/build/cluster
unpacked=$cluster/root
packages="slurmctld slurmd slurm-client munge openssh-server openssh-client"
patience=20 # seconds for the daemons to come up
comment="for ci/cluster.sh of subproc" # of the user that it makes

cannot() {
    echo "cluster: can't run here: $1" >&2
    exit 77
}

# ---- the packages ------------------------------------------------------------------------------------------------------

# Those that are not installed, with what they need that isn't either.
missing_packages() {
    # shellcheck disable=SC2086
    apt-get install --print-uris -qq -y --no-install-recommends $packages 2>/dev/null |
        sed -n "s/^'[^']*' \([^_ ]*\)_.*/\1/p"
}

has_all() {
    local package
    for package in $packages; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || return 1
    done
}

update_lists() {
    if [ "$(id -u)" = 0 ]; then
        apt-get update -qq
    else
        sudo -n apt-get update -qq
    fi
}

unpack() {
    local part=$cluster/part names file
    rm -rf "$part"
    mkdir -p "$part/packages" "$part/root" || return
    names=$(missing_packages)
    # shellcheck disable=SC2086
    (cd "$part/packages" && apt-get download -qq $names) >"$logs/cluster.log" 2>&1 || return
    for file in "$part"/packages/*.deb; do
        dpkg -x "$file" "$part/root" || return
    done
    mv "$part/root" "$unpacked" && rm -rf "$part"
}

fetch() {
    [ -d "$unpacked" ] || has_all && return
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || cannot "this is no Debian"
    echo "cluster: getting Slurm and sshd (5 MB, 22 MB unpacked in build/cluster)"
    unpack || { update_lists >"$logs/cluster.log" 2>&1 && unpack; } ||
        cannot "the packages could not be got (see build/logs/cluster.log)"
}

# ---- what runs -----------------------------------------------------------------------------------------------------------

# program NAME...: the file of the first that there is; Debian's alternatives are not set for what is only unpacked.
program() {
    local name folder
    for name in "$@"; do
        for folder in "$unpacked"/usr/sbin "$unpacked"/usr/bin /usr/sbin /usr/bin; do
            if [ -x "$folder/$name" ]; then
                echo "$folder/$name"
                return
            fi
        done
    done
    cannot "there is no $1"
}

libraries() {
    local triplet
    triplet=$(cd "$unpacked/usr/lib" && echo *-linux-gnu*)
    echo "$unpacked/usr/lib/$triplet:$unpacked/usr/lib/$triplet/slurm-wlm"
}

# Ports that nobody listens at now.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# daemon NAME COMMAND...: in the background, away from our streams and our terminal; `stop` ends it.
daemon() {
    local name=$1
    shift
    setsid "$@" >"$state/$name.log" 2>&1 </dev/null &
    echo $! >>"$state/pids"
}

# soon COMMAND...: waits until it succeeds.
soon() {
    local end=$((SECONDS + patience))
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# A command of build/cluster/bin that finds the cluster.
wrapper() {
    cat >"$cluster/bin/$1" <<END
#!/bin/sh
export SLURM_CONF='$state/slurm.conf' LD_LIBRARY_PATH='$library_path'
exec '$(program "$1")' ${2-} "\$@"
END
    chmod +x "$cluster/bin/$1"
}

# Slurm's programs are found, and listen, at the address of the machine's name.
find_address() {
    host=$(uname -n)
    address=$(getent ahostsv4 "$host" | awk '{ print $1; exit }')
    host=${host%%.*}
}

# Where that is no loopback address, all runs in a namespace with another name, if we may make one: 127.0.0.1 as one number,
# which inet_aton(3) knows without any file.
rename_machine() {
    find_address
    case $address in
    127.*) return ;;
    esac
    if unshare --uts true 2>/dev/null; then
        exec unshare --uts sh -c 'echo 2130706433 >/proc/sys/kernel/hostname && exec "$@"' sh "$root/ci/cluster.sh" "$@"
    fi
}

# With NoInAddrAny they listen at the addresses given here and not at all that the machine has.
slurm_configuration() {
    local user
    user=$(id -un)
    cat <<END
ClusterName=subproc
SlurmctldHost=$host($address)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket=$state/munge.socket
SlurmUser=$user
SlurmdUser=$user
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
StateSaveLocation=$state/controller
SlurmdSpoolDir=$state/node
SlurmctldPidFile=$state/controller.pid
SlurmdPidFile=$state/node.pid
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=$address CPUs=64 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
    [ ! -d "$unpacked/usr/lib" ] || echo "PluginDir=${library_path##*:}"
}

start_slurm() {
    find_address
    [ -n "$address" ] || cannot "this machine's name '$host' has no address"
    grep -qE ' /sys/fs/cgroup[ /]' /proc/mounts || cannot "slurmd wants the cgroup file system, which is not mounted here"
    mkdir "$state/controller" "$state/node"
    (umask 077 && head -c 1024 /dev/urandom >"$state/munge.key")
    daemon munged "$(program munged)" --foreground --force --socket="$state/munge.socket" --key-file="$state/munge.key" \
        --pid-file="$state/munged.pid" --seed-file="$state/munge.seed"
    slurm_configuration >"$state/slurm.conf"
    export SLURM_CONF=$state/slurm.conf
    soon test -S "$state/munge.socket" || return
    daemon slurmctld "$(program slurmctld slurmctld-wlm)" -D -c
    daemon slurmd "$(program slurmd slurmd-wlm)" -D -d "$(program slurmstepd slurmstepd-wlm)"
    soon timeout "$patience" "$cluster/bin/srun" -n1 --quiet true # which would wait for a node for ever
}

# What the package would make when it is installed: as root, sshd wants a user and a folder to lock a part of itself up in.
# Another cluster may use them as well; the last one takes away what clusters have made.
borrow_sshd_user() {
    (
        flock 9
        touch "$state/uses-sshd"
        [ -d /run/sshd ] || mkdir -m 0755 /run/sshd || exit
        getent passwd sshd >/dev/null ||
            useradd --system --comment "$comment" --no-create-home --home-dir /run/sshd --shell /usr/sbin/nologin sshd
    ) 9</tmp
}

give_sshd_user_back() {
    (
        flock 9
        rm -f "$state/uses-sshd"
        if [[ $(getent passwd sshd) == *:"$comment":* ]] && ! compgen -G "/tmp/subproc-cluster.*/uses-sshd" >/dev/null; then
            userdel sshd
            rmdir /run/sshd
        fi
    ) 9</tmp
}

start_sshd() {
    local port
    port=$(free_port)
    [ "$(id -u)" != 0 ] || borrow_sshd_user || return
    for name in host user; do
        "$(program ssh-keygen)" -q -t ed25519 -N '' -f "$state/$name.key" || return
    done
    cat >"$state/sshd.conf" <<END
ListenAddress 127.0.0.1:$port
HostKey $state/host.key
AuthorizedKeysFile $state/user.key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 200
END
    echo "[127.0.0.1]:$port $(cat "$state/host.key.pub")" >"$state/known_hosts"
    cat >"$state/ssh.conf" <<END
Host far shared
    HostName 127.0.0.1
    Port $port
    IdentityFile $state/user.key
    IdentitiesOnly yes
    UserKnownHostsFile $state/known_hosts
    BatchMode yes
    KexAlgorithms curve25519-sha256
    LogLevel ERROR
Host shared
    ControlMaster auto
    ControlPath $state/%n.%p
    ControlPersist 60
END
    daemon sshd "$(program sshd)" -D -e -f "$state/sshd.conf"
    soon "$cluster/bin/ssh" far true
}

start() {
    local name
    fetch
    [ ! -e "$cluster/state" ] || stop
    state=$(mktemp -d /tmp/subproc-cluster.XXXXXX) || exit 1
    chmod 755 "$state" # munged's socket is for every user
    mkdir -p "$cluster/bin"
    ln -sfn "$state" "$cluster/state"
    library_path=
    [ ! -d "$unpacked/usr/lib" ] || library_path=$(libraries)
    export LD_LIBRARY_PATH=$library_path
    for name in srun salloc squeue scancel sinfo; do
        wrapper $name
    done
    wrapper ssh "-F '$state/ssh.conf'"
    if ! start_slurm || ! start_sshd; then
        tail -n 5 "$state"/*.log >&2
        stop
        cannot "its daemons don't start"
    fi
}

# A zombie is gone: in a container there may be nobody who collects it.
gone() {
    local pid
    for pid in "$@"; do
        [[ $(ps -o stat= -p "$pid") == [!Z]* ]] && return 1
    done
    return 0
}

no_jobs() {
    [ -z "$("$cluster/bin/squeue" --noheader)" ]
}

# The latest first: the node before its controller, and what they need last.
stop() {
    local pids
    state=$(readlink "$cluster/state") || return 0
    pids=$(tac "$state/pids" 2>/dev/null)
    # What a test left behind goes while there is somebody to end it.
    "$cluster/bin/scancel" --quiet --user="$(id -un)" 2>/dev/null && soon no_jobs
    for pid in $pids; do
        kill "$pid" 2>/dev/null
    done
    # shellcheck disable=SC2086
    soon gone $pids || kill -KILL $pids 2>/dev/null
    [ ! -e "$state/uses-sshd" ] || give_sshd_user_back
    rm -rf "$state" "$cluster/state" "$cluster/bin"
}

run() {
    rename_machine run "$@"
    trap stop EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
    start
    PATH=$cluster/bin:$PATH "$@"
}

case ${1-} in
fetch | start | stop) "$1" ;;
run) "$@" ;;
*)
    sed -n 's/^# \{0,1\}//; 2,10p' "$0" >&2
    exit 2
    ;;
esac
