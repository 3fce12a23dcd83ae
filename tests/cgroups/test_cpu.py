import pytest

from nslab.cgroups import cpu
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return cpu.demo(seconds=1.5)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_shell(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=2)) == 2


def test_c(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=2)) == 2
