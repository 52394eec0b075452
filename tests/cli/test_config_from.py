"""Whose suppressions count: `--no-inline-suppressions`, and `--config-from` with the rules of a revision."""

import json
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


_LIMITED = {"ctxopt.toml": "max-size = 1000\n", "service/Dockerfile": "FROM scratch\nCOPY . /\n"}


def _with_submodule(root: Path, inner: Files) -> Path:
    """A repository whose last commit makes a submodule, with its own branch main, of the directory `service`."""
    _repository(root / "inner", inner)
    top = _repository(root / "top", _LIMITED)
    git(top, "rm", "-qr", "service")
    git(top, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(root / "inner"), "service")
    git(top, "commit", "-q", "-m", "a submodule")
    return top


@pytest.mark.parametrize(("options", "inside"), [((), ()), (("--config-from", "main~1"), ("--config-from", "main"))])
def test_a_submodule_does_not_bring_its_own_judge(
    tmp_path: Path, options: tuple[str, ...], inside: tuple[str, ...]
) -> None:
    inner: Files = {"Dockerfile": "FROM scratch\nCOPY . /\n", "large": 5_000, "ctxopt.toml": "max-size = 9000\n"}
    top = _with_submodule(tmp_path, inner)
    assert run("check", "service", *options, cwd=top).returncode == 1
    # Where the submodule is what one works in, its own configuration counts.
    assert run("check", *inside, cwd=top / "service").returncode == 0


def test_growth_of_what_became_a_submodule_is_not_judged_by_itself(tmp_path: Path) -> None:
    top = _with_submodule(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "large": 5_000})
    done = run("check", "service", "--no-config", "--max-growth", "0", "--against", "main~1", cwd=top)
    assert done.returncode == 2
    assert 'it was no submodule at "main~1", so it cannot be compared' in done.stderr
    # Later it is compared with the commit that was recorded for it, whatever its own branch main is.
    write(top / "service", {"more": 700})
    git(top / "service", "add", "-A")
    git(top / "service", "commit", "-q", "-m", "grown")
    git(top / "service", "checkout", "-q", "-B", "main")
    done = run("check", "service", "--no-config", "--max-growth", "0", "--against", "main", "--json", cwd=top)
    assert done.returncode == 1
    assert [one["measured"] for one in json.loads(done.stdout)["builds"][0]["breaches"]] == [700]


def test_a_submodules_configuration_and_comments_are_those_that_were_recorded(tmp_path: Path) -> None:
    inner = {"Dockerfile": _COMMENT + _FROM, "ctxopt.toml": "max-files = 100\nfail-on = ['CTX105']\n"}
    top = _with_submodule(tmp_path, inner)
    check = ("check", "service", "--config-from", "main", "--json")
    assert run(*check, cwd=top).returncode == 0
    write(top / "service", {"ctxopt.toml": "", "Dockerfile": f"{_COMMENT}FROM debian\n"})
    # Only the configuration that was recorded makes this finding fail, and the comment was about another image.
    assert run(*check, cwd=top).returncode == 1
