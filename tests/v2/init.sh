#!/usr/bin/env bash
# The first process inside boot.sh's kernel: makes a machine with a pure cgroup v2, runs pytest in it, switches it off.

# What systemd does for a user: a cgroup of one's own, with every controller, and a process that starts in it.
delegate() { # delegate UID
    local uid=$1 group=/sys/fs/cgroup/delegated
    mkdir "$group"
    sed 's/[^ ]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
    chown "$uid:$uid" "$HOME" "$group" "$group"/cgroup.{procs,subtree_control,threads}
    cd /media/project
    export PYTHONPATH=/media/project
    # shellcheck disable=SC2016  # the inner shell expands it, so that it alone moves, and becomes pytest
    as=(sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" setpriv "--reuid=$uid" "--regid=$uid" --clear-groups)
}

tests_as() { # tests_as UID: 0 is root; its status becomes the whole one's
    local as=() times=/tmp/times-$1
    cd "$project"
    export HOME=/tmp/home-$1 NSLAB_TEST_TIMES=$times
    mkdir "$HOME"
    # What asks nothing of who runs it has been seen as root.
    local his=("${arguments[@]}")
    [ "$1" = 0 ] || [ "${uids[*]}" = "$1" ] || his=("${arguments[@]/%not any_version/not any_version and not any_user}")
    # And a user does after root what he can, too.
    export NSLAB_USER_FOLLOWS=
    [ "$1" != 0 ] || [ "${#uids[@]}" = 1 ] || NSLAB_USER_FOLLOWS=yes
    [ "$1" = 0 ] || delegate "$1"
    # Through a pipe, as pytest takes the console for somebody's terminal.
    "${as[@]}" .venv/bin/python -m pytest "${his[@]}" </dev/null 2>&1 8>&- 9>&- | cat >/dev/tty1 || status=$?
    [ ! -s "$times" ] || echo "$1 $(cat "$times")" >&8
}

run() {
    set -euo pipefail
    cover_the_host
    # Everyone can reach this place, while the project may be in somebody's home directory, or below what is mounted next.
    mkdir /media/project
    mount --bind "$project" /media/project
    make_the_machine "$project"
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    stty -F /dev/tty1 -onlcr
    local uid status=0
    for uid in "${uids[@]}"; do tests_as "$uid"; done
    echo "$status" >&9
}

main() {
    [ $$ = 1 ] || { echo "boot.sh starts this: on a real machine it would switch that off." >&2; exit 1; }
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
    local project uids arguments
    # shellcheck source=/dev/null
    . "${0%/*}/job" || exit
    # shellcheck source=nslab/kernels/machine.sh
    . "${0%/*}/machine.sh" || exit
    exec 8>"${0%/*}/times" 9>"${0%/*}/status"
    (run)
    exec 8>&- 9>&-
    echo o >/proc/sysrq-trigger
    sleep 10
}

main
