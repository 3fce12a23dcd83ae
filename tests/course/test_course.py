import tempfile

import pytest

import nslab
from nslab.course import magics

pytestmark = pytest.mark.pure


def test_predict_asks_and_reveals():
    guess = nslab.predict("Which?", ["this", "that"])
    assert "( ) this" in repr(guess)
    assert guess.reveal("this").words == "You did not guess. The kernel said: this."
    bundle = guess._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    guess._buttons.value = "that"
    assert not guess.reveal("this").right
    assert guess.reveal("that").right
    assert "You said: that. The kernel said: this." in guess.reveal("this")._repr_html_()


@pytest.mark.parametrize(
    ("question", "options", "error"),
    [("", ["a", "b"], TypeError), (3, ["a", "b"], TypeError), ("q", "ab", TypeError), ("q", ["a"], ValueError),
     ("q", ["a", "a"], ValueError), ("q", list("abcde"), ValueError), ("q", ["a", 2], TypeError)],
)  # fmt: skip
def test_bad_questions_are_named(question, options, error):
    with pytest.raises(error, match=r"question=|options="):
        nslab.predict(question, options)


def test_reveal_takes_an_option():
    with pytest.raises(ValueError, match="observed='other' is not one of the options"):
        nslab.predict("Which?", ["this", "that"]).reveal("other")


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
