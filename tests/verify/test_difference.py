"""How two images differ: what was excluded on purpose, what is noise, and what is a failure."""

from dataclasses import replace

import pytest

from ctxopt.verify.contents import Contents, Entry
from ctxopt.verify.difference import compare, without_noise, without_other_names
from ctxopt.verify.model import ImageCounts

_DIRECTORY = Entry("directory", 0o755, (0, 0))


def _file(text: str, mode: int = 0o644) -> Entry:
    return Entry("file", mode, (0, 0), size=len(text), digest=text)


_BEFORE: Contents = {
    "app": _DIRECTORY,
    "app/main": _file("main"),
    "app/docs": _DIRECTORY,
    "app/docs/deep": _DIRECTORY,
    "app/docs/deep/a.md": _file("a"),
    "app/docs/empty": _DIRECTORY,
    "out": _file("out"),
}


def _without(*paths: str) -> dict[str, Entry]:
    return {path: entry for path, entry in _BEFORE.items() if path not in paths}


def test_what_a_copy_brought_may_be_missing_with_its_directories() -> None:
    after = _without("app/docs", "app/docs/deep", "app/docs/deep/a.md", "app/docs/empty")
    difference = compare(_BEFORE, after, {"app/docs/deep/a.md", "app/docs/empty"})
    assert not difference
    assert difference.counts == ImageCounts(excluded=1)


@pytest.mark.parametrize("path", ["out", "app/docs/empty", "app/main"])
def test_what_else_is_missing_is_a_failure(path: str) -> None:
    difference = compare(_BEFORE, _without(path), {"app/docs/deep/a.md"})
    assert difference.missing == (path,)
    assert difference.summary == f"/{path} missing"


def test_a_directory_with_other_files_must_stay() -> None:
    after = {**_without("app/docs/deep", "app/docs/deep/a.md"), "app/docs/deep/b.md": _file("b")}
    assert compare(_BEFORE, after, {"app/docs/deep/a.md"}).new == ("app/docs/deep/b.md",)


def test_what_the_build_makes_again_is_no_failure() -> None:
    after = {**_BEFORE, "app/docs/deep/a.md": _file("made by the build")}
    difference = compare(_BEFORE, after, {"app/docs/deep/a.md"})
    assert not difference
    assert difference.counts == ImageCounts(regenerated=1)


@pytest.mark.parametrize(
    "entry",
    [
        _file("other"),
        _file("out", mode=0o600),
        replace(_file("out"), owner=(1, 0)),
        Entry("symbolic link", 0, (0, 0), "main"),
    ],
)
def test_what_is_changed_is_a_failure(entry: Entry) -> None:
    assert compare(_BEFORE, {**_BEFORE, "out": entry}, set()).changed == ("out",)


def test_content_that_differs_between_two_equal_builds_is_excused() -> None:
    after = {**_BEFORE, "out": _file("third")}
    difference = without_noise(compare(_BEFORE, after, set()), _BEFORE, {**_BEFORE, "out": _file("second")}, after)
    assert not difference
    assert difference.counts == ImageCounts(excused=1)


@pytest.mark.parametrize("again", [_BEFORE, {**_BEFORE, "out": _file("second", mode=0o600)}, _without("out")])
def test_nothing_else_is_excused(again: Contents) -> None:
    after = {**_BEFORE, "out": _file("third")}
    assert without_noise(compare(_BEFORE, after, set()), _BEFORE, again, after).changed == ("out",)


def test_an_absent_file_is_never_excused() -> None:
    difference = compare(_BEFORE, _without("out"), set())
    assert without_noise(difference, _BEFORE, _without("out"), _without("out")).missing == ("out",)


def test_a_long_difference_is_counted() -> None:
    after = _without("out", "app/main", "app/docs/empty")
    assert compare(_BEFORE, after, set()).summary == "/app/docs/empty, /app/main and 1 more missing"


def test_names_that_are_chosen_anew_are_not_compared() -> None:
    before = {**_BEFORE, "tmp": _DIRECTORY, "tmp/aaa": _file("")}
    again = {**_BEFORE, "tmp": _DIRECTORY, "tmp/bbb": _file("")}
    after = {**_BEFORE, "tmp": _DIRECTORY, "tmp/ccc": _DIRECTORY, "tmp/ccc/deep": _file("")}
    decided, example = without_other_names(compare(before, after, set()), before, again)
    assert not decided
    assert example == "tmp/aaa"
    del after["out"]
    after["app/new"] = _file("")
    decided, _ = without_other_names(compare(before, after, set()), before, again)
    assert decided.summary == "/out missing; /app/new new"
