#!/usr/bin/env bash
# Removes what setup and the tests made in this directory, after what a killed kernel may have left on the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
[ ! -x .venv/bin/nslab ] || .venv/bin/nslab clean || echo "nslab clean could not run; going on." >&2
rm -rf .venv build dist ./*.egg-info .pytest_cache .ruff_cache .mypy_cache artifacts bench.json
find . \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -prune -exec rm -rf {} +
