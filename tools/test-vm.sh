#!/usr/bin/env bash
# The whole VM, for real: `make test-vm`, or `tools/test-vm.sh [default|v1]...`. It takes half an hour and more for each
# machine where there is no KVM. As root, on Debian, since it builds the box from Debian's packages with the script that
# NSLAB_MAKE_BOX names, or tests a box that lies at $cache/debian12.box. What was made is kept in $cache for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nslab-vm
make_box=${NSLAB_MAKE_BOX:-../shared/vm/make-box}
# shellcheck source=tools/packages.sh
. tools/packages.sh

[ "$(id -u)" = 0 ] || { echo "test-vm starts libvirt and builds a disk: sudo make test-vm" >&2; exit 1; }
packages vagrant vagrant-libvirt libvirt-daemon-system libvirt-clients qemu-utils qemu-system-x86 rsync \
    mmdebstrap extlinux syslinux-common parted dosfstools
mkdir -p "$cache/wheels"
if [ ! -s "$cache/debian12.box" ]; then
    [ -x "$make_box" ] || { echo "There is no $cache/debian12.box, and no $make_box to build it with." >&2; exit 1; }
    "$make_box" "$cache/debian12.box"
fi

# The packages are fetched once, by the host, as a teacher does for a class (docs/vm.md).
mapfile -t needed < <(.venv/bin/python -c "
import tomllib
project = tomllib.load(open('pyproject.toml', 'rb'))
print(*project['build-system']['requires'], *project['project']['dependencies'], sep='\n')")
echo "Fetching the Python packages ..."
.venv/bin/pip download --quiet --disable-pip-version-check --only-binary :all: --python-version 3.11 \
    --find-links "$cache/wheels" --dest "$cache/wheels" wheel "${needed[@]}"

exec .venv/bin/python -m tests.vm "$cache" "$@"
