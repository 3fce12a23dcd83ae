#!/bin/sh
# A container from its parts, of programs that each Linux has: sh byhand.sh ROOTFS COMMAND..., as root or not.
# The number at the end of a line is the step of lesson 19 that adds it; at the head of a block it holds for the block.
# What the shell has no program for is left out: a filter of system calls, and pivot_root() once its own root is gone.
# shellcheck disable=SC2016,SC2089,SC2090  # what runs inside is in variables, which the shell inside reads
set -eu
cd "$1"
shift
own='' enter='' late='' top='' above='' lose=''
name=by-hand-$$ network=10.$(($$ / 250 % 200 + 20)).$(($$ % 250))

# Takes away what does not go with the last process. This one does it, or the other, whichever is alive.
clean() {
    rm -rf "/tmp/$name"
    ! command -v nft || nft delete table ip "$name"  # 6
    for each in $above; do  # 8
        while [ -d "$each/$name" ]; do
            while read -r pid; do kill -KILL "$pid"; done <"$each/$name/cgroup.procs"
            rmdir "$each/$name" || sleep 0.02
        done
    done
    [ ! -e "$above/cgroup.subtree_control" ] || flock "$above" sh -c "$take_back" sh "$above"  # 8
} >/dev/null 2>&1

# What v2 does not give on is switched on and marked (an empty cgroup), not where processes are. The last takes it back.
lend='cd "$1" && { [ ! -e cgroup.type ] || ! grep -q . cgroup.procs; } && for each in memory pids cpu; do  # 8
    grep -qw "$each" cgroup.subtree_control || ! echo "+$each" >cgroup.subtree_control || mkdir "by-hand-gives-$each"
done'  # 8
take_back='cd "$1" && ls -d by-hand-[0-9]* || for each in by-hand-gives-*; do  # 8
    ! echo "-${each##*-}" >cgroup.subtree_control || rmdir "$each"
done'  # 8
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then  # 8
    above=/sys/fs/cgroup
    [ -w "$above" ] || above=$above$(cut -d: -f3 /proc/self/cgroup)
    [ -w "$above" ] || above=
else  # 8
    for each in memory pids cpu; do
        at=/sys/fs/cgroup/$each
        [ -w "$at" ] || at=$at$(sed -En "s/^[0-9]+:(.*,)?$each(,.*)?://p" /proc/self/cgroup)
        [ ! -w "$at" ] || above="$above $at"
    done
fi  # 8
(
    trap '' INT HUP TERM
    while kill -0 $$ 2>/dev/null; do sleep 0.05; done
    clean || true
    sleep 0.25
    clean || true # again: an nft of the killed one may have been at it still
) </dev/null >/dev/null 2>&1 &
other=$!

# The first process: it waits for its parent's word, without which it ends, and builds its world around it.
begin='read -r go && exec unshare $late sh -c "$build" sh "$@" <&4 4<&-'
build='set -eu
hostname by-hand  # 2
ip link set lo up  # 6
if ip link show eth0 >/dev/null 2>&1; then  # 6
    ip address add "$network.2/24" dev eth0
    ip link set eth0 up
    ip route add default via "$network.1"
fi
mount -n -t tmpfs -o nosuid tmpfs /tmp  # 5
mkdir /tmp/upper /tmp/work /tmp/root  # 5
mount -n -t overlay -o lowerdir=.,upperdir=/tmp/upper,workdir=/tmp/work overlay /tmp/root  # 5
cd /tmp/root  # 5
mount -n --rbind . /tmp  # 4
top=/tmp  # 4
mount -n -t tmpfs -o nosuid,mode=755 tmpfs /tmp/dev  # 4
for each in null zero full random urandom tty; do  # 4
    : >"/tmp/dev/$each"
    mount -n --bind "/dev/$each" "/tmp/dev/$each"
done
mount -n -t proc -o nosuid,nodev,noexec proc "$top/proc"  # 3
for each in bus fs irq sys sysrq-trigger; do  # 9
    [ -e "/tmp/proc/$each" ] || continue
    mount -n --bind "/tmp/proc/$each" "/tmp/proc/$each"
    mount -n -o remount,bind,ro "/tmp/proc/$each"
done
for each in kcore keys timer_list interrupts; do  # 9
    [ ! -e "/tmp/proc/$each" ] || mount -n --bind /dev/null "/tmp/proc/$each"
