"""`ctxopt explore` with a real engine: what is chosen is built, and what a build needs is found."""

import os
from pathlib import Path
from unittest.mock import patch

import pytest

from ctxopt.cli.explore import actions
from ctxopt.cli.verify import Settings
from tests.explore.support import Hand, explore
from tests.support.engine import Engine
from tests.support.files import write

pytestmark = pytest.mark.engine


def test_choices_are_verified_by_building(real_engine: Engine, tmp_path: Path) -> None:
    dockerfile = "FROM busybox\nCOPY . /app\nRUN cat /app/needed/x > /out\n"
    root = write(
        tmp_path / "project", {"Dockerfile": dockerfile, "needed/x": "x", "notes/y": "y" * 99, "main": "z" * 9}
    )
    real_engine.provide(dockerfile)

    async def act(hand: Hand) -> None:
        for entry in ("notes", "needed"):
            await hand.select(entry)
            await hand.press("i")
            if hand.model.question:
                await hand.press("y")
        await hand.press("v", "y")
        await hand.until(lambda: "Esc back" in hand.screen.splitlines()[-1])
        shown = "\n".join(line.plain for line in hand.page.lines)
        assert "Build 1 (before)" in shown
        assert "needed" in shown
        assert "dropped" in shown.lower()
        await hand.press("escape")

    with patch.dict(os.environ, {**real_engine.environment, "XDG_CACHE_HOME": str(tmp_path / "state")}):
        explore(root, act, actions=actions(Settings(network="host")), size=(110, 40))
    assert not (root / ".dockerignore").exists()
