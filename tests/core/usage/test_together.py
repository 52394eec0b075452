"""Very many sources with wildcards take together what each of them takes."""

import os
from pathlib import Path

import pytest

from ctxopt.core.build_context import BuildContext
from ctxopt.core.usage import legacy, resolve
from ctxopt.errors import ReadError
from tests.support.contexts import context
from tests.support.steps import assert_linear

_FILES = ("a", "ab", "b.txt", "d1/a", "d1/ab.txt", "d2/e/a", "d2/e/b", "d2/b", "d3/e/ab/c", "[x]")
_SOURCES = (
    "*",
    "a*",
    "*b*",
    "d*/a",
    "d*/*",
    "d[1-2]/?*",
    "*/e/*",
    "d2/*",
    "d2/e*",
    "d?/e",
    "/d3/*/a*",
    "./*.txt",
    "n*",
    "n*/a",
    "d1",
    "b.txt",
    "d[^/]/a",
    "missing",
    "missing/*",
)


def _taken(root: Path) -> list[object]:
    build = BuildContext(str(root))
    results = [str(result) for result in build.usage.results]
    usage, directories = build.usage, build.tree.directories()
    files = [sorted(usage.readers(each, index)) for each in directories for index in range(len(each.names))]
    found = [str(one) if isinstance(one, ReadError) else one for one in build.legacy_files_read]
    return [results, files, found]


@pytest.mark.parametrize("ignore", ["", "d2\n!d2/b\n", "**/ab*\n", "Dockerfile\n"])
@pytest.mark.parametrize("link", [False, True])
def test_together_is_as_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ignore: str, link: bool) -> None:
    pairs = [(one, other) for one in _SOURCES for other in _SOURCES if one != other]
    copies = "".join(f"COPY {one} {other} /x{number}/\n" for number, (one, other) in enumerate(pairs))
    lone = "".join(f"COPY {one} /x\n" for one in _SOURCES)
    context(tmp_path, dict.fromkeys(_FILES, 1), f"FROM scratch\n{copies}{lone}", ignore)
    if link:
        os.symlink("../d1/a", tmp_path / "d2/link")
    apart = _taken(tmp_path)
    for module in (resolve, legacy):
        monkeypatch.setattr(module, "MOST_APART", 1)
    assert _taken(tmp_path) == apart


@pytest.mark.parametrize("source", ["d*/fN*[13579{}]*", "*/[d-f]N*{}*", "[d]*/*[0-9]{}*[0-9]"])
@pytest.mark.parametrize("asked", ["usage", "legacy"])
def test_as_many_files_as_sources_that_each_match_half_are_no_product(tmp_path: Path, source: str, asked: str) -> None:
    def work(size: int) -> object:
        sources = " ".join(source.format(f"{number:04}"[::-1]) for number in range(size))
        files = {f"d{number % 7}/fN{number:04}": 1 for number in range(size)}
        opened = context(tmp_path / str(size), files, f"FROM scratch\nCOPY {sources} /x/\n")
        assert opened.snapshot
        return lambda: opened.usage.results if asked == "usage" else opened.legacy_files_read

    assert_linear(work, 150, margin=3000)  # type: ignore[arg-type] # what is called is of no interest


def test_the_legacy_builder_has_the_directories_above_what_it_is_sent(tmp_path: Path) -> None:
    opened = context(tmp_path, {"d2/a": 1, "d2/b": 1}, "FROM scratch\nCOPY d2/b* /x/\nCOPY d2/a* /x/\n", "d2\n!d2/b\n")
    found, missing = opened.legacy_files_read
    assert found == ["d2/b"]
    assert isinstance(missing, ReadError)
