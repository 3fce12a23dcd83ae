import os

import pytest

from nslab.cgroups import net_cls
from nslab.errors import Unsupported
from tests import byhand
from tests.cgroups.conftest import COMPLETE, here


@pytest.fixture(scope="module")
def evidence():
    return here(net_cls.demo, only=None if COMPLETE else "classid")


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_all_packets_carry_the_class_and_none_of_the_sender_outside(evidence):
    assert evidence.row("marked-classid").measured == 100
    assert evidence.control_row("marked-classid").measured == 0
    assert (evidence.row("others-classid").measured, evidence.control_row("others-classid").measured) == (0, 100)
    assert (evidence.row("classid").measured, evidence.control_row("classid").measured) == (0x00100001, 0)


@pytest.mark.any_version
def test_a_class_and_a_number_of_packets_reach_the_kernel():
    evidence = here(net_cls.demo, classid=0x00AB0020, packets=10, only="classid")
    assert evidence.holds, evidence.failures
    assert evidence.row("marked-classid").measured == 10
    assert [w[1:] for w in evidence.written] == [("net_cls.classid", "0x00ab0020")]


def test_v2_matches_the_cgroup_itself():
    evidence = here(net_cls.demo, only="v2")
    assert evidence.row("marked-v2").measured == 100
    assert evidence.control_row("marked-v2").measured == 0
    assert evidence.control_row("others-v2").measured == 100
    assert evidence.row("where").measured != evidence.control_row("where").measured


def test_chart(evidence):
    assert len(evidence.plot("classid").axes) == 2
    values = [value for _, value in evidence.samples.series("of the class").points]
    assert len(values) == 11
    assert values == sorted(values)
    assert max(value for _, value in evidence.samples.series("of the class", run="without").points) == 0


def test_shell(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=2)) == 2


def test_c(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=2)) == 2


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classid": "10"}, "classid='10': give a handle as tc writes it"),
        ({"classid": "0:1"}, "classid='0:1': give a handle"),
        ({"classid": "1:10000"}, "classid='1:10000': give a handle"),
        ({"classid": 1}, "classid=1: give a handle"),
        ({"classid": 1 << 32}, "classid=4294967296: give a handle"),
        ({"classid": None}, "classid=None: give a handle"),
        ({"packets": 9}, "packets=9: give a number from 10 to 1000"),
        ({"packets": 10.5}, "packets=10.5: give a whole number"),
        ({"packets": "all"}, "packets='all': give a number"),
        ({"only": "no"}, "only='no': choose one of classid, v2"),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        net_cls.demo(**options)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may mount a hierarchy")
def test_an_ordinary_user_is_told_to_be_root():
    with pytest.raises(Unsupported, match=r"(?s)mount\(2\) asks for CAP_SYS_ADMIN, .* uid \d+, .*sudo make lab"):
        net_cls.demo(only="classid")
