"""What analyze says can be saved is what generate proposes, and what it says otherwise is honest."""

import json
from pathlib import Path
from typing import Any

import pytest

from sample_projects.make_junk import make
from tests.support.cli import run
from tests.support.files import Files, write

_NAMED = "FROM scratch\nCOPY src /src\n"
_ALL = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"


def _json(root: Path, *arguments: str) -> Any:
    return json.loads(run(*arguments, "--format", "json", cwd=root).stdout)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("python-service", ()),
        ("node-web", ()),
        ("three-stages", ()),
        ("go-monorepo", ("-f", "build/worker.Dockerfile")),
    ],
)
def test_both_commands_agree(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    make(name, tmp_path / name)
    savings = _json(tmp_path / name, "analyze", *options)["savings"]
    assert savings["command"] == " ".join(("ctxopt generate", *options))
    proposal = _json(tmp_path / name, *savings["command"].split()[1:])
    effects = [effect for file in proposal["files"] for effect in file["builds"]]
    (effect,) = [one for one in effects if one["origin"] == (options[1] if options else "Dockerfile")]
    assert [savings[when]["transfer"] for when in ("before", "after")] == [
        effect["buildkit"][when] for when in ("before", "after")
    ]
    if effect["classic"] is not None:
        assert [savings[when]["classic"] for when in ("before", "after")] == [
            effect["classic"][when] for when in ("before", "after")
        ]
    assert savings["likely"] == proposal["likely"]


_VERDICTS: list[tuple[Files, str]] = [
    (
        {"Dockerfile": _NAMED, "src/a": 9, "junk": 9_000},
        "You can drop 8.9 kB of 9.0 kB (legacy builder): `ctxopt generate`",
    ),
    ({"Dockerfile": "FROM scratch\nCOPY a /\n", "a": 9}, "Nothing to drop: no unused files"),
    (
        {"Dockerfile": _NAMED, "src/a": 9, "junk": 9},
        "Nothing to drop: 9 B (1 file) unused, no more than the patterns for it",
    ),
    (
        {"Dockerfile": _ALL, "package.json": "{}", "package-lock.json": "{}", "node_modules/a": 9_000},
        "No file is proven unused; 9.0 kB (2 files) likely are: `ctxopt generate --level likely`",
    ),
    (
        {"Dockerfile": "FROM scratch\nARG A\nCOPY $A /\n", "a": 9},
        "Unused files are not known: line 3 depends on $A",
    ),
    (
        {"Dockerfile": "FROM scratch\nCOPY gone /\nCOPY lost /\n", "a": 9},
        'The build fails: Dockerfile:2: COPY source "gone" is not in the build context; there is no such file '
        "(and 1 more instruction)",
    ),
]


@pytest.mark.parametrize(("files", "verdict"), _VERDICTS)
def test_the_verdict_is_the_first_line(tmp_path: Path, files: Files, verdict: str) -> None:
    for options in ((), ("-q",)):
        shown = run("analyze", *options, cwd=write(tmp_path, files), columns=200).stdout
        assert shown.splitlines()[0] == verdict


def test_what_makes_a_proposal_unsafe_is_never_hidden(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _NAMED, "src/a": 9, "junk": 9_000, "b.Dockerfile": "FROM scratch\nCOPY gone /\n"})
    warning = 'warning: b.Dockerfile:2: COPY source "gone" is not in the build context; there is no such file'
    for options in ((), ("-q",)):
        shown = run("analyze", *options, "-f", "Dockerfile", cwd=tmp_path, columns=200).stdout
        assert warning in shown
    assert _json(tmp_path, "analyze")["savings"]["warnings"] != []


def test_the_command_has_the_options_that_were_given(tmp_path: Path) -> None:
    root = write(tmp_path, {"my app/Dockerfile": "ARG A=src\nFROM scratch AS x\nARG A\nCOPY $A /\n", "my app/src/a": 9})
    shown = _json(root, "analyze", "my app", "--target", "x", "--build-arg", "A=src", "--platform", "linux/amd64")
    expected = "ctxopt generate 'my app' --target x --build-arg A --platform linux/amd64"
    assert shown["savings"]["command"] == expected


def test_notes_of_every_run_are_for_verbose(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM alpine\nCOPY a /\n", "a": 9})
    assert "ONBUILD" not in run("analyze", cwd=tmp_path).stdout
    assert "ONBUILD" in run("analyze", "-v", cwd=tmp_path).stdout
    assert any("ONBUILD" in note for note in _json(tmp_path, "analyze")["notes"])


def test_the_largest_entries_that_stay_are_named(tmp_path: Path) -> None:
    files: Files = {"Dockerfile": _NAMED, "src/large": 90_000, "src/small": 10, "junk": 9_000}
    write(tmp_path, files)
    kept = _json(tmp_path, "analyze")["savings"]["kept"]
    assert kept == [{"path": "src/large", "files": 1, "bytes": 90_000, "why": "COPY in line 2 reads it"}]
    line = "Largest of what is still sent: src/large (90.0 kB; COPY in line 2 reads it)"
    assert line in run("analyze", "-v", cwd=tmp_path).stdout
    assert line not in run("analyze", cwd=tmp_path).stdout


def test_what_keeps_the_largest_entries(tmp_path: Path) -> None:
    dockerfile = "FROM alpine\nWORKDIR /app\nCOPY . .\nCOPY big.bin /\nRUN git describe\n"
    files: Files = {".git/HEAD": "x", ".git/objects/pack": 90_000, "big.bin": 30_000, "Dockerfile": dockerfile}
    write(tmp_path, files)
    kept = _json(tmp_path, "analyze")["savings"]["kept"]
    assert [(row["path"], row["bytes"]) for row in kept] == [(".git", 90_001), ("big.bin", 30_000)]
    assert kept[0]["why"].startswith("RUN git describe (Dockerfile:5) needs it")
    assert kept[1]["why"] == "COPY in line 3 reads it"
