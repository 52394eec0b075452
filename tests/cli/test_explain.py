"""`ctxopt explain`: what becomes of a path, whether it is a secret, and what was meant by one that is missing."""

from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import Files, write

_TWO_STAGES = "FROM node:20 AS b\nWORKDIR /a\nCOPY . .\nFROM scratch\nCOPY --from=b /a/src /src\n"
_SECRET = "API_KEY=3f9a1c77e0b24d58\n"
_FILES: Files = {
    "Dockerfile": _TWO_STAGES,
    ".dockerignore": ".env.prod\nlogs\n",
    ".env": _SECRET,
    ".env.prod": _SECRET,
    "logs/a.log": "log",
    "notes.txt": "notes",
    "src/main.js": "main",
    "src/.env": _SECRET,
}


def _explained(root: Path, path: str, files: Files = _FILES) -> str:
    write(root, files)
    done = run("explain", path, cwd=root)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("src/main.js", "  in final image (4 B)"),
        ("src", "  in final image (29 B, 2 files)"),
        ("notes.txt", "  build only: not in the final image (5 B)"),
        ("src/new.js", "  if it existed: in final image"),
        ("new.js", "  if it existed: build only: not in the final image"),
        ("logs", "  both builders: excluded"),
        ("logs/a.log", "  both builders: excluded, with all of logs/"),
        ("logs/a.log", "    .dockerignore:2  logs  -> excluded"),
    ],
)
def test_what_becomes_of_a_path(tmp_path: Path, path: str, line: str) -> None:
    assert line in _explained(tmp_path, path).splitlines()


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".env", "  secret: gets into a build stage (line 3)"),
        ("src/.env", "  secret: gets into the final image (line 5)"),
        ("src", "  secret src/.env: gets into the final image (line 5)"),
        (".env.prod", "  secret: excluded by the ignore file"),
        (".env.new", "  possible secret: does not exist"),
    ],
)
def test_whether_a_path_is_a_secret(tmp_path: Path, path: str, line: str) -> None:
    assert line in _explained(tmp_path, path).splitlines()


@pytest.mark.parametrize("path", ["notes.txt", "src/main.js", "logs", "test/.env"])
def test_what_is_no_secret(tmp_path: Path, path: str) -> None:
    assert "secret" not in _explained(tmp_path, path, {**_FILES, "test/.env": _SECRET})


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("src/mian.js", "src/main.js"),
        ("scr/main.js", "src/main.js"),
        ("SRC/main.js", "src/main.js"),
        ("main.js", "src/main.js"),
        ("lib/main.js", "src/main.js"),
        ("a.txt", "c/a.txt or d/a.txt"),
    ],
)
def test_what_may_be_meant(tmp_path: Path, path: str, names: str) -> None:
    (first, *_) = _explained(tmp_path, path, {**_FILES, "c/a.txt": "", "d/a.txt": ""}).splitlines()
    assert first == f"{path}  (does not exist)  did you mean {names}?"


@pytest.mark.parametrize("path", ["nothing/like/it", "q", "src/main.js/below"])
def test_nothing_is_suggested_that_is_not_like_it(tmp_path: Path, path: str) -> None:
    assert "did you mean" not in _explained(tmp_path, path)


def test_a_variable_without_a_value(tmp_path: Path) -> None:
    files: Files = {"Dockerfile": "FROM scratch\nARG X\nCOPY $X /\n", "a": "a"}
    assert _explained(tmp_path, "a", files).splitlines() == [
        "a",
        "  unknown: a variable without a value decides (1 B)",
        "  both builders: kept: there is no ignore file",
        "  read by line 3: COPY $X",
        "    depends on $X, so it may read anything; pass --build-arg",
    ]
