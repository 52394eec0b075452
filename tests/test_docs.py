"""What the documents show is what the program does."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

import ctxopt
from ctxopt import BuildContext, DockerIgnore
from sample_projects.make_junk import make
from tests.support.cli import run

_ROOT = Path(__file__).parent.parent


def test_the_readme_shows_what_the_demo_prints(tmp_path: Path) -> None:
    """With UPDATE_SNAPSHOTS set, the README is brought up to date."""
    file = _ROOT / "README.md"
    readme = file.read_text(encoding="utf-8")
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"^\t\$\(BIN\)/ctxopt (.* build/demo.*)$", makefile, re.MULTILINE)
    shown = re.findall(r"```text\n(.*?)```", readme, re.DOTALL)
    assert len(commands) == len(shown) == 3
    assert f"`ctxopt {commands[1]}`" in readme
    make("python-service", tmp_path / "build" / "demo")
    for command, text in zip(commands, shown, strict=True):
        done = run(*command.split(), cwd=tmp_path, columns=80)
        printed = done.stdout.replace(str(tmp_path.resolve()), "/home/you/ctxopt")
        lines = "".join(line.rstrip() + "\n" for line in printed.splitlines())
        if os.environ.get("UPDATE_SNAPSHOTS"):
            file.write_text(file.read_text(encoding="utf-8").replace(text, lines), encoding="utf-8")
        else:
            assert text == lines


def test_the_readme_gives_the_command_that_ci_calls() -> None:
    assert "    make test\n" in (_ROOT / "README.md").read_text(encoding="utf-8")
    assert "\nmake test check\n" in (_ROOT / ".ci" / "run").read_text(encoding="utf-8")


_PAGES = (
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/api.md", "docs/ci.md"),
    *("docs/cache.md", "docs/README.md", "docs/guide.md", "docs/docker.md", "docs/disk-usage.md", "docs/builds.md"),
)

#: How a file of the repository begins in a link that is read elsewhere, such as on PyPI.
_HERE = "https://github.com/ctxopt/ctxopt/(?:blob|tree)/main/|https://raw.githubusercontent.com/ctxopt/ctxopt/main/"


@pytest.mark.parametrize("page", _PAGES)
def test_what_a_page_names_is_there(page: str) -> None:
    file = _ROOT / page
    text = file.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (file.parent / link).exists(), link
    for link in re.findall(rf"(?:{_HERE})([^\s)#]+)", text):
        assert (_ROOT / link).exists(), link
    for path in re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", text):
        assert (_ROOT / path).exists() or (_ROOT / "ctxopt" / path).exists(), path


def test_the_readme_links_to_nothing_beside_it() -> None:
    """PyPI shows it without the files around it."""
    text = (_ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)|^\[[^\]]+\]: (\S+)$", text, re.MULTILINE)
    assert len(links) > 5
    assert [link for pair in links for link in pair if link and not link.startswith("https://")] == []
    defined = {name.lower() for name in re.findall(r"^\[([^\]]+)\]: ", text, re.MULTILINE)}
    assert {name.lower() for name in re.findall(r"\]\[([^\]]+)\]", text)} <= defined


def test_the_pictures_are_small_and_fetch_nothing() -> None:
    images = _ROOT / "docs" / "images"
    assert (images / "report.png").stat().st_size < 300_000
    drawn = (images / "analyze.svg").read_text(encoding="utf-8")
    assert len(drawn) < 100_000
    assert not re.search(r"url\(.?http|href|@import", drawn)


def test_every_public_name_is_documented() -> None:
    text = (_ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert [name for name in ctxopt.__all__ if not re.search(rf"\b{name}\b", text)] == []
    lists = re.findall(r"^\| `([a-z_]+)` \| [^|]*(?:list|tuple|whether)", text, re.MULTILINE)
    assert len(lists) == 11
    assert [name for name in lists if not hasattr(BuildContext, name)] == []


def test_the_ignore_example_holds() -> None:
    ignore = DockerIgnore.from_lines(["**", "!src", "src/**/*.tmp"])
    assert not ignore.ignores("src/main.c")
    assert not ignore.ignores("src/main.c", classic=True)
    assert [touch.pattern.line for touch in ignore.explain("src/a.tmp").touches] == [1, 2, 3]


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze", "--format", "json"),
        ("ls", "--long", "--json"),
        ("explain", "--json", "src/new.py"),
        ("generate", "--format", "json"),
        ("check", "--format", "json", "--max-size", "1", "--fail-on", "note"),
    ],
)
def test_every_json_field_is_documented(arguments: tuple[str, ...]) -> None:
    text = (_ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    done = run(*arguments, cwd=_ROOT / "sample_projects" / "python-service")
    assert [key for key in _keys(json.loads(done.stdout)) if f"`{key}`" not in text] == []


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set()
