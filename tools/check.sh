#!/usr/bin/env bash
# Everything that is checked, in the order in which it fails fastest. Ends with pytest's summary.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check
.venv/bin/mypy
shellcheck tools/*.sh .ci/run
exec .venv/bin/python -m pytest "$@"
