"""Words that cannot name an entry are left out without a difference."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxopt import BuildContext
from ctxopt.evidence.image import image_locations
from ctxopt.evidence.mentions import Mention, Mentions, Words
from ctxopt.evidence.name_filter import NameFilter
from ctxopt.evidence.of_build import reads_of
from ctxopt.image.commands import Reader, Run, Runs
from tests.evidence.support import text, write
from tests.support.steps import assert_linear

_DOCKERFILE = """\
FROM node:22 AS base
COPY . /app/src
FROM scratch AS kept
COPY a/b.txt /opt/renamed.txt
FROM base
COPY --from=kept /opt /opt
WORKDIR /app
RUN run
"""
_ENTRIES = ("a/b.txt", "a/c/d.py", "docs/guide.md", "#/x", "settings.py", "other")
_PIECES = st.sampled_from(
    [
        *("a", "b.txt", "c", "d", "d.py", "docs", "guide.md", "settings", "x", "src", "renamed.txt", "opt", "app"),
        *("nothing", "word", "if", "node_modules", "node", "manage.py", "I", "f"),
        *(
            "/",
            "/",
            ".",
            "..",
            "-",
            "--",
            "=",
            ":",
            ",",
            '"',
            "'",
            "`",
            "$",
            "${v}",
            "$(",
            "*",
            "?",
            "[",
            "{",
            "}",
            "#",
        ),
        *("(", ")", "\\", " ", "@", "%", "+", "é"),
    ]
)
_WORDS = st.lists(_PIECES, min_size=1, max_size=6).map("".join).filter(str.split)


class _All(NameFilter):
    """A filter that takes every word for a name."""

    def may_name(self, word: str) -> bool:
        return True


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> BuildContext:
    root = tmp_path_factory.mktemp("context")
    write(root, *_ENTRIES)
    text(root, "Dockerfile", _DOCKERFILE)
    return BuildContext(str(root))


def _mentions(build: BuildContext, names: type[NameFilter], words: list[str]) -> tuple[object, ...]:
    """What guesses at commands with these words say of each entry, and of names that are usual."""
    (run,) = (run for run in Reader(build.plan, 0).runs() if run.name == "run")
    guesses = [_guess(run, tuple(words[at:])) for at in range(len(words))]
    finder = Words(
        [build.plan], image_locations(reads_of(build)), Runs(guesses), build.tree, names(build.tree, [build.plan])
    )
    mentions = Mentions(finder.mentions(guesses))
    entries = [directory.child_path(name) for directory in build.transferred.directories() for name in directory.names]
    found: list[list[Mention]] = [found for path in entries for found in (mentions.of(path), mentions.inside(path))]
    return found, mentions.candidates(["node_modules", "vendor", *build.tree.names])


def _guess(run: Run, words: tuple[str, ...]) -> Run:
    return replace(run, words=words, bare=words, written=words, sure=False)


@settings(max_examples=300, deadline=None)
@given(words=st.lists(_WORDS, min_size=1, max_size=3))
def test_a_word_that_is_left_out_names_nothing(build: BuildContext, words: list[str]) -> None:
    assert _mentions(build, NameFilter, words) == _mentions(build, _All, words)


@pytest.mark.parametrize("word", ["if", "echo", "[[", "}", "--verbose", "nothing.sh", "lib/nothing", "#!"])
def test_most_words_of_a_script_name_nothing(build: BuildContext, word: str) -> None:
    assert not NameFilter(build.tree, [build.plan]).may_concern(word)


@pytest.mark.parametrize("word", ["docs", "./a", "--out=docs", "-Ia", "$HOME/x", "a.c.d", "/app", ".", "renamed.txt"])
def test_what_may_name_an_entry_counts(build: BuildContext, word: str) -> None:
    assert NameFilter(build.tree, [build.plan]).may_concern(word)


def test_a_long_script_is_searched_in_linear_time(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        root = tmp_path / str(size)
        write(root, *_ENTRIES)
        text(root, "Dockerfile", _DOCKERFILE)
        found = BuildContext(str(root))
        words = [f"word{i}" for i in range(size)] + ["docs/guide.md"]
        return lambda: _mentions(found, NameFilter, words[-size:])

    assert_linear(work, 200, margin=2000)
