"""A file is replaced as a whole or not at all, and never one that is not the user's to have replaced."""

import errno
import multiprocessing
import os
import random
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ctxopt.errors import CtxoptError
from ctxopt.files import read_for_change, replace_file
from tests.support import replacing
from tests.support.systems import fifo, not_as_root, posix_only, root_only, unix_socket

_NAME = ".dockerignore"
_OLD = b"*.log\n"
_NEW = b"*.log\n\n.git\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "context"
    root.mkdir()
    (root / _NAME).write_bytes(_OLD)
    return root


def change(root: Path, path: str = _NAME, data: bytes = _NEW) -> None:
    replace_file(read_for_change(str(root), path), data)


def names(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


def test_the_bytes_are_replaced(root: Path) -> None:
    assert read_for_change(str(root), _NAME).data == _OLD
    change(root)
    assert (root / _NAME).read_bytes() == _NEW
    assert names(root) == [_NAME]


def test_a_path_may_be_absolute_and_lead_through_a_link_to_the_root(root: Path) -> None:
    (root.parent / "link").symlink_to(root)
    change(root.parent / "link", str(root.parent / "link" / _NAME))
    assert (root / _NAME).read_bytes() == _NEW


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o444, 0o755])
def test_the_mode_stays(root: Path, mode: int) -> None:
    (root / _NAME).chmod(mode)
    change(root)
    assert stat.S_IMODE((root / _NAME).stat().st_mode) == mode


@root_only
def test_the_owner_stays(root: Path) -> None:
    os.chown(root / _NAME, 1234, 5678)
    change(root)
    status = (root / _NAME).stat()
    assert (status.st_uid, status.st_gid) == (1234, 5678)


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_new_file_has_the_usual_mode(root: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        change(root, "new.dockerignore")
    finally:
        os.umask(before)
    assert (root / "new.dockerignore").read_bytes() == _NEW
    assert stat.S_IMODE((root / "new.dockerignore").stat().st_mode) == mode


def test_equal_bytes_are_left_alone(root: Path) -> None:
    before = (root / _NAME).stat()
    change(root, data=_OLD)
    assert (root / _NAME).stat() == before


def test_an_empty_file_can_be_made(root: Path) -> None:
    change(root, "empty", b"")
    assert (root / "empty").read_bytes() == b""


def test_a_name_as_long_as_can_be(root: Path) -> None:
    change(root, "ü" * 127)
    assert (root / ("ü" * 127)).read_bytes() == _NEW


def test_a_link_stays_and_its_file_is_replaced(root: Path) -> None:
    (root / "config").mkdir()
    (root / _NAME).rename(root / "config" / "ignore")
    (root / _NAME).symlink_to("config/ignore")
    change(root)
    assert os.readlink(root / _NAME) == "config/ignore"
    assert (root / "config" / "ignore").read_bytes() == _NEW
    assert (names(root), names(root / "config")) == ([_NAME, "config"], ["ignore"])


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("../outside", "it is a symbolic link that leads out of its directory; put the file itself there"),
        ("nowhere", "it is a symbolic link that leads nowhere; put the file itself there"),
        (_NAME, "it is a symbolic link that leads nowhere; put the file itself there"),
        ("directory", "it is not a regular file"),
    ],
)
def test_links_that_are_refused(root: Path, target: str, problem: str) -> None:
    (root.parent / "outside").write_bytes(_OLD)
    (root / "directory").mkdir()
    (root / _NAME).unlink()
    (root / _NAME).symlink_to(target)
    with pytest.raises(CtxoptError) as caught:
        change(root)
    assert str(caught.value) == f"{_NAME}: {problem}"
    assert (root.parent / "outside").read_bytes() == _OLD


@pytest.mark.parametrize("path", ["sub/.dockerignore", "../context-2/.dockerignore"])
def test_a_directory_that_leads_out(root: Path, path: str) -> None:
    outside = root.parent / "context-2"
    outside.mkdir()
    (outside / _NAME).write_bytes(_OLD)
    (root / "sub").symlink_to(outside)
    with pytest.raises(CtxoptError, match=r"lies outside of .*/context; put the file itself there"):
        change(root, path)
    assert (outside / _NAME).read_bytes() == _OLD


def test_a_linked_directory_inside_is_fine(root: Path) -> None:
    (root / "real").mkdir()
    (root / "sub").symlink_to("real")
    change(root, "sub/.dockerignore")
    assert (root / "real" / _NAME).read_bytes() == _NEW


