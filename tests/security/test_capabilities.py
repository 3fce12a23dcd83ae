import shutil

import pytest

from nslab.linux import caps
from nslab.security import capabilities
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return capabilities.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    assert {r.part for r in evidence.rows} == {p.name for p in capabilities.PARTS}, evidence.notes


@pytest.mark.parametrize("key", capabilities.TRIED)
def test_each_call_asks_for_its_own_capability_and_for_no_uid(evidence, key):
    assert evidence.row(key).inside == capabilities.TRIED[key][3] == evidence.row(f"{key}-alone").host_before
    assert evidence.control_row(key).inside == "ok"
    assert evidence.row(f"{key}-alone").inside == "ok"
    assert evidence.control_row(f"{key}-alone").inside == capabilities.TRIED[key][3]


def test_what_execve_does_to_root_and_to_others(evidence):
    assert evidence.row("handed-on").inside == capabilities.PORT
    assert evidence.control_row("handed-on").inside == "none"
    assert (evidence.row("laid-down").inside, evidence.row("root-again").inside) == (0, caps.all_there_are())


def test_a_file_gives_what_a_copy_of_it_does_not(evidence):
    assert [evidence.row(key).inside for key in ("from-file", "from-copy")] == [capabilities.PORT, "none"]
    assert evidence.row("gained").inside == "none"
    assert evidence.control_row("gained").inside == capabilities.PORT


def test_the_record_has_what_was_set(evidence):
    calls = {call.name for call in evidence.syscalls}
    assert calls >= {"capset", "prctl", "setxattr", "chroot", "sethostname", "mount"}


@pytest.mark.parametrize("port", [1, 443, 1023])
def test_options_reach_the_kernel(port):
    assert capabilities.demo(port=port, only="alone").row("port-alone").inside == "ok"


def test_shell(evidence, tmp_path):
    with_files = bool(shutil.which("setcap", path="/usr/sbin:/sbin:/usr/bin"))
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=14 if with_files else 11)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=17)


@pytest.mark.pure
@pytest.mark.parametrize("bad", [0, -1, 1024, "80", None, 1.5])
def test_bad_ports_are_named(bad):
    with pytest.raises((ValueError, TypeError), match="port="):
        capabilities.demo(port=bad)
