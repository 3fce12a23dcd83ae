"""What the check says of a machine: it finds each fault that was prepared, and nothing where there is none."""

from __future__ import annotations

import socket
import time
from types import SimpleNamespace

import pytest

from nslab.cgroups.core import location
from nslab.errors import Unsupported
from nslab.talks import machine

pytestmark = pytest.mark.pure
CPU = "from nslab.cgroups import cpu\ncpu.demo()"


def supply(where, kind, status):
    where.mkdir()
    (where / "type").write_text(f"{kind}\n")
    (where / "status").write_text(f"{status}\n")
    (where / "capacity").write_text("41\n")


def test_a_battery_that_is_emptied(tmp_path):
    assert machine.battery(tmp_path).verdict == "ok"
    supply(tmp_path / "AC", "Mains", "Discharging")
    supply(tmp_path / "BAT0", "Battery", "Charging")
    assert machine.battery(tmp_path).verdict == "ok"
    supply(tmp_path / "BAT1", "Battery", "Discharging")
    found = machine.battery(tmp_path)
    assert (found.verdict, found.mend) == ("warn", "plug it in")
    assert "41 % left" in found.seen


def screen(where, *modes, status="connected"):
    where.mkdir()
    (where / "status").write_text(f"{status}\n")
    (where / "modes").write_text("".join(f"{mode}\n" for mode in modes))


def test_a_projector_of_another_size(tmp_path):
    assert machine.screens(tmp_path).verdict == "ok"
    (tmp_path / "version").touch()
    screen(tmp_path / "card0-eDP-1", "1920x1080", "1280x720")
    screen(tmp_path / "card0-DP-1", "2560x1440", status="disconnected")
    screen(tmp_path / "card1-HDMI-A-1", "1920x1080", "1024x768")
    assert machine.screens(tmp_path).verdict == "ok", "both have one size"
    screen(tmp_path / "card1-HDMI-A-2", "1280x720")
    found = machine.screens(tmp_path)
    assert found.verdict == "warn"
    assert "eDP-1 1920x1080" in found.seen
    assert "HDMI-A-2 1280x720" in found.seen
    assert "DP-1 2560x1440" not in found.seen


def test_other_load():
    assert machine.load(0.1, "idle").verdict == "ok"
    found = machine.load(0.8, "make")
    assert found.verdict == "warn"
    assert "80%" in found.seen
    assert "make" in found.seen


def test_an_update_that_runs():
    assert machine.updates(["bash", "python3"]).verdict == "ok"
    assert "unattended-upgr" in machine.updates(["bash", "unattended-upgr"]).seen
    assert machine.updates(machine.running()).name == "updates"


def test_a_taken_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        found = machine.port(number)
        assert found.verdict == "warn"
        assert str(number) in found.mend
    assert machine.port(number).verdict == "ok"


@pytest.mark.parametrize(("free", "verdict"), [(1 << 20, "fail"), (100 << 20, "warn"), (4 << 30, "ok")])
def test_a_full_disk(monkeypatch, tmp_path, free, verdict):
    rooms = {tmp_path: 8 << 30, tmp_path / "small": free}
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda where: SimpleNamespace(free=rooms[where]))
    found = machine.disk(list(rooms))
    assert found.verdict == verdict
    assert (str(tmp_path / "small") in found.seen) == (free < 8 << 30)


def test_no_compiler(tmp_path):
    assert machine.compiler([CPU], str(tmp_path)).verdict == "ok"
    assert machine.compiler(["%%c\nint main(void) {}"], str(tmp_path)).verdict == "fail"
    (tmp_path / "cc").touch(mode=0o755)
    assert machine.compiler(["%%c\nint main(void) {}"], str(tmp_path)).verdict == "ok"


def test_a_clock_that_is_behind(tmp_path):
    file = tmp_path / "talk.ipynb"
    file.touch()
    assert machine.clock(time.time(), [file]).verdict == "ok"
    found = machine.clock(time.time() - 86_400, [file])
    assert found.verdict == "fail"
    assert "set-ntp" in found.mend


def test_no_rights_to_make_groups(monkeypatch):
    def refused(subsystem):
        raise Unsupported(subsystem, "none is delegated", "sudo systemctl …")

    assert machine.cgroups(["import nslab"]).verdict == "ok"
    monkeypatch.setattr(location, "where", refused)
    found = machine.cgroups([CPU, "from nslab.cgroups import memory, pids"])
    assert (found.verdict, found.mend) == ("warn", "sudo systemctl …")
    assert "cpu, memory, pids" in found.seen
    assert machine.cgroups(["import nslab"]).verdict == "ok"


def test_another_sessions_sandbox_of_the_same_name():
    sources = ['box = nslab.Sandbox(uts=True, name="web")', "%%bash\nhostname web"]
    assert machine.sandboxes(sources, ["other"]).verdict == "ok"
    found = machine.sandboxes(sources, ["web", "other"])
    assert found.verdict == "fail"
    assert "called web" in found.seen


def test_a_missing_extension(tmp_path):
    there, stage = tmp_path / "share", tmp_path / "stage"
    for name in ("anywidget", "@jupyter-widgets/jupyterlab-manager"):
        (there / name).mkdir(parents=True)
        (there / name / "package.json").touch()
    assert machine.extensions([str(there)], stage).verdict == "fail"
    stage.mkdir()
    (stage / "package.json").touch()
    assert machine.extensions([str(there)], stage).verdict == "ok"
    (there / "anywidget/package.json").unlink()
    found = machine.extensions([str(there)], stage)
    assert found.verdict == "fail"
    assert "anywidget" in found.mend
