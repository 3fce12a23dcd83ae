#!/usr/bin/env bash
# Everything that is checked, in the order in which it fails fastest. Each part ends with pytest's summary, and the last
# line names what failed. Arguments go to pytest, which then runs on this machine's own kernel only.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check
.venv/bin/mypy
shellcheck tools/*.sh tests/v2/*.sh .ci/run vm/*.sh vm/nslab vm/nslab-url vm/delegate-v1
[ $# -eq 0 ] || exec .venv/bin/python -m pytest "$@"

# Ctrl-C ends all of it, although pytest ends with a status of its own then.
declare -A running=()
failed=()
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
trap '[ ${#running[@]} = 0 ] || kill -INT "${running[@]}"; wait; exit 130' INT TERM

begin() { # begin WHAT COMMAND...
    echo "Begun: $1 ..."
    # A shell has what it starts in the background ignore Ctrl-C.
    env --default-signal=INT "${@:2}" >"$logs/$1" 2>&1 &
    running[$1]=$!
}

finish() { # finish WHAT: wait for it, and show what it printed
    local ended=0
    wait "${running[$1]}" || ended=$?
    unset "running[$1]"
    echo "Ended: $1"
    cat "$logs/$1"
    # 69: there is no such kernel here, as boot.sh has said. Only CI has to have it.
    [ "$ended" = 0 ] || { [ "$ended" = 69 ] && [ -z "${CI:-}" ]; } || failed+=("$1")
}

.venv/bin/python -m pytest tests/browser tests/cgroups || failed+=("the tests that measure time")

# Two at a time, as there may be two CPUs: a v2 kernel has one, and the others take little of another.
v2_root="the cgroup tests on a pure cgroup v2 kernel, as root"
v2_user="the cgroup tests on a pure cgroup v2 kernel, as uid 1234"
begin "$v2_root" tests/v2/boot.sh
begin "the other tests" .venv/bin/python -m pytest --ignore=tests/browser --ignore=tests/cgroups \
    --ignore=tests/test_ordinary_user.py
finish "the other tests"
begin "the tests once more, as an ordinary user" .venv/bin/python -m pytest tests/test_ordinary_user.py
finish "$v2_root"
begin "$v2_user" NSLAB_V2_UID=1234 tests/v2/boot.sh
finish "the tests once more, as an ordinary user"
finish "$v2_user"

[ ${#failed[@]} = 0 ] || { printf 'Failed: %s\n' "${failed[@]}"; exit 1; }
echo "All passed."
