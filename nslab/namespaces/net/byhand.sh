#!/bin/sh
# Networks between a stand-in for the host and sandboxes. Prints: host before | inside | host after.
# The stand-in is an outer network namespace, so that nothing is made on the machine's own network.
PATH=$PATH:/usr/sbin:/sbin
as_root=
[ "$(id -u)" = 0 ] || as_root="--user --map-root-user"

# shellcheck disable=SC2016,SC2086
exec unshare $as_root --net sh -c '
    box() { unshare --net sleep 60 >/dev/null & eval "$1=$!"; while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do :; done; }
    in_box() { pid=$1; shift; nsenter --target "$pid" --net "$@"; }
    names() { "$@" ip -o link | sed "s/^[0-9]*: //; s/[@:].*//" | sort | tr "\n" " " | sed "s/ $//"; }
    lo_is() { if "$@" ip link show lo | grep -q ",UP"; then echo up; else echo down; fi; }
    trap "kill \$a \$b \$c 2>/dev/null" EXIT

    ip link set lo up
    ip link add eth0 type veth peer name wire
    box a
    echo "interfaces: $(names) | $(names in_box $a) | $(names)"
    echo "lo is: $(lo_is) | $(lo_is in_box $a) | $(lo_is)"

    # A wire: one end here, the other inside.
    answer=$(in_box $a ping -c 1 -W 1 10.77.0.1 2>&1) || case $answer in *"etwork is unreachable"*) answer=ENETUNREACH ;; esac
    echo "ping 10.77.0.1 from inside, with no wire: – | $answer | –"
    ip link add veth0 type veth peer name veth1
    ip link set veth1 netns $a
    ip addr add 10.77.0.1/24 dev veth0
    ip link set veth0 up
    in_box $a ip addr add 10.77.0.2/24 dev veth1
    in_box $a ip link set veth1 up
    counted() { "$@" sh -c "grep ^Icmp: /proc/self/net/snmp" | awk "NR == 1 { for (i = 1; i <= NF; i++) if (\$i == \"InEchos\") n = i } NR == 2 { print \$n }"; }
    before=$(counted env)
    in_box $a ping -c 1 -W 5 10.77.0.1 >/dev/null && answer=reply
    echo "ping 10.77.0.1 from inside, over a veth pair: – | $answer | –"
    echo "echo requests received: $before | $(counted in_box $a) | $(counted env)"
    ip link del veth0

    # A switch: two sandboxes on one bridge.
    box b
    ip link add bridge0 type bridge
    ip link set bridge0 up
    i=1
    for pid in $a $b; do
        ip link add port$i type veth peer name eth$i netns $pid
        ip link set port$i master bridge0 up
        in_box $pid ip addr add 10.77.0.$((i + 1))/24 dev eth$i
        in_box $pid ip link set eth$i up
        i=$((i + 1))
    done
    in_box $a ping -c 1 -W 5 10.77.0.3 >/dev/null && answer=reply
    echo "ping from one sandbox to the other, over a bridge: – | $answer | –"
    echo "interfaces that the first sandbox sees: – | $(names in_box $a) | –"
    ip link del bridge0

    # Routes and sysctls.
    ip addr add 10.77.0.3/24 dev wire
    ip link set wire up
    ip addr add 10.77.0.1/24 dev eth0
    ip link set eth0 up
    box c
    routes() { "$@" ip -4 route show table main | wc -l; }
    echo "IPv4 routes: $(routes env) | $(routes in_box $c) | $(routes env)"
    forward=/proc/sys/net/ipv4/ip_forward
    before=$(cat $forward)
    in_box $c sh -c "echo $((1 - before)) >$forward"
    echo "sysctl net.ipv4.ip_forward: $before | $(in_box $c cat $forward) | $(cat $forward)"

    # nftables rules.
    tables() { "$@" nft list tables | wc -l; }
    if before=$(nft list tables 2>/dev/null | wc -l) && in_box $c nft add table inet nslab 2>/dev/null; then
        echo "nftables tables: $before | $(tables in_box $c) | $(tables env)"
    fi

    # An interface that moves, and one that goes with the last process.
    where() { name=$1; shift; if "$@" ip link show "$name" >/dev/null 2>&1; then echo here; else echo gone; fi; }
    ip link add traveller type veth peer name stays
    before=$(where traveller env)
    ip link set traveller netns $c
    echo "an interface that is moved inside: $before | $(where traveller in_box $c) | $(where traveller env)"
    ip link add outer type veth peer name inner netns $c
    before=$(where outer env) inside=$(where inner in_box $c)
    kill $c
    for _ in 1 2 3 4 5 6 7 8 9 10; do [ "$(where outer env)" = gone ] || sleep 0.1; done
    echo "the outer end of a pair, when the sandbox has ended: $before | $inside | $(where outer env)"
' 2>/dev/null
