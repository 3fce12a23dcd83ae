#!/usr/bin/env bash
# Everything that is checked, in the order in which it fails fastest. Ends with pytest's summary. Arguments go to pytest,
# which then runs on this machine's own kernel only.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check
.venv/bin/mypy
shellcheck tools/*.sh tests/v2/*.sh .ci/run vm/*.sh vm/nslab vm/nslab-url vm/delegate-v1
[ $# -eq 0 ] || exec .venv/bin/python -m pytest "$@"

# Ctrl-C ends all of it, although pytest ends with a status of its own then.
running=()
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
trap '[ ${#running[@]} = 0 ] || kill "${running[@]}"; exit 130' INT TERM
status=0
beside=tests/test_ordinary_user.py::test_as_an_ordinary_user
.venv/bin/python -m pytest "--deselect=$beside" || status=$?

# All at once: a kernel of v2 has one CPU, and the third measures nothing.
NSLAB_V2_UID='' tests/v2/boot.sh >"$logs/v2-root" 2>&1 &
running+=($!)
NSLAB_V2_UID=1234 tests/v2/boot.sh >"$logs/v2-1234" 2>&1 &
running+=($!)
.venv/bin/python -m pytest "$beside" >"$logs/ordinary" 2>&1 &
running+=($!)
names=(v2-root v2-1234 ordinary)
titles=("The cgroup tests on a pure cgroup v2 kernel, as root:"
    "The cgroup tests on a pure cgroup v2 kernel, as an ordinary user:" "On this kernel, as an ordinary user:")
for i in "${!names[@]}"; do
    ended=0
    wait "${running[i]}" || ended=$?
    echo "${titles[i]}"
    cat "$logs/${names[i]}"
    # 69: there is no such kernel here, as boot.sh has said. Only CI has to have it.
    [ "$ended" = 0 ] || { [ "$ended" = 69 ] && [ -z "${CI:-}" ]; } || status=$ended
done
exit "$status"
