#!/usr/bin/env bash
# Everything that is checked, in the order in which it fails fastest. Ends with pytest's summary. Arguments go to pytest,
# which then runs on this machine's own kernel only.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check
.venv/bin/mypy
shellcheck tools/*.sh tests/v2/*.sh .ci/run
[ $# -eq 0 ] || exec .venv/bin/python -m pytest "$@"

# Ctrl-C ends all of it, although pytest ends with a status of its own then.
trap 'exit 130' INT
status=0
.venv/bin/python -m pytest || status=$?
for uid in "" 1234; do
    echo "The cgroup tests on a pure cgroup v2 kernel, as ${uid:-root}:"
    ended=0
    NSLAB_V2_UID=$uid tests/v2/boot.sh || ended=$?
    # 69: there is no such kernel here, as boot.sh has said. Only CI has to have it.
    [ "$ended" = 0 ] || { [ "$ended" = 69 ] && [ -z "${CI:-}" ]; } || status=$ended
done
exit "$status"
