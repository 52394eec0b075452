"""From paths in the image to the entries that COPY and ADD put there."""

from pathlib import Path

import pytest

from ctxopt.image.destinations import destinations
from ctxopt.image.effects import Target
from tests.support.contexts import context

_FILES = {"a.md": 1, "docs/b.md": 2, "docs/deep/c.txt": 3, "docs/.hidden": 5, "lib/d.md": 4, "lib/docs/e": 6}


def _found(root: Path, instruction: str, target: Target) -> list[str]:
    opened = context(root / "context", _FILES, f"FROM a\nWORKDIR /w\n{instruction}\n")
    return sorted({node.path for destination in destinations(opened) for node in destination.entries(target)})


@pytest.mark.parametrize(
    ("instruction", "path", "whole", "entries"),
    [
        ("COPY . .", "/w/docs", True, ["docs"]),
        ("COPY . .", "/w/docs", False, []),
        ("COPY . .", "/w/*.md", False, ["a.md"]),
        ("COPY . .", "/w/*/*.md", False, ["docs/b.md", "lib/d.md"]),
        ("COPY . .", "/w/docs/*", True, ["docs/b.md", "docs/deep"]),
        ("COPY . .", "/w/docs/*", False, ["docs/b.md"]),
        ("COPY . .", "/w/docs/.h*", False, ["docs/.hidden"]),
        ("COPY . .", "/w", True, [""]),
        ("COPY . .", "/*", True, [""]),
        ("COPY . .", "/w", False, []),
        ("COPY . .", "/elsewhere", True, []),
        ("COPY . .", "/w/docs/b.md/x", True, []),
        ("COPY . /", "/docs/deep", True, ["docs/deep"]),
        ("COPY docs /x", "/x/b.md", False, ["docs/b.md"]),
        ("COPY docs lib /x/", "/x/*.md", False, ["docs/b.md", "lib/d.md"]),
        ("COPY l*b/ /x/", "/x/docs", True, ["lib/docs"]),
        ("COPY a.md /x/", "/x/a.md", False, ["a.md"]),
        ("COPY a.md /x", "/x", False, ["a.md"]),
        ("COPY a.md /x", "/x/a.md", False, []),
        ("COPY a.md /opt", "/opt/a.md", False, ["a.md"]),
        ("COPY a.md /w", "/w/a.md", False, ["a.md"]),
        ("COPY a.md .", "/w/a.md", False, ["a.md"]),
        ("COPY a.md .", "/w", True, ["a.md"]),
        ("COPY --parents docs/./deep lib /x", "/x/deep", True, ["docs/deep"]),
        ("COPY --parents docs/./deep lib /x", "/x/lib/docs", True, ["lib/docs"]),
        ("ARG X\nCOPY docs $X", "/b.md", False, []),
        ("ARG X\nCOPY $X .", "/w/docs", True, []),
        ("RUN --mount=source=.,target=/w/x ls", "/w/x/docs", True, []),
    ],
)
def test_paths(tmp_path: Path, instruction: str, path: str, whole: bool, entries: list[str]) -> None:
    assert _found(tmp_path, instruction, Target(path, whole)) == entries


@pytest.mark.parametrize(
    ("instruction", "target", "entries"),
    [
        ("COPY . .", Target("/w", False, ("*.md",)), ["a.md", "docs/b.md", "lib/d.md"]),
        ("COPY . .", Target("/w/docs", False, ("*.md",)), ["docs/b.md"]),
        ("COPY . .", Target("/", False, ("*.md",)), ["a.md", "docs/b.md", "lib/d.md"]),
        ("COPY . .", Target("/w", True, ("docs",), True), ["docs", "lib/docs"]),
        ("COPY . .", Target("/w", True, ("docs",), False), []),
        ("COPY . .", Target("/w", False, ("docs",)), []),
        ("COPY . .", Target("/x", True, ("docs",)), []),
        ("COPY a.md /x/", Target("/x", False, ("*.md",)), ["a.md"]),
        ("COPY a.md /x/b.txt", Target("/x", False, ("*.md",)), []),
    ],
)
def test_names_at_any_depth(tmp_path: Path, instruction: str, target: Target, entries: list[str]) -> None:
    assert _found(tmp_path, instruction, target) == entries


def test_a_directory_of_the_base_image_is_known_only_as_the_same(tmp_path: Path) -> None:
    opened = context(tmp_path, _FILES, "FROM a\nCOPY . .\n")
    (destination,) = destinations(opened)
    assert [node.path for node in destination.entries(Target("?0/docs", True))] == ["docs"]
    assert list(destination.entries(Target("/docs", True))) == []


def test_what_is_copied_through_a_link_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "x").touch()
    (tmp_path / "link").symlink_to("docs")
    opened = context(tmp_path, {}, "FROM a\nCOPY link /x/\nCOPY docs /y/\n")
    assert [destination.path for destination in destinations(opened)] == ["/y"]


def test_what_a_read_takes(tmp_path: Path) -> None:
    opened = context(tmp_path, _FILES, "# syntax=docker/dockerfile:1\nFROM a\nCOPY --exclude=**/*.md docs /x\n")
    (destination,) = destinations(opened)
    (node,) = destination.entries(Target("/x", True))
    taken = opened.usage.taken(destination.read, node.directory, node.index)
    assert (taken.files, taken.size) == (2, 8)
    (one,) = destination.entries(Target("/x/b.md", False))
    assert opened.usage.taken(destination.read, one.directory, one.index).files == 0
