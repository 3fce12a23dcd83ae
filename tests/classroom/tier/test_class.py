"""A class of three: limits that hold, walls between learners, attacks on marks, and kill -9 of each part.

In the order in which they stand here: the last one ends the class.
"""

from __future__ import annotations

import json
import pwd
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
import requests

from nslab.classroom import ledger, places
from nslab.linux import process
from tests.classroom.tier.conftest import passwords
from tests.classroom.tier.learner import BASE, PATIENCE, nslab, until

pytestmark = pytest.mark.timeout(300)
BACK = 10
"""Seconds within which a part is back that was killed."""


def marks():
    """(Learner, exercise) → mark, as root sees them."""
    return {(m["learner"], m["exercise"]): m for m in json.loads(nslab("class", "marks", "--json").stdout)["marks"]}


def is_passed(learner, exercise):
    return bool(marks().get((learner.name, exercise), {}).get("passed"))


def status_of(done):
    """What a check has told, from its JSON."""
    return json.loads(done.stdout)["status"] if done.stdout.startswith("{") else done.stderr


def main_pid(unit):
    shown = ["systemctl", "show", "--value", "--property=MainPID", unit]
    return int(subprocess.run(shown, capture_output=True, text=True, check=True).stdout)


# -- what there is ---------------------------------------------------------------------------------------------------


def test_up_again_changes_nothing(klass):
    before = [main_pid(each) for each in places.SERVICES]
    assert passwords(nslab("class", "up").stdout) == {}
    assert [main_pid(each) for each in places.SERVICES] == before
    assert json.loads(nslab("class", "status", "--json").stdout)["ok"]


def test_a_wrong_password_and_another_account_are_refused(anna):
    from tests.classroom.tier.learner import Learner

    assert not Learner("anna", "aaaa-aaaa-aaaa").sign_in()
    assert not Learner("root", anna.password).sign_in()
    assert not Learner("cleo", anna.password).sign_in()


def test_the_account_has_expired_for_everybody_but_the_hub(anna):
    shadow = subprocess.run(["getent", "shadow", "nslab-anna"], capture_output=True, text=True, check=True).stdout
    assert shadow.split(":")[7] == "1"
    assert pwd.getpwnam("nslab-anna").pw_shell == "/usr/sbin/nologin"


def test_the_limits_are_the_kernels(anna):
    read = {name: (anna.cgroup / name).read_text().split() for name in ("memory.max", "pids.max", "cpu.max")}
    assert read == {"memory.max": [str(400 << 20)], "pids.max": ["150"], "cpu.max": ["90000", "100000"]}
    assert {"cpu", "memory", "pids"} <= set((anna.cgroup / "cgroup.subtree_control").read_text().split())
    # He cannot write them, and nobody gives him more by a program with the set-user-ID bit.
    assert anna.run(f"echo max >{anna.cgroup}/memory.max").returncode != 0
    assert "NoNewPrivs:\t1" in anna.run("cat /proc/self/status").stdout


def test_a_learner_makes_cgroups_with_limits(anna):
    made = anna.run("""python -c '
import nslab
with nslab.Cgroup("memory", memory_max=32 << 20) as group:
    print(group.memory_max, group.directories["memory"])'""")
    limit, directory = made.stdout.split()
    assert (int(limit), directory.startswith(f"{anna.cgroup}/")) == (32 << 20, True)


def test_whose_memory_is_full_stops_nobody_else(anna, ben):
    server = anna.shown("MainPID")
    eaten = anna.run("python -c 'x = bytearray(600 << 20)'")
    assert eaten.returncode == -signal.SIGKILL
    assert ben.run("echo 2").stdout == "2\n"
    assert anna.shown("MainPID") == server


