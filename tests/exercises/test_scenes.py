"""Scenes as they are held by a process of their own, and the commands that begin, check and end them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nslab.course import record
from nslab.course.checking import scenes
from nslab.course.checking.scene import Member, Scene
from nslab.lab.upkeep import cgroup_cleanup, registry, session
from nslab.linux import ns, process

NAME, OTHER, BARE = "net-who-shares", "memory-ceiling", "uts-two-names"
"""One with sandboxes, one with a cgroup, one without a scene."""
ROLES = ("web", "db", "cache")
PASSED, NOT_YET, BAD, CANNOT = 0, 1, 2, 69
ENV = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def nslab(*args, **more):
    """The command, as in a terminal that this process is."""
    return subprocess.run([sys.executable, "-P", "-m", "nslab", *args], capture_output=True, text=True, timeout=60,
                          env={**ENV, **more})  # fmt: skip


def begun(name, *args):
    """The scene of an exercise; skips where this machine or this user cannot have it."""
    done = nslab("exercises", name, *args)
    if done.returncode == CANNOT:
        pytest.skip(done.stderr.replace("\n", " "))
    assert done.returncode == 0, done.stderr
    return scenes.find(name)


def python(code, **more):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env={**ENV, **more})


def becomes(wanted, seconds=15.0):
    assert cgroup_cleanup.wait_until(wanted, seconds), "it did not come about"


def left(held):
    """What is there of a scene."""
    pids = [held.holder, *(each.pid for each in held.scene.members.values())]
    places = [directory for group in held.scene.groups.values() for _, directory in group.values()]
    runs = [pid for pid in pids if Path(f"/proc/{pid}").exists() and process.runs(pid)]
    noted = [registry.directory() / held.scene.session]
    return [*runs, *filter(os.path.isdir, places), *filter(Path.exists, noted)]


def right_one(held):
    return next(role for role in ROLES if ns.inode("net", held.scene.pid(role)) == ns.inode("net"))


@pytest.fixture(autouse=True)
def _no_scene_stays():
    yield
    assert nslab("exercises", "--end").returncode == 0
    assert list(scenes.held()) == []


# -- how long it lives -------------------------------------------------------------------------------------------------


def test_a_second_process_finds_the_scene_of_the_first():
    held = begun(NAME)
    shown = json.loads(nslab("exercises", NAME, "--json").stdout)
    assert shown["given"] == list(held.scene.given)
    assert scenes.find(NAME) == held, "it was not made once more"
    assert python(f"import nslab; print(nslab.exercise({NAME!r}).run('db', 'hostname').stdout)").stdout.strip() == "db"
    listed = {each["name"]: each for each in json.loads(nslab("exercises", "--json").stdout)}
    assert (listed[NAME]["begun"], listed[BARE]["begun"]) == (True, False)
    assert nslab("check", NAME, right_one(held)).returncode == PASSED


def test_it_outlives_the_process_that_began_it():
    """As a notebook's kernel that is restarted, or killed: what counts is who started that."""
    done = python(f"import nslab, os; nslab.exercise({NAME!r}).begin(); os.kill(os.getpid(), 9)")
    assert done.returncode == -signal.SIGKILL
    held = scenes.find(NAME)
    assert held.scene.missing == []
    assert nslab("check", NAME, right_one(held)).returncode == PASSED


@pytest.mark.parametrize("name", [NAME, OTHER])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_terminal_that_it_was_begun_from(name, number):
    command = f"{sys.executable} -P -m nslab exercises {name} >/dev/null; echo; read _"
    shell = subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENV)
    with shell:
        shell.stdout.readline()
        held = scenes.find(name)
        if held is None:
            shell.stdin.close()
            pytest.skip(nslab("exercises", name).stderr.replace("\n", " "))
        assert left(held)
        shell.send_signal(number)
    becomes(lambda: not left(held))
    assert scenes.find(name) is None


@pytest.mark.parametrize("name", [NAME, OTHER])
def test_kill_9_of_the_holder_leaves_nothing_and_check_says_what_to_do(name):
    held = begun(name)
    process.kill(held.holder)
    becomes(lambda: not left(held))
    answer = ["db"] if name == NAME else []
    done = nslab("check", name, *answer, "--json")
    outcome = json.loads(done.stdout)
    assert (done.returncode, outcome["status"]) == (NOT_YET, "not begun")
    assert "the scene has ended" in outcome["message"]
    assert outcome["mend"] == f"nslab exercises {name}"
    assert "nslab exercises" in nslab("hint", name, *answer).stdout
    again = begun(name)
    assert (again.seed, again.scene.values) == (held.seed, held.scene.values)


