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

begin() { # begin NAME COMMAND...
    # A shell has what it starts in the background ignore Ctrl-C.
    env --default-signal=INT "${@:2}" >"$logs/$1" 2>&1 &
    running[$1]=$!
}

finish() { # finish NAME WHAT: wait for it, and show what it printed
    local ended=0
    wait "${running[$1]}" || ended=$?
    unset "running[$1]"
    echo "$2:"
    cat "$logs/$1"
    # 69: there is no such kernel here, as boot.sh has said. Only CI has to have it.
    [ "$ended" = 0 ] || { [ "$ended" = 69 ] && [ -z "${CI:-}" ]; } || failed+=("$2")
}

.venv/bin/python -m pytest --ignore=tests/test_ordinary_user.py || failed+=("the tests")

# Two at a time, as there may be two CPUs: that kernel has one, and what an ordinary user may do takes little of another.
begin root tests/v2/boot.sh
begin user NSLAB_V2_UID=1234 tests/v2/boot.sh
finish user "The cgroup tests on a pure cgroup v2 kernel, as uid 1234"
begin ordinary .venv/bin/python -m pytest tests/test_ordinary_user.py
finish ordinary "The tests once more, as an ordinary user"
finish root "The cgroup tests on a pure cgroup v2 kernel, as root"

[ ${#failed[@]} = 0 ] || { printf 'Failed: %s\n' "${failed[@]}"; exit 1; }
echo "All passed."
