"""A project full of names that try to be something else: inert and told apart in what every command prints."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ctxopt.display import printable
from tests.support.cli import run
from tests.support.inert import FORMATS, assert_inert
from tests.support.names import NAMES
from tests.support.programs import git

_EVIL = "\x1b]31m::error::x\u202e[bold]<b>"
_JSON_EVIL = json.dumps(_EVIL)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every odd name as a file and in a directory of that name, and odd text wherever a file may hold it."""
    root = tmp_path_factory.mktemp("names")
    for name in NAMES:
        (root / "flat").mkdir(exist_ok=True)
        (root / "flat" / name).write_bytes(b"x" * 2000)
        (root / "deep" / name).mkdir(parents=True)
        (root / "deep" / name / name).write_bytes(b"y" * 1000)
        (root / "junk" / name).mkdir(parents=True)
        (root / "junk" / name / "large").write_bytes(b"j" * 9000)
    (root / "flat" / _EVIL).write_bytes(b"z")
    git(root, "init", "-q")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY flat /\n", encoding="utf-8")
    git(root, "add", "Dockerfile")
    git(root, "commit", "-qm", "first")
    git(root, "branch", "b\u202eranch")
    literal = ["".join("\\" + char if char in "*?[\\" else char for char in name) for name in NAMES]
    # What the Dockerfile can name: variables are expanded, and space at the end is lost on the way to the client.
    named = ["".join(f"[{char}]" if char in "*?[" else char for char in name) for name in NAMES]
    copies = "\n".join(
        "COPY " + json.dumps([f"flat/{name}", "/flat/"], ensure_ascii=False)
        for name in named
        if not any(char in "$\\" or "\udc80" <= char <= "\udcff" for char in name + name[-1:].replace(" ", "$"))
    )
    (root / "Dockerfile").write_bytes(
        f"""# ctxopt ignore=CTX004 {_EVIL}
# ctxopt ignore=nothing {_EVIL}
ARG EVIL={_EVIL}
FROM scratch AS first
ARG EVIL
LABEL {_EVIL}={_EVIL}
{copies}
COPY --exclude={_EVIL} --parents deep/p* /x/{_EVIL}/
COPY flat/{_EVIL} flat/*{_EVIL}* flat/${{EVIL}}* /y/
""".encode("utf-8", "surrogateescape")
    )
    (root / "odd.Dockerfile").write_bytes(
        f"""ARG EVIL={_EVIL}
FROM scratch AS first
ARG EVIL
ARG UNSET
COPY ${{UNSET}}/{_EVIL} /z/
COPY nothing/{_EVIL} missing${{EVIL}} /z/
RUN --mount=type=bind,source=flat,target=/{_EVIL} cp {_EVIL} /
FROM first
COPY --from=first {_EVIL} /
""".encode("utf-8", "surrogateescape")
    )
    marks = ("", "", "!") * len(NAMES)
    patterns = [f"{mark}deep/{name}" for name, mark in zip(literal, marks, strict=False) if "\n" not in name]
    patterns += [f"nothing/{_EVIL}", f"*{_EVIL}*# {_EVIL}"]
    (root / ".dockerignore").write_bytes("\n".join(patterns).encode("utf-8", "surrogateescape"))
    (root / "compose.yaml").write_text(
        json.dumps(
            {
                "services": {
                    _EVIL: {"build": {"context": ".", "args": {_EVIL: _EVIL}}},
                    "target": {"build": {"context": ".", "target": _EVIL}},
                    "file": {"build": {"context": ".", "dockerfile": _EVIL}},
                    "away": {"build": f"https://x/{_EVIL}"},
                }
            }
        )
    )
    (root / "docker-bake.json").write_text(
        json.dumps({"target": {_EVIL: {"context": "."}, "b": {"target": _EVIL, "args": {_EVIL: _EVIL}}}})
    )
    (root / "ctxopt.toml").write_text(
        f"""max-files = 1
[[build]]
name = {_JSON_EVIL}
context = "."
build-args = {{ {_JSON_EVIL} = {_JSON_EVIL} }}
[[suppress]]
rule = "CTX007"
path = {_JSON_EVIL}
reason = {_JSON_EVIL}
"""
    )
    return root


_COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "analyze": (("analyze",), FORMATS),
    "analyze -f": (("analyze", "-f", "odd.Dockerfile"), FORMATS),
    "analyze --all": (("analyze", "--all"), FORMATS),
    "analyze --compose": (("analyze", "--compose", "compose.yaml"), FORMATS),
    "analyze --bake": (("analyze", "--bake", "docker-bake.json"), ("text", "json")),
    "analyze --target": (("analyze", "--target", _EVIL), ("text",)),
    "analyze, no file": (("analyze", "-f", _EVIL), ("text",)),
    "check": (("check", "--max-file-size", "10", "--max-unused", "0"), FORMATS),
    "check --all": (("check", "--all", "--max-size", "1"), FORMATS),
    "check --against": (("check", "--max-growth", "0", "--against", "b\u202eranch", "--max-files", "2"), FORMATS),
    "affected": (
        ("affected", "--against", "b\u202eranch", "--all"),
        ("text", "json", "github-matrix", "names", "paths"),
    ),
    "affected -v": (("affected", "--against", "b\u202eranch", "-f", "odd.Dockerfile", "-v"), ("text",)),
    "digest": (("digest", "--all", "--by-instruction"), ("text", "json")),
    "digest -f": (("digest", "-f", "odd.Dockerfile", "-v"), ("text",)),
    "diff": (("diff", "b\u202eranch"), FORMATS),
    "diff, no revision": (("diff", _EVIL), ("text",)),
    "fix": (("fix", "-v"), ("text", "json", "diff")),
    "generate": (("generate",), (*FORMATS, "diff")),
    "generate, likely": (("generate", "--level", "likely", "--style", "allowlist"), FORMATS),
    "generate --tidy": (("generate", "--tidy"), ("text", "markdown")),
    "cache": (("cache",), FORMATS),
    "cache -f": (("cache", "-f", "odd.Dockerfile"), FORMATS),
    "report": (("report",), ("html",)),
    "report -f": (("report", "-f", "odd.Dockerfile"), ("html",)),
    "explain": (("explain", *(f"flat/{name}" for name in NAMES), _EVIL), ("text",)),
    "stages": (("stages",), ("text", "json")),
    "stages -f": (("stages", "-f", "odd.Dockerfile"), ("text", "json")),
    "config show": (("config", "show"), ("text", "json")),
    "config show, wrong": (("config", "show", "--max-size", _EVIL), ("text",)),
    "ls": (("ls",), ("text",)),
    "ls --view classic": (("ls", "--view", "classic"), ("text",)),
    "ls --view unused": (("ls", "--view", "unused"), ("text",)),
    "ls --view ignored": (("ls", "--view", "ignored", "--tree"), ("text",)),
    "ls --long": (("ls", "--long"), ("text",)),
    "ls --tree": (("ls", "--tree", "--long"), ("text",)),
    "ls, no context": (("ls", _EVIL), ("text",)),
}


def _run(project: Path, *arguments: str) -> tuple[int, str, str]:
    done = run(*arguments, cwd=project, columns=300)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("name", "form"), [(name, form) for name, (_, forms) in _COMMANDS.items() for form in forms])
def test_everything_is_inert(project: Path, name: str, form: str) -> None:
    command, forms = _COMMANDS[name]
    options = ("--format", form) if len(forms) > 1 else ()
    code, out, err = _run(project, *command, *options)
    assert code in (0, 1, 2)
    assert out or err or form == "diff"
    assert_inert(out, form)
    assert_inert(err, "text")
    if form == "html":
        # What is a tag in a name is none in the page.
        assert all(name not in out for name in ("<b>", "<script>x", "&amp;"))


def _names(project: Path) -> set[bytes]:
    """The paths of the files, as the file system has them."""
    found = set()
    for directory, _, files in os.walk(os.fsencode(project)):
        below = os.path.relpath(directory, os.fsencode(project))
        found |= {os.path.normpath(os.path.join(below, file)) for file in files}
    return {name for name in found if name.startswith((b"flat/", b"deep/", b"junk/"))}


def _files(entries: list[str]) -> set[bytes]:
    return {
        os.fsencode(entry)
        for entry in entries
        if entry.startswith(("flat/", "deep/", "junk/")) and not entry.endswith("/")
    }


def test_json_gives_the_names_back(project: Path) -> None:
    listed: dict[str, Any] = {}
    for view in ("buildkit", "ignored", "classic", "unused"):
        _, out, _ = _run(project, "ls", "--view", view, "--json")
        listed[view] = json.loads(out)
        _, raw, _ = _run(project, "ls", "--view", view, "-0")
        assert os.fsencode(raw).split(b"\0")[:-1] == [os.fsencode(entry) for entry in listed[view]]
        _, out, _ = _run(project, "ls", "--view", view, "--long", "--json")
        assert [row["path"] for row in json.loads(out)] == listed[view]
        _, text, _ = _run(project, "ls", "--view", view)
        assert text.split("\n")[:-1] == [printable(entry) for entry in listed[view]]
        assert len(set(map(printable, listed[view]))) == len(listed[view])
    assert _files(listed["buildkit"]) | _files(listed["ignored"]) == _names(project)
    _, out, _ = _run(project, "explain", "--json", *(f"flat/{name}" for name in NAMES))
    assert [(row["path"], row["exists"]) for row in json.loads(out)] == [(f"flat/{name}", True) for name in NAMES]


def test_reports_name_the_files_as_they_are(project: Path) -> None:
    _, out, _ = _run(project, "stages", "--format", "json")
    assert _files([row["path"] for row in json.loads(out)["files"]]) <= _names(project)
    code, out, _ = _run(project, "check", "--max-file-size", "10", "--format", "json")
    assert code == 1
    (breach,) = [one for one in json.loads(out)["builds"][0]["breaches"] if one["rule"] == "limit-file-size"]
    assert _files([row["path"] for row in breach["culprits"]]) <= _names(project)
    _, out, _ = _run(project, "config", "show", "--format", "json")
    shown = json.loads(out)
    assert shown["builds"][0]["name"] == _EVIL
    assert shown["suppressions"][0]["reason"] == _EVIL