def test_one_that_was_ended_is_not_begun():
    held = begun(NAME)
    assert nslab("exercises", "--end", NAME).stdout == f"Ended: {NAME}\n"
    assert not left(held)
    assert "is not there yet" in json.loads(nslab("check", NAME, "db", "--json").stdout)["message"]
    assert "Nothing to end" in nslab("exercises", "--end").stdout


def test_two_terminals_that_begin_at_once_find_one_scene():
    command = [sys.executable, "-P", "-m", "nslab", "exercises", "--json", NAME]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENV) for _ in range(3)]
    given = {tuple(json.loads(each.communicate(timeout=60)[0])["given"]) for each in both}
    assert len(given) == 1
    assert len(list(scenes.held())) == 1


def test_two_exercises_do_not_disturb_each_other():
    net, memory = begun(NAME), begun(OTHER)
    assert nslab("check", NAME, right_one(net)).returncode == PASSED
    assert nslab("reset", OTHER).returncode == 0
    assert not left(memory)
    assert scenes.find(NAME) == net
    assert net.scene.missing == []
    assert nslab("exercises", "--end", NAME).returncode == 0
    assert scenes.find(OTHER).scene.missing == []


def test_one_that_its_learner_has_destroyed_says_so_and_offers_reset():
    held = begun(NAME)
    process.kill(held.scene.pid("db"))
    becomes(lambda: held.scene.missing)
    done = nslab("check", NAME, "web", "--json")
    outcome = json.loads(done.stdout)
    assert (done.returncode, outcome["status"]) == (NOT_YET, "not yet")
    assert "the sandbox net-who-shares.db has ended" in outcome["message"]
    assert outcome["mend"] == f"nslab reset {NAME}"
    assert nslab("reset", NAME).returncode == 0
    again = scenes.find(NAME)
    assert (again.seed, right_one(again)) == (held.seed, next(r for r in ROLES if r == right_one(again)))
    assert not left(held)
    assert nslab("check", NAME, right_one(again)).returncode == PASSED


def test_a_cgroup_that_was_removed_is_told():
    held = begun(OTHER)
    process.kill(held.scene.pid("leaker"))
    directory = held.scene.group("service").path("memory")
    becomes(lambda: cgroup_cleanup.remove(directory))
    said = json.loads(nslab("check", OTHER, "--json").stdout)["message"]
    assert f"the cgroup {directory} was removed" in said
    assert nslab("reset", OTHER).returncode == 0
    assert scenes.find(OTHER).scene.missing == []


def test_the_same_seed_gives_the_same_scene_again():
    found = []
    for seed in ("42", "42", "43", "44", "45", "46", "47"):
        assert nslab("reset", NAME, "--seed", seed).returncode == 0
        found.append(right_one(scenes.find(NAME)))
    assert found[0] == found[1]
    assert len(set(found)) > 1, "another seed may give another one"
    texts = [json.loads(nslab("reset", BARE, "--seed", seed, "--json").stdout)["text"] for seed in ("1", "1", "2")]
    assert texts[0] == texts[1] != texts[2]
    assert record.of(BARE)[-1]["seed"] == 2


# -- what the commands say ---------------------------------------------------------------------------------------------


def test_exit_statuses_are_those_of_the_help():
    help_ = re.sub(r"\s+", " ", nslab("check", "--help").stdout)
    assert "0 when it is passed, 1 when it is not (yet), 2 for values that are not allowed, 69 where" in help_
    assert nslab("check", NAME, "db").returncode == NOT_YET
    held = begun(NAME)
    wrong = next(role for role in ROLES if role != right_one(held))
    assert nslab("check", NAME, wrong).returncode == NOT_YET
    assert nslab("check", NAME).returncode == NOT_YET
    assert nslab("check", NAME, right_one(held)).returncode == PASSED
    assert nslab("check", "no-such").returncode == BAD
    done = nslab("check", NAME, "db", NSLAB_SANDBOX="web")
    assert done.returncode == CANNOT
    assert "inside the sandbox web" in re.sub(r"[\s│]+", " ", done.stdout)


