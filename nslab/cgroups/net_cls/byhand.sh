#!/bin/sh
# Packets carry the class of the group that sent them. Needs root. Prints: asked for | expected | measured.
# The mount, the network and its rules are this script's own: no other process sees them.
[ "$1" = inside ] || exec unshare --mount --net --propagation private sh "$0" inside
set -e
PATH=$PATH:/usr/sbin:/sbin
mount -t tmpfs nslab /mnt
mkdir /mnt/net_cls
mount -t cgroup -o net_cls nslab /mnt/net_cls
group=/mnt/net_cls/nslab-by-hand
remove() {
    rmdir "$group"
    sleep 0.3   # a hierarchy goes with its last mount only when its cgroups have been gone for some moments
}
trap remove EXIT
trap 'exit 1' INT TERM

mkdir "$group"
echo '@hex@' >"$group/net_cls.classid"
ip link set lo up
if nft 'add table inet n; add chain inet n out { type filter hook output priority 0; }
        add rule inet n out meta cgroup @hex@ counter' 2>/dev/null; then
    counted() { nft list table inet n | sed -n 's/.*meta cgroup .*packets \([0-9]*\) .*/\1/p'; }
else   # a kernel without that: tc puts each packet into the class of its group
    tc qdisc add dev lo root handle @major@: htb
    tc class add dev lo parent @major@: classid @handle@ htb rate 100mbit
    tc filter add dev lo parent @major@: protocol ip prio 1 handle 1: cgroup
    counted() { tc -s class show dev lo classid @handle@ | sed -n 's/^ Sent .* bytes \([0-9]*\) pkt.*/\1/p'; }
fi
# The shell moves itself in ("0" means the writer) and becomes ping. What answers is the kernel, which is in no group.
sh -c 'echo 0 >"$1/cgroup.procs"; exec ping -q -c @packets@ -i 0.005 127.0.0.1' sender "$group" >/dev/null
echo "packets with class @handle@: the sender is inside | @packets@ | $(counted)"
echo "net_cls.classid says: the sender is inside | @number@ | $(cat "$group/net_cls.classid")"
