"""`ctxopt config show`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Done, run

_DOCS = Path(__file__).parent.parent.parent / "docs"

_TEXT = """\
max-size = "50 MB"
fail-on = ["warning"]

[[build]]
name = "a\\u001b[31m"
context = "web"
max-size = 1000
max-unused = "5%"
max-growth = "1MB"
build-args = { A = "1", B = "x y" }

[[suppress]]
rule = "ignore-no-effect"
path = "web/**"
reason = "[bold]shared[/]"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "ctxopt.toml").write_text(_TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*arguments: str) -> Done:
    return run("config", "show", *arguments, columns=100)


def _lines(*arguments: str) -> list[str]:
    done = _run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return [" ".join(line.split()) for line in done.stdout.splitlines()]


def test_text_shows_values_and_origins(project: Path) -> None:
    assert _lines("--max-files", "7", "--view", "classic") == [
        "Configuration ctxopt.toml",
        "",
        "Limits",
        "max-size 50 MB ctxopt.toml:1",
        "view classic option --view",
        "max-files 7 option --max-files",
        "max-unused - default",
        "max-file-size - default",
        "max-growth - default",
        "against - default",
        "fail-on warning ctxopt.toml:2",
        "",
        "Build a\\x1b[31m",
        "context web ctxopt.toml:6",
        "build-args A=1 B=x y ctxopt.toml:10",
        "max-size 1000 ctxopt.toml:7",
        "view classic option --view",
        "max-files 7 option --max-files",
        "max-unused 5% ctxopt.toml:8",
        "max-growth 1MB ctxopt.toml:9",
        "fail-on warning ctxopt.toml:2",
        "",
        "Suppressed",
        "ignore-no-effect in web/** [bold]shared[/] ctxopt.toml:12",
    ]


def test_without_a_file_the_defaults_hold(project: Path) -> None:
    (project / "ctxopt.toml").unlink()
    lines = _lines()
    assert lines[:5] == ["Configuration no file", "", "Limits", "max-size - default", "view transfer default"]


def test_a_file_that_does_not_count_is_named(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.ctxopt]\n")
    assert _lines()[1].startswith("note: pyproject.toml also has [tool.ctxopt]")


def test_a_directory_may_be_named(project: Path) -> None:
    (project / "web").mkdir()
    (project / "web" / "pyproject.toml").write_text("[tool.ctxopt]\nmax-files = 3\n")
    lines = _lines("web")
    assert lines[0] == "Configuration web/pyproject.toml"
    assert "max-files 3 web/pyproject.toml:2 [tool.ctxopt]" in lines


def test_json_holds_the_same(project: Path) -> None:
    shown = json.loads(_run("--format", "json", "--fail-on", "note", "--fail-on", "error").stdout)
    assert (shown["version"], shown["file"], shown["notes"]) == (1, "ctxopt.toml", [])
    assert shown["limits"]["max-size"] == {
        "value": 50_000_000,
        "text": "50 MB",
        "origin": {"source": "file", "key": "max-size", "file": "ctxopt.toml", "line": 1},
    }
    assert shown["limits"]["max-files"] is None
    assert shown["limits"]["fail-on"]["value"] == ["note", "error"]
    assert shown["limits"]["view"]["origin"] == {"source": "default", "key": "view", "file": None, "line": None}
    (build,) = shown["builds"]
    assert build["name"] == "a\x1b[31m"
    assert build["origin"]["key"] == "build[0]"
    assert build["settings"]["context"]["value"] == str(project.resolve() / "web")
    assert build["settings"]["build-args"]["value"] == {"A": "1", "B": "x y"}
    assert build["settings"]["target"] is None
    limits = build["limits"]
    assert [limits[name]["value"] for name in ("max-size", "max-unused", "max-growth")] == [1000, "5%", 1_000_000]
    assert shown["suppressions"] == [
        {
            "rule": "ignore-no-effect",
            "path": "web/**",
            "reason": "[bold]shared[/]",
            "origin": {"source": "file", "key": "suppress[0]", "file": "ctxopt.toml", "line": 12},
        }
    ]


def test_every_json_field_is_documented(project: Path) -> None:
    text = (_DOCS / "config.md").read_text(encoding="utf-8")
    shown = json.loads(_run("--format", "json").stdout)
    shown["builds"][0]["settings"]["build-args"]["value"] = None
    assert [key for key in sorted(_keys(shown)) if f"`{key}`" not in text] == []


def test_no_build_arguments_are_an_object(project: Path) -> None:
    (project / "ctxopt.toml").write_text('build = [{ name = "a", build-args = {} }]\n')
    shown = json.loads(_run("--format", "json").stdout)
    assert shown["builds"][0]["settings"]["build-args"]["value"] == {}


def test_a_bad_option_is_one_error(project: Path) -> None:
    done = _run("--max-size", "5 XB")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith('error: --max-size: "5 XB" is not a size')


def test_help_names_each_limit() -> None:
    text = _run("--help").stdout
    assert [
        name for name in ("--max-size SIZE", "--max-unused SHARE", "--fail-on", "--against REV") if name not in text
    ] == []


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    return set(value).union(*map(_keys, value.values())) if isinstance(value, dict) else set()
