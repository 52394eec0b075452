"""Several builds: one is chosen, another one can be, and nothing that was chosen is lost without a question."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ctxopt.errors import CtxoptError
from ctxopt.explore.session import Builds, Opened
from tests.explore.support import Hand, explore, opened
from tests.support.files import write


def _builds(root: Path, names: Sequence[str], unresolved: Sequence[str] = ()) -> Builds:
    """Builds, each with a directory of its name that its Dockerfile copies a file from."""
    for name in names:
        write(root / name, {"Dockerfile": "FROM scratch\nCOPY . /\n", f"{name}.txt": "x" * 5000})

    def open_one(number: int) -> Opened:
        return replace(opened(root / names[number]), name=names[number])

    return Builds(names, open_one, unresolved=unresolved)


def test_the_builds_are_offered_first_and_one_is_explored(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        assert [line.rstrip() for line in hand.screen.splitlines()[:4]] == [
            " 3 builds",
            " * api",
            "   web",
            "   worker",
        ]
        await hand.press("down", "enter")
        assert hand.app.screen is hand.main
        assert "web.txt" in hand.names
        assert hand.screen.splitlines()[0].split("  ")[0].endswith("web: web")
        await hand.until(lambda: not hand.model.learning)
        assert hand.model.evidence is not None

    explore(tmp_path, act, builds=_builds(tmp_path, ["api", "web", "worker"]), size=(160, 24))


def test_escape_leaves_the_first_one(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("down", "escape")
        assert "api.txt" in hand.names
        await hand.press("o", "end", "o")
        assert "api.txt" in hand.names

    explore(tmp_path, act, builds=_builds(tmp_path, ["api", "web"]))


def test_choices_that_are_not_written_are_dropped_only_after_a_question(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("escape")
        await hand.select("api.txt")
        await hand.press("i", "y", "o", "down", "enter")
        assert "1 choice is not written. Drop?" in hand.screen
        await hand.press("n")
        assert "api.txt" in hand.names
        assert hand.model.unwritten == 1
        await hand.press("o", "down", "enter", "y")
        assert "web.txt" in hand.names
        assert hand.model.unwritten == 0

    explore(tmp_path, act, builds=_builds(tmp_path, ["api", "web"]))


def test_a_build_that_cannot_be_opened_is_a_message(tmp_path: Path) -> None:
    builds = _builds(tmp_path, ["api"])

    def open_one(number: int) -> Opened:
        if number:
            raise CtxoptError("no Dockerfile in web")
        return builds.open(number)

    async def act(hand: Hand) -> None:
        await hand.press("end", "enter")
        assert hand.model.message == "no Dockerfile in web"
        assert "api.txt" in hand.names
        await hand.press("o")
        assert hand.screen.splitlines()[1:3] == [" * api", "   web"]

    explore(tmp_path, act, builds=Builds(["api", "web"], open_one))


def test_what_is_not_resolved_is_listed_and_a_long_list_scrolls(tmp_path: Path) -> None:
    names = [f"service{number:02}" for number in range(30)]

    async def act(hand: Hand) -> None:
        assert "service29" not in hand.screen
        await hand.press("end")
        assert "service29" in hand.screen
        assert "service00" not in hand.screen

    builds = _builds(tmp_path, names[:1])
    unresolved = ("compose.yaml:3: ${TAG} is not set",)
    explore(tmp_path, act, builds=replace(builds, names=names, unresolved=unresolved), size=(80, 20))

    async def listed(hand: Hand) -> None:
        assert "not resolved: compose.yaml:3: ${TAG} is not set" in hand.screen

    explore(tmp_path, listed, builds=replace(builds, unresolved=unresolved))


def test_with_one_build_it_says_how_to_get_more(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("o")
        assert hand.model.message == "there is one build; `ctxopt explore --all` offers every build"

    explore(write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "x"}), act)


def test_names_of_builds_are_escaped(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        assert "\\x1b[2J" in hand.screen
        await hand.press("escape")
        assert "\x1b" not in hand.screen

    explore(tmp_path, act, builds=replace(_builds(tmp_path, ["a"]), names=["\x1b[2J", "b"]))
