"""Whose suppressions count: `--no-inline-suppressions`, and `--config-from` with the rules of a revision."""

from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import Files, write
from tests.support.programs import git

_COMMENT = "# ctxopt ignore=CTX105 Reviewed.\n"
_FROM = "FROM alpine\n"
_LINT = ("lint", "--select", "CTX105")


def _repository(root: Path, files: Files) -> Path:
    write(root, files)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "base")
    return root


@pytest.mark.parametrize("command", [_LINT, ("check", "--fail-on", "CTX105")])
def test_without_inline_suppressions(tmp_path: Path, command: tuple[str, ...]) -> None:
    write(tmp_path, {"Dockerfile": _COMMENT + _FROM})
    assert run(*command, cwd=tmp_path).returncode == 0
    assert run(*command, "--no-inline-suppressions", cwd=tmp_path).returncode == 1


def test_analyze_shows_what_comments_suppress(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _COMMENT + _FROM})
    assert "CTX105" not in run("analyze", cwd=tmp_path).stdout
    assert "CTX105" in run("analyze", "--no-inline-suppressions", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("before", "now", "code"),
    [
        (_FROM, _COMMENT + _FROM, 1),
        (_COMMENT + _FROM, _COMMENT + _FROM, 0),
        # Where it stands is no matter.
        (_COMMENT + _FROM, "# A comment.\n\n" + _COMMENT + _FROM, 0),
        # It was about another instruction.
        (_COMMENT + "FROM alpine:3\n", _COMMENT + _FROM, 1),
        (_COMMENT + _FROM, "# ctxopt ignore=CTX105 Another reason.\n" + _FROM, 1),
        ("# ctxopt global ignore=CTX105 All.\n" + _FROM, "# ctxopt global ignore=CTX105 All.\n" + _FROM, 0),
        (_COMMENT + _FROM, "# ctxopt global ignore=CTX105 Reviewed.\n" + _FROM, 1),
        # One comment does not become two.
        (_COMMENT + _FROM, f"{_COMMENT}{_FROM.strip()} AS a\n{_COMMENT}{_FROM}COPY --from=a /x /x\n", 1),
        ("COPY a b\n" + _COMMENT, _COMMENT + _FROM, 1),
        (None, _COMMENT + _FROM, 1),
    ],
)
def test_comments_that_the_revision_has_as_well(tmp_path: Path, before: str | None, now: str, code: int) -> None:
    _repository(tmp_path, {"README": "x", **({} if before is None else {"Dockerfile": before})})
    write(tmp_path, {"Dockerfile": now})
    done = run(*_LINT, "--config-from", "main", cwd=tmp_path)
    assert done.returncode == code, done.stdout
    if code:
        assert "this comment suppresses nothing: main does not have it" in done.stdout


def test_limits_and_suppressions_of_the_revision(tmp_path: Path) -> None:
    _repository(
        tmp_path, {"Dockerfile": "FROM alpine:3\nCOPY . /\n", "a": "a" * 200, "ctxopt.toml": "max-size = 100\n"}
    )
    write(tmp_path, {"ctxopt.toml": "max-size = 1000000\n"})
    assert run("check", cwd=tmp_path).returncode == 0
    done = run("check", "--config-from", "main", "-v", cwd=tmp_path)
    assert done.returncode == 1
    assert "configuration: main:ctxopt.toml" in done.stderr
    (tmp_path / "ctxopt.toml").unlink()
    assert run("check", "--config-from", "HEAD", cwd=tmp_path).returncode == 1
    assert run("check", "--config", "ctxopt.toml", "--config-from", "HEAD", cwd=tmp_path).returncode == 1


def test_the_configuration_above_a_new_directory(tmp_path: Path) -> None:
    section = '[tool.ctxopt]\n[[tool.ctxopt.suppress]]\nrule = "CTX105"\nreason = "Later."\n'
    _repository(tmp_path, {"pyproject.toml": section})
    write(tmp_path, {"pyproject.toml": "", "new/service/Dockerfile": _FROM})
    assert run(*_LINT, "new/service", cwd=tmp_path).returncode == 1
    done = run(*_LINT, "new/service", "--config-from", "main", cwd=tmp_path)
    assert done.returncode == 0
    assert "main:pyproject.toml:2 [tool.ctxopt] says: Later." in done.stdout


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--config-from", "nowhere"), 'there is no revision "nowhere" in this clone'),
        (("--config-from", "main", "--no-config"), "--config-from and --no-config are mutually exclusive"),
        (("--config-from", "main", "--config", "x.toml"), "configuration not found: main:x.toml"),
        (("--config-from", "-q"), '"-q" is no revision'),
    ],
)
def test_what_cannot_be_read_never_passes(tmp_path: Path, options: tuple[str, ...], problem: str) -> None:
    _repository(tmp_path, {"Dockerfile": _FROM})
    done = run("check", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert problem in done.stderr


def test_outside_of_a_repository(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _FROM})
    done = run("check", "--config-from", "main", cwd=tmp_path)
    assert done.returncode == 2
    assert 'revision "main" cannot be read: it is not in a git repository' in done.stderr
