"""The cell magic %%c: a program in C is compiled, runs, and leaves nothing."""

import tempfile

import pytest

import nslab
from nslab.course import magics


def test_c_runs_a_program(capsys):
    magics.c(
        "one 'two three'", '#include <stdio.h>\nint main(int n, char **a) { printf("%d %s\\n", n, a[2]); return 4; }'
    )
    assert capsys.readouterr().out == "3 two three\n[exit status 4]\n"
    magics.c("", "#include <stdlib.h>\nint main(void) { abort(); }")
    assert capsys.readouterr().out == "[ended by SIGABRT]\n"


def test_c_shows_what_the_compiler_says(capsys):
    magics.c("", "int main(void) { return x; }")
    assert "cell:1:" in capsys.readouterr().out


def test_c_without_a_compiler_says_what_to_install(monkeypatch):
    monkeypatch.setattr(magics.shutil, "which", lambda _: None)
    with pytest.raises(nslab.Unsupported, match="apt-get install gcc"):
        magics.c("", "int main;")


def test_c_leaves_no_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    magics.c("", 'int main(void) { return access(".", F_OK); }\n#include <unistd.h>')
    assert list(tmp_path.iterdir()) == []
