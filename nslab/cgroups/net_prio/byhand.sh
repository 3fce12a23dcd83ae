#!/bin/sh
# Packets get the priority of their group on an interface. Needs root. Prints: asked for | expected | measured.
# No other process sees the mount. The kernel has priorities for the interfaces of the first network namespace alone, so
# the packets go over the machine's own lo, and are counted by a table of rules that changes nothing.
[ "$1" = inside ] || exec unshare --mount --propagation private sh "$0" inside
set -e
PATH=$PATH:/usr/sbin:/sbin
mount -t tmpfs nslab /mnt
mkdir /mnt/net_prio
mount -t cgroup -o net_prio nslab /mnt/net_prio
group=/mnt/net_prio/nslab-by-hand
remove() {
    nft delete table inet nslab_by_hand 2>/dev/null || :
    rmdir "$group"
    sleep 0.3   # a hierarchy goes with its last mount only when its cgroups have been gone for some moments
}
trap remove EXIT
trap 'exit 1' INT TERM

mkdir "$group"
echo 'lo @priority@' >"$group/net_prio.ifpriomap"
nft 'add table inet nslab_by_hand
     add chain inet nslab_by_hand in { type filter hook input priority 0; }
     add rule inet nslab_by_hand in iif lo icmp type echo-request meta priority @match@ counter'
# The shell moves itself in ("0" means the writer) and becomes ping.
sh -c 'echo 0 >"$1/cgroup.procs"; exec ping -q -c @packets@ -i 0.005 127.0.0.1' sender "$group" >/dev/null
counted=$(nft list table inet nslab_by_hand | sed -n 's/.*meta priority .* packets \([0-9]*\) .*/\1/p')
echo "packets with priority @priority@: lo @priority@ | @packets@ | $counted"
echo "net_prio.ifpriomap says: lo @priority@ | lo @priority@ | $(grep '^lo ' "$group/net_prio.ifpriomap")"
