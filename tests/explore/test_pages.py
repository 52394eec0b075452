"""The findings with their fixes, and the verification."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ctxopt.errors import CtxoptError
from tests.explore.support import Hand, explore
from tests.support.files import Files, write

_FILES: Files = {
    "Dockerfile": "FROM python:3.13\nWORKDIR /app\nCOPY . .\nRUN pip install --no-cache-dir .\n",
    ".dockerignore": "__pycache__\n",
    "pyproject.toml": "[project]\nname = 'x'\nversion = '1'\n",
    "src/__pycache__/a.pyc": 3000,
    "src/a.py": "x = 1\n",
}


def test_findings_with_the_line_that_each_is_about(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("f")
        assert "Findings: found" in hand.screen
        assert ".dockerignore:1 CTX005 warning" in hand.screen
        await hand.press("down", "up", "end", "home", "escape")
        assert hand.app.screen is hand.main

    explore(write(tmp_path, _FILES), act, size=(100, 40))


async def _select_rule(hand: Hand, rule: str) -> None:
    await hand.press("f", "home")
    for _ in range(50):
        selected = hand.page.selected  # type: ignore[attr-defined]
        if selected.rule == rule:
            return
        await hand.press("down")
    raise AssertionError(rule)


def test_a_fix_is_written_after_its_change_was_shown(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await _select_rule(hand, "CTX005")
        assert "f fix" in hand.screen
        await hand.press("f")
        shown = "\n".join(line.plain for line in hand.page.lines)
        assert "-__pycache__" in shown
        assert "+**/__pycache__" in shown
        await hand.press("n")
        assert "nothing was written" in hand.screen
        await hand.press("f", "y")
        assert "CTX005" not in hand.screen
        await hand.press("escape")
        assert hand.model.message == "written: .dockerignore"
        await hand.press("right")
        assert hand.model.rows

    explore(write(tmp_path, _FILES), act, size=(100, 40))
    assert (tmp_path / ".dockerignore").read_text() == "**/__pycache__\n"


def test_a_fix_of_the_dockerfile_changes_what_is_shown(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nMAINTAINER me\nCOPY a /\n"

    async def act(hand: Hand) -> None:
        await hand.press("f")
        rules = [finding.rule for finding in hand.page._report.findings if finding.edits]  # type: ignore[attr-defined]
        await hand.press("escape")
        for rule in rules[:1]:
            await _select_rule(hand, rule)
            await hand.press("f", "y", "escape")
            assert hand.model.message == "written: Dockerfile"

    explore(write(tmp_path, {"Dockerfile": dockerfile, "a": "x"}), act, size=(100, 40))


def test_a_finding_without_a_fix_says_so(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("f")
        while hand.page.selected.edits:  # type: ignore[attr-defined]
            await hand.press("down")
        assert "f fix" not in hand.screen
        await hand.press("f")
        assert "no fix to apply" in hand.screen

    explore(write(tmp_path, {"Dockerfile": "FROM python\nCOPY . /\nRUN curl -o /x http://example.com/x\n"}), act)


def test_no_findings(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("f")
        assert "found no problems" in hand.screen
        await hand.press("down", "f")
        assert "no fix to apply" in hand.screen

    explore(write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "x"}), act)


# -- verify -------------------------------------------------------------------------------------


def test_verify_builds_what_is_shown_after_a_question(tmp_path: Path) -> None:
    def verify(show: Callable[[str], object]) -> Sequence[str]:
        show("Build 1 (before)")
        show("Build 1 (before)")
        show("Build 2 (after)")
        return ["1 pattern verified"]

    async def act(hand: Hand) -> None:
        await hand.press("v", "n")
        assert hand.verified == []
        await hand.select("src")
        await hand.press("i", "y", "v", "y")
        await hand.until(lambda: "1 pattern verified" in hand.screen)
        assert hand.screen.count("Build 1 (before)") == 1
        assert "Build 2 (after)" in hand.screen
        (proposal,) = hand.verified
        assert b"\nsrc\n" in proposal.files[0].new
        await hand.press("escape")
        assert not (tmp_path / ".dockerignore").exists()

    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "src/a": "x", "b": "y"})
    explore(tmp_path, act, verify=verify)


def test_a_verification_that_fails_shows_why(tmp_path: Path) -> None:
    def verify(_: Callable[[str], object]) -> Sequence[str]:
        raise CtxoptError("no engine", hint="start one")

    async def act(hand: Hand) -> None:
        await hand.press("v", "y")
        await hand.until(lambda: "error: no engine; start one" in hand.screen)

    explore(write(tmp_path, _FILES), act, verify=verify)


def test_leaving_the_screen_ends_the_builds(tmp_path: Path) -> None:
    ended = []

    def verify(show: Callable[[str], object]) -> Sequence[str]:
        try:
            while True:
                show("Build 1 (before)")
        except KeyboardInterrupt:
            ended.append(True)
            raise

    async def act(hand: Hand) -> None:
        await hand.press("v", "y")
        await hand.until(lambda: "Build 1" in hand.screen)
        await hand.press("escape")
        await hand.until(lambda: hand.app.screen is hand.main)
        assert ended

    explore(write(tmp_path, _FILES), act, verify=verify)


@pytest.mark.parametrize("key", ["v", "w"])
def test_what_breaks_a_build_is_neither_built_nor_written(tmp_path: Path, key: str) -> None:
    """The Dockerfile needs it, but only the file that another program writes meanwhile says so."""
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "x", ".dockerignore": ""})

    async def act(hand: Hand) -> None:
        from dataclasses import replace

        from ctxopt.explore.session import Text
        from ctxopt.proposal.by_hand import Choice

        hand.main.model = replace(hand.model, text=Text(choices=(Choice("a"),)))
        await hand.press(key)
        if key == "v":
            await hand.press("y")
        assert hand.model.message.startswith("not written: Dockerfile:2 `COPY a` needs it")

    explore(tmp_path, act)
