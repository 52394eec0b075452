"""The commands in a page of the documentation, and what the page says that they print."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sample_projects.make_junk import make
from tests.support.cli import run

ROOT = Path(__file__).resolve().parents[2]
#: The commands that end with 1 because they find something.
_FINDING = ("lint", "check")


@dataclass(frozen=True)
class Typed:
    """A command in a block `console`, and lines that it prints, in their order; others between them are not shown.

    A line that is shown with an ellipsis after a space goes on.
    """

    command: str
    shown: tuple[str, ...]


def blocks(text: str, language: str) -> list[str]:
    """The blocks of a language in Markdown, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def typed(text: str) -> Iterator[Typed]:
    """The commands in the blocks `console` of a page, whose lines begin with a prompt, and those of the blocks `sh`."""
    for found in re.finditer(r"^```(console|sh)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        if found[1] == "sh":
            yield from (Typed(line, ()) for line in found[2].splitlines() if line and not line.startswith("#"))
            continue
        first, *entries = re.split(r"^\$ ", found[2], flags=re.MULTILINE)
        assert not first, "a block begins with a command"
        for entry in entries:
            command, *shown = entry.splitlines()
            yield Typed(command, tuple(shown))


def check(one: Typed, cwd: Path) -> None:
    """Run a command of ctxopt, and compare what the page shows. The page may say `ctxopt … || true` of what fails."""
    command, fails, _ = one.command.partition(" || true")
    words = shlex.split(command, comments=True)
    assert words[0] == "ctxopt", command
    done = run(*words[1:], cwd=cwd, columns=80)
    allowed = (0, 1) if fails or words[1:2] in ([name] for name in _FINDING) else (0,)
    assert done.returncode in allowed, f"{command}: {done.stdout}{done.stderr}"
    rest = iter([line.rstrip() for line in (done.stdout + done.stderr).splitlines()])
    missing = [shown for shown in one.shown if not any(_is_shown(line, shown) for line in rest)]
    assert missing == [], f"{command} prints:\n{done.stdout}"


def _is_shown(line: str, shown: str) -> bool:
    return line == shown or (shown.endswith(" …") and line.startswith(shown.removesuffix("…").rstrip()))


def follow(text: str, directory: Path) -> int:
    """Run the commands of a page one after the other, those of ctxopt and the few others that a page may have.

    These are `python3 sample_projects/make_junk.py`, `cd`, and `echo` that adds a line to a file. Directories below
    /tmp are made in the one given. Returns how many commands of ctxopt there were.
    """
    here, count = directory, 0
    for one in typed(text):
        words = shlex.split(one.command)
        if words[0] == "ctxopt":
            check(one, here)
            count += 1
        elif words[:2] == ["python3", "sample_projects/make_junk.py"]:
            make(words[2], directory / Path(words[3]).name)
        elif words[0] == "cd":
            here = directory / Path(words[1]).name
            assert here.is_dir(), one.command
        else:
            assert words[0] == "echo", one.command
            assert words[2] == ">>", one.command
            with (here / words[3]).open("a", encoding="utf-8") as file:
                file.write(words[1] + "\n")
    return count
