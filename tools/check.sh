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
.venv/bin/python -m pytest || status=$?

# Both at once: that kernel has one CPU.
users=(root 1234)
for user in "${users[@]}"; do
    NSLAB_V2_UID=${user/root/} tests/v2/boot.sh >"$logs/$user" 2>&1 &
    running+=($!)
done
for i in "${!users[@]}"; do
    ended=0
    wait "${running[i]}" || ended=$?
    echo "The cgroup tests on a pure cgroup v2 kernel, as ${users[i]}:"
    cat "$logs/${users[i]}"
    # 69: there is no such kernel here, as boot.sh has said. Only CI has to have it.
    [ "$ended" = 0 ] || { [ "$ended" = 69 ] && [ -z "${CI:-}" ]; } || status=$ended
done
exit "$status"
