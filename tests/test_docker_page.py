"""docs/docker.md says how Docker decides; each of its tables holds, here and with the real docker command."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ctxopt import BuildContext
from tests.support.classic_client import Engine

_PAGE = (Path(__file__).parent.parent / "docs" / "docker.md").read_text(encoding="utf-8")
_EXAMPLE = re.compile(
    r"^### (?P<title>[^\n]*)\n(?:(?!^#)[^\n]*\n)*?```(?P<kind>\w+)\n(?P<text>.*?)```\n\n(?P<table>(?:\|[^\n]*\n)+)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class _Example:
    title: str
    kind: str
    text: str
    rows: tuple[tuple[str, ...], ...]

    @property
    def paths(self) -> list[str]:
        return [row[0] for row in self.rows]

    def write(self, root: Path) -> None:
        for path in self.paths:
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("x")
        (root / "Dockerfile").write_text(self.text if self.kind == "dockerfile" else "FROM scratch\nCOPY . /\n")
        if self.kind == "dockerignore":
            (root / ".dockerignore").write_text(self.text)


def _examples() -> Iterator[_Example]:
    for found in _EXAMPLE.finditer(_PAGE):
        _, _, *lines = found["table"].splitlines()
        rows = tuple(tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")) for line in lines)
        yield _Example(found["title"], found["kind"], found["text"], rows)


_EXAMPLES = list(_examples())
_IGNORING = [one for one in _EXAMPLES if one.kind == "dockerignore"]
_READING = [one for one in _EXAMPLES if one.kind == "dockerfile"]


def test_all_examples_are_found() -> None:
    assert len(_EXAMPLES) == _PAGE.count("\n### ") == _PAGE.count("```") // 2
    assert (len(_IGNORING), len(_READING)) == (11, 6)


def _sent(entries: list[str], path: str) -> str:
    return "sent" if path in entries else "excluded"


@pytest.mark.parametrize("example", _IGNORING, ids=lambda one: one.title)
def test_what_is_left_out(tmp_path: Path, example: _Example) -> None:
    example.write(tmp_path)
    context = BuildContext(str(tmp_path))
    told = [
        (path, _sent(context.buildkit_entries, path), _sent(context.classic_entries, path)) for path in example.paths
    ]
    assert told == list(example.rows)


@pytest.mark.docker
@pytest.mark.skipif(shutil.which("docker") is None, reason="there is no docker command here")
@pytest.mark.parametrize("example", _IGNORING, ids=lambda one: one.title)
def test_what_the_docker_command_leaves_out(tmp_path: Path, example: _Example) -> None:
    example.write(tmp_path)
    with Engine() as engine:
        sent = engine.sent(tmp_path)
    assert sent is not None
    assert [_sent(list(sent), path) for path in example.paths] == [row[2] for row in example.rows]


@pytest.mark.parametrize("example", _READING, ids=lambda one: one.title)
def test_what_is_read(tmp_path: Path, example: _Example) -> None:
    example.write(tmp_path)
    context = BuildContext(str(tmp_path))
    told = []
    for path in example.paths:
        readers = [read for read, files in zip(context.instructions, context.files_read, strict=True) if path in files]
        told.append(
            (
                path,
                "yes" if path in context.transfer_entries else "no",
                " ".join(str(read.line) for read in readers),
                "yes" if any(read.reaches_image for read in readers) else "no",
            )
        )
    assert told == list(example.rows)
