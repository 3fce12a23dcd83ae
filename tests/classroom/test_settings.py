"""class.toml: what is written there is taken as it is, or refused by a sentence with the value and what is allowed."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime

import pytest

from nslab.classroom import settings
from nslab.course.checking.exercise import all_exercises

pytestmark = pytest.mark.pure


def parsed(text, beside="."):
    from pathlib import Path

    return settings.parsed(tomllib.loads(text), Path(beside))


def test_the_file_that_init_writes_says_what_holds_without_it():
    assert parsed(settings.template()) == settings.Settings(learners=())


def test_each_setting_stands_in_the_file_that_init_writes():
    text = settings.template()
    for name in ("learners", "learners_file", *settings._CHECKS, *settings._LIMITS):
        assert re.search(rf"^(# )?{name} = ", text, re.MULTILINE), name


def test_each_example_in_it_is_one_that_is_taken(tmp_path):
    (tmp_path / "learners.csv").write_text("anna,7b\nben,7b\n\n")
    for name in ("class.crt", "class.key"):
        (tmp_path / name).touch()
    text = re.sub(r"^# (?=[a-z_-]+ = )", "", settings.template(), flags=re.MULTILINE)
    found = parsed(text.replace("/etc/nslab", str(tmp_path)), tmp_path)
    assert found.learners == ("anna", "ben")
    assert found.lessons == ("02", "03", "04")
    assert found.deadline == datetime(2027, 1, 31, 17, tzinfo=UTC)
    assert found.weight("uts-two-names") == 2
    assert found.weight("uts-pod") == 1
    assert {each.lesson for each in all_exercises() if each.name in found.exercises} == {"02", "03", "04"}


@pytest.mark.parametrize(("text", "named", "allowed"), [
    ("learner = []", "learner", "learners"),
    ("[limits]\nmem = 1", "limits.mem", "memory"),
    ('learners = ["Anna"]', "'Anna'", "small letters"),
    ('learners = ["../x"]', "'../x'", "small letters"),
    ('learners = ["a b"]', "'a b'", "small letters"),
    ("learners = [7]", "7", "small letters"),
    ('learners = ["' + "a" * 21 + '"]', "a" * 21, "1 to 20"),
    ('learners = ["classy"]', "'classy'", "begin with class"),
    ('learners = ["anna", "ben", "anna"]', "'anna'", "once"),
    ("learners = 'anna'", "'anna'", "list"),
    (f"learners = [{', '.join(repr(f'l{n}') for n in range(201))}]", "201", "200"),
    ('learners_file = "/none"', "'/none'", "a name in each line"),
    ("port = 0", "0", "1 to 65535"),
    ("port = 8000.5", "8000.5", "whole"),
    ("port = true", "True", "1 to 65535"),
    ('address = "here"', "'here'", "127.0.0.1"),
    ('tls_key = "/etc/passwd"', "tls_certificate", "both"),
    ('tls_key = "class.key"\ntls_certificate = "class.crt"', "'class.crt'", "absolute"),
    ('lessons = ["2"]', "2", '"02"'),
    ("lessons = []", "[]", "02"),
    ("deadline = 2027-01-31", "2027-01-31", "offset"),
    ("deadline = 2027-01-31T18:00:00", "2027-01-31", "offset"),
    ("[limits]\nmemory = '1M'", "'1M'", "256 MiB"),
    ("[limits]\nmemory = 'much'", "'much'", "64M"),
    ("[limits]\ncpu = 0", "0", "5 to"),
    ("[limits]\ncpu_weight = 10001", "10001", "1 to 10000"),
    ("[limits]\ntasks = 5", "5", "100 to"),
    ("limits = 5", "5", "[limits]"),
    ("[weights]\nuts-two-name = 1", "'uts-two-name'", "uts-two-names"),
    ("[weights]\nuts-two-names = -1", "-1", "0 to 100"),
])  # fmt: skip
def test_what_is_not_allowed_is_refused_in_one_sentence(text, named, allowed):
    with pytest.raises((ValueError, TypeError)) as e:
        parsed(text)
    assert named in str(e.value)
    assert allowed in str(e.value)
    assert "\n" not in str(e.value)


def test_a_file_that_is_no_toml_is_named(tmp_path):
    (tmp_path / "class.toml").write_text("learners = [")
    with pytest.raises(ValueError, match=r"class.toml is no TOML"):
        settings.read(tmp_path / "class.toml")
