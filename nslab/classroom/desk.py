"""A learner's place: `python -m nslab.classroom.desk ARGUMENTS` brings the lessons, and becomes his Jupyter server.

It is the first program of the learner's service, whose cgroup is delegated to him. A cgroup of v2 has processes or
children with controllers (cgroups(7)), so all that he runs begins where nslab's own processes go anyway.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nslab.course import lessons
from nslab.lab.upkeep.cgroup_cleanup import LEAF
from nslab.linux import cgroupfs, files

LESSONS = "nslab"
SAID = Path(__file__).parent / "said"
"""What JupyterLab is told of beside what is installed: the teacher's line."""
RUNTIME = Path("/tmp/nslab-runtime")
"""Of Jupyter, in the learner's own /tmp: the path of a kernel's socket may have 107 bytes."""


def main(arguments: list[str]) -> None:
    """Move into a cgroup of its own, bring the lessons, and become the server. Raises OSError."""
    own = cgroupfs.mount_points()[""] + cgroupfs.paths()[""]
    files.mkdir(f"{own}/{LEAF}")
    files.write(f"{own}/{LEAF}/cgroup.procs", str(os.getpid()))
    files.write(f"{own}/cgroup.subtree_control", " ".join(f"+{each}" for each in cgroupfs.controllers(own)))
    home = Path.home()
    if lessons.installed() is not None:
        lessons.bring(home / LESSONS)
    RUNTIME.mkdir(mode=0o700, exist_ok=True)
    os.environ["JUPYTER_RUNTIME_DIR"] = str(RUNTIME)
    server = [sys.executable, "-I", "-m", "jupyterhub.singleuser", f"--ServerApp.root_dir={home / LESSONS}",
              "--KernelManager.transport=ipc",
              "--ServerApp.jpserver_extensions={'nslab.classroom.said.server': True}",
              f"--LabApp.extra_labextensions_path={SAID}",
              "--ServerApp.terminado_settings={'shell_command': ['/bin/bash']}", *arguments]  # fmt: skip
    os.execv(server[0], server)


if __name__ == "__main__":
    main(sys.argv[1:])
