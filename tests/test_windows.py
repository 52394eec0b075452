"""What can be tried elsewhere of Windows: its paths, junctions, and the encodings of its terminals."""

import ntpath
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ctxopt.annotations.model import Annotation, Level, placed
from ctxopt.builds import reading
from ctxopt.cli import explain
from ctxopt.core.context import disk, files, locate
from ctxopt.core.context.tree import EntryKind
from ctxopt.errors import CtxoptError
from ctxopt.git import revision
from ctxopt.render import sarif
from sample_projects.make_junk import make
from tests.support.cli import run

_ROOT = "C:\\repo\\ctx"


class _WindowsOs:
    """The module `os` with the paths of Windows."""

    sep = "\\"
    path = ntpath

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (explain, files, locate, reading, revision, sarif):
        if hasattr(module, "os"):
            monkeypatch.setattr(module, "os", _WindowsOs())


def _revision() -> revision.Revision:
    file, link = "aa" * 20, "bb" * 20
    rows = [
        ("src", int(EntryKind.DIRECTORY), 0, "cc" * 20),
        ("src/a", int(EntryKind.FILE), 3, file),
        ("src/up", int(EntryKind.SYMLINK), 0, link),
    ]
    return revision.revision_from(_ROOT, "ctx", "dd" * 20, rows, {link: "../src"})


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    "path", [f"{_ROOT}\\src\\a", f"{_ROOT}/src/a", f"{_ROOT}\\src\\up\\a", f"{_ROOT}\\.\\src\\..\\src\\a"]
)
def test_a_revision_is_read_below_a_drive(path: str) -> None:
    storage = _revision().storage
    assert storage.real(path) == "C:/repo/ctx/src/a"
    assert storage.status(path, follow=True)[1] == 3
    assert locate.is_there(storage, path)


@pytest.mark.usefixtures("windows")
def test_links_of_a_revision_below_a_drive() -> None:
    found = _revision()
    assert found.storage.link(f"{_ROOT}\\src\\up") == "../src"
    assert found.storage.links_in(f"{_ROOT}\\src") == ["up"]
    assert found.files.links_in("src") == ("up",)
    assert found.files.exists("src/a")
    assert not found.files.exists("src/b")
    with pytest.raises(FileNotFoundError):
        found.storage.status("D:\\repo\\ctx\\src\\a", follow=True)


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    "path",
    [
        *("..\\..\\secret", "a/..\\..\\..\\secret", "C:\\secret", "a/D:secret", "\\\\host\\share\\secret", "\\secret"),
        # Devices, which have these names in every directory, and what is the same name to Windows.
        *("con/secret", "a/NUL.secret", "secret/aux", "COM1 .secret", "lpt³/secret", "CONIN$/secret"),
        *("secret.", "secret ", "secret./a"),
    ],
)
def test_no_name_leads_out_of_the_context(path: str) -> None:
    """A Dockerfile may come from anybody, and a share of another host would be sent the user's name."""

    class Untouched:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    with pytest.raises(ValueError, match="secret"):
        locate.below(_ROOT, path)
    looked = files.Files(_ROOT, cast(locate.Storage, Untouched()))
    assert not looked.exists(path)
    assert looked.link(path) is None
    assert looked.links_in(path) == ()
    for count in (1, 100):
        on_disk = files.Files(_ROOT).parts(path, 10, count)
        with pytest.raises((ValueError, OSError)):
            next(on_disk)
    with pytest.raises(ValueError, match="secret"):
        locate._open_by_path(_ROOT, path.split("/")[:-1], path.split("/")[-1])


@pytest.mark.usefixtures("windows")
def test_a_plain_name_stays_below() -> None:
    assert ntpath.normpath(locate.below(_ROOT, "a b/c.d")) == f"{_ROOT}\\a b\\c.d"
    for name in (".dockerignore", "console", "com10", "a.con", "nul-device", ".nul", "com", "lpt"):
        assert locate.below(_ROOT, name) == f"{_ROOT}\\{name}"


@pytest.mark.usefixtures("windows")
def test_two_drives_have_nothing_in_common() -> None:
    assert not reading.inside("C:\\repo", "D:\\repo\\a")
    assert reading.inside("C:\\repo", "C:\\repo\\a")
    assert reading.relative_to("C:\\repo", "D:\\repo\\a") == "D:/repo/a"
    assert reading.relative_to("C:\\repo", "C:\\other\\a") == "../other/a"


@pytest.mark.usefixtures("windows")
def test_a_path_to_explain_may_have_backslashes_and_a_drive() -> None:
    for path in ("src\\a", "src/a", f"{_ROOT}\\src\\a", "C:/repo/ctx/src/a/"):
        assert explain._relative(_ROOT, path) == "src/a"
    for path in ("..\\a", "D:\\repo\\ctx\\a", "C:\\repo\\a"):
        with pytest.raises(CtxoptError):
            explain._relative(_ROOT, path)


def test_an_absolute_name_of_windows_gets_no_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "isabs", ntpath.isabs)
    assert placed("services/api", "C:/other/Dockerfile") == "C:/other/Dockerfile"
    assert placed("services/api", "Dockerfile") == "services/api/Dockerfile"
    item = Annotation("a-rule", Level.NOTE, "text", "C:/other/Dockerfile", 1)
    assert sarif._artifact(item.file) == {"uri": "file:///C%3A/other/Dockerfile"}


def test_a_junction_is_not_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could lead to a directory above it, and the walk would never end."""
    assert locate.is_junction(cast(os.stat_result, SimpleNamespace(st_reparse_tag=0xA0000003)))
    assert not locate.is_junction(os.lstat(tmp_path))
    for name in ("junction", "plain"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    monkeypatch.setattr(disk, "_JUNCTIONS", True)
    monkeypatch.setattr(disk, "_is_junction", lambda entry: entry.name == "junction")
    found: dict[str, int] = dict(disk.Disk(str(tmp_path), None)._scan("", 0))
    assert found == {"junction": -EntryKind.SPECIAL, "plain": -EntryKind.DIRECTORY}
    assert disk.Disk(str(tmp_path), None).measure("").files == 2


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
def test_every_sentence_can_be_read_in_the_encodings_of_its_terminals(tmp_path: Path, encoding: str) -> None:
    root = tmp_path / "project"
    make("python-service", root)
    for arguments in (("generate", "--style", "allowlist"), ("analyze",), ("ls", "--tree"), ("--help",), ("stages",)):
        done = run(*arguments, cwd=root, encoding=encoding)
        assert done.returncode == 0, done.stderr
        assert "\\u" not in done.stdout
        if arguments[0] == "generate":
            assert "29.1 MB -> 37.3 kB" in done.stdout


def test_a_name_that_the_encoding_does_not_have_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (tmp_path / "日本.txt").write_text("x")
    assert "\\u65e5\\u672c.txt" in run("ls", cwd=tmp_path, encoding="cp1252").stdout


def test_a_test_that_cannot_make_its_files_is_skipped(pytester: pytest.Pytester) -> None:
    """But an error that ctxopt meets, and any other error, fails it."""
    pytester.makeconftest('pytest_plugins = ["tests.support.systems"]')
    pytester.makepyfile(
        """
        class Refused(OSError):
            winerror = 123

        def refuse(error=Refused):
            raise error("no such name")

        def test_name():
            refuse()

        def test_other():
            refuse(OSError)

        def test_ctxopt():
            exec("def run(): refuse()", scope := {"__name__": "ctxopt.x", "refuse": refuse})
            scope["run"]()
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:xdist", "-o", "addopts=")
    result.assert_outcomes(skipped=1, failed=2)
