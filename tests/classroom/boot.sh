#!/usr/bin/env bash
# Runs the tests of the class on a kernel of their own, whose first process is systemd (pure cgroup v2): `boot.sh
# [pytest's arguments]`. tests/v2/boot.sh boots it; init.sh tells what is in it. A container (systemd-nspawn) would boot
# sooner, but has this machine's cgroups, and where those are v1 there is no class.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export NSLAB_V2_TIMEOUT=${NSLAB_V2_TIMEOUT:-2400}
[ $# -gt 0 ] || set -- -q -p no:cacheprovider tests/classroom/tier
NSLAB_V2_INIT=$here/init.sh exec "$here/../v2/boot.sh" "$@"
