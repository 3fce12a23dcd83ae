#!/bin/sh
# What root is made of. Prints, for each question: before | inside | after.
# All of it is asked in a user namespace, so nothing that is allowed here counts on the host.
root="unshare --user --map-root-user --mount --uts --net"
# Uid 1000 with all capabilities, which setpriv(1) then makes fewer. It is made by uid 0 of another user namespace.
other="unshare --user --map-root-user --mount unshare --user --map-user=1000 --keep-caps --uts --net setpriv"
every=$(($(cat /proc/sys/kernel/cap_last_cap) + 1))
status=/proc/self/status

word() { case $1 in *"ermitted"* | *"ermission denied"* | *"must be root"*) echo EPERM ;; "") echo ok ;; *) echo "$1" ;; esac; }
count() { # the bits that are set in a hexadecimal number
    n=$(printf %d "0x$1") bits=0
    while [ "$n" -gt 0 ]; do bits=$((bits + (n & 1))) n=$((n >> 1)); done
    echo $bits
}
name() { case $1 in 0000000000000000) echo none ;; 0000000000000400) echo CAP_NET_BIND_SERVICE ;; *) echo "$1" ;; esac; }
effective="sed -n s/^CapEff:.//p $status"

before=$(word "$($root chroot / true 2>&1)")
inside=$(word "$($root setpriv --bounding-set=-sys_chroot chroot / true 2>&1)")
echo "chroot() by uid 0 without CAP_SYS_CHROOT: $before | $inside | $(word "$($root chroot / true 2>&1)")"
rename="hostname $(uname -n)"
before=$(word "$($root $rename 2>&1)")
inside=$(word "$($root setpriv --bounding-set=-sys_admin $rename 2>&1)")
echo "sethostname() by uid 0 without CAP_SYS_ADMIN: $before | $inside | $(word "$($root $rename 2>&1)")"

alone() { $other --inh-caps=-all,"$1" --ambient-caps=-all,"$1" "$2" / true 2>&1; }
nothing() { $other --inh-caps=-all --ambient-caps=-all "$@" 2>&1; }
before=$(word "$(nothing chroot / true)")
inside=$(word "$(alone +sys_chroot chroot)")
echo "chroot() by uid 1000 with CAP_SYS_CHROOT alone: $before | $inside | $(word "$(nothing chroot / true)")"

after=$($root setpriv --bounding-set=-sys_chroot $effective)
echo "capabilities of uid 0 after execve(): not asked | $(count "$after") | not asked"
here=$([ $((0x$after >> 18 & 1)) = 1 ] && echo True || echo False)
echo "CAP_SYS_CHROOT after execve(): not asked | $here | not asked"

one=+net_bind_service
before=$(name "$(nothing $effective)")
inside=$(name "$($other --inh-caps=-all,$one --ambient-caps=-all,$one $effective)")
echo "capabilities of uid 1000 after execve(): $before | $inside | $before"
again=$($root setpriv --inh-caps=-all $effective)
echo "capabilities of uid 0 that has laid all of them down, after execve(): not asked | $(count "$again") | not asked"
[ "$(count "$again")" = "$every" ] || echo "there are $every capabilities" >&2

# setcap(8) writes the extended attribute security.capability; the file is on a tmpfs of this user namespace.
PATH=$PATH:/usr/sbin:/sbin
if command -v setcap >/dev/null; then
    in_room="mount -t tmpfs nslab /mnt; cp \$(command -v sed) /mnt/reader; setcap cap_net_bind_service=ep /mnt/reader"
    nobody="unshare --user --map-user=1000 --keep-caps setpriv --inh-caps=-all --ambient-caps=-all"
    # env(1) has nothing any more when it becomes the program: only that may gain something, or not.
    ask() { unshare --user --map-root-user --mount sh -c "$in_room; cp /mnt/reader /mnt/copy; $nobody $1 env $2 -n s/^CapEff:.//p $status"; }
    echo "capabilities of uid 1000 in a program whose file has CAP_NET_BIND_SERVICE: $before | $(name "$(ask "" /mnt/reader)") | $before"
    echo "capabilities in a copy of that file: not asked | $(name "$(ask "" /mnt/copy)") | not asked"
    echo "capabilities of uid 1000 from a file that has CAP_NET_BIND_SERVICE: not asked | $(name "$(ask --no-new-privs /mnt/reader)") | not asked"
fi

docker="setpriv --bounding-set=-all,@docker@"
echo "capabilities after execve(): not asked | $(count "$($root $docker $effective)") | not asked"
echo "mount() by root in a container: not asked | $(word "$($root $docker mount -t tmpfs nslab /mnt 2>&1)") | not asked"
echo "sethostname() by root in a container: not asked | $(word "$($root $docker $rename 2>&1)") | not asked"
echo "chroot() by root in a container: not asked | $(word "$($root $docker chroot / true 2>&1)") | not asked"