@pytest.mark.parametrize("make", [Path.mkdir, fifo, unix_socket])
def test_what_is_no_regular_file(root: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    make(root / "x")
    with pytest.raises(CtxoptError, match=r"^x: it is not a regular file$"):
        change(root, "x")


@pytest.mark.parametrize("path", ["", ".", "..", "sub/", f"{_NAME}/x", "missing/x", "a\0b"])
def test_paths_that_are_no_file(root: Path, path: str) -> None:
    with pytest.raises(CtxoptError, match=r"it is not a regular file|cannot read it: "):
        change(root, path)
    assert names(root) == [_NAME]


def _rewrite(path: Path) -> None:
    path.write_bytes(b"other\n")


def _touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def _exchange(path: Path) -> None:
    status = path.stat()
    (path.parent / "other").write_bytes(_OLD)
    os.utime(path.parent / "other", ns=(status.st_atime_ns, status.st_mtime_ns))
    (path.parent / "other").rename(path)


def _link(path: Path) -> None:
    path.rename(path.parent / "moved")
    path.symlink_to("moved")


def _lead_out(path: Path) -> None:
    path.rename(path.parent.parent / "moved")
    path.symlink_to("../moved")


def _turn_into_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "meanwhile", [_rewrite, _touch, _exchange, _link, _lead_out, _turn_into_directory, Path.unlink]
)
def test_a_file_that_changed_meanwhile(root: Path, meanwhile: Callable[[Path], None]) -> None:
    snapshot = read_for_change(str(root), _NAME)
    meanwhile(root / _NAME)
    before = {path: path.read_bytes() for path in root.parent.rglob("*") if path.is_file()}
    with pytest.raises(CtxoptError, match=r"^\.dockerignore: it was changed meanwhile; run the command again$"):
        replace_file(snapshot, _NEW)
    assert {path: path.read_bytes() for path in root.parent.rglob("*") if path.is_file()} == before


def test_a_file_that_appeared_meanwhile(root: Path) -> None:
    snapshot = read_for_change(str(root), "new")
    (root / "new").write_bytes(b"")
    with pytest.raises(CtxoptError, match="it was changed meanwhile"):
        replace_file(snapshot, _NEW)
    assert (root / "new").read_bytes() == b""
    assert names(root) == [_NAME, "new"]


@not_as_root
def test_a_directory_that_is_not_writable(root: Path) -> None:
    root.chmod(0o555)
    try:
        with pytest.raises(CtxoptError, match="cannot write it: Permission denied; it is as it was"):
            change(root)
    finally:
        root.chmod(0o755)
    assert (root / _NAME).read_bytes() == _OLD


def _write_a_little(descriptor: int, data: memoryview) -> int:
    """A disk that takes three bytes and is full then."""
    if os.fstat(descriptor).st_size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return os.pwrite(descriptor, data[:3], 0)


def _fail(*_: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


_FULL = "cannot write it: No space left on device; it is as it was"
_BROKEN = "cannot write it: Input/output error; it is as it was"


@pytest.mark.parametrize(
    ("path", "name", "failing", "error"),
    [
        (_NAME, "write", _write_a_little, f"{_NAME}: {_FULL}"),
        (_NAME, "fsync", _fail, f"{_NAME}: {_BROKEN}"),
        (_NAME, "fchmod", _fail, f"{_NAME}: {_BROKEN}"),
        (_NAME, "replace", _fail, f"{_NAME}: {_BROKEN}"),
        (_NAME, "fsync", _interrupt, ""),
        (_NAME, "replace", _interrupt, ""),
        ("new", "write", _write_a_little, f"new: {_FULL}"),
        ("new", "replace", _fail, f"new: {_BROKEN}"),
    ],
)
def test_a_failure_leaves_everything_as_it_was(
    root: Path, monkeypatch: pytest.MonkeyPatch, path: str, name: str, failing: Callable[..., object], error: str
) -> None:
    snapshot = read_for_change(str(root), path)
    descriptors = _descriptors()
    monkeypatch.setattr(os, name, failing)
    with pytest.raises((CtxoptError, KeyboardInterrupt)) as caught:
        replace_file(snapshot, _NEW)
    monkeypatch.undo()
    assert str(caught.value) == error
    assert ((root / _NAME).read_bytes(), names(root)) == (_OLD, [_NAME])
    assert _descriptors() == descriptors


def _descriptors() -> int:
    """How many files are open, where that can be told."""
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


def test_a_directory_that_cannot_be_synced_does_no_harm(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def files_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", files_only)
    change(root)
    assert (root / _NAME).read_bytes() == _NEW


def test_whoever_is_killed_leaves_a_whole_file(root: Path) -> None:
    rng = random.Random(1)
    file = root / _NAME
    file.write_bytes(replacing.SHORT)
    seen = {replacing.SHORT: 0, replacing.LONG: 0}
    processes = _quick_processes()
    for _ in range(200):
        started, starting = processes.Pipe(duplex=False)
        child = processes.Process(target=replacing.replace_without_end, args=(str(root), _NAME, starting), daemon=True)
        child.start()
        starting.close()
        assert started.recv_bytes() == b"!"
        child.join(rng.uniform(0, 0.03))
        assert child.exitcode is None
        child.kill()
        child.join()
        started.close()
        data = file.read_bytes()
        assert data in seen
        seen[data] += 1
    assert min(seen.values()) > 0
    strays = [name for name in names(root) if name != _NAME]
    assert [name for name in strays if not (name.startswith(".dockerignore.") and name.endswith(".tmp"))] == []
    # They do not get in the way.
    change(root)
    assert (file.read_bytes(), len(names(root))) == (_NEW, 1 + len(strays))


def _quick_processes() -> Any:
    """Processes that are copies of one that has imported all they need, where there are such copies."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([replacing.__name__])
    return context
