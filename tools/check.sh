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
v2=
failed=()
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
trap '[ -z "$v2" ] || kill -INT "$v2"; wait; exit 130' INT TERM

here() { # here WHAT PYTEST'S ARGUMENTS...: on this machine's own kernel
    echo "Begun: $1 ..."
    .venv/bin/python -m pytest "${@:2}" || failed+=("$1")
}

begin_v2() { # begin_v2 WHAT VARIABLE=VALUE...
    echo "Begun: $1 ..."
    # A shell has what it starts in the background ignore Ctrl-C.
    env --default-signal=INT "${@:2}" tests/v2/boot.sh >"$logs/v2" 2>&1 &
    v2=$!
}

finish_v2() { # finish_v2 WHAT: wait for it, and show what it printed
    local ended=0
    wait "$v2" || ended=$?
    v2=
    echo "Ended: $1"
    cat "$logs/v2"
    # 69: there is no such kernel here, as boot.sh has said. Only CI has to have it.
    [ "$ended" = 0 ] || { [ "$ended" = 69 ] && [ -z "${CI:-}" ]; } || failed+=("$1")
}

# A v2 kernel has one CPU, and what runs beside it takes little of another; what measures shares of a CPU runs alone.
root="the cgroup tests on a pure cgroup v2 kernel, as root"
user="the cgroup tests on a pure cgroup v2 kernel, as uid 1234"
begin_v2 "$root"
here "the other tests" --ignore=tests/browser --ignore=tests/cgroups --ignore=tests/test_ordinary_user.py
here "the tests once more, as an ordinary user" tests/test_ordinary_user.py
finish_v2 "$root"
begin_v2 "$user" NSLAB_V2_UID=1234
here "the browser" tests/browser
finish_v2 "$user"
here "the cgroup tests" tests/cgroups

[ ${#failed[@]} = 0 ] || { printf 'Failed: %s\n' "${failed[@]}"; exit 1; }
echo "All passed."
