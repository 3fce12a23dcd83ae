"""Broken variants of the demo of PID namespaces."""

from tests.mutants import Mutant, edit

FILE = "nslab/namespaces/pid/experiment.py"


def _m(part: str, about: str, old: str, new: str, survives: str = "") -> Mutant:
    return Mutant(part, about, edit(FILE, old, new), survives)


MUTANTS = (
    _m(
        "init",
        "treatment dropped: the first process",
        "outside.clone(_tell_ids, *_flags(treated), ",
        "outside.clone(_tell_ids, ",
    ),
    _m(
        "init",
        "treatment dropped: the second process",
        "outside.sandbox(pid=treated) as box, box",
        "outside.sandbox() as box, box",
    ),
    _m(
        "init",
        "getpid() replaced by 1",
        'before[0], said["pid"], after[0], OnlyInside(1)',
        "before[0], 1, after[0], OnlyInside(1)",
    ),
    _m("init", "getppid() replaced by 0", '"parent"], after[1]', '"parent"] * 0, after[1]'),
    _m(
        "init",
        "the second's id replaced by 2",
        'before[0], said["pid"], after[0], varies=True)',
        "before[0], 2, after[0], varies=True)",
    ),
    _m("init", "wrong place: the host's ids read inside", "level = len(process.nspid()) - 1", "level = -1"),
    _m("init", "wrong place: the second is made outside", "box.clone(_tell_ids", "outside.clone(_tell_ids"),
    _m(
        "init",
        "wrong process: the host looks at itself afterwards",
        "said = told(first)\n        after = outside.call(_ids_here, first.pid)",
        "said = told(first)\n        after = outside.call(_ids_here, os.getpid())",
    ),
    _m(
        "proc", "treatment dropped: the old /proc", "outside.clone(_found, *_flags(treated), ", "outside.clone(_found, "
    ),
    _m(
        "proc",
        "treatment dropped: the new /proc",
        "outside.clone(_listed, *_flags(treated), NEWNS, proc=True",
        "outside.clone(_listed, NEWNS, proc=True",
    ),
    _m(
        "proc",
        "action skipped: no new /proc",
        "NEWNS, proc=True, stream=False).result()\n        after",
        "NEWNS, stream=False).result()\n        after",
    ),
    _m("proc", "the number of processes replaced by 1", "before[0], new[0], after[0]", "before[0], 1, after[0]"),
    _m("proc", "/proc/self replaced by 1", "before[1], new[1], after[1]", "before[1], 1, after[1]"),
    _m("proc", "what the old /proc showed replaced by a number", "there, old[0], still", "there, 1000, still"),
    _m(
        "proc",
        "wrong place: the host's /proc read inside",
        "after, still = outside.call(_listed),",
        "after, still = new,",
    ),
    _m(
        "proc",
        "wrong process: the old /proc's own",
        "_found, *_flags(treated), NEWNS, args=(stranger.pid,)",
        '_found, *_flags(treated), NEWNS, args=("self",)',
    ),
    _m(
        "proc",
        "wrong time: the process outside is looked for at its end",
        "return process.starttime(pid), ns",
        "time.sleep(0.05); return process.starttime(), ns",
    ),
    _m("levels", "treatment dropped", "place.sandbox(pid=treated)", "place.sandbox()"),
    _m("levels", "action skipped: one level too few", "for _ in range(levels):", "for _ in range(levels - 1):"),
    _m(
        "levels",
        "wrong place: all side by side",
        "place = stack.enter_context(place.sandbox",
        "place = stack.enter_context(outside.sandbox",
    ),
    _m(
        "levels",
        "reading replaced by what is expected",
        "inside, after = place.call(_depth), outside",
        "inside, after = before + levels, outside",
    ),
    _m(
        "levels",
        "wrong place: the host's ids read inside",
        "place.call(_depth), outside.call(_depth)",
        "place.call(_depth), place.call(_depth)",
    ),
    _m("orphans", "treatment dropped", "_leave_an_orphan, *_flags(treated), NEWNS", "_leave_an_orphan, NEWNS"),
    _m(
        "orphans",
        "action skipped: no orphan, the child itself",
        "        if process.fork() == 0:\n            os.close(end_write)",
        "        if True:\n            os.close(end_write); middle = 0",
    ),
    _m(
        "orphans", "its parent replaced by a constant", "return adopted, _fate", 'return "the process we cloned", _fate'
    ),
    _m("orphans", "its end replaced by a constant", "_fate(left, ZOMBIE_WAIT if ours else REAPED), ns", '"zombie", ns'),
    _m(
        "orphans",
        "wrong time: asked before its end",
        "    os.close(end_read)\n    os.close(end_write)\n    _until(lambda: not process.runs(left))\n",
        "",
    ),
    _m("orphans", "wrong process: the host's init is asked for", "_fate(left, ", "_fate(os.getpid(), "),
    _m("signals", "treatment dropped: from inside", "_shot_by_its_child, *_flags(treated),", "_shot_by_its_child,"),
    _m(
        "signals",
        "treatment dropped: from the parent namespace",
        "_show_signs_of_life, *_flags(treated),",
        "_show_signs_of_life,",
    ),
    _m(
        "signals",
        "treatment dropped: SIGKILL from the parent namespace",
        "_show_signs_of_life, *_flags(treated),",
        "_show_signs_of_life, *_flags(treated and sig == signal.SIGTERM),",
    ),
    _m("signals", "action skipped: no signal from inside", "        process.kill(target, sig)\n", ""),
    _m("signals", "action skipped: no signal from outside", "            init.kill(sig)\n", ""),
    _m(
        "signals",
        "action skipped: SIGTERM is not sent",
        "            init.kill(sig)\n",
        "            init.kill(sig) if sig == signal.SIGKILL else None\n",
    ),
    _m(
        "signals",
        "action skipped: SIGKILL is not sent",
        "            init.kill(sig)\n",
        "            init.kill(sig) if sig == signal.SIGTERM else None\n",
    ),
    _m("signals", "what came of it replaced: inside", "outcome = _outcome(init)", 'outcome = "ignored"'),
    _m("signals", "what came of it replaced: outside", "outcome = _survival(init, sig)", "outcome = expected"),
    _m(
        "signals",
        "wrong time: looked at before it is sent",
        "            init.kill(sig)\n            outcome = _survival(init, sig)",
        "            outcome = _survival(init, sig)\n            init.kill(sig)",
    ),
    _m(
        "signals",
        "wrong target: the child itself",
        "        process.kill(target, sig)",
        "        process.kill(os.getpid(), sig)",
    ),
    _m("killing", "treatment dropped", "_have_children, *_flags(treated),", "_have_children,"),
    _m("killing", "action skipped", "        init.kill()\n        init.wait(30)\n", ""),
    _m(
        "killing",
        "action skipped: init is asked to end",
        "        init.kill()\n",
        "        init.kill(signal.SIGTERM)\n",
    ),
    _m("killing", "reading replaced by 0", "        left = sum(map(process.runs, below))", "        left = 0"),
    _m("killing", "action skipped: no children", "args=(CHILDREN,)", "args=(0,)"),
    _m(
        "killing",
        "wrong time: counted before",
        "        init.kill()\n        init.wait(30)\n",
        "        left = before\n        init.kill()\n        init.wait(30)\n"
        "        before = left\n        below = []\n",
    ),
    _m("strangers", "treatment dropped", "outside.clone(_ask_for, *_flags(treated),", "outside.clone(_ask_for,"),
    _m(
        "strangers",
        "reading replaced by a constant",
        "before, inside, after, Exactly",
        'before, "ESRCH", after, Exactly',
    ),
    _m("strangers", "wrong number", "number = process.nspid(stranger.pid)[-1]", "number = 4194000"),
    _m(
        "strangers",
        "wrong time: it has ended by then",
        "        after = outside.call(_ask_for, number)[0]\n",
        "    after = outside.call(_ask_for, number)[0]\n",
    ),
    _m(
        "strangers",
        "wrong place: the host's answer given inside",
        "        after = outside.call(_ask_for, number)[0]\n",
        "        after = inside\n",
    ),
    _m("unshare", "treatment dropped", "ns.unshare(NEWPID if treated else CloneFlag(0))", "ns.unshare(CloneFlag(0))"),
    _m(
        "unshare",
        "action skipped: the caller forks no child",
        '    child, (first, inode) = telling(lambda tell: tell((os.getpid(), ns.inode("pid"))))\n',
        '    child, first, inode = 0, os.getpid(), ns.inode("pid")\n',
    ),
    _m(
        "unshare",
        "wrong time: both are read before",
        'own, children = (ns.inode(kind) for kind in ("pid", "pid_for_children"))',
        'own = children = ns.inode("pid")',
    ),
    _m(
        "unshare",
        "the first child's id replaced by 1",
        "NOT_ASKED, first, NOT_ASKED, Is(1), varies=True)",
        "NOT_ASKED, 1, NOT_ASKED, Is(1), varies=True)",
    ),
    _m(
        "unshare",
        "wrong place: the child's namespace shown as the caller's",
        "before, own, outside.ns",
        "before, children, outside.ns",
    ),
    _m("limit", "treatment dropped", "_descend(NEWPID if treated else CloneFlag(0),", "_descend(CloneFlag(0),"),
    _m("limit", "action skipped: stops before", "DEEPEST + 3, NOT_ASKED)", "DEEPEST - 5, NOT_ASKED)"),
    _m("limit", "the deepest level replaced by 32", "before, level, after, expected", "before, 32, after, expected"),
    _m(
        "limit", "the refusal replaced by a constant", "NOT_ASKED, refusal, NOT_ASKED", 'NOT_ASKED, "ENOSPC", NOT_ASKED'
    ),
    _m(
        "limit", "wrong place: the level of the one that asked", "json.dumps((_depth() - 1, said", "json.dumps((1, said"
    ),
)