def test_a_fork_bomb_stops_nobody_else(anna, ben):
    server = anna.shown("MainPID")
    # Small processes: with large ones it would be the memory that is full first.
    anna.run("nohup sh -c 'while :; do sleep 1234 & done' >/dev/null 2>&1 &")
    try:
        # What the kernel has refused it counts itself (cgroup-v2.rst): in the group whose limit it was, or, an older
        # one, in that of the process.
        events = [anna.cgroup / "pids.events", anna.cgroup / "nslab-own" / "pids.events"]
        assert until(lambda: any("max 0" not in each.read_text() for each in events))
        assert ben.run("echo 2").stdout == "2\n"
        assert int((anna.cgroup / "pids.current").read_text()) <= 150
    finally:
        # It is anna's cgroup that is full: who ends the bomb is not in it.
        subprocess.run(["pkill", "-KILL", "-u", places.user_of("anna"), "-f", "sleep 1234"], check=True)
    assert until(lambda: int((anna.cgroup / "pids.current").read_text()) < 100)
    assert anna.run("echo 2").stdout == "2\n"
    assert anna.shown("MainPID") == server


# -- walls between learners ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", [
    "ls {home}", "cat {home}/nslab/00-start-here.ipynb", "touch {home}/x", "kill -0 {pid}", "ls /proc/{pid}/fd",
    "cat /proc/{pid}/environ", "nsenter --target {pid} --mount true", "echo $$ >{cgroup}/cgroup.procs",
    "echo 1 >{cgroup}/cgroup.freeze", "mkdir {cgroup}/mine", "prlimit --pid {pid} --nproc=1", "renice 5 -p {pid}",
])  # fmt: skip
def test_nobody_reaches_another(anna, ben, reach):
    what = reach.format(home=anna.home, pid=anna.shown("MainPID"), cgroup=anna.cgroup)
    done = ben.run(what)
    assert done.returncode != 0, done.stdout


@pytest.mark.parametrize("reach", [
    "ls {home}", "cat {home}/nslab/00-start-here.ipynb", "touch {home}/x && rm {home}/x", "kill -0 {pid}",
    "ls /proc/{pid}/fd", "cat /proc/{pid}/environ", "echo $$ >{cgroup}/nslab-own/cgroup.procs",
    "mkdir {cgroup}/mine && rmdir {cgroup}/mine", "prlimit --pid {pid} --nproc=4000", "renice 5 -p {pid}",
])  # fmt: skip
def test_everybody_reaches_himself(ben, reach):
    """So that what fails above fails for the wall, and not for a fault of its own."""
    done = ben.run(reach.format(home=ben.home, pid=ben.shown("MainPID"), cgroup=ben.cgroup))
    assert done.returncode == 0, done.stderr


def test_tmp_is_ones_own(anna, ben):
    anna.run("echo mine >/tmp/anna-was-here")
    assert ben.run("ls /tmp/anna-was-here").returncode != 0
    assert anna.run("cat /tmp/anna-was-here").stdout == "mine\n"


def test_nobody_opens_anothers_page(anna, ben):
    assert anna.get("/user/anna/lab").status_code == 200
    assert ben.get("/user/anna/lab").status_code in (403, 404)


# -- marks -----------------------------------------------------------------------------------------------------------


def test_what_the_kernel_shows_is_a_mark(anna):
    assert anna.nslab("exercises", "uts-two-names", "--json").returncode == 0
    assert status_of(anna.nslab("check", "uts-two-names", "--json")) == "not begun"
    assert not is_passed(anna, "uts-two-names")
    solution = json.loads(anna.nslab("solution", "uts-two-names", "--json").stdout)["program"]
    done = anna.run(
        f"cat >/tmp/s <<'END'\n{solution}\nEND\nbash /tmp/s & sleep 3; python -m nslab check uts-two-names --json"
    )
    assert status_of(done) == "passed"
    mark = marks()["anna", "uts-two-names"]
    assert (mark["points"], mark["tries"], mark["solution"]) == (3, 1, True)
    assert (places.RECORD.stat().st_uid, places.RECORD.stat().st_mode & 0o077) == (0, 0)


def test_anothers_work_earns_nothing(anna, ben):
    """What anna has made is still there, with her names; ben's are others, and her processes are not his to show."""
    assert status_of(ben.nslab("check", "uts-two-names", "--json")) == "not begun"
    names = json.loads(anna.nslab("exercises", "uts-two-names", "--json").stdout)["text"]
    assert names != json.loads(ben.nslab("exercises", "uts-two-names", "--json").stdout)["text"]
    anna.run("pkill -u $(id -u) sleep")