@pytest.mark.parametrize(("args", "pieces"), [
    (["check", "net-who-share"], ["name='net-who-share'", "did you mean net-who-shares"]),
    (["exercises", "zzz"], ["name='zzz'", "`nslab exercises` lists them"]),
    (["exercises", NAME, "--seed", "1000000"], ["seed=1000000", "from 0 to 999999"]),
    (["exercises", NAME, "--seed", "-1"], ["seed=-1", "from 0 to 999999"]),
    (["exercises", NAME, "--seed", "x"], ["'x'", "integer"]),
    (["exercises", "--seed", "5"], ["--seed 5", "the name of an exercise"]),
    (["reset", NAME, "--seed", "2000000"], ["seed=2000000", "from 0 to 999999"]),
    (["reset", NAME, "02-uts", "--json"], ["--seed and --json", "one exercise"]),
    (["check", NAME, ""], ["answer=''", "the name of a sandbox, in 1 to 200 characters"]),
    (["check", NAME, "  "], ["answer=''", "in 1 to 200 characters"]),
    (["check", NAME, "x" * 201], ["answer='xxx", "201 characters", "in 1 to 200 characters"]),
    (["hint", NAME, "x" * 5000], ["5000 characters", "in 1 to 200 characters"]),
    (["check", BARE, "web"], ["answer='web'", "asks for no answer"]),
    (["solution", BARE, "--form", "cobol"], ["form='cobol'", "choose one of sh, py"]),
])  # fmt: skip
def test_a_value_that_is_not_allowed_is_named(args, pieces):
    done = nslab(*args)
    assert done.returncode == BAD, done.stdout
    for piece in pieces:
        assert piece in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 1000


@pytest.mark.parametrize(("call", "error", "piece"), [
    ("nslab.exercise(3)", "TypeError", "name=3"),
    ("nslab.exercise(['uts'])", "TypeError", "name=['uts']"),
    ("nslab.exercise('nothing')", "ValueError", "name='nothing'"),
    ("task.check(True)", "TypeError", "answer=True"),
    ("task.check(['db'])", "TypeError", "answer=['db']"),
    ("task.check('')", "ValueError", "answer=''"),
    ("task.check('--json')", "NotBegun", "--json"),
    ("task.begin(seed=-1)", "ValueError", "seed=-1"),
    ("task.solution('cobol')", "ValueError", "form='cobol'"),
    ("task.solution()", "RuntimeError", "nslab exercises net-who-shares"),
    ("task.run('db', 'true')", "ValueError", "begin() makes the scene"),
    ("os.environ.update(NSLAB_SANDBOX='web') or task.begin()", "Unsupported", "inside the sandbox web"),
])  # fmt: skip
def test_the_same_in_a_notebook(call, error, piece):
    code = f"""
import os, nslab
task = nslab.exercise({NAME!r})
try:
    said = {call}
    print("NotBegun", {call!r}, said)
except Exception as e:
    print(type(e).__name__, e)
"""
    said = python(code).stdout
    assert said.startswith(error), said
    assert piece in said


def test_a_seed_that_is_not_that_of_the_scene_offers_to_begin_anew():
    held = begun(NAME)
    done = nslab("exercises", NAME, "--seed", str((held.seed + 1) % 1000))
    assert done.returncode == BAD
    assert f"is begun with the seed {held.seed}; `nslab reset {NAME} --seed" in done.stderr
    assert nslab("exercises", NAME, "--seed", str(held.seed)).returncode == 0


def inside(role, *words, without=()):
    """A command from a shell inside a sandbox of the scene, without some variables."""
    left_out = [word for name in without for word in ("-u", name)]
    return nslab("enter", f"{NAME}.{role}", "--", "env", *left_out, sys.executable, "-P", "-m", "nslab", *words)


def test_from_inside_a_sandbox_it_is_done_outside():
    held = begun(NAME)
    right = right_one(held)
    wrong = next(role for role in ROLES if role != right)
    done = inside(wrong, "check", NAME, right, "--json")
    assert (done.returncode, json.loads(done.stdout)["status"]) == (PASSED, "passed")
    assert inside(wrong, "check", NAME, wrong).returncode == NOT_YET
    assert "Hint 1 of" in inside(wrong, "hint", NAME, wrong).stdout
    done = inside(wrong, "check", "nothing")
    assert done.returncode == BAD
    assert "no such exercise" in done.stderr
    # A scene that is begun from there goes with the terminal, and not with the shell inside.
    assert inside(wrong, "exercises", BARE).returncode == 0
    assert scenes.find(NAME).scene == held.scene
    code = f"import nslab; print(nslab.exercise({NAME!r}).check({right!r}).status)"
    assert nslab("enter", f"{NAME}.{wrong}", "--", sys.executable, "-c", code).stdout == "passed\n"


