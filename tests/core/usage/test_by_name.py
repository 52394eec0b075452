"""What would be read and what a pattern could hide, for files that do not exist yet."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt import BuildContext
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.golang import match as gomatch
from ctxopt.core.usage.by_name import NamesOfReads, SourceNames, could_hide, intersect, would_read


def read(line: str) -> ContextRead:
    return plan(f"FROM scratch\n{line}\n".encode(), "Dockerfile").reads[0]


@pytest.mark.parametrize(
    ("instruction", "pattern", "could"),
    [
        ("COPY src/ /x", "src/new", True),
        ("COPY src/ /x", "src", True),
        ("COPY src/ /x", "docs", False),
        ("COPY src/ /x", "**/cache", True),
        ("COPY src/ /x", "*.log", False),
        ("COPY src/a /x", "src/*.log", False),
        ("COPY src/a /x", "src/?", True),
        ("COPY src/*.py /x", "src/*.pyc", False),
        ("COPY src/*.py /x", "src/a*", True),
        ("COPY src/*.py /x", "src/deep/a.txt", False),
        ("COPY src/*/a /x", "src/*/b", False),
        ("COPY file.txt /x", "**/cache", False),
        ("COPY file.txt /x", "**/*.txt", True),
        ("COPY . /x", "anything", True),
        ("COPY --exclude=docs . /x", "docs", False),
        ("COPY --exclude=docs . /x", "docs/deep", False),
        ("COPY --exclude=docs --exclude=!docs/a . /x", "docs", True),
        ("COPY --exclude=**/*.md . /x", "**/*.md", False),
        ("COPY --exclude=**/*.md src /x", "src/**/*.md", False),
        ("COPY --exclude=[z-a] . /x", "docs", True),
        ("COPY --parents a/**/b.json /x", "a/c/d", True),
        ("COPY --parents a/**/b.json /x", "a/c/d.txt/*.txt", True),
        ("COPY --parents a/./b /x", "a/c", False),
        ("COPY --parents a/./b /x", "a/b", True),
        ("COPY a\\* /x", "ab", True),
        ("COPY a\\\\* /x", "ab", False),
        ("RUN --mount=type=bind,source=s,target=/s true", "s/new", True),
        ("RUN --mount=type=bind,source=s*,target=/s true", "sx", False),
        ("ARG A\nCOPY $A /x", "anything", True),
    ],
)
def test_what_a_pattern_could_hide(instruction: str, pattern: str, could: bool) -> None:
    assert could_hide(pattern, read(instruction), lambda source: source in ("file.txt", "src/a")) is could


_LINES = st.sampled_from(
    [
        "COPY a/b /x",
        "COPY a b/c /x/",
        "COPY . /x",
        "COPY a*/b /x",
        "ARG A\nCOPY $A /x",
        "COPY --parents **/a /x",
        "COPY c /x",
    ]
)
_PATTERNS = st.sampled_from(["a", "a/b", "b", "b/c/d", "c", "d", "**/a", "*", "a*", "a**b/c", "d/e", "a/" * 401 + "b"])


@given(st.lists(_LINES, max_size=5), _PATTERNS, st.booleans())
def test_of_many_instructions_few_are_compared(lines: list[str], pattern: str, are_files: bool) -> None:
    reads = [read(line) for line in lines]
    together = NamesOfReads([SourceNames(one) for one in reads]).could_be_hidden(pattern, lambda _: are_files)
    assert together is any(could_hide(pattern, one, lambda _: are_files) for one in reads)


_GLOBS = st.lists(st.sampled_from(["a", "b", "*", "?", "[ab]", "[^a]", "\\*", "\\a"]), max_size=4).map("".join)
_NAMES = ["".join(name) for length in range(5) for name in itertools.product("ab*", repeat=length)]


@given(_GLOBS, _GLOBS)
def test_globs_that_match_the_same_name_meet(one: str, other: str) -> None:
    common = any(gomatch.match(one, name) and gomatch.match(other, name) for name in _NAMES)
    assert intersect(one, other) >= common
    if "[" not in one + other and "\\*" not in one + other:
        assert intersect(one, other) == common or len(one + other) > 4


def test_long_globs_may_meet() -> None:
    assert intersect("a*" * 1000, "b*" * 1000)


def test_very_deep_paths_are_not_compared() -> None:
    assert could_hide("/".join("a" * 5000), read("COPY b /x"), lambda source: False)


@pytest.mark.parametrize(
    ("instruction", "read", "not_read"),
    [
        ("COPY src /", ["src", "src/new", "src/a/b"], ["srcs", "srcs/new", "other/src", "new"]),
        ("COPY src/*.py /d/", ["src/a.py", "src/a.py/b"], ["src", "src/a.md", "src/a/b.py"]),
        ("COPY . /", ["new", "a/b"], []),
        ("COPY --exclude=*.md --exclude=b src /", ["src", "src/a.py", "src/a/c.md"], ["src/a.md", "src/b/c", "a.md"]),
        ("COPY --exclude=**/*.md --exclude=!**/keep.md src /", ["src/a/keep.md"], ["src/a/b.md"]),
        # What an instruction names itself is not subject to its excludes.
        ("COPY --exclude=*.md a.md /", ["a.md"], ["b.md"]),
        ("COPY --parents src/*.py /", ["src/a.py", "src/a.py/b"], ["src", "src/a.md", "src/a/b.py", "other/a.py"]),
        ("COPY --parents a/./b/*.c /", ["a/b/x.c"], ["a", "a/b", "b/x.c", "a/b/x.h", "a/c/x.c"]),
        ("COPY --parents **/*.c /", ["x.c", "a/b/x.c"], ["a/b/x.h"]),
        ("COPY --parents --exclude=b/x.c a/./b /", ["a/b/y.c"], ["a/b/x.c", "a", "b/y.c"]),
        ("COPY --parents --exclude=a/b/x.c a/b /", ["a/b/y.c"], ["a/b/x.c"]),
        ("RUN --mount=type=bind,source=src,target=/m true", ["src/new"], ["new"]),
        ("COPY $UNKNOWN/a /d/", ["a", "b"], []),
        ("COPY a[ /d/", [], ["a", "a["]),
    ],
)
def test_what_would_be_read(tmp_path: Path, instruction: str, read: list[str], not_read: list[str]) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\nARG UNKNOWN\n{instruction}\n")
    (one,) = BuildContext(str(tmp_path)).instructions
    assert [path for path in (*read, *not_read) if would_read(one, path)] == read
