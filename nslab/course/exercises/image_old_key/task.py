"""What a later layer removes is still in the earlier one (OCI image specification, layer.md, "Whiteouts")."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

IMAGE, KEY = "/srv/image.tar", "app/key"
FORM = ("The answer has the form key- and eight characters: 0 to 9, a to f.",)
ANOTHER = (
    "What a layer removes stays in the layers below. Which file of the image says in which order they lie?",
    "manifest.json lists the layers from the lowest to the topmost; each is a tar. Where does app/key come last?",
    "tar -xf /srv/image.tar; then tar -xOf LAYER app/key of each layer in the manifest's order. The last one is it.",
)
GONE = ("The image is no longer as it was. `nslab reset image-old-key` makes it anew.",)


class Task(Exercise):
    """The check reads the image once more, in the order of its manifest."""

    lesson = "18"
    place = 2
    kind = "find"
    answer = "a key"
    namespaces = ("mnt",)

    def scene(self, stage: Stage) -> None:
        keys = [f"key-{stage.draw.getrandbits(32):08x}" for _ in range(4)]
        first, second, last, other = keys
        box = stage.sandbox("build", mnt=True)
        stage.run(box, "mount -t tmpfs -o size=4m srv /srv")
        layers = [
            {KEY: first, "app/server": "#!/bin/sh\n"},
            {KEY: second},
            {"app/motd": "welcome\n"},
            {KEY: last},
            {"app/.wh.key": "", "app/key.example": other},
            {"app/motd": "good bye\n"},
        ]
        names = [f"{stage.draw.getrandbits(64):016x}/layer.tar" for _ in layers]
        parts = {name: _tar(each) for name, each in zip(names, layers, strict=True)}
        parts = {name: parts[name] for name in stage.draw.sample(names, len(names))}
        parts["config.json"] = json.dumps({"config": {"Cmd": ["/app/server"]}}).encode()
        parts["manifest.json"] = json.dumps([{"Config": "config.json", "Layers": names}]).encode()
        Path(f"/proc/{box.pid}/root{IMAGE}").write_bytes(_tar(parts))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"image": f"/proc/{scene.pid('build')}/root{IMAGE}"}

    def check(self, scene: Scene) -> Iterator[Finding]:
        try:
            found = keys(f"/proc/{scene.pid('build')}/root{IMAGE}")
        except (OSError, tarfile.TarError, KeyError, ValueError):
            found = []
        if not found:
            yield Finding("image", f"the keys in the layers of {IMAGE}", "some", "none", False, GONE)
            return
        answered = scene.answer.strip()
        right_form = bool(re.fullmatch(r"key-[0-9a-f]{8}", answered))
        looked, wanted = "what you answered", "key- and eight characters"
        yield Finding("form", looked, wanted, answered or "nothing", right_form, FORM)
        if right_form:
            # Which layer has it is not said: whoever is wrong is to look.
            right = answered == found[-1]
            yield Finding("key", f"the last layer of {IMAGE} that has {KEY}", "the key that you answered",
                          "that key" if right else "another", right, ANOTHER)  # fmt: skip


def keys(image: str) -> list[str]:
    """What app/key is in each layer that has it, the lowest first. Raises OSError, KeyError, ValueError."""
    found = []
    with tarfile.open(image) as archive:
        for name in json.load(_member(archive, "manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=_member(archive, name)) as layer:
                if KEY in layer.getnames():
                    found.append(_member(layer, KEY).read().decode())
    return found


def _member(archive: tarfile.TarFile, name: str) -> io.BufferedReader:
    file = archive.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file")
    return file  # type: ignore[return-value]


def _tar(content: Mapping[str, str] | Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, text in content.items():
            data = text.encode() if isinstance(text, str) else text
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()
