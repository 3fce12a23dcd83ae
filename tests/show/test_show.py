import re

import pytest

from nslab.errors import Unsupported
from nslab.experiment.evidence import Evidence, Inode, Reading, Row
from nslab.experiment.expect import AtLeast, Is, Within
from nslab.show import evidence as show_evidence
from nslab.show import html, terminal

pytestmark = pytest.mark.pure


def evidence(inside="b", control="b", after="a"):
    return Evidence(
        name="uts", claim="It <is> so.",
        rows=(Row("one", "one", "a", inside, "a"),), control=(Row("one", "one", "a", control, after),),
        inodes=(Inode("inode", "inode of the uts namespace", 1, 2, 1),),
        control_inodes=(Inode("inode", "inode of the uts namespace", 3, 3, 3),), shell="echo '<&>'", c="int main;",
    )  # fmt: skip


def test_it_holds_when_the_rows_do_and_the_control_does_not():
    assert evidence(after="b").holds
    assert not evidence(inside="a", after="b").holds
    assert not evidence(after="a").holds, "the control bears the claim out as well, so it was not the flag"


def test_a_row_without_control_does_not_hold():
    alone = Evidence(name="x", claim="c", rows=(Row("one", "one", "a", "b", "a"),), control=())
    assert alone.failures == ("one: there is no control for it",)


def test_a_row_that_is_not_decisive_wants_the_same_control():
    def made(control):
        row = Row("signal", "signal", "-", "ok", "-", Is("ok"), decisive=False)
        return Evidence(
            name="x",
            claim="c",
            rows=(row,),
            control=(Row("signal", "signal", "-", control, "-", Is("ok"), decisive=False),),
        )

    assert made("ok").holds
    assert not made("lost").holds


def test_evidence_is_immutable():
    with pytest.raises(AttributeError):
        evidence().claim = "other"


def test_html_escapes_and_says_the_verdict_in_words():
    page = evidence(after="b")._repr_html_()
    assert "It &lt;is&gt; so." in page
    assert "&lt;&amp;&gt;" in page
    assert ">✓ holds<" in page
    assert "uts:[2]" in page
    assert "✗ does not hold" in evidence()._repr_html_()


def test_terminal_form():
    text = terminal.text(show_evidence.as_text(evidence(after="b").to_dict()))
    assert "holds" in text
    assert "It <is> so." in text
    assert "stand-in" in text


def test_unknown_row_is_named():
    with pytest.raises(KeyError, match="no row 'two'; there are: one"):
        evidence().row("two")


def test_unsupported_is_a_card():
    card = Unsupported("a thing", "why <not>", "mend it")._repr_html_()
    assert "why &lt;not&gt;" in card
    assert "mend it" in card
    assert "nslab-card" in html.card("good", "t", "b")


def test_a_narrow_terminal_breaks_no_number_and_no_short_name():
    rows = [("cgroup", 4026531835, 80, "a command line that is too long for all of it " * 2)]
    text = terminal.text(terminal.table("", ("type", "inode", "lowest pid", "command"), rows), width=60)
    assert all(whole in text for whole in ("cgroup", "4026531835", "80"))
    assert "lowest pid" not in text
    assert max(map(len, text.splitlines())) <= 60


def test_a_margin_is_told_with_what_is_expected():
    reading = Reading("share", "share", "weight 60", 75.0, 74.8, Within(0.5, "points"))
    assert show_evidence.value(reading.to_dict(), "expected") == "75.0 ± 0.5"
    assert show_evidence.value(Reading("kills", "kills", "", 1, 2, AtLeast()).to_dict(), "expected") == "≥ 1"


def test_a_short_value_is_not_broken_in_a_narrow_column():
    """A browser may break a long one anywhere; half an inode, or half of "user", would be read as another word."""
    whole = re.findall(r'class="[^"]*\bnslab-short\b[^"]*">([^<]*)<', html.table("", ["type", "inode"], ROWS))
    assert whole == ["user", "4026531837", "–"]
    assert re.search(r"\.nslab-short \{ white-space: nowrap;", html.style())
    # Of a label a browser breaks no word: "/proc/self/ns/cgroup" had its last letter in a line of its own.
    assert re.findall(r'nslab-label nslab-short">([^<]*)<', evidence()._repr_html_()) == ["one", "one"]
    assert re.search(r"\.nslab-label \{ overflow-wrap: break-word;", html.style())


ROWS = [("user", 4026531837), (None, "thread 12024 of 11383, thread 12070 of 11383")]


@pytest.mark.parametrize(("inode", "again"), [(3, ""), (2, " (the number was free again)")])
def test_a_number_that_was_given_again_is_not_taken_for_the_same_namespace(inode, again):
    """The control's namespace may get the number of the first one, which has gone by then."""
    shown = evidence().to_dict()
    shown["control_inodes"][0].update(host_before=inode, inside=inode, host_after=inode)
    assert show_evidence.inodes(shown) == [
        f"The namespace: uts:[1] outside, uts:[2] inside; without the flag uts:[{inode}] on both sides{again}."
    ]


def test_a_long_path_breaks_at_its_slashes():
    shown = html.table("hierarchies", ("number", "mounted at"), [("0", "/sys/fs/cgroup/unified"), ("1", "cpu,io")])
    assert "/<wbr>unified" in shown
    assert "cpu,io" in shown, "what is short is not broken at all"
    assert "<b>" not in html.breakable("/a/path/that/has/<b>/in/it")


def test_a_flag_is_named_where_there_is_one_alone():
    assert "With the flag" in show_evidence.as_html(evidence().to_dict())
    without = Evidence(**{**vars(evidence()), "inodes": (), "control_inodes": ()})
    assert "With the flag" not in show_evidence.as_html(without.to_dict())


def test_what_speaks_against_a_claim_names_its_values():
    reading = Reading("share", "its share", "weight 60", 75, 71, Within(1, "points"))
    seen = Evidence(name="x", claim="c", rows=(reading,), control=(reading,))
    assert seen.failures[0] == (
        "its share: asked 'weight 60', expected 75, measured 71, which is not 'within 1 points of what is expected'"
    )
