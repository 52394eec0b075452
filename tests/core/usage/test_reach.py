"""What a pattern could hide, for files that do not exist yet."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.golang import match as gomatch
from ctxopt.core.usage.reach import could_hide, intersect


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
