"""The commands of the guide and of the questions print what these pages show."""

import os
import re
from pathlib import Path
from unittest.mock import patch

import pytest

from sample_projects.make_junk import make
from tests.support import pages
from tests.support.cli import run
from tests.support.engine import Engine

_DOCS = pages.ROOT / "docs"


def _commands(page: str) -> list[pages.Typed]:
    return list(pages.typed((_DOCS / page).read_text(encoding="utf-8")))


@pytest.mark.parametrize(("page", "least"), [("guide.md", 10), ("faq.md", 3)])
def test_each_command_prints_what_the_page_shows(
    page: str, least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def browser(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", browser)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    make("shop", tmp_path / "shop")
    commands = [one for one in _commands(page) if not one.command.startswith("ctxopt verify")]
    for one in commands:
        pages.check(one, tmp_path / "shop")
    assert len(commands) >= least
    assert len(opened) == sum("--open" in one.command for one in commands)


@pytest.mark.engine
def test_the_build_that_the_guide_asks_for(real_engine: Engine, tmp_path: Path) -> None:
    (one,) = [one for one in _commands("guide.md") if one.command.startswith("ctxopt verify")]
    root = tmp_path / "shop"
    make("shop", root)
    real_engine.provide((root / "Dockerfile").read_text(encoding="utf-8"))
    with patch.dict(os.environ, {**real_engine.environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}):
        done = run(*one.command.split()[1:], "--network=host", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_message_of_ctxopt_that_is_explained_is_one_that_it_prints() -> None:
    text = (_DOCS / "troubleshooting.md").read_text(encoding="utf-8").partition("## Messages of ctxopt")[2]
    code = "\n".join(path.read_text(encoding="utf-8").lower() for path in (pages.ROOT / "ctxopt").rglob("*.py"))
    messages = re.findall(r"^### `([^`]+)`", text, re.MULTILINE)
    assert len(messages) > 10
    for message in messages:
        for part in re.split(r"\s*…\s*", message):
            # An error of click begins with a small letter only when it is printed.
            assert part.strip(' "').lower() in code, message
