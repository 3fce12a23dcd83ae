#!/usr/bin/env bash
# Makes the VM start with cgroup v1 alone, as distributions did until about 2021. Vagrant restarts it afterwards.
set -euo pipefail
words="systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1"

if grep -qF "$words" /proc/cmdline; then
    echo "nslab: cgroup v1 is here; nothing to do."
    exit 0
fi
if command -v update-grub >/dev/null; then
    # A file of its own, which a new version of the package leaves alone.
    mkdir -p /etc/default/grub.d
    echo "GRUB_CMDLINE_LINUX=\"\$GRUB_CMDLINE_LINUX $words\"" >/etc/default/grub.d/nslab.cfg
    said=$(update-grub 2>&1) || { printf '%s\n' "$said" "nslab: update-grub failed, see above." >&2; exit 1; }
elif [ -f /boot/extlinux/extlinux.conf ]; then
    grep -qF "$words" /boot/extlinux/extlinux.conf || sed -i "s/^ *APPEND .*/& $words/" /boot/extlinux/extlinux.conf
else
    echo "nslab: this box starts neither by GRUB nor by extlinux. Add to its kernel's command line: $words" >&2
    exit 1
fi
# Gone after the restart; vm/host.rb looks for it.
touch /run/nslab-reboot
echo "nslab: cgroup v1 will be here after a restart."
