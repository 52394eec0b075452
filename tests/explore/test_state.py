"""What is summed over all files is summed once, and a choice is worked out once for all that asks."""

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
