"""The cell magic %%c: compile the cell as a C program, and run it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from nslab.errors import Unsupported
from nslab.signals import signal_name


def c(line: str, cell: str) -> None:
    """Compile the cell with `cc -Wall` in a directory that is removed afterwards, and run it.

    What stands after %%c are the program's arguments. Prints what the compiler or the program says, and the
    exit status when it is not 0. Raises `nslab.Unsupported` where there is no C compiler.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise Unsupported("a C compiler", "neither cc nor gcc is on the PATH", "sudo apt-get install gcc libc6-dev")
    with tempfile.TemporaryDirectory(prefix="nslab-c-") as directory:
        source, program = Path(directory, "cell.c"), Path(directory, "cell")
        source.write_text(cell)
        built = subprocess.run([compiler, "-Wall", "-o", str(program), str(source)], capture_output=True, text=True)
        if built.stderr:
            print(built.stderr.replace(str(source), "cell"), end="")
        if built.returncode == 0:
            _run([str(program), *shlex.split(line)])


def _run(argv: list[str]) -> None:
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout
            for text in process.stdout:
                print(text, end="", flush=True)
            status = process.wait()
        except BaseException:
            process.kill()
            raise
    if status:
        print(f"[exit status {status}]" if status > 0 else f"[ended by {signal_name(-status)}]")


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext nslab`: register %%c."""
    ipython.register_magic_function(c, magic_kind="cell", magic_name="c")
