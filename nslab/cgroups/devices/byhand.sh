#!/bin/sh
# A group that may not open /dev/zero. Needs root. Prints: asked for | expected | measured.
# This is how v1 does it, on a mount that only this script sees. v2 has no file to write a rule to: see the C form.
[ "$1" = inside ] || exec unshare --mount --propagation private sh "$0" inside
set -e
mount -t cgroup -o devices nslab /mnt
group=/mnt/nslab-by-hand
remove() {
    rm -f "$node"
    rmdir "$group" 2>/dev/null || { sleep 0.1; rmdir "$group"; }   # busy for a moment after its last process
    sleep 0.3   # a hierarchy goes with its last mount only when its cgroups have been gone for some moments
}
trap remove EXIT
trap 'exit 1' INT TERM
mkdir -p "$group"
node=$(mktemp -u)   # a name for mknod

says() {   # run a command, and say how the kernel answered
    if message=$(LC_ALL=C "$@" 2>&1 >&4); then echo ok; return; fi
    case $message in *'not permitted'*) echo EPERM ;; *) echo "$message" ;; esac
}
(
    echo 0 >"$group/cgroup.procs"   # "0" means the writer: this subshell
    exec 3</dev/zero 4>/dev/null
    echo 'c 1:5 rwm' >"$group/devices.deny"   # character device 1:5, for reading, writing and mknod
    asked='deny c 1:5 rwm'
    echo "open /dev/zero to read: $asked | EPERM | $(says dd if=/dev/zero count=1 status=none)"
    echo "mknod of a second /dev/zero: $asked | EPERM | $(says mknod "$node" c 1 5)"
    echo "open /dev/null to read: $asked | ok | $(says dd if=/dev/null count=1 status=none)"
    echo "read from a /dev/zero opened before: $asked | ok | $(says dd count=1 status=none <&3)"
)
