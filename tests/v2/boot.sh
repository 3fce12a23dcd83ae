#!/usr/bin/env bash
# Runs tests on a pure cgroup v2 kernel, whatever this machine's own is: `boot.sh [pytest's arguments]`.
# User-mode Linux is a kernel that runs as a process; it boots on this machine's file tree, and init.sh sees to it that
# nothing is written there. NSLAB_V2_UID=1234 runs the tests as that user, NSLAB_V2_UID="0 1234" as root and then as that
# user; NSLAB_V2_TIMEOUT=900 ends them; NSLAB_V2_INIT is another first process (tests/classroom). Where NSLAB_TEST_TIMES is
# set (tests/times.py), each user's go to a file beside it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
limit=${NSLAB_V2_TIMEOUT:-900}
PATH=$PATH:/usr/sbin:/sbin
for needed in linux.uml:user-mode-linux insmod:kmod mkfs.ext4:e2fsprogs "gcc:gcc libc6-dev"; do
    command -v "${needed%:*}" >/dev/null ||
        { echo "There is no ${needed%:*}: sudo apt-get install --no-install-recommends ${needed#*:}" >&2; exit 69; }
done
[ $# -gt 0 ] || set -- -q -p no:cacheprovider -m "not pure and not any_version" tests/cgroups tests/lab/test_strangers.py \
    tests/exercises/test_exercises.py

# Not in $TMPDIR: the kernel's command line takes no path with a space, and no long one.
dir=$(mktemp -d /tmp/nslab-v2-XXXXXX)
kernel=
timer=
# shellcheck disable=SC2317  # the trap calls it
end() {
    # All processes of the kernel are in one group, which it makes itself.
    [ -z "$kernel" ] || kill -KILL -- "$kernel" "-$kernel" || true
    [ -z "$timer" ] || kill "$timer" || true
    rm -rf "$dir"
} 2>/dev/null
trap end EXIT

[ ! -t 1 ] || export PY_COLORS=1
install -m 755 "${NSLAB_V2_INIT:-$here/init.sh}" "$dir/init"
cp "$here/../../nslab/kernels/machine.sh" "$dir/machine.sh"
touch "$dir/times"
gcc -O1 -Wall -Wextra -shared -fPIC -o "$dir/xstate.so" "$here/../../nslab/kernels/xstate.c"
{
    project=${here%/tests/v2} arguments=("$@")
    read -ra uids <<<"${NSLAB_V2_UID:-0}"
    declare -p project uids arguments
    declare -p CI PY_COLORS 2>/dev/null || true
} >"$dir/job"

# A disk and one to swap to, since the root file system is in memory: what reclaims and what swaps needs them.
truncate -s 256M "$dir/disk" "$dir/swap"
mkfs.ext4 -q "$dir/disk"
mkswap -q "$dir/swap"

# The kernel keeps its memory in a file in /dev/shm, which a container may have too small for that.
free=$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)
[ "${free:-0}" -gt 2097152 ] || export TMPDIR=$dir
# Kernel messages go to a file, the tests' output through a pipe: the kernel would leave a terminal raw and unblocked.
mkfifo "$dir/output"
cat "$dir/output" &
output=$!
LD_PRELOAD=$dir/xstate.so linux.uml mem=2G rootfstype=hostfs rootflags=/ rw quiet "init=$dir/init" "uml_dir=$dir" \
    "ubd0=$dir/disk" "ubd1=$dir/swap" con=null con0=null,fd:2 con1=null,fd:1 </dev/null >"$dir/output" 2>"$dir/console" &
kernel=$!
sleep "$limit" &
timer=$!
# How nice it is counts among the processes of its session alone, and the kernel begins one of its own (sched(7), on
# autogroups): between sessions it is the session that is nice.
for _ in {1..100}; do
    [ "$(($(ps -o sid= -p "$kernel")))" != "$kernel" ] || break
    sleep 0.05
done
[ "$(nice)" = 0 ] || nice >"/proc/$kernel/autogroup" || true
{
    wait -n -p first "$kernel" "$timer" || true
    kill -KILL -- "-$kernel" || true
    kernel=
    wait "$output"
} 2>/dev/null

while [ -n "${NSLAB_TEST_TIMES:-}" ] && read -r uid times; do
    echo "$times" >"${NSLAB_TEST_TIMES%.json}, uid $uid.json"
done <"$dir/times"
if [ ! -s "$dir/status" ]; then
    tail -n 40 "$dir/console" >&2
    [ "$first" != "$timer" ] || { echo "The v2 kernel was ended after $limit seconds (NSLAB_V2_TIMEOUT)." >&2; exit 124; }
    echo "The v2 kernel ended before the tests did." >&2
    exit 70
fi
exit "$(cat "$dir/status")"
