"""The two ways to install name the same things, and importing nslab stays light."""

from __future__ import annotations

import py_compile
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import nslab

pytestmark = pytest.mark.pure

ON_CONDA_FORGE = [
    "anywidget",
    "click",
    "cloudpickle",
    "ipywidgets",
    "jupyterlab",
    "matplotlib",
    "psutil",
    "pyroute2",
    "rich",
    "tblib",
]
"""Packages of which conda-forge was seen to have one by this very name (its feedstocks on GitHub, 2026-11-25)."""
ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())


def test_conda_and_pip_get_the_same():
    plain = [d for d in CONDA["dependencies"] if isinstance(d, str)]
    assert sorted(d for d in plain if not d.startswith(("python>", "pip"))) == sorted(PROJECT["dependencies"])
    assert f"python{PROJECT['requires-python']}" in plain
    assert {"pip": ["-e ."]} in CONDA["dependencies"]
    assert (CONDA["name"], CONDA["channels"]) == ("nslab", ["conda-forge"])


def test_conda_forge_has_every_name():
    assert sorted(Requirement(d).name for d in PROJECT["dependencies"]) == ON_CONDA_FORGE


def test_every_range_has_a_release_in_it_and_is_written_as_both_understand_it():
    for text in PROJECT["dependencies"]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(version(wanted.name)), f"{text}: {version(wanted.name)} is installed"
        # "~=" and markers are pip's alone.
        assert re.fullmatch(r"[a-z0-9]+>=[\d.]+", text)


def test_every_name_that_it_offers_is_there():
    for name in nslab.__all__:
        assert getattr(nslab, name) is not None


def test_all_of_it_compiles(tmp_path):
    """Also the programs of exercises, before values stand in them: who sets up the project compiles all."""
    for path in sorted((ROOT / "nslab").rglob("*.py")):
        py_compile.compile(str(path), cfile=str(tmp_path / "compiled"), doraise=True)


def test_importing_it_loads_nothing_heavy():
    code = "import sys, nslab; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {
        "matplotlib",
        "pyroute2",
        "ipywidgets",
        "rich",
        "cloudpickle",
        "psutil",
        "numpy",
        "IPython",
        "ctypes",
        "click",
    }
    assert not heavy & set(loaded)
