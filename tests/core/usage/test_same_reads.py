"""Instructions that ask for the same are resolved once, and each is a reader of its own."""

from collections.abc import Set
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.core.ids import ReadId
from ctxopt.core.usage.readers import is_used
from ctxopt.errors import ReadError
from tests.support.contexts import context

_FILES = {"a": 1, "b/c": 2, "b/d": 3, "e": 4}


def test_each_reader_is_there(tmp_path: Path) -> None:
    text = "FROM scratch\nCOPY a /x\nCOPY . /y\nCOPY b /z\nCOPY . /again\nCOPY a /again\nADD . /added\n"
    build = context(tmp_path, _FILES, text)
    usage = build.usage
    for path, expected in {"a": {0, 1, 3, 4, 5}, "b/c": {1, 2, 3, 5}, "e": {1, 3, 5}}.items():
        found = _readers(build, path)
        assert set(found) == expected
        assert list(found) == sorted(expected, reverse=True)
        assert len(found) == len(expected)
        assert is_used(found)
        assert all(number in found for number in expected)
        assert 6 not in found
    assert [result.totals.files for result in usage.results] == [1, 5, 2, 5, 1, 5]
    assert usage.files_of(usage.results[3].read.number) == usage.files_of(usage.results[1].read.number)
    assert usage.files_of(usage.results[4].read.number) == ["a"]


def test_only_the_builder_reads_what_no_instruction_does(tmp_path: Path) -> None:
    text = "FROM scratch\nCOPY a /x\nCOPY a /y\n"
    build = context(tmp_path, _FILES, text)
    builder = _readers(build, "Dockerfile")
    assert set(builder) == {-1}
    assert not is_used(builder)
    nobody = _readers(build, "e")
    assert not nobody
    assert not is_used(nobody)


def test_each_that_fails_says_so_in_its_own_line(tmp_path: Path) -> None:
    usage = context(tmp_path, _FILES, "FROM scratch\nCOPY nothing /x\nCOPY a /y\nCOPY nothing /z\n").usage
    assert [None if result.error is None else result.error.line for result in usage.results] == [2, None, 4]
    with pytest.raises(ReadError):
        usage.files_of(usage.results[2].read.number)


def test_excludes_and_parents_tell_reads_apart(tmp_path: Path) -> None:
    text = "FROM scratch\nCOPY . /x\nCOPY --exclude=a . /y\nCOPY --parents b/c /z\nCOPY b/c /z\n"
    usage = context(tmp_path, _FILES, f"# syntax=docker/dockerfile:1-labs\n{text}").usage
    assert [result.totals.files for result in usage.results] == [5, 4, 1, 1]


def _readers(build: BuildContext, path: str) -> Set[ReadId]:
    found = build.tree.find(path)
    assert found is not None
    return build.usage.readers(*found)


@pytest.mark.parametrize(
    ("excludes", "files"),
    [(["x1", "x2"], [5, 5]), (["a", "x2"], [4, 5]), (["a", "e"], [4, 4]), (["*", "b/[c"], [0, 0])],
)
def test_excludes_are_told_apart_where_they_exclude(tmp_path: Path, excludes: list[str], files: list[int]) -> None:
    copies = "".join(f"COPY --exclude={pattern} . /x/\n" for pattern in excludes)
    usage = context(tmp_path, _FILES, f"# syntax=docker/dockerfile:1-labs\nFROM scratch\n{copies}").usage
    assert [result.totals.files for result in usage.results] == files