@pytest.fixture
def begun(ben):
    """A scene of ben's, and the answer that is wrong in it."""
    shown = json.loads(ben.nslab("exercises", "net-who-shares", "--json").stdout)
    assert shown["begun"], shown
    yield shown
    ben.nslab("exercises", "net-who-shares", "--end")


def wrong_and_right(learner):
    """The two answers of net-who-shares, by its solution as root has it done."""
    program = json.loads(learner.nslab("solution", "net-who-shares", "--json").stdout)["program"]
    done = learner.run(program)
    assert done.stdout, done.stderr
    right = done.stdout.split()[-1]
    wrong = next(name for name in ("net-who-shares.web", "net-who-shares.db", "net-who-shares.cache") if name != right)
    return wrong, right


SWAPPED = """
import glob, json
paths = glob.glob("/tmp/nslab-*/*/scenes/net-who-shares.json")
assert paths
for path in paths:
    held = json.load(open(path))
    members = held["scene"]["members"]
    keys = list(members)
    members.update(zip(keys, [members[key] for key in keys[1:] + keys[:1]]))
    json.dump(held, open(path, "w"))
"""
OWN_NSLAB = """
import pathlib, shutil, nslab
fake = pathlib.Path.home() / "fake"
shutil.copytree(nslab.__path__[0], fake / "nslab", ignore=shutil.ignore_patterns("__pycache__"))
task = fake / "nslab/course/exercises/net_who_shares/task.py"
signature = "    def check(self, scene: Scene)"
lenient = "    def check(self, scene):\\n        yield Finding('x', 'x', 'x', 'x', True)\\n\\n"
text = task.read_text()
assert signature in text
task.write_text(text.replace(signature, lenient + "    def was(self, scene: Scene)"))
"""
PASSED = json.dumps({"v": 1, "at": "2026-01-01T00:00:00Z", "what": "check", "exercise": "net-who-shares",
                     "status": "passed", "lesson": "06"})  # fmt: skip
HOME = "/var/lib/nslab-class-homes/ben"


def in_python(program):
    return f"python - <<'END'\n{program}\nEND"


ATTACKS = {
    "the record": (f"mkdir -p ~/.local/share/nslab; echo '{PASSED}' >>~/.local/share/nslab/record.jsonl", ()),
    "nslab in the home": (in_python(OWN_NSLAB), (f"PYTHONPATH={HOME}/fake",)),
    "a module that Python loads by itself": (
        "for d in ~/.local/lib/python3.11/site-packages ~/site; do mkdir -p $d; "
        "echo 'import nslab.course.checking.checker as c; c.looked = None' >$d/sitecustomize.py; "
        "cp $d/sitecustomize.py $d/usercustomize.py; done",
        (f"PYTHONPATH={HOME}/site",)),
    "programs on the PATH": (
        "mkdir -p ~/bin; printf '#!/bin/sh\ntouch /tmp/own-ip\necho \"[]\"\n' >~/bin/ip; chmod 755 ~/bin/ip",
        (f"PATH={HOME}/bin:/usr/bin:/bin",)),
    "a forged scene": (in_python(SWAPPED), ()),
    "a directory of scenes elsewhere": (
        "mkdir -m 700 -p ~/run/nslab; cp -r /tmp/nslab-*/* ~/run/nslab/; "
        + in_python(SWAPPED.replace("/tmp/nslab-*", f"{HOME}/run/nslab")), (f"XDG_RUNTIME_DIR={HOME}/run",)),
    "a symbolic link to the record": (
        f"mkdir -p ~/.local/share; rm -rf ~/.local/share/nslab; ln -s {places.STATE} ~/.local/share/nslab", ()),
}  # fmt: skip
"""What is prepared, and what is set in the environment of whoever asks."""


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_earns_nothing(ben, begun, attack):
    prepare, env = ATTACKS[attack]
    wrong, _ = wrong_and_right(ben)
    before = len(ledger.entries())
    done = ben.run(prepare)
    assert done.returncode == 0, done.stderr
    said = ben.run(f"{sys.executable} -m nslab check net-who-shares {wrong} --json", env)
    assert status_of(said) == "not yet", said.stderr
    assert not is_passed(ben, "net-who-shares")
    assert ledger.entries()[before:][-1]["status"] == "not yet"
    ben.run("rm -rf ~/.local ~/fake ~/site ~/bin ~/run")


