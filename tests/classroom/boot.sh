#!/usr/bin/env bash
# Runs the tests of the class on a kernel of their own, whose first process is systemd (pure cgroup v2): `boot.sh
# [pytest's arguments]`. tests/v2/boot.sh boots it; init.sh tells what is in it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- -q -p no:cacheprovider tests/classroom/tier
NSLAB_V2_INIT=$here/init.sh exec "$here/../v2/boot.sh" "$@"
