"""Files of a context are read without a way out of it."""

import os
from pathlib import Path

import pytest

from ctxopt.core.context import locate
from ctxopt.core.context.files import Files


@pytest.fixture(params=["as here", "by paths"])
def files(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Some files, also where directories cannot be opened."""
    if request.param == "by paths":
        monkeypatch.setattr(locate, "_BY_DESCRIPTOR", False)
    root = tmp_path / "context"
    (root / "a").mkdir(parents=True)
    (root / "a" / "plain").write_bytes(b"0123456789")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "plain").write_bytes(b"outside")
    (root / "link").symlink_to("a/plain")
    (root / "out").symlink_to(tmp_path / "outside")
    if hasattr(os, "mkfifo"):
        os.mkfifo(root / "pipe")
    return Files(str(root))


def test_a_regular_file(files: Files) -> None:
    assert files.read("a/plain") == b"0123456789"
    assert files.read("a/plain", 10) == b"0123456789"
    assert files.read("a/plain", 9) is None
    assert files.head("a/plain", 3) == b"012"
    assert list(files.parts("a/plain", 10, 4)) == [b"0123", b"4567", b"89"]
    assert list(files.parts("a/plain", 6, 4)) == [b"0123", b"45"]
    assert list(files.parts("a/plain", 10)) == [b"0123456789"]


@pytest.mark.parametrize("count", [2, 100])
@pytest.mark.parametrize("path", ["link", "out/plain", "out", "a", "pipe", "none", "../outside/plain", "a//plain"])
def test_nothing_else_has_parts(path: str, count: int, files: Files) -> None:
    with pytest.raises((OSError, ValueError)):
        list(files.parts(path, 10, count))


@pytest.mark.parametrize("path", ["link", "out/plain", "out", "a", "pipe", "none", "../outside/plain", "a//plain", ""])
def test_what_is_not_read(files: Files, path: str) -> None:
    assert files.read(path) is None
    assert files.head(path, 3) is None