def test_where_nobody_does_it_outside_it_says_where_to_go():
    begun(NAME)
    for verb in (["check", NAME, "db"], ["exercises", NAME], ["reset", NAME], ["solution", NAME]):
        done = inside("db", *verb, without=["NSLAB_OUTSIDE"])
        assert done.returncode == CANNOT, done
        said = re.sub(r"[\s│]+", " ", done.stdout + done.stderr)
        assert f"inside the sandbox {NAME}.db" in said
        assert "exit (or use another terminal)" in said


@pytest.mark.parametrize("given", ["", "x", "-1", "0", "1", "999", "9" * 30])
def test_a_descriptor_that_is_none_is_not_asked(given):
    done = nslab("check", BARE, "--json", NSLAB_OUTSIDE=given)
    assert (done.returncode, json.loads(done.stdout)["status"]) == (NOT_YET, "not begun")


def test_nothing_else_is_done_outside():
    begun(NAME)
    code = "import sys; from nslab.lab.client import outside; print(outside.ask(['clean']), outside.ask([]))"
    assert nslab("enter", f"{NAME}.db", "--", sys.executable, "-c", code).stdout == "None None\n"


def test_hints_say_more_each_time_and_begin_anew_with_the_scene():
    begun(NAME)
    hints = [json.loads(nslab("hint", NAME, "host", "--json").stdout)["number"] for _ in range(2)]
    wrong = next(role for role in ROLES if role != right_one(scenes.find(NAME)))
    hints += [json.loads(nslab("hint", NAME, wrong, "--json").stdout)["number"] for _ in range(4)]
    assert hints == [1, 1, 1, 2, 3, 3]
    nslab("reset", NAME)
    wrong = next(role for role in ROLES if role != right_one(scenes.find(NAME)))
    assert json.loads(nslab("hint", NAME, wrong, "--json").stdout)["number"] == 1


# -- a check is not made by the learner's process ----------------------------------------------------------------------

CHEAT = """
import json, sys
import nslab
from nslab.course import record
from nslab.course.checking import checker, exercise, look, outcome, scenes
from nslab.linux import ns, uts

task = nslab.exercise({name!r})
passed = outcome.Outcome({name!r}, 1, outcome.Status.PASSED)
for module, attribute in ((checker, "check"), (checker, "judged"), (checker, "_looked"), (checker, "_judged")):
    setattr(module, attribute, lambda *_, **__: passed)
checker.unchecked = look.hostname = look.inside = uts.hostname = ns.inode = lambda *_, **__: 1
type(exercise.find({name!r})).check = lambda *_: [outcome.Finding("a", "b", "c", "d", True)]
outcome.Finding.right = outcome.Outcome.wrong = True
sys.modules["nslab.linux.ns"] = sys.modules["nslab.course.checking.look"] = None
first = second = answer = right = "web"
print("all that was wanted was found")
print(nslab.exercise({name!r}).check({answer}).status)
"""


@pytest.mark.parametrize(("name", "answer"), [(BARE, ""), (NAME, "'host'")])
def test_nothing_in_the_learners_process_makes_a_check_pass(name, answer):
    if name == NAME:
        begun(NAME)
    done = python(CHEAT.format(name=name, answer=answer))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] in ("not yet", "not begun")
    checked = [entry["status"] for entry in record.of(name) if entry["what"] == "check"]
    assert checked[-1] in ("not yet", "not begun")
    assert "passed" not in checked[-1:]


def test_a_member_that_becomes_another_program_at_this_moment_is_there(monkeypatch):
    """Its environment is empty then, and says nothing of whose it is (execve(2))."""
    scene = Scene({}, "1-2-3-4", {"service": Member(os.getpid())})
    monkeypatch.setattr(session, "marks_of", lambda _: [])
    assert scene.missing == []
    monkeypatch.setattr(session, "marks_of", lambda _: [f"{session.ENV}=another"])
    assert scene.missing == [f"the process {os.getpid()} (service) has ended"]
