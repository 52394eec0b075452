"""What is summed over all files is summed once, and a choice is worked out once for all that asks."""

import gc
import weakref
from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals, View
from ctxopt.explore import state as module
from ctxopt.explore.session import Session, Text
from ctxopt.explore.state import select
from ctxopt.proposal.by_hand import Choice
from tests.explore.support import opened
from tests.support.files import write

_DOCKERFILE = "FROM scratch\nCOPY src/ /\n"


def test_a_selection_that_was_shown_before_is_not_summed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"Dockerfile": _DOCKERFILE, "src/a": "x", "docs/b": "xx", "docs/c": "xxx"})
    state = Session(opened(tmp_path)).present_state()
    shown = [select(state, state, only_unused=unused) for unused in (True, False)]
    monkeypatch.setattr(module, "DirectorySums", None)
    again = [select(state, state, only_unused=unused) for unused in (True, False)]
    root = state.tree.root
    for first, second in zip(shown, again, strict=True):
        assert first.sent.below(root) == second.sent.below(root)
        assert first.rest.below(root) == second.rest.below(root)
    assert again[0].rest.below(root) == Totals(2, 5)
    assert again[0].sent.below(root) == Totals()


def test_few_masks_are_remembered(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _DOCKERFILE, "src/a": "x", **{f"docs/{number}": "x" for number in range(20)}})
    state = Session(opened(tmp_path)).present_state()
    for number in range(20):
        mask = bytearray(len(state.sent_files))
        mask[number] = 1
        state.summed(bytes(mask))
    assert len(state._summed) <= 4


def test_the_build_that_is_looked_at_is_decided_once_for_each_text(tmp_path: Path) -> None:
    """The state that is shown and the proof of the choice are of one context."""
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "x", "docs/b": "xx", ".dockerignore": "c\n"})
    session = Session(opened(tmp_path))
    text = Text(choices=(Choice("docs"),))
    attempt = session.attempt(Text(), Choice("docs"), View.BUILDKIT)
    assert attempt.state is not None
    (after,) = session.by_hand._tried(session.data(text))
    assert attempt.state.context is after
    (before,) = session.by_hand._tried(session.present)
    assert before is session.opened.context


def test_a_choice_that_is_refused_has_no_state(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _DOCKERFILE, "src/a": "x"})
    attempt = Session(opened(tmp_path)).attempt(Text(), Choice("src"), View.BUILDKIT)
    assert attempt.refused == "Dockerfile:2 `COPY src/` needs it"
    assert attempt.state is None


def test_what_was_tried_and_dropped_is_forgotten(tmp_path: Path) -> None:
    """A state takes as much memory as the listing of the context."""
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", **{f"d{number}/a": "x" for number in range(6)}})
    session = Session(opened(tmp_path))
    made = []
    for number in range(6):
        attempt = session.attempt(Text(), Choice(f"d{number}"), View.BUILDKIT)
        assert attempt.state is not None
        made.append(weakref.ref(attempt.state.context))
    del attempt
    gc.collect()
    assert [number for number, context in enumerate(made) if context() is not None] == [5]


def test_only_a_large_context_is_worth_the_time_to_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "x", "b": "x"})
    freed: list[bool] = []
    monkeypatch.setattr("gc.collect", lambda: freed.append(True))
    session = Session(opened(tmp_path))
    session.learn()
    session.attempt(Text(), Choice("a"), View.BUILDKIT)
    assert freed == []
    monkeypatch.setattr("ctxopt.explore.session._LARGE", 3)
    session.attempt(Text(), Choice("b"), View.BUILDKIT)
    assert freed == [True]
