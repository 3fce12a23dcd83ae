#!/usr/bin/env bash
# Everything that is checked, in the order in which it fails fastest, beside what takes longest. Each part ends with
# pytest's summary, the whole with the slowest tests, how long each part took here before, and what failed. `check.sh
# quick` is what takes a minute; other arguments go to pytest, which then runs on this machine's own kernel only.
set -euo pipefail
cd "$(dirname "$0")/.."

style() { # and types
    .venv/bin/ruff check
    .venv/bin/mypy
    shellcheck -x tools/*.sh tests/v2/*.sh tests/classroom/*.sh nslab/kernels/*.sh .ci/run vm/*.sh vm/nslab vm/nslab-url vm/delegate-v1
}

# Ctrl-C ends all of it, although pytest ends with a status of its own then.
beside=
failed=()
made=$(mktemp -d)
chmod 711 "$made" # an ordinary user writes his times below
times=$made/times
mkdir -m 1777 "$times" # for an ordinary user's, too
trap '[ -z "$beside" ] || kill -INT "$beside" || true; wait; rm -rf "$made"' EXIT
trap 'exit 130' INT TERM

# As many as there are CPUs: more do not end sooner, and others wait longer for a turn.
side_by_side=(-n logical --maxprocesses 4)

here() { # here WHAT PYTEST'S ARGUMENTS...: on this machine's own kernel
    echo "Begun: $1 ..."
    NSLAB_TEST_TIMES="$times/$1.json" .venv/bin/python -m pytest "${@:2}" || failed+=("$1")
}

begin() { # begin WHAT COMMAND...: beside the others
    echo "Begun: $1 ..."
    # A shell has what it starts in the background ignore Ctrl-C.
    NSLAB_TEST_TIMES="$times/$1.json" env --default-signal=INT "${@:2}" >"$made/beside" 2>&1 &
    beside=$!
}

finish() { # finish WHAT: wait for it, and show what it printed
    local ended=0
    wait "$beside" || ended=$?
    beside=
    echo "Ended: $1"
    cat "$made/beside"
    # 69: there is no such kernel here, as boot.sh has said. Only CI has to have it.
    [ "$ended" = 0 ] || { [ "$ended" = 69 ] && [ -z "${CI:-}" ]; } || failed+=("$1")
}

case "${1:-all}" in
quick)
    style
    here quick "${side_by_side[@]}" -q -m "not browser and not measured and (pure or not long)"
    ;;
all)
    # A v2 kernel has one CPU, which goes first, as something is measured there. Here that comes last, and alone.
    first=()
    [ "$(id -u)" != 0 ] || first=(nice -n -10)
    v2="the cgroup tests on a pure cgroup v2 kernel"
    begin "$v2" NSLAB_V2_UID="0 1234" NSLAB_V2_TIMEOUT=1800 "${first[@]}" tests/v2/boot.sh
    style
    here "what measures nothing" "${side_by_side[@]}" -m "not browser and not measured" --ignore=tests/test_ordinary_user.py
    here "the tests once more, as an ordinary user" tests/test_ordinary_user.py -k "side"
    here "the browser" tests/browser
    finish "$v2"
    here "what measures, and the lessons, as an ordinary user" tests/test_ordinary_user.py -k "not side"
    here "what measures" -m "measured and not browser"
    ;;
*)
    style
    exec .venv/bin/python -m pytest "$@"
    ;;
esac

.venv/bin/python -m tests.times "$times"
[ ${#failed[@]} = 0 ] || { printf 'Failed: %s\n' "${failed[@]}"; exit 1; }
echo "All passed."
