"""What the documents show is what the program does."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest

import ctxopt
from ctxopt import BuildContext, DockerIgnore
from ctxopt.cli import main
from sample_projects.make_junk import make
from tests.support import pages
from tests.support.cli import run

_ROOT = Path(__file__).parent.parent
_README = (_ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_what_the_program_prints(tmp_path: Path) -> None:
    commands = list(pages.typed(_README))
    assert [one.command.split()[:2] for one in commands] == [["ctxopt"], ["ctxopt", "generate"], ["ctxopt", "generate"]]
    assert sum(len(one.shown) for one in commands) <= 20
    assert commands[-1].shown[-1] == "BuildKit: 29.1 MB → 37.0 kB (-99.9 %)"
    make("shop", tmp_path / "shop")
    for one in commands:
        pages.check(one, tmp_path / "shop")


def test_at_the_end_of_the_demo_nothing_is_left_to_do(tmp_path: Path) -> None:
    """The secret, the large file and what can be fixed: all are there before it, and none after it."""
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    sample, *_ = re.findall(r"make_junk.py (\S+) build/demo", makefile)
    commands = re.findall(r"^\t\$\(BIN\)/ctxopt (.* build/demo.*)$", makefile, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["analyze", "generate", "analyze"]
    make(sample, tmp_path / "build" / "demo")
    before, written, after = (run(*command.split(), cwd=tmp_path, columns=80).stdout for command in commands)
    assert re.search(r"CTX101 error \.env is copied into the image", before)
    assert re.search(r"24\.0 MB .* in final image  logs/server\.log", before)
    assert re.search(r"CTX005 warning .*\n.*24\.0 MB\n  fix: write \*\*/\*\.log", before)
    assert "Wrote .dockerignore" in written
    assert "CTX" not in after
    assert "secret" not in after.partition("\n\n")[2]
    assert re.search(r"24\.0 MB .* excluded  +logs/", after)


def test_the_readme_is_short_and_begins_with_what_is_needed_first() -> None:
    lines = _README.splitlines()
    assert len(lines) <= 100
    assert [line for line in lines[:25] if "pip install ." in line]
    assert [line for line in lines[:40] if line in ("    make demo", "    make test")] == [
        "    make demo",
        "    make test",
    ]
    assert "\nmake test check docs\n" in (_ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_readme_names_commands_that_there_are() -> None:
    listed = re.findall(r"`([a-z]+)`", _README.partition("## Commands")[2])
    assert len(listed) > 10
    assert [name for name in listed if main.get_command(click.Context(main), name) is None] == []


_PAGES = (
    *("README.md", "CONTRIBUTING.md", "SECURITY.md"),
    *(path.relative_to(_ROOT).as_posix() for path in sorted((_ROOT / "docs").rglob("*.md"))),
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
    # The paths in rules and recipes are those of other projects.
    ours = not page.startswith(("docs/rules/", "docs/recipes/"))
    for path in re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", text) if ours else ():
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