done
cd "$top/"  # 4
mount -n --move . /  # 4
lose="chroot ."  # 4
if [ -n "$caps" ]; then  # 9
    exec $bare capsh --chroot=. --drop="$caps" --inh= --noamb --no-new-privs --shell=/bin/sh -- -c "$init" sh "$@"
fi
exec $bare $lose "$@"'

caps='' init='exec "$@"'
# What Docker leaves is not in it.
caps=cap_dac_read_search,cap_linux_immutable,cap_net_broadcast,cap_net_admin,cap_ipc_lock,cap_ipc_owner  # 9
caps=$caps,cap_sys_module,cap_sys_rawio,cap_sys_ptrace,cap_sys_pacct,cap_sys_admin,cap_sys_boot,cap_sys_nice  # 9
caps=$caps,cap_sys_resource,cap_sys_time,cap_sys_tty_config,cap_lease,cap_audit_control,cap_mac_override  # 9
caps=$caps,cap_mac_admin,cap_syslog,cap_wake_alarm,cap_block_suspend,cap_audit_read,cap_perfmon,cap_bpf  # 9
caps=$caps,cap_checkpoint_restore  # 9
init='exec 4<&0; trap "kill -TERM \$!" TERM INT HUP  # 10
    "$@" <&4 4<&- &  # 10
    child=$!  # 10
    while :; do  # 10
        wait "$child" && ended=0 || ended=$?
        kill -0 "$child" 2>/dev/null || exit "$ended"
    done'  # 10
own="$own --uts --ipc"  # 2
own="$own --pid --mount"  # 3
own="$own --net"  # 6
uid="0 $(id -u) 1" gid="0 $(id -g) 1" enter='nsenter --preserve-credentials'  # 7
if [ "$(id -u)" = 0 ] && [ "$(awk '{ print $3 }' /proc/self/uid_map)" -gt 262144 ]; then  # 7
    uid='0 131072 65536' gid=$uid enter='nsenter --setuid=0 --setgid=0'
fi
# A parent that was killed before it was asked for sends no signal.  # 7
setpriv --pdeathsig=KILL sh -c '[ "$PPID" = "$1" ] && exec unshare --user sleep infinity' sh $$ & holder=$!  # 7
while [ "$(readlink /proc/self/ns/user)" = "$(readlink "/proc/$holder/ns/user")" ]; do sleep 0.01; done  # 7
[ "${enter#*setuid}" != "$enter" ] || echo deny >"/proc/$holder/setgroups"  # 7
echo "$uid" >"/proc/$holder/uid_map"  # 7
echo "$gid" >"/proc/$holder/gid_map"  # 7
enter="$enter --user=/proc/$holder/ns/user"  # 7
late=--cgroup  # 8
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
bare="env --ignore-environment PATH=$path HOME=/root TERM=xterm"
export bare late build network top lose caps init

exec 4<&0
mkdir -m 700 "/tmp/$name"
mkfifo "/tmp/$name/go"
exec 3<>"/tmp/$name/go"
# shellcheck disable=SC2086  # these are several words
$enter setpriv --pdeathsig=KILL unshare --fork --kill-child $own sh -c "$begin" sh "$@" <"/tmp/$name/go" 3>&- &
box=$!
while child=$(cat "/proc/$box/task/$box/children") && [ -z "$child" ]; do sleep 0.01; done
child=${child% }
if ip link add "by-hand$child" type veth peer name eth0 netns "$child" 2>/dev/null; then  # 6
    ip address add "$network.1/24" dev "by-hand$child"
    ip link set "by-hand$child" up
    chain="chain out { type nat hook postrouting priority 100; ip saddr $network.0/24 masquerade; }"
    ! command -v nft >/dev/null || nft "table ip $name { $chain; }" || true # what it is refused it says itself
fi
kill -KILL "$holder"  # 7
for each in $above; do  # 8
    mkdir "$each/$name"
    [ ! -e "$each/cgroup.subtree_control" ] || flock "$each" sh -c "$lend" sh "$each" 2>/dev/null || true
    for limit in memory.max=64M memory.limit_in_bytes=64M pids.max=20 cpu.max=50000 cpu.cfs_quota_us=50000; do
        [ ! -e "$each/$name/${limit%=*}" ] || echo "${limit#*=}" >"$each/$name/${limit%=*}"
    done
    echo "$child" >"$each/$name/cgroup.procs"
done
trap 'kill -TERM "$child"' TERM INT HUP  # 10
echo go >&3
while :; do
    wait "$box" && ended=0 || ended=$?
    kill -0 "$box" 2>/dev/null || break
done
clean || true
kill -KILL "$other" || true
exit "$ended"
