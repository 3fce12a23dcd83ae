#!/usr/bin/env bash
# The first process inside v2/boot.sh's kernel: lays memory over the machine's files, and becomes systemd, which runs
# pytest as one of its services and switches the machine off.

# What the host's systemd would start, and a kernel without devices and without a network has no use for.
UNUSED="systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket
    systemd-hwdb-update.service systemd-timesyncd.service systemd-networkd.service systemd-resolved.service
    systemd-modules-load.service systemd-random-seed.service systemd-machine-id-commit.service tmp.mount
    dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount
    systemd-remount-fs.service systemd-fsck-root.service systemd-logind.service getty.target"

# The tests are a service of that systemd, as those that they start are; their output goes to the host's.
write_the_units() { # write_the_units PYTEST'S ARGUMENTS...
    local units=/etc/systemd/system
    for unit in $UNUSED; do ln -sf /dev/null "$units/$unit"; done
    # Debian's empties /tmp, where the project may be.
    ln -sf /dev/null /etc/tmpfiles.d/tmp.conf
    printf '#!/bin/sh\ncd /media/project || exit\nstty -F /dev/tty1 -onlcr\n{ .venv/bin/python -m pytest %s 2>&1; echo $? >/media/out/status; } | cat >/dev/tty1\n' \
        "$(printf '%q ' "$@")" >/usr/local/bin/run-the-tests
    chmod 755 /usr/local/bin/run-the-tests
    # systemd takes away what is mounted before it without a unit.
    cat >"$units/media-project.mount" <<END
[Mount]
What=$project
Where=/media/project
Options=bind
END
    cat >"$units/media-out.mount" <<END
[Mount]
What=none
Where=/media/out
Type=hostfs
Options=$dir
END
    cat >"$units/tests.target" <<END
[Unit]
Requires=basic.target tests.service dbus.service
After=basic.target dbus.service
END
    cat >"$units/tests.service" <<END
[Unit]
After=basic.target dbus.service
RequiresMountsFor=/media/project /media/out
[Service]
ExecStart=/usr/local/bin/run-the-tests
ExecStopPost=/bin/systemctl poweroff --force --force
Environment=HOME=/root LANG=C.UTF-8 NSLAB_CLASS_TIER=1 CI=${CI:-} PY_COLORS=${PY_COLORS:-}
TimeoutStartSec=infinity
END
}

run() {
    set -euo pipefail
    cover_the_host
    mount -t proc proc /proc
    # PrivateTmp hides /tmp from learners: the course is where anybody can read it.
    mkdir -p /media/project /media/out
    sed -i "s#$project#/media/project#g" "$project"/.venv/lib/python3*/site-packages/__editable__*nslab*
    # Notes of the machine's own sessions, and the systemd that it may have, are none of this kernel's.
    mount -t tmpfs -o mode=755 run /run
    echo uml >/etc/hostname
    echo 0123456789abcdef0123456789abcdef >/etc/machine-id
    write_the_units "${arguments[@]}"
}

main() {
    [ $$ = 1 ] || { echo "boot.sh starts this: on a real machine it would switch that off." >&2; exit 1; }
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
    # shellcheck disable=SC2034  # boot.sh hands on whom v2 runs as
    local dir=${0%/*} project uids arguments
    # shellcheck source=/dev/null
    . "$dir/job" || exit
    # shellcheck source=nslab/kernels/machine.sh
    . "$dir/machine.sh" || exit
    run || exit
    exec /lib/systemd/systemd --unit=tests.target --show-status=false
}

main
