"""Images are unpacked as they are, and none of them makes anything outside of the directory."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import stat
import tarfile

import pytest

from nslab.container.image import BadImage, unpack


def entry(name, kind=tarfile.REGTYPE, content=b"", **values):
    found = tarfile.TarInfo(name)
    found.type, found.size, found.mode = (
        kind,
        len(content),
        values.pop("mode", 0o755 if kind == tarfile.DIRTYPE else 0o644),
    )
    for key, value in values.items():
        setattr(found, key, value)
    return found, content


def layer(*entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for found, content in entries:
            archive.addfile(found, io.BytesIO(content))
    return out.getvalue()


def tar(tmp_path, *entries):
    path = tmp_path / "image.tar"
    path.write_bytes(layer(*entries))
    return path


def docker(tmp_path, *layers, config=None):
    """An image as `docker save` writes it."""
    path = tmp_path / "saved.tar"
    parts = {f"{n}/layer.tar": each for n, each in enumerate(layers)}
    parts["config.json"] = json.dumps({"config": config or {}}).encode()
    parts["manifest.json"] = json.dumps(
        [{"Config": "config.json", "Layers": [n for n in parts if n.endswith("layer.tar")]}]
    ).encode()
    path.write_bytes(layer(*(entry(name, content=content) for name, content in parts.items())))
    return path


def oci(top, *layers):
    """An OCI layout."""
    (top / "blobs" / "sha256").mkdir(parents=True)

    def blob(content):
        digest = hashlib.sha256(content).hexdigest()
        (top / "blobs" / "sha256" / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}

    manifest = {"config": blob(b'{"config": {"Cmd": ["/bin/x"]}}'), "layers": [blob(gzip.compress(e)) for e in layers]}
    (top / "index.json").write_text(json.dumps({"manifests": [blob(json.dumps(manifest).encode())]}))
    (top / "oci-layout").write_text("{}")
    return top


LOW = layer(entry("etc", tarfile.DIRTYPE), entry("etc/a", content=b"low"), entry("etc/b", content=b"b"),
            entry("dir", tarfile.DIRTYPE), entry("dir/x", content=b"x"), entry("dir/y", content=b"y"),
            entry("lib", tarfile.SYMTYPE, linkname="usr/lib"), entry("usr/lib/z", content=b"z"))  # fmt: skip
HIGH = layer(entry("etc/a", content=b"high"), entry("etc/.wh.b"), entry("dir/.wh..wh..opq"),
             entry("dir/new", content=b"n"), entry("lib/more", content=b"m"))  # fmt: skip


@pytest.mark.parametrize("how", ["docker", "oci"])
def test_layers_with_whiteouts(tmp_path, how):
    image = (
        docker(tmp_path, LOW, HIGH, config={"Cmd": ["/bin/x"]}) if how == "docker" else oci(tmp_path / "oci", LOW, HIGH)
    )
    done = unpack(image, tmp_path / "root")
    root = tmp_path / "root"
    assert (done.layers, done.config["Cmd"], done.left_out) == (2, ["/bin/x"], ())
    assert (root / "etc/a").read_text() == "high"
    assert not (root / "etc/b").exists()
    assert sorted(os.listdir(root / "dir")) == ["new"]
    # A later layer writes through a link of an earlier one, inside the image.
    assert (root / "usr/lib/more").read_text() == "m"
    assert (root / "lib").is_symlink()


def test_modes_links_and_pipes(tmp_path):
    image = tar(tmp_path, entry("d", tarfile.DIRTYPE, mode=0o555), entry("d/f", content=b"1", mode=0o640, mtime=1000),
                entry("hard", tarfile.LNKTYPE, linkname="d/f"), entry("soft", tarfile.SYMTYPE, linkname="/d/f"),
                entry("pipe", tarfile.FIFOTYPE, mode=0o600))  # fmt: skip
    unpack(image, tmp_path / "root")
    root = tmp_path / "root"
    assert stat.S_IMODE((root / "d").stat().st_mode) == 0o555
    assert stat.S_IMODE((root / "d/f").stat().st_mode) == 0o640
    assert (root / "d/f").stat().st_mtime == 1000
    assert (root / "hard").stat().st_ino == (root / "d/f").stat().st_ino
    assert os.readlink(root / "soft") == "/d/f"
    assert stat.S_ISFIFO((root / "pipe").stat().st_mode)
    (root / "d").chmod(0o755)


def test_owners_and_set_user_id(tmp_path):
    image = tar(
        tmp_path, entry("su", content=b"x", mode=0o4755, uid=5, gid=6), entry("disk", tarfile.BLKTYPE, devmajor=7)
    )
    done = unpack(image, tmp_path / "root")
    info = (tmp_path / "root" / "su").stat()
    if os.geteuid() == 0:
        assert (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) == (5, 6, 0o4755)
        assert stat.S_ISBLK((tmp_path / "root" / "disk").stat().st_mode)
    else:
        assert (info.st_uid, stat.S_IMODE(info.st_mode)) == (os.geteuid(), 0o755)
        assert done.left_out == (("disk", "Operation not permitted"),)


@pytest.mark.parametrize(("entries", "named"), [
    ([entry("../up", content=b"x")], "../up"),
    ([entry("a/../../up", content=b"x")], "a/../../up"),
    ([entry("hard", tarfile.LNKTYPE, linkname="../secret")], "hard"),
    ([entry("hard", tarfile.LNKTYPE, linkname="/secret")], "hard"),
    ([entry("out", tarfile.SYMTYPE, linkname="/"), entry("out/../secret", content=b"x")], "out/../secret"),
    ([entry("loop", tarfile.SYMTYPE, linkname="loop"), entry("loop/x", content=b"x")], "loop/x"),
])  # fmt: skip
def test_what_leads_out_is_named_and_nothing_is_left(tmp_path, entries, named):
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(BadImage, match=named.replace(".", r"\.")):
        unpack(tar(tmp_path, *entries), tmp_path / "root")
    assert not (tmp_path / "root").exists()
    assert (tmp_path / "secret").read_text() == "secret"


@pytest.mark.parametrize("target", ["/", "/..", "../../..", "/proc/self/root"])
def test_a_link_that_points_out_is_followed_inside(tmp_path, target):
    outside = tmp_path / "outside"
    outside.mkdir()
    links = [entry("out", tarfile.SYMTYPE, linkname=f"{target}{outside}"), entry("out/planted", content=b"x")]
    unpack(tar(tmp_path, *links), tmp_path / "root")
    assert not list(outside.iterdir())
    planted = [os.path.join(where, "planted") for where, _, found in os.walk(tmp_path / "root") if "planted" in found]
    assert len(planted) == 1


def test_a_file_over_a_link_replaces_the_link(tmp_path):
    (tmp_path / "secret").write_text("secret")
    image = tar(tmp_path, entry("f", tarfile.SYMTYPE, linkname=str(tmp_path / "secret")), entry("f", content=b"new"))
    unpack(image, tmp_path / "root")
    assert (tmp_path / "secret").read_text() == "secret"
    assert (tmp_path / "root" / "f").read_text() == "new"


def test_bounds(tmp_path):
    with pytest.raises(BadImage, match=r"'big': with it there are more than 1 MiB"):
        unpack(tar(tmp_path, entry("big", content=b"x" * (1 << 20) + b"x")), tmp_path / "root", size_max="1M")
    with pytest.raises(BadImage, match=r"'b': more than 1 entries"):
        unpack(tar(tmp_path, entry("a"), entry("b")), tmp_path / "root", entries_max=1)
    assert not (tmp_path / "root").exists()


def test_what_is_no_image(tmp_path):
    (tmp_path / "text").write_text("no tar")
    with pytest.raises(BadImage, match=r"/\S+: it is no tar, or is cut short; zstd is not read here$"):
        unpack(tmp_path / "text", tmp_path / "root")
    with pytest.raises(FileNotFoundError):
        unpack(tmp_path / "nothing", tmp_path / "root")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("")
    with pytest.raises(FileExistsError, match="has something in it"):
        unpack(tar(tmp_path, entry("a")), tmp_path / "full")
    with pytest.raises(BadImage, match=r"a directory is an image where it has an index\.json"):
        unpack(tmp_path / "full", tmp_path / "root")


def test_a_layer_that_is_another_or_cut_short(tmp_path):
    top = oci(tmp_path / "oci", LOW)
    manifest = json.loads((top / "index.json").read_text())["manifests"][0]["digest"].split(":")[1]
    digest = json.loads((top / "blobs/sha256" / manifest).read_text())["layers"][0]["digest"].split(":")[1]
    blob = top / "blobs/sha256" / digest
    blob.write_bytes(blob.read_bytes()[:-9] + b"123456789")
    with pytest.raises(BadImage, match="its digest is sha256"):
        unpack(top, tmp_path / "root")
    (tmp_path / "cut.tar").write_bytes(layer(entry("a", content=b"x" * 5000))[:3000])
    with pytest.raises(BadImage):
        unpack(tmp_path / "cut.tar", tmp_path / "root")
    assert not (tmp_path / "root").exists()