def test_without_an_attack_the_right_answer_is_a_mark(ben, begun):
    """So that what was refused above was refused for the attack, and not because nothing passes."""
    _, right = wrong_and_right(ben)
    assert status_of(ben.nslab("check", "net-who-shares", right, "--json")) == "passed"
    assert is_passed(ben, "net-who-shares")


@pytest.mark.parametrize("path", ["RECORD", "KEY", "SCENES", "HUB", "PROXY_TOKEN"])
def test_what_is_roots_is_closed(ben, path):
    place = getattr(places, path)
    assert place.exists()
    for reach in ("cat {0}", "ls {0}/", "echo x >>{0}", "mv {0} {0}.old"):
        assert ben.run(reach.format(place)).returncode != 0


ASK = """
import json, socket
door = socket.socket(socket.AF_UNIX)
door.connect("/run/nslab-class/check.sock")
door.sendall({question!r} + b"\\n")
print(door.makefile().readline())
"""


def ask(learner, question):
    said = learner.run(f"python - <<'END'\n{ASK.format(question=question)}\nEND")
    return json.loads(said.stdout) if said.stdout else said.stderr


def test_nobody_asks_on_anothers_behalf(anna, ben):
    before = len(ledger.entries())
    asked = {"verb": "check", "exercise": "uts-pod", "learner": "ben", "uid": 0, "name": "ben"}
    assert "status" in ask(anna, json.dumps(asked).encode())
    assert {entry["learner"] for entry in ledger.entries()[before:]} == {"anna"}
    program = ["python3", "-c", ASK.format(question=json.dumps(asked).encode())]
    stranger = ["setpriv", "--reuid=65534", "--clear-groups", *program]
    assert "PermissionError" in subprocess.run(stranger, capture_output=True, text=True).stderr
    member = ["setpriv", "--reuid=65534", "--groups=nslab-class", *program]
    member = subprocess.run(member, capture_output=True, text=True)
    assert "no learner" in json.loads(member.stdout)["refused"]


@pytest.mark.parametrize(("question", "said"), [
    (b"", "line of JSON"), (b"[]", "line of JSON"), (b"[" * 100_000, "line of JSON"),
    (b'{"verb": "pass", "exercise": "uts-pod"}', "choose one of"),
    (b'{"verb": "check", "exercise": "../x"}', "no such exercise"),
    (b'{"verb": "check", "exercise": ["uts-pod"]}', "no such exercise"),
    (b'{"verb": "begin", "exercise": "uts-pod", "seed": 5}', "seed=5"),
    (b'{"verb": "check", "exercise": "uts-pod", "answer": {"a": 1}}', "answer="),
])  # fmt: skip
def test_a_question_that_is_none_is_refused(anna, question, said):
    assert said in ask(anna, question)["refused"]


WATCH = """
import ctypes, os, time
ptrace = ctypes.CDLL(None, use_errno=True).ptrace
own, met, end = os.getuid(), set(), time.monotonic() + 12
open("/tmp/watching", "w").close()
while time.monotonic() < end and not os.path.exists("/tmp/enough"):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            where = open(f"/proc/{pid}/cgroup").read()
            if "/class-" not in where or f"\\t{own}\\t" not in open(f"/proc/{pid}/status").read():
                continue
        except OSError:
            continue
        if ptrace(16, int(pid), 0, 0) == 0:
            met.add("attached")
            ptrace(17, int(pid), 0, 0)
        else:
            met.add(ctypes.get_errno())
print(sorted(map(str, met)))
"""


