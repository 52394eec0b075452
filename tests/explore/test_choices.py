"""Choosing what is excluded and kept: proven at once, refused or asked about, undone, and written."""

from pathlib import Path

import pytest

from ctxopt.proposal.block import recorded
from ctxopt.proposal.model import Level
from tests.explore.support import Hand, explore
from tests.support.cli import run
from tests.support.files import Files, write

_BROAD: Files = {
    "Dockerfile": "FROM scratch\nCOPY . /app\n",
    "app.py": 3000,
    "docs/guide.md": 9000,
    "docs/kept.md": 10,
    "data/x.bin": 50_000,
}
_SPECIFIC: Files = {
    "Dockerfile": "FROM scratch\nCOPY docs/ /docs/\nCOPY app.py /\n",
    "app.py": 3000,
    "docs/guide.md": 9000,
    "docs/kept.md": 10,
    "data/x.bin": 50_000,
}


def _ignore_file(root: Path) -> str:
    path = root / ".dockerignore"
    return path.read_text() if path.exists() else ""


def test_excluding_updates_the_numbers_at_once_and_writes_nothing(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i")
        # Nothing is unused here: the only instruction takes everything.
        assert "Dockerfile:2 `COPY .` would no longer take 50.0 kB in 1 file. Exclude it?" in hand.model.question
        await hand.press("y")
        assert [choice.line for choice in hand.model.text.choices] == ["data"]
        assert "both builders 62.0 kB → 12.0 kB in 4 files (-81 %); 1 choice not written" in hand.screen
        assert hand.line("data").startswith("-X")
        assert "chosen: data" in hand.screen

    explore(write(tmp_path, _BROAD), act)
    assert _ignore_file(tmp_path) == ""


def test_answering_no_changes_nothing(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i", "j", "n")
        assert not hand.model.text.choices
        assert hand.model.message == "nothing was changed"
        assert hand.model.row is not None
        assert hand.model.row.path == "data"

    explore(write(tmp_path, _BROAD), act)


def test_what_nothing_reads_is_excluded_without_a_question(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i")
        assert hand.model.question == ""
        assert hand.model.message == "data: no instruction fails in 1 build"
        assert "legacy builder 62.1 kB → 12.1 kB in 4 files (-81 %)" in hand.screen

    explore(write(tmp_path, _SPECIFIC), act, size=(120, 24))


@pytest.mark.parametrize("path", ["docs", "app.py"])
def test_what_an_instruction_needs_is_refused(tmp_path: Path, path: str) -> None:
    async def act(hand: Hand) -> None:
        await hand.select(path)
        await hand.press("i")
        line = 2 if path == "docs" else 3
        assert hand.model.message.startswith(f"refused: Dockerfile:{line} `COPY {path}")
        assert not hand.model.text.choices
        assert hand.model.pending is None

    explore(write(tmp_path, _SPECIFIC), act)


def test_a_part_of_what_an_instruction_names_is_asked_about(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("right")
        await hand.select("docs/guide.md")
        await hand.press("i")
        assert "Dockerfile:2 `COPY docs/` would no longer take 9.0 kB in 1 file" in hand.model.question
        await hand.press("y")
        assert [choice.line for choice in hand.model.text.choices] == ["docs/guide.md"]
        # The rest of the directory is what the instruction needs now.
        await hand.select("docs/kept.md")
        await hand.press("i")
        assert hand.model.message.startswith("refused: ") or "would no longer take" in hand.model.question

    explore(write(tmp_path, _SPECIFIC), act)


def test_other_builds_of_the_same_context_count(tmp_path: Path) -> None:
    compose = (
        "services:\n  web:\n    build: .\n  other:\n    build:\n      context: .\n      dockerfile: other.Dockerfile\n"
    )
    write(tmp_path, {**_SPECIFIC, "compose.yaml": compose, "other.Dockerfile": "FROM scratch\nCOPY data /data\n"})

    async def act(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i")
        assert hand.model.message.startswith("refused: other.Dockerfile:2 `COPY data` needs it")

    explore(tmp_path, act)


def test_evidence_decides_whether_to_ask(tmp_path: Path) -> None:
    write(tmp_path, {**_BROAD, "debug.log": 4000, ".gitignore": "*.log\n", "src/__pycache__/a.cpython-313.pyc": 2000})

    async def act(hand: Hand) -> None:
        await hand.select("src")
        await hand.press("right")
        await hand.select("src/__pycache__")
        assert "for: bytecode" in hand.screen
        await hand.press("i")
        assert hand.model.question == ""
        assert [choice.line for choice in hand.model.text.choices] == ["src/__pycache__"]

    explore(tmp_path, act)


def test_keeping_makes_an_exception(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("docs")
        await hand.press("i", "y", "right")
        await hand.select("docs/kept.md")
        await hand.press("e")
        assert [choice.line for choice in hand.model.text.choices] == ["docs", "!docs/kept.md"]
        assert hand.line("docs/kept.md").startswith("+I")
        await hand.press("w", "y")

    explore(write(tmp_path, _BROAD), act)
    listed = run("ls", str(tmp_path)).stdout.split()
    assert "docs/kept.md" in listed
    assert "docs/guide.md" not in listed


def test_keeping_what_the_file_excludes(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("app.py")
        await hand.press("e")
        assert hand.model.message == "it is not excluded"
        await hand.select("data")
        await hand.press("i")
        assert hand.model.message == "it is excluded already"
        await hand.press("e")
        assert [choice.line for choice in hand.model.text.choices] == ["!data"]
        assert "both builders 12.0 kB → 62.0 kB" in hand.screen

    explore(write(tmp_path, {**_BROAD, ".dockerignore": "data\n"}), act)


def test_a_secret_is_not_brought_back_without_a_question(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select(".env")
        await hand.press("e")
        assert ".env has a secret" in hand.model.question
        await hand.press("n")
        assert not hand.model.text.choices

    explore(write(tmp_path, {**_BROAD, ".env": "PASSWORD=hunter2hunter2\n", ".dockerignore": ".env\n"}), act)


def test_pressing_again_and_undo_take_choices_back(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i", "i")
        assert not hand.model.text.choices
        await hand.press("z")
        assert [choice.path for choice in hand.model.text.choices] == ["data"]
        await hand.press("ctrl+z")
        assert not hand.model.text.choices
        assert hand.model.unwritten == 0
        await hand.press("z")
        assert hand.model.message == "there is nothing to undo"

    explore(write(tmp_path, _SPECIFIC), act)


def test_a_line_below_the_block_that_overrules_a_choice(tmp_path: Path) -> None:
    write(tmp_path, {**_BROAD, "tmp/x": "x"})
    (tmp_path / ".dockerignore").write_bytes(
        b'# >>> ctxopt: proposed patterns, kept up to date by "ctxopt generate" >>>\ntmp\n# <<< ctxopt <<<\n!data\n'
    )

    async def act(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i")
        assert hand.model.message == "refused: `!data` in .dockerignore overrules that"

    explore(tmp_path, act)


# -- writing ------------------------------------------------------------------------------------


def test_writing_shows_the_change_and_asks(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i", "w")
        shown = "\n".join(line.plain for line in hand.page.lines)
        assert "+data" in shown
        assert '+# Chosen in "ctxopt explore"' in shown
        assert "1 build evaluated with it: no instruction fails" in shown
        await hand.press("n")
        assert not (tmp_path / ".dockerignore").exists()
        await hand.press("w", "y")
        assert hand.model.message == "written: .dockerignore"
        assert hand.model.unwritten == 0
        assert ".dockerignore" in hand.names

    explore(write(tmp_path, _SPECIFIC), act)
    assert recorded((tmp_path / ".dockerignore").read_bytes()).by_hand == ("data",)
    assert run("generate", str(tmp_path), "--check").returncode == 0


def test_what_was_written_can_be_taken_back_in_another_session(tmp_path: Path) -> None:
    write(tmp_path, {**_SPECIFIC, ".dockerignore": "*.log\r\n"})

    async def choose(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i", "w", "y")

    async def take_back(hand: Hand) -> None:
        assert [choice.line for choice in hand.model.text.choices] == ["data"]
        assert hand.model.unwritten == 0
        await hand.select("data")
        await hand.press("i")
        assert hand.model.unwritten == 1
        await hand.press("w", "y")

    explore(tmp_path, choose)
    assert b"data\r\n" in (tmp_path / ".dockerignore").read_bytes()
    explore(tmp_path, take_back)
    assert (tmp_path / ".dockerignore").read_bytes() == b"*.log\r\n"


def test_nothing_to_write(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.press("w")
        assert hand.model.message == "there is nothing to write"

    explore(write(tmp_path, _BROAD), act)


def test_a_file_that_changed_in_the_meantime_is_not_written(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i", "w")
        (tmp_path / ".dockerignore").write_text("other\n")
        await hand.press("y")
        assert "it changed in the meantime" in hand.model.message
        assert hand.model.unwritten == 1

    explore(write(tmp_path, {**_SPECIFIC, ".dockerignore": "*.log\n"}), act)
    assert _ignore_file(tmp_path) == "other\n"


def test_a_link_out_of_the_context_is_not_written_through(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("*.log\n")
    root = write(tmp_path / "project", {**_SPECIFIC, ".dockerignore": "->../outside"})

    async def act(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i", "w")
        if hand.app.screen is not hand.main:
            await hand.press("y")
        assert hand.model.message.startswith((".dockerignore: ", "refused: "))

    explore(root, act)
    assert outside.read_text() == "*.log\n"


def test_quitting_with_choices_asks(tmp_path: Path) -> None:
    async def act(hand: Hand) -> None:
        await hand.select("data")
        await hand.press("i", "q")
        assert hand.model.question == "1 choice is not written. Quit?"
        await hand.press("n")
        assert hand.app.is_running
        await hand.press("q")
        await hand.pilot.press("y")
        await hand.until(lambda: not hand.app.is_running)

    explore(write(tmp_path, _SPECIFIC), act)


# -- the proposal -------------------------------------------------------------------------------


def test_the_proposal_is_shown_and_written_with_choices(tmp_path: Path) -> None:
    write(tmp_path, {**_SPECIFIC, "notes/a.txt": 700})

    async def act(hand: Hand) -> None:
        await hand.press("p")
        assert "BuildKit, proposed" in hand.screen
        assert hand.line("data").startswith(" X")
        await hand.select("notes")
        await hand.press("e")
        assert [choice.line for choice in hand.model.text.choices] == ["!notes"]
        await hand.press("p")
        assert "BuildKit, current" in hand.screen
        await hand.press("p", "w")
        shown = "\n".join(line.plain for line in hand.page.lines)
        assert "+data" in shown
        assert "+!notes" in shown
        await hand.press("y")
        assert not hand.model.text.proposed

    explore(tmp_path, act)
    listed = run("ls", str(tmp_path), "--view", "classic").stdout.split()
    assert "notes/a.txt" in listed
    assert "data/x.bin" not in listed
    assert run("generate", str(tmp_path), "--check").returncode == 0


def test_the_level_of_the_proposal(tmp_path: Path) -> None:
    write(tmp_path, {**_BROAD, "app.log": 4000, "src/__pycache__/a.cpython-313.pyc": 2000})

    async def act(hand: Hand) -> None:
        await hand.press("p")
        assert hand.line("src").startswith(" X")

    explore(tmp_path, act, level=Level.LIKELY)


def test_no_line_of_a_change_is_cut(tmp_path: Path) -> None:
    name = "a-directory-with-a-long-name/" * 4 + "file.bin"

    async def act(hand: Hand) -> None:
        await hand.press("p", "w")
        shown = "".join(line.removeprefix(" ").strip() for line in hand.screen.splitlines())
        assert name in shown

    ignored = f"!{name}\n"
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "x", ".dockerignore": ignored, name: "x" * 900})
    explore(tmp_path, act, size=(60, 40))
