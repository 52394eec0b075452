"""A configuration in a subdirectory can only tighten that of the repository's root."""

import json
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import write

_ROOT = 'max-size = "1kB"\nmax-unused = "5%"\nfail-on = ["error"]\napproved-base-images = ["ours/*", "scratch"]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return write(tmp_path, {"ctxopt.toml": _ROOT, "a/Dockerfile": "FROM scratch\nCOPY main /\n", "a/main": "m" * 2_000})


def _shown(project: Path) -> dict[str, object]:
    done = run("config", "show", "a", "--json", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    given = {**document["limits"], **document["rules"], **document["checks"]}
    return {name: value["value"] for name, value in given.items() if value is not None} | {
        "suppressions": len(document["suppressions"]),
        "notes": len(document["notes"]),
    }


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        ('max-size = "1GB"\n', {"max-size": 1000}),
        ('max-size = "500"\n', {"max-size": 500}),
        ('max-unused = "90%"\n', {"max-unused": "5%"}),
        ('max-unused = "1%"\n', {"max-unused": "1%"}),
        ('max-unused = "1GB"\n', {"max-unused": "5%"}),
        ("max-files = 3\n", {"max-files": 3, "max-size": 1000}),
        ("fail-on = []\n", {"fail-on": ["error"]}),
        ('fail-on = ["note"]\n', {"fail-on": ["error", "note"]}),
        ('approved-base-images = ["*"]\n', {"approved-base-images": ["ours/*", "scratch"]}),
        ('allow-unchecked = ["*"]\n', {"allow-unchecked": None, "notes": 1}),
        ('allow-override = true\nmax-size = "1GB"\n', {"max-size": 1000}),
        ('[[suppress]]\nrule = "CTX101"\nreason = "trust me"\n', {"suppressions": 0, "notes": 1}),
    ],
)
def test_what_applies(project: Path, near: str, expected: dict[str, object]) -> None:
    write(project, {"a/ctxopt.toml": near})
    shown = _shown(project)
    assert {name: shown.get(name) for name in expected} == expected


def test_the_root_can_allow_to_override_it(project: Path) -> None:
    write(project, {"a/ctxopt.toml": 'max-size = "1GB"\n'})
    assert run("check", "a", cwd=project).returncode == 1
    write(project, {"ctxopt.toml": "allow-override = true\n" + _ROOT})
    assert run("check", "a", cwd=project).returncode == 0
    assert _shown(project)["max-size"] == 1_000_000_000


def test_the_builds_of_a_nearer_configuration_are_no_way_around(project: Path) -> None:
    write(project, {"a/ctxopt.toml": '[[build]]\nname = "a"\nmax-size = "1GB"\n'})
    assert run("check", cwd=project / "a").returncode == 1
    write(project, {"a/ctxopt.toml": 'allow-unchecked = ["*"]\n[[build]]\nname = "a"\n'})
    assert "note: ctxopt.toml:1: allow-unchecked is ignored" in run("check", cwd=project / "a").stderr
    assert run("check", cwd=project / "a").returncode == 1


@pytest.mark.parametrize(
    ("root", "near", "expected"),
    [
        # What the root leaves at its default is no way around either.
        ("", 'fail-on = ["CTX001"]\n', {"fail-on": ["error", "CTX001"]}),
        ("", "fail-on = []\n", {"fail-on": ["error"]}),
        ("max-size = 1000\n", 'view = "classic"\n', {"view": "transfer", "max-size": 1000}),
        ("", 'view = "classic"\n', {"view": "classic"}),
        ('max-growth = "1%"\nagainst = "main"\n', 'against = "HEAD"\n', {"against": "main", "max-growth": "1%"}),
        ('max-growth = "1%"\n', 'against = "HEAD"\n', {"against": None, "max-growth": "1%"}),
        ("", 'max-growth = "1%"\nagainst = "HEAD"\n', {"against": "HEAD", "max-growth": "1%"}),
    ],
)
@pytest.mark.parametrize("in_build", [False, True])
def test_defaults_of_the_root(
    project: Path, root: str, near: str, expected: dict[str, object], *, in_build: bool
) -> None:
    build = '[[build]]\nname = "a"\n' if in_build else ""
    write(project, {"ctxopt.toml": root, "a/ctxopt.toml": build + near})
    done = run("config", "show", "a", "--json", cwd=project)
    document = json.loads(done.stdout)
    shown = document["builds"][0]["limits"] if in_build else document["limits"]
    assert {name: (shown[name] or {}).get("value") for name in expected} == expected


@pytest.mark.parametrize("near", ["fail-on = []\n", 'fail-on = ["error"]\n', '[[build]]\nname = "a"\nfail-on = []\n'])
@pytest.mark.parametrize(("root", "code"), [("", 1), ("allow-override = true\n", 0), ('fail-on = ["error"]\n', 0)])
def test_no_nearer_file_lowers_what_fails_by_default_in_a_command(
    project: Path, near: str, root: str, code: int
) -> None:
    # CTX105, a warning, fails `lint` without any setting, and `check` only with one.
    write(project, {"ctxopt.toml": root, "a/ctxopt.toml": near, "a/Dockerfile": "FROM alpine\n"})
    assert run("lint", "--select", "CTX105", cwd=project / "a").returncode == code
    assert run("check", cwd=project / "a").returncode == 0
    write(project, {"a/ctxopt.toml": near.replace("[]", '["CTX105"]').replace('"error"', '"CTX105"')})
    assert run("check", cwd=project / "a").returncode == 1