def test_a_check_is_out_of_the_learners_reach(ben):
    """ptrace(2) of what looks, and of the programs that it runs (ip), by somebody who waits for them."""
    ben.run("rm -f /tmp/watching /tmp/enough")
    watcher = []
    thread = threading.Thread(target=lambda: watcher.append(ben.run(f"python - <<'END'\n{WATCH}\nEND")))
    thread.start()
    assert until(lambda: ben.run("ls /tmp/watching").returncode == 0)
    assert status_of(ben.nslab("check", "net-own-loopback", "--json")) in ("not begun", "not yet")
    ben.run("touch /tmp/enough")
    thread.join()
    # EPERM; ESRCH where it had ended meanwhile.
    met = set(json.loads(watcher[0].stdout.replace("'", '"')))
    assert "1" in met
    assert met <= {"1", "3"}


def test_a_learner_stands_still_while_his_scene_is_made(ben):
    ticking = "import time\nwhile time.sleep(0.01) is None: print(time.clock_gettime(time.CLOCK_BOOTTIME), flush=True)"
    ben.run(f"nohup timeout 60 python -c '{ticking}' >/tmp/ticks 2>/dev/null & sleep 2")
    shown = json.loads(ben.nslab("exercises", "net-who-shares", "--json").stdout)
    assert shown["begun"]
    ben.run("sleep 0.5; pkill -u $(id -u) timeout")
    ticks = list(map(float, ben.run("cat /tmp/ticks").stdout.split()))
    kept = json.loads((places.SCENES / "ben/net-who-shares.json").read_text())
    began = process.starttime(kept["held"]["holder"]) / 100
    before, after = max(t for t in ticks if t < began), min(t for t in ticks if t > began)
    made = max(process.starttime(member[0]) / 100 for member in kept["held"]["scene"]["members"].values())
    assert before <= began <= made <= after
    ben.nslab("exercises", "net-who-shares", "--end")


# -- the board --------------------------------------------------------------------------------------------------------


def seats_of(teacher, names="yes"):
    answer = teacher.get(f"/services/board/state.json?names={names}")
    assert answer.status_code == 200, answer.text
    return answer.json()["seats"]


def test_the_board_is_the_teachers(teacher, anna):
    assert "board.js" in teacher.get("/services/board/").text
    for path in ("", "state.json", "board.js"):
        assert anna.get(f"/services/board/{path}").status_code == 403
    stranger = requests.get(f"{BASE}/services/board/state.json", timeout=PATIENCE)
    assert "/hub/login" in stranger.url


def test_the_board_shows_what_the_kernel_does(teacher, anna, ben):
    teacher.get("/services/board/")
    seats = {seat["name"]: seat for seat in seats_of(teacher)}
    assert list(seats) == ["anna", "ben"]
    uses = seats["anna"]["uses"]
    assert (uses["running"], uses["memory_max"], uses["cpu_max"], uses["tasks_max"]) == (True, 400 << 20, 90, 150)
    assert 0 < uses["memory"] <= 400 << 20
    assert 0 < uses["tasks"] <= 150
    anna.run("nohup timeout 60 sh -c 'while :; do :; done' >/dev/null 2>&1 &")
    assert until(lambda: seats_of(teacher)[0]["uses"]["cpu"] > 10)
    anna.run("pkill -u $(id -u) timeout")
    # Whoever holds a CPU's lock measures, and whoever wants it waits, whatever program it is.
    hold = "nohup flock /sys/devices/system/cpu/cpu0 sleep 60 >/dev/null 2>&1 & sleep 1"
    anna.run(hold)
    ben.run(hold)
    turns = [seat["turn"]["measures"] for seat in seats_of(teacher)]
    assert turns == [True, False]
    for each in (anna, ben):
        each.run("pkill -u $(id -u) flock; pkill -u $(id -u) -f 'sleep 60'")


