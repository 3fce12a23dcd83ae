#!/usr/bin/env bash
# Makes .venv and installs the project: `setup.sh lab` what the course needs, `setup.sh test` also what the tests need,
# `setup.sh class` also what a class on this machine needs (docs/class.md).
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-lab}

# shellcheck source=tools/packages.sh
. tools/packages.sh

# The system's own Python first: one in somebody's home directory cannot be read by other users.
find_python() {
    local candidate
    for candidate in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
        if python=$(command -v "$candidate") && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

if ! find_python; then
    ! command -v dpkg-query >/dev/null || packages python3 python3-venv
    find_python || { echo "nslab needs Python 3.11 or newer, and finds none as /usr/bin/python3 or on the PATH." >&2; exit 1; }
fi
if command -v dpkg-query >/dev/null; then
    if [ ! -x .venv/bin/pip ] && ! "$python" -c 'from ensurepip import version' 2>/dev/null; then
        packages python3-venv
    fi
    [ "$what" != class ] || packages systemd dbus passwd libpam-modules
    if [ "$what" = test ]; then
        packages gcc libc6-dev make iproute2 nftables iputils-ping util-linux hostname procps shellcheck runc chromium fonts-noto-cjk e2fsprogs linux-perf ruby strace systemd sudo
        # Debian has this kernel for PCs only, and recommends a network daemon with it.
        [ "$(uname -m)" != x86_64 ] || packages --no-install-recommends user-mode-linux kmod
        # For `vagrant validate`. Not every release has it; a test that needs it says so.
        ! apt-cache show vagrant >/dev/null 2>&1 || packages --no-install-recommends vagrant
    fi
fi

if [ ! -x .venv/bin/pip ]; then
    echo "Making .venv with $python ..."
    "$python" -m venv --clear .venv
fi
extra=
[ "$what" = lab ] || extra="[$what]"
echo "Installing nslab$extra into .venv (a minute or two the first time) ..."
.venv/bin/pip install --quiet --disable-pip-version-check --editable ".$extra" ||
    { echo "pip could not install: is there a network? Run make again when there is." >&2; exit 1; }
# pip compiles what it installs, but not what it leaves here; and who runs it may not write here, or not want to.
.venv/bin/python -m compileall -q nslab
touch .venv/.lab ".venv/.$what"
