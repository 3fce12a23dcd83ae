"""JupyterLab's surroundings, cells in C, terminals that are not UTF-8, clocks."""

import json
import os
import subprocess
import sys
import time
import urllib.request

import pytest

import nslab as package
from nslab.course import magics
from nslab.lab.upkeep import registry
from nslab.linux import process
from tests.cases.situation import NSLAB, ROOT, mounting, nslab
from tests.terminal import Terminal

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="makes namespaces without a user namespace")


@AS_ROOT
def test_case_22_where_lo_is_down_it_says_so():
    told = nslab("lab", "--no-browser", within=("unshare", "--net"), statuses=[69])
    assert "the interface lo is down" in told.text
    assert "ip link set lo up" in told.text


def test_case_22_an_address_of_ipv6_is_an_address():
    told = nslab("lab", "--no-browser", "--ip", "no.such.address.invalid", statuses=[2])
    assert "is no address" in told.text
    told = nslab("lab", "--no-browser", "--ip", "2001:db8::1", statuses=[69])
    assert "no interface that is up has this address" in told.text


def test_case_23_a_users_own_configuration_does_not_hide_the_server(tmp_path):
    (tmp_path / "config").mkdir()
    mine = {"ServerApp": {"base_url": "/mine/", "sock": ""}}
    (tmp_path / "config/jupyter_server_config.json").write_text(json.dumps(mine))
    environ = {"JUPYTER_CONFIG_DIR": f"{tmp_path}/config", "JUPYTER_RUNTIME_DIR": f"{tmp_path}/runtime"}
    argv = [*NSLAB, "lab", "--no-browser", "--port", str(20_000 + os.getpid() % 10_000)]
    with Terminal(argv, columns=200, env=environ) as lab:
        address = lab.expect(r"http://127\.0\.0\.1:\d+/lab/tree/\S+", 60)[0]
        assert urllib.request.urlopen(address, timeout=60).status == 200
        lab.type("\x03")
        assert lab.status(30) == 0


@AS_ROOT
@pytest.mark.parametrize("command", [("doctor",), ("demo", "uts"), ("map",), ("ps",), ("hierarchies",), ("lab",)])
def test_case_24_a_user_without_home_and_entry(command):
    within = ("env", "-u", "HOME", "setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups")
    try:
        told = nslab(*command, within=within, statuses=[69] if command == ("lab",) else [0, 1, 69])
    finally:
        # The place for this user's notes stays until his next session ends.
        if os.path.isdir("/tmp/nslab-54321"):
            os.rmdir("/tmp/nslab-54321")
    if command == ("lab",):
        assert "uid 54321 has no home directory" in told.text
        assert "HOME=" in told.text


def in_c(body, capsys):
    headers = "".join(f"#include <{name}.h>\n" for name in ("stdio", "signal", "unistd"))
    magics.c("", f"{headers}int main(int argc, char *argv[]) {{ {body} }}")
    return capsys.readouterr().out


def test_case_25_what_is_printed_before_a_fork_is_seen_once(capsys):
    assert in_c(r'printf("once\n"); if (!fork()) return 0; sleep(1);', capsys) == "once\n"


def test_case_25_what_is_printed_before_the_end_by_a_signal_is_seen(capsys):
    assert in_c(r'printf("seen\n"); kill(getpid(), SIGKILL);', capsys) == "seen\n[ended by SIGKILL]\n"


def test_case_25_bytes_that_are_no_utf_8(capsys):
    assert in_c(r'printf("a\xff\xc3\n");', capsys) == "a\\xff\\xc3\n"


def test_case_25_a_child_that_lives_on_does_not_hold_the_cell(capsys):
    child = int(in_c(r'int pid = fork(); if (!pid) { sleep(1000); return 0; } printf("%d\n", pid);', capsys))
    assert process.runs(child), "it lives on, and the cell has ended"
    process.kill(child)


def test_case_25_a_program_finds_itself_by_the_name_that_it_was_started_with(capsys):
    """As in a terminal, where that is a path: strace(1), too, looks for a file."""
    again = r'if (access(*argv, X_OK) == 0 && argc == 1) execl(*argv, *argv, "again", NULL); printf("%d\n", argc);'
    assert in_c(again, capsys) == "2\n"


@AS_ROOT
def test_case_25_tmp_from_which_nothing_may_be_run():
    script = "mount --bind /tmp /tmp; mount -o remount,bind,noexec /tmp"
    if ROOT.startswith("/tmp"):
        script = f"mount --bind {ROOT} {ROOT}; {script}; mount --rbind $(readlink -f .) {ROOT}"
    code = r"""from nslab.course import magics; magics.c("", '#include <stdio.h>\nint main(){puts("ran");}')"""
    done = subprocess.run([*mounting(script), sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.returncode) == ("ran\n", 0), done.stderr


def test_case_36_the_directory_of_a_cell_goes_with_a_kernel_that_is_killed(tmp_path):
    """It is killed while it compiles: the compiler is one that ends with it, and not before."""
    (tmp_path / "cc").write_text("#!/bin/sh\nexec tail --pid=$PPID -s 0.1 -f /dev/null\n")
    (tmp_path / "cc").chmod(0o755)
    code = "from nslab.course import magics; magics.c('', 'int main;')"
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    before = set(registry.directory().glob("*/nslab-c-*"))
    kernel = subprocess.Popen([sys.executable, "-c", code], env=env, cwd=ROOT)
    try:
        assert _until(lambda: set(registry.directory().glob("*/nslab-c-*")) - before)
    finally:
        kernel.kill()
        kernel.wait()
    assert _until(lambda: not set(registry.directory().glob("*/nslab-c-*")) - before)


def _until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("command", ["doctor", "demo uts", "map", "hierarchies", "hierarchies pids", "demo nope"])
@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_case_26_a_terminal_that_is_not_utf_8(command, encoding):
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    nslab(*command.split(), statuses=[2] if "nope" in command else [0], env=env)


@AS_ROOT
def test_case_27_offsets_do_not_add_up():
    within = ("unshare", "--time", "--boottime", "1000", "--monotonic", "500", "--fork")
    told = nslab("demo", "time", "--json", within=within, statuses=[0])
    assert told.found["holds"]


@AS_ROOT
def test_case_27_asking_for_one_clock_does_not_reset_the_other():
    code = (
        "import nslab; from nslab.linux import timens\n"
        "with nslab.Sandbox(time=True, boottime=2000) as box:\n"
        "    print(box.call(timens.offset, 'monotonic'), box.call(timens.offset, 'boottime'))"
    )
    within = ("unshare", "--time", "--monotonic", "500", "--fork")
    done = subprocess.run([*within, sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "500.0 2000.0\n", done.stderr


@pytest.mark.parametrize("clock", ["boottime", "monotonic"])
def test_case_28_a_clock_below_zero_is_refused_with_where_it_stands(clock):
    told = rf"{clock}=-1000000000.0: the machine's clock stands at \d+ s.*give -\d+ or more"
    with pytest.raises(ValueError, match=told):
        package.Sandbox(time=True, **{clock: -1e9})
