#!/bin/sh
# A group writes and reads a disk no faster than its limits. Needs root. Prints: asked for | expected | measured.
set -e
group='@blkio@/nslab-by-hand'
device='' loads='' image=''
remove() {
    [ -z "$loads" ] || kill -9 $loads 2>/dev/null || :
    wait
    [ -z "$device" ] || losetup --detach "$device"
    [ -z "$image" ] || rm -f "$image"
    [ ! -d "$group" ] || rmdir "$group" 2>/dev/null || { sleep 0.1; rmdir "$group"; }   # busy for a moment after the kill
}
trap remove EXIT
trap 'exit 1' INT TERM
enable() { @enable@; }   # v2: which controllers a group's children get
sectors() { awk '{ print $3, $7 }' "/sys/block/${device#/dev/}/stat"; }   # of 512 bytes: read, written

# The disk is a file in the shape of one: a loop device, ten seconds long.
image=$(mktemp /var/tmp/nslab-by-hand-XXXXXX)
truncate -s $((10 * @rate@)) "$image"
device=$(losetup --find --show "$image")
numbers=$(cat "/sys/block/${device#/dev/}/dev")

enable '@blkio@'
mkdir -p "$group"
@limits@

# "0" moves the shell that becomes dd. "direct" goes past all caches: what is in memory, no disk can slow down.
start() { { echo 0 >"$group/cgroup.procs"; exec dd bs=@block@ "$@" 2>/dev/null; } & loads="$loads $!"; }
start if=/dev/zero of="$device" oflag=direct conv=notrunc
start if="$device" of=/dev/null iflag=direct
sleep 0.5   # the kernel starts with a burst, and goes on in small ones: so it takes some seconds to be exact
{ sectors; cut -d' ' -f1 /proc/uptime; sleep 5; sectors; cut -d' ' -f1 /proc/uptime; } | tr '\n' ' ' | awk '{
    rate = @rate@ / 2 ^ 20; second = 2048 * ($6 - $3)   # sectors of a MiB, times seconds
    printf "write, MiB per second: wbps @asked@ | %.4g | %.3f\n", rate, ($5 - $2) / second
    printf "read, MiB per second: rbps @asked@ | %.4g | %.3f\n", rate, ($4 - $1) / second
}'
