"""Every key of the first screen, pressed."""

from pathlib import Path

import pytest

from ctxopt.core.context.tree import View
from ctxopt.explore.rows import PAGE
from tests.explore.support import Hand, explore
from tests.support.files import write

_DOCKERFILE = """FROM node AS build
WORKDIR /app
COPY package.json ./
COPY src/ src/
RUN npm ci
FROM scratch
COPY --from=build /app/out /
COPY static/ /static/
"""
_FILES: dict[str, str | bytes | int] = {
    "Dockerfile": _DOCKERFILE,
    ".dockerignore": "*.log\n",
    "package.json": "{}",
    "src/app.js": 3000,
    "src/lib/a.js": 200,
    "src/lib/b.js": 100,
    "static/logo.png": 5000,
    "docs/guide.md": 9000,
    "docs/more/index.md": 10,
    "debug.log": 7000,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path, _FILES)


def test_the_largest_that_is_sent_comes_first_and_then_what_is_not(project: Path) -> None:
    async def act(hand: Hand) -> None:
        assert hand.names == [
            *("static", "src", "package.json"),
            *("docs", "debug.log", "Dockerfile", ".dockerignore"),
        ]
        assert "BuildKit, current, by size" in hand.screen
        assert "BuildKit 8.3 kB in 5 files; legacy builder 17.5 kB" in hand.screen

    explore(project, act)


@pytest.mark.parametrize(
    "keys", [("down", "up", "pagedown", "pageup", "end", "home"), ("j", "k", "space", "ctrl+b", "G", "g")]
)
def test_moving(project: Path, keys: tuple[str, ...]) -> None:
    async def act(hand: Hand) -> None:
        found = []
        for key in keys:
            await hand.press(key)
            found.append(hand.model.cursor)
        assert found == [1, 0, 6, 0, 6, 0]

    explore(project, act)


@pytest.mark.parametrize(("opening", "closing"), [("right", "left"), ("l", "h"), ("enter", "enter")])
def test_opening_and_closing_a_directory(project: Path, opening: str, closing: str) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("down", opening)
        assert hand.names[1:5] == ["src", "src/app.js", "src/lib", "package.json"]
        await hand.press("down", "down", opening)
        assert hand.names[3:6] == ["src/lib", "src/lib/a.js", "src/lib/b.js"]
        await hand.press(closing)
        assert hand.names[3:5] == ["src/lib", "package.json"]
        await hand.select("src")
        await hand.press(closing)
        assert hand.names[1:3] == ["src", "package.json"]

    explore(project, act)


