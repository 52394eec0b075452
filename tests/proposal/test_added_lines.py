"""Lines that someone writes inside the block are theirs: they stay, below it."""

from pathlib import Path

import pytest

from ctxopt.builds.discovery import Request
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.proposal.block import Record, block_texts, fits, seal_of, with_building_only, with_needed
from ctxopt.proposal.propose import propose
from tests.support.cli import run
from tests.support.files import write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY src /\n", "src/a": "a", "data.bin": "x" * 900, "notes": "n"})
    write(tmp_path, {".dockerignore": "# mine\n*.tmp\n"})
    (file,) = propose(str(tmp_path), Request()).files
    (tmp_path / ".dockerignore").write_bytes(file.new)
    assert run("generate", "--check", cwd=tmp_path).returncode == 0
    return tmp_path


def _edit(project: Path, edit: dict[int, list[str]], removed: tuple[int, ...] = ()) -> None:
    """Put lines into the block before those with these indexes, and remove others."""
    path = project / ".dockerignore"
    lines = path.read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("# >>>")) + 1
    for index in sorted({*edit, *removed}, reverse=True):
        lines[first + index : first + index + (index in removed)] = edit.get(index, [])
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("edit", "removed", "kept"),
    [
        ({1: ["mine/x"]}, (), ["mine/x"]),
        ({0: ["# why", "one", "two", "three"]}, (), ["# why", "one", "two", "three"]),
        ({1: ["!data.bin"], 3: ["other"]}, (), ["!data.bin", "other"]),
        # More than that was changed: whatever no new block has is kept.
        ({0: ["one"], 1: ["two"], 2: ["three"]}, (), ["one", "two", "three"]),
        ({1: ["data.*"]}, (1,), ["data.*"]),
        ({}, (1,), []),
    ],
)
def test_they_stay_below(project: Path, edit: dict[int, list[str]], removed: tuple[int, ...], kept: list[str]) -> None:
    before = (project / ".dockerignore").read_bytes()
    _edit(project, edit, removed)
    write(project, {"more.bin": "y" * 500})
    done = run("generate", "--write", cwd=project)
    after = (project / ".dockerignore").read_bytes()
    assert done.returncode == 0
    assert after.startswith(b"# mine\n*.tmp\n\n# >>> ctxopt: do not edit; ")
    below = after.partition(b"<<<\n")[2].decode().splitlines()
    assert [line for line in below if line] == kept
    said = " ".join(done.stdout.split())
    assert ("kept below the block" in said) is bool(kept)
    assert all(line in said for line in kept if not line.startswith("#"))
    assert fits(seal_of(after) or "", block_texts(after))
    assert set(block_texts(before)) - set(block_texts(after)) <= {b"data.bin"}
    # Nothing is lost the next time either.
    run("generate", "--write", cwd=project)
    assert (project / ".dockerignore").read_bytes() == after


def test_line_ends_of_a_checkout_are_no_change(project: Path) -> None:
    path = project / ".dockerignore"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    write(project, {"more.bin": "y" * 500})
    done = run("generate", "--write", cwd=project)
    assert "kept below" not in done.stdout
    assert b"more.bin\r\n" in path.read_bytes()


def test_what_verify_writes_is_sealed(project: Path) -> None:
    (file,) = propose(str(project), Request()).files
    for data in (
        with_needed(file.new, ["src/x"], Record()),
        with_building_only(file.new, ["src/y"], Record()),
        with_building_only(with_needed(file.new, ["src/x"], Record()), ["src/y"], Record()),
    ):
        assert fits(seal_of(data) or "", block_texts(data))
        assert [line.text for line in read_lines(data, "x")]