def test_the_board_goes_on_and_the_wall_has_no_names(teacher, anna):
    teacher.get("/services/board/")

    def state():
        return next(each["state"] for each in seats_of(teacher)[0]["cells"] if each["exercise"] == "net-who-shares")

    assert state() == ""
    # An exercise with a scene: of one without, nothing is begun before its first check.
    assert json.loads(anna.nslab("exercises", "net-who-shares", "--json").stdout)["begun"]
    assert until(lambda: state() == "begun")
    wall = seats_of(teacher, names="no")
    assert "anna" not in str(wall)
    assert sorted(seat["name"] for seat in wall) == ["1", "2"]
    anna.nslab("exercises", "net-who-shares", "--end")


# -- what the teacher does --------------------------------------------------------------------------------------------


def test_a_link_signs_in_once(klass):
    link = nslab("class", "link", "ben").stdout.split()[-1]
    entered = []
    for _ in range(2):
        web = requests.Session()
        page = web.get(link, timeout=PATIENCE).text
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
        answer = web.post(f"{BASE}/hub/login?next=/hub/home", data=form, timeout=PATIENCE)
        entered.append(answer.status_code == 200 and answer.url.endswith("/hub/home") and "ben" in answer.text)
    assert entered == [True, False]


def test_a_line_is_on_everyones_page(anna, ben):
    nslab("class", "say", "ten minutes left")
    for each in (anna, ben):
        assert each.get(f"/user/{each.name}/nslab/said").json()["text"] == "ten minutes left"
        assert "nslab-said" in each.get(f"/user/{each.name}/lab").text
    assert requests.get(f"{BASE}/user/anna/nslab/said", timeout=PATIENCE).status_code == 403
    nslab("class", "say", "")
    assert anna.get("/user/anna/nslab/said").json()["text"] == ""


def test_a_lesson_is_reset(ben):
    name = ben.run("ls ~/nslab | grep ^05-").stdout.strip()
    lesson = f"nslab/{name}"
    before = ben.run(f"cat ~/{lesson}").stdout
    ben.run(f"echo mine >~/{lesson}")
    assert json.loads(ben.nslab("exercises", "net-who-shares", "--json").stdout)["begun"]
    nslab("class", "reset", "ben", "05")
    assert ben.run(f"cat ~/{lesson}").stdout == before
    assert ben.run("cat ~/nslab/05-*-before-*.ipynb; rm ~/nslab/05-*-before-*").stdout == "mine\n"
    assert ben.run(f"echo >>~/{lesson}").returncode == 0
    assert not (places.SCENES / "ben/net-who-shares.json").exists()


# -- kill -9 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", places.SERVICES)
def test_each_part_comes_back(klass, anna, unit):
    before, server = main_pid(unit), anna.shown("MainPID")
    subprocess.run(["kill", "-KILL", str(before)], check=True)
    killed = time.monotonic()

    def serves():
        if main_pid(unit) in (0, before):
            return False
        try:
            page = anna.get("/user/anna/lab").status_code == 200 and anna.get("/hub/home").status_code == 200
        except OSError:
            return False
        return page and places.SOCKET.exists()

    assert until(serves, 60)
    assert time.monotonic() - killed < BACK
    assert anna.shown("MainPID") == server
    assert anna.nslab("exercises", "uts-pod", "--json").returncode == 0


def test_the_service_is_killed_in_the_middle_of_a_check(anna):
    """Nothing is noted of what was not told, nothing twice, and a scene that was begun is still there."""
    assert json.loads(anna.nslab("exercises", "uts-root-refused", "--json").stdout)["begun"]
    solution = json.loads(anna.nslab("solution", "uts-root-refused", "--json").stdout)["program"]
    anna.run(solution)
    before, said = len(ledger.entries()), []
    thread = threading.Thread(target=lambda: said.append(anna.nslab("check", "uts-root-refused", "--json")))
    thread.start()
    until(lambda: list(anna.cgroup.glob("class-*/cgroup.procs"))[1:] or not thread.is_alive())
    subprocess.run(["kill", "-KILL", str(main_pid(places.CHECK_UNIT))], check=True)
    thread.join()
    assert "try again" in said[0].stderr or status_of(said[0]) == "passed"
    assert len(ledger.entries()) - before == (status_of(said[0]) == "passed")
    assert status_of(anna.nslab("check", "uts-root-refused", "--json")) == "passed"
    assert is_passed(anna, "uts-root-refused")
    anna.nslab("exercises", "uts-root-refused", "--end")
    assert list(anna.cgroup.glob("class-*")) == []