def test_a_directory_that_is_open_leads_into_it_and_left_leads_out(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("down", "right", "right")
        assert hand.model.row is not None
        assert hand.model.row.path == "src/app.js"
        await hand.press("left")
        assert hand.model.row.path == "src"
        await hand.press("right", "backspace")
        assert hand.model.row.path == "src"
        await hand.press("backspace")
        assert hand.model.row.path == "src"

    explore(project, act)


def test_tab_and_enter_on_a_file_lead_to_the_details(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("tab")
        assert hand.shown == ("details", "size")
        await hand.press("down")
        assert hand.model.cursor == 0
        await hand.press("tab")
        assert hand.shown == ("tree", "size")
        await hand.select("package.json")
        await hand.press("enter")
        assert hand.shown == ("details", "size")
        await hand.press("left")
        assert hand.shown == ("tree", "size")

    explore(project, act)


def test_the_details_scroll_and_say_how_much_there_is(tmp_path: Path) -> None:
    copies = "".join(f"COPY app /place{number}\n" for number in range(30))
    write(tmp_path, {"Dockerfile": f"FROM scratch\n{copies}", "app": "x"})

    async def act(hand: Hand) -> None:
        assert "more lines (Tab)" in hand.screen
        assert "line 30:" not in hand.screen
        await hand.press("tab", "end")
        assert "line 30:" in hand.screen
        assert "more line" not in hand.screen

    explore(tmp_path, act)


def test_sorting(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("s")
        assert hand.shown == ("tree", "name")
        assert hand.names == [".dockerignore", "debug.log", "Dockerfile", "docs", "package.json", "src", "static"]
        await hand.press("s")
        assert hand.shown == ("tree", "files")
        assert hand.names[:2] == ["src", "static"]
        await hand.press("s")
        assert hand.shown == ("tree", "size")

    explore(project, act)


def test_only_what_is_unused(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("u")
        assert hand.names == ["docs"]
        assert "only unused" in hand.screen
        await hand.press("right")
        assert hand.names == ["docs", "docs/guide.md", "docs/more"]
        await hand.press("u")
        assert len(hand.names) == 9

    explore(project, act)


def test_the_legacy_builders_view(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("b")
        assert hand.model.view == View.CLASSIC
        assert hand.names[0] == "docs"
        assert "legacy builder 17.5 kB in 9 files; BuildKit 8.3 kB" in hand.screen
        await hand.press("b")
        assert hand.model.view == View.BUILDKIT
        assert hand.names[0] == "static"

    explore(project, act)


def test_a_builder_that_refuses_the_context_is_a_message(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "x", ".dockerignore": "->/etc/hostname"})

    async def act(hand: Hand) -> None:
        await hand.press("b")
        assert hand.model.view == View.BUILDKIT
        assert ".dockerignore" in hand.model.message

    explore(tmp_path, act)


def test_filtering_counts_bytes_while_it_is_typed(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("/", "j", "s")
        assert hand.model.typing == "js"
        assert "/js" in hand.screen
        assert "3.3 kB in 4 files" in hand.screen
        assert hand.names == ["src", "src/app.js", "src/lib", "src/lib/a.js", "src/lib/b.js", "package.json"]
        await hand.press("backspace", "backspace", "l", "o", "g", "o")
        assert hand.names == ["static", "static/logo.png"]
        await hand.press("enter")
        assert hand.model.typing is None
        assert "filter logo" in hand.screen
        await hand.press("escape")
        assert len(hand.names) == 7

    explore(project, act)


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("LIB", ["src", "src/lib", "src/lib/a.js", "src/lib/b.js"]),
        ("src/lib", ["src", "src/lib", "src/lib/a.js", "src/lib/b.js"]),
        ("*.md", ["docs", "docs/guide.md", "docs/more", "docs/more/index.md"]),
        ("[ab].js", ["src", "src/lib", "src/lib/a.js", "src/lib/b.js"]),
        ("nothing", []),
    ],
)
def test_what_a_filter_matches(project: Path, text: str, files: list[str]) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("/", *text)
        assert hand.names == files
        await hand.press("escape")
        assert hand.model.matching is None
        assert len(hand.names) == 7

    explore(project, act)


def test_many_entries_come_a_page_at_a_time(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", **{f"f{number:04}": "x" for number in range(PAGE + 50)}})

    async def act(hand: Hand) -> None:
        await hand.press("end")
        row = hand.model.row
        assert row is not None
        assert row.more == 51
        assert "(51 more: Enter)" in hand.screen
        # There is nothing to choose.
        await hand.press("i", "e")
        assert not hand.model.text.choices
        await hand.press("enter")
        assert len(hand.names) == PAGE + 51

    explore(tmp_path, act)


def test_help_lists_every_key(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("?")
        shown = "\n".join(line.plain for line in hand.page.lines)
        for key in (
            "Enter",
            "Backspace",
            "/ ",
            "s ",
            "Tab",
            "b ",
            "p ",
            "u ",
            "i ",
            "e ",
            "z ",
            "w ",
            "v ",
            "f ",
            "q ",
        ):
            assert f"  {key}" in shown or f" {key}" in shown
        await hand.press("end", "home", "q")
        assert hand.app.screen is hand.main

    explore(project, act, size=(80, 60))


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_quitting(project: Path, key: str) -> None:
    async def act(hand: Hand) -> None:
        await hand.pilot.press(key)
        await hand.until(lambda: not hand.app.is_running)

    explore(project, act)


def test_the_wheel_and_clicks(project: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.pilot.click(offset=(20, 2))
        assert hand.model.row is not None
        assert hand.model.row.path == "src"
        await hand.pilot.click(offset=(20, 2))
        assert hand.model.row.is_open
        await hand.pilot.click(offset=(20, 20))
        assert hand.model.row.path == "src"

    explore(project, act)
