"""What is read of an image."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.errors import CtxoptError
from ctxopt.verify.contents import Entry, is_copy, of_archive, of_container, totals


def _tar(*members: tuple[str, bytes | None], links: tuple[tuple[str, str], ...] = ()) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.mode = 0o640
            if content is None:
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        for name, target in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return data.getvalue()


def _archive(path: Path, *layers: bytes) -> str:
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = json.dumps([{"Layers": names}]).encode()
    path.write_bytes(_tar(*zip(names, layers, strict=True), ("manifest.json", manifest)))
    return str(path)


def test_a_container_has_its_files_and_not_those_of_the_engine() -> None:
    tar = _tar((".dockerenv", b""), ("app", None), ("app/a", b"abc"), ("etc/hosts", b""), links=(("l", "app/a"),))
    found = of_container(io.BytesIO(tar))
    assert {path: (entry.type, entry.mode, entry.link) for path, entry in found.items()} == {
        "app": ("directory", 0o640, ""),
        "app/a": ("file", 0o640, ""),
        "l": ("symbolic link", 0, "app/a"),
    }
    assert totals(found) == Totals(1, 3)


def test_layers_replace_and_remove(tmp_path: Path) -> None:
    base = _tar(("d", None), ("d/a", b"1"), ("d/b", b"2"), ("e", None), ("e/x", b"3"), ("f", None), ("f/y", b"4"))
    top = _tar(("d/.wh.a", b""), ("e/.wh..wh..opq", b""), ("e/z", b"5"), ("f", b"a file now"))
    found = of_archive(_archive(tmp_path / "image.tar", base, top), {})
    assert sorted(found) == ["d", "d/b", "e", "e/z", "f"]
    assert found["f"].type == "file"


@pytest.mark.parametrize("data", [b"", b"no tar at all" * 100, _tar(("manifest.json", b"[]")), _tar(("other", b""))])
def test_an_archive_that_is_none_is_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "image.tar").write_bytes(data)
    with pytest.raises(CtxoptError, match="cannot be read"):
        of_archive(str(tmp_path / "image.tar"), {})


def test_a_broken_export_is_an_error() -> None:
    with pytest.raises(CtxoptError, match="cannot be read"):
        of_container(io.BytesIO(_tar(("a", b"x" * 5000))[:2000]))


def test_what_is_on_the_disk_is_known_in_the_image(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "d").mkdir()
    files = (("same", b"abc"), ("longer", b"abcd"), ("other", b"abd"), ("d", None))
    image = of_container(io.BytesIO(_tar(*files, links=(("link", "a"), ("elsewhere", "b")))))
    expected = {"same": "a", "link": "link", "d": "d"}
    assert {
        (path, name)
        for path in image
        for name in ("a", "link", "d", "gone")
        if is_copy(image, path, str(tmp_path / name))
    } == set(expected.items())


def test_a_layer_that_images_share_is_read_once(tmp_path: Path) -> None:
    base, top = _tar(("a", b"1")), _tar(("b", b"2"))
    names = [f"{number:064x}.tar" for number in range(2)]
    known: dict[str, dict[str, Entry]] = {}
    for layers in ((base, top), (b"not read again", top)):
        manifest = json.dumps([{"Layers": names}]).encode()
        (tmp_path / "image.tar").write_bytes(_tar(*zip(names, layers, strict=True), ("manifest.json", manifest)))
        assert sorted(of_archive(str(tmp_path / "image.tar"), known)) == ["a", "b"]