def test_the_service_is_killed_while_a_learner_stands_still(ben):
    own = ben.cgroup / "nslab-own"
    thread = threading.Thread(target=lambda: ben.nslab("exercises", "net-who-shares", "--json"))
    thread.start()
    assert until(lambda: (own / "cgroup.freeze").read_text() == "1\n", 30)
    subprocess.run(["kill", "-KILL", str(main_pid(places.CHECK_UNIT))], check=True)
    assert until(lambda: "frozen 0" in (own / "cgroup.events").read_text(), BACK)
    thread.join()
    assert ben.run("echo 2").stdout == "2\n"
    # What was half made is swept away, and then there is one scene.
    assert json.loads(ben.nslab("exercises", "net-who-shares", "--json").stdout)["begun"]
    assert len(list(ben.cgroup.glob("class-*"))) == 1
    ben.nslab("exercises", "net-who-shares", "--end")


def test_a_learners_server_is_killed(ben):
    assert json.loads(ben.nslab("exercises", "net-who-shares", "--json").stdout)["begun"]
    kept = json.loads((places.SCENES / "ben/net-who-shares.json").read_text())
    subprocess.run(
        ["systemctl", "kill", "--kill-who=all", "--signal=KILL", f"{places.unit_of('ben')}.service"], check=True
    )
    assert until(lambda: not process.runs(kept["held"]["holder"]), BACK)
    until(lambda: ben.shown("ActiveState") != "active", 20)
    assert until(lambda: ben.start() == 200, 60)
    assert status_of(ben.nslab("check", "net-who-shares", "x", "--json")) == "not begun"


# -- who comes and who goes ------------------------------------------------------------------------------------------


def test_a_user_who_was_there_is_left_alone(klass):
    subprocess.run(["useradd", "--system", "nslab-dora"], check=True)
    before = pwd.getpwnam("nslab-dora")
    refused = nslab("class", "add", "dora", check=False)
    assert "was there before" in refused.stderr
    assert pwd.getpwnam("nslab-dora") == before
    assert "no user of the class" in nslab("class", "remove", "dora", "--yes", check=False).stderr
    places.SETTINGS.write_text(places.SETTINGS.read_text().replace(', "dora"', ""))
    assert pwd.getpwnam("nslab-dora") == before


def test_one_more_comes_and_goes(klass, anna):
    server = anna.shown("MainPID")
    said = nslab("class", "add", "cleo").stdout
    from tests.classroom.tier.learner import Learner

    cleo = Learner("cleo", passwords(said)["cleo"])
    assert cleo.sign_in()
    assert (cleo.home.stat().st_mode & 0o777, cleo.home.owner()) == (0o700, "nslab-cleo")
    assert anna.shown("MainPID") == server
    nslab("class", "remove", "cleo", "--yes")
    assert not cleo.home.exists()
    with pytest.raises(KeyError):
        pwd.getpwnam("nslab-cleo")
    assert not cleo.sign_in()


def test_down_leaves_the_record_and_nothing_else(klass):
    before = marks()
    nslab("class", "down", "--yes")
    assert marks() == before
    assert [name for name in (entry.pw_name for entry in pwd.getpwall()) if name.startswith("nslab-")] == ["nslab-dora"]
    left = [places.HOMES, places.RUNTIME, places.PAM, places.HUB, places.SCENES, places.PROXY_TOKEN, places.FROZEN]
    assert [str(path) for path in left if path.exists()] == []
    assert list(places.UNITS.rglob("nslab-class*")) == []
    assert sorted(path.name for path in places.STATE.iterdir()) == ["marks.jsonl", "marks.key"]
    units = ["systemctl", "list-units", "--all", "--plain", "--no-legend", "nslab-class*"]
    assert subprocess.run(units, capture_output=True, text=True, check=True).stdout == ""
    assert nslab("class", "down", "--yes").returncode == 0
    subprocess.run(["userdel", "nslab-dora"], check=True)
