"""What the explorer looks like: pictures at three sizes and of each screen, in ASCII, and with names that mean harm."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.text import Span, Text

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.explore.canvas import Canvas
from ctxopt.findings.model import Finding, Severity
from ctxopt.reports.report import Report, report
from tests.explore.support import Hand, explore
from tests.support import snapshots
from tests.support.files import Files, write
from tests.support.inert import assert_inert
from tests.support.terminal_svg import picture

_SNAPSHOTS = Path(__file__).parent / "snapshots"
_FILES: Files = {
    "Dockerfile": (
        "FROM node:22 AS build\nWORKDIR /app\nCOPY package.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n"
        "FROM nginx\nCOPY --from=build /app/dist /srv\nCOPY nginx.conf /etc/nginx/\n"
    ),
    ".dockerignore": "node_modules\n*.log\n",
    "package.json": '{"scripts": {"build": "vite build"}}',
    "nginx.conf": 800,
    "dist/index.html": 90_000,
    "src/main.ts": 40_000,
    "src/lib/parse.ts": 22_000,
    "src/lib/parse.test.ts": 9_000,
    "node_modules/vite/index.js": 3_100_000,
    "docs/guide.md": 310_000,
    "debug.log": 120_000,
    ".env": "DATABASE_PASSWORD=correct-horse-battery\n",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/objects/pack/pack-1.pack": 2_400_000,
}


def _name(size: tuple[int, int]) -> str:
    return "x".join(map(str, size))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "shop", _FILES)


def _recorded(hand: Hand, name: str) -> None:
    width = hand.app.size.width
    first, *lines = hand.app.screen.query_one(Canvas).shown
    if hand.app.screen is hand.main:
        # The project lies at another place each time.
        right = re.sub(r"^ \S+ +", "", first.plain)
        first = Text(" ~/shop".ljust(width - len(right)) + right, spans=[Span(0, width, "reverse")])
    snapshots.check(_SNAPSHOTS / f"{name}.svg", picture([first, *lines], width))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (140, 40)], ids=_name)
def test_the_first_screen(project: Path, size: tuple[int, int]) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("docs")
        await hand.press("i", "y")
        await hand.select("src")
        await hand.press("right", "down")
        _recorded(hand, f"first-{_name(size)}")

    explore(project, act, size=size)


_PAGES: dict[str, tuple[str, ...]] = {
    "question": ("i",),
    "filter": ("/", "p", "a", "r", "s", "e"),
    "legacy": ("b",),
    "proposed": ("p",),
    "help": ("?",),
}


@pytest.mark.parametrize("name", _PAGES)
def test_the_other_screens(project: Path, name: str) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("src")
        await hand.press(*_PAGES[name])
        _recorded(hand, name)

    explore(project, act)


def _two_findings(context: BuildContext) -> Report:
    """The report with findings that no rule changes."""
    found = (
        Finding("CTX005", Severity.WARNING, ".dockerignore", 1, "`node_modules` only matches at the root", "write it"),
        Finding("CTX105", Severity.NOTE, "Dockerfile", 7, "nginx has no tag", "write the version", Totals(2, 3_000)),
    )
    return replace(report(context), findings=found, rules=())


def test_the_findings(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("f")
        _recorded(hand, "findings")

    explore(project, act, analyze=_two_findings)


def test_the_change_before_it_is_written(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("docs")
        await hand.press("i", "y", "w")
        _recorded(hand, "write")

    explore(project, act)


def test_in_ascii(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("docs")
        await hand.press("i", "y")
        assert hand.screen.isascii()

    explore(project, act, encoding="ascii")


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (20, 5), (63, 8), (300, 100)], ids=_name)
def test_any_size_will_do_and_nothing_is_wider_than_the_screen(project: Path, size: tuple[int, int]) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("right", "down", "tab", "down", "?")
        await hand.press("q", "f")
        await hand.press("down", "escape")
        canvas = hand.main.query_one(Canvas)
        assert all(line.cell_len <= size[0] for line in canvas.shown)

    explore(project, act, size=size)


def test_resizing_keeps_the_selected_entry_visible(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("end")
        await hand.pilot.resize_terminal(50, 6)
        row = hand.model.row
        assert row is not None
        assert any(row.name in line for line in hand.screen.splitlines()[1:4])

    explore(project, act)


_HARMFUL = ("\x1b[2J\x1b]0;x\x07", "a\nb", "[bold red]x", "\u202egnp.exe", "::error::x", "x\udcff", "日本語" * 10)


async def _look(hand: Hand) -> None:
    screens = []
    for key in ("down",) * (len(_HARMFUL) + 1):
        await hand.press(key)
        screens.append(hand.screen)
    await hand.press("i")
    screens.append(hand.screen)
    if hand.model.question:
        await hand.press("y")
    await hand.press("w")
    screens.append(hand.screen)
    for screen in screens:
        assert_inert(screen, "text")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", screen)
    assert "[bold red]x" in screens[0]


def test_names_are_escaped(tmp_path: Path) -> None:
    look: Callable[[Hand], Awaitable[None]] = _look
    files: dict[str, str | bytes | int] = dict.fromkeys(_HARMFUL, "x" * 500)
    explore(write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /app\n", **files}), look, size=(100, 30))
