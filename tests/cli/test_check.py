"""`ctxopt check`, end to end."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support import snapshots
from tests.support.cli import run

_SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture
def sample(samples: Path) -> Path:
    return samples / "python-service"


_FAILING = ("--max-size", "10kB", "--max-unused", "5%", "--max-file-size", "1MB", "--view", "classic")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--max-size", "1GB"), 0),
        (("--max-size", "10kB"), 1),
        (("--max-files", "19"), 0),
        (("--max-files", "18"), 1),
        (("--max-files", "18", "--view", "classic"), 1),
        (("--max-unused", "100%"), 0),
        (("--max-unused", "1MB"), 1),
        (("--max-file-size", "4MB"), 0),
        (("--max-file-size", "4MB", "--view", "classic"), 0),
        (("--max-file-size", "3.9MB", "--view", "classic"), 1),
        (("--fail-on", "error"), 0),
        (("--fail-on", "warning"), 1),
        (("--fail-on", "ignore-root-only"), 1),
        (("--fail-on", "ignore-file-not-read"), 0),
    ],
)
def test_exit_codes(sample: Path, options: tuple[str, ...], code: int) -> None:
    done = run("check", *options, cwd=sample)
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.splitlines()[-1].startswith("failed (1 of 1 build; " if code else "passed (1 build; ")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--max-size", "much"), 'error: --max-size: "much" is not a size'),
        (("--max-unused", "5%%"), 'error: --max-unused: "5%%" is neither a percentage nor a size'),
        (
            ("--fail-on", "warnig"),
            'error: --fail-on: "warnig" is neither a rule nor a severity; did you mean "warning"?',
        ),
    ],
)
def test_what_cannot_be_run(sample: Path, options: tuple[str, ...], problem: str) -> None:
    done = run("check", *options, cwd=sample)
    assert done.returncode == 2
    assert done.stderr.startswith(problem)
    assert done.stderr.count("\n") == 1


def test_a_build_that_would_fail(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY gone /\n")
    done = run("check", cwd=tmp_path)
    assert done.returncode == 1
    assert "Dockerfile:2" in done.stdout


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_what_it_shows(sample: Path, columns: int) -> None:
    done = run("check", *_FAILING, cwd=sample, columns=columns)
    snapshots.check(_SNAPSHOTS / f"check-python-service-{columns}.txt", done.stdout)


@pytest.mark.parametrize("output_format", ["json", "sarif", "github", "markdown", "junit"])
def test_every_format_names_what_breaks_the_limit(sample: Path, output_format: str, tmp_path: Path) -> None:
    done = run("check", *_FAILING, "--format", output_format, cwd=sample)
    assert (done.returncode, done.stderr) == (1, "")
    for named in ("data/", "orders-0.parquet", "29.1 MB"):
        assert named in done.stdout
    file = tmp_path / "out"
    again = run("check", *_FAILING, "--format", output_format, "-o", str(file), cwd=sample)
    assert (again.returncode, again.stdout) == (1, "")
    assert file.read_text() == done.stdout
    if output_format in ("json", "sarif"):
        json.loads(done.stdout)
    if output_format == "junit":
        ElementTree.fromstring(done.stdout)


@pytest.mark.parametrize("output_format", ["sarif", "github", "markdown", "junit"])
def test_analyze_has_them_as_well(sample: Path, output_format: str) -> None:
    done = run("analyze", "--format", output_format, cwd=sample)
    assert (done.returncode, done.stderr) == (0, "")
    assert "only matches at the context root" in done.stdout


def test_paths_are_those_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    root = tmp_path / "services" / "api"
    root.mkdir(parents=True)
    (root / "Dockerfile").write_text("FROM scratch\nCOPY gone /\n")
    done = run("check", "services/api", "--format", "github", cwd=tmp_path)
    assert done.stdout.startswith("::error file=services/api/Dockerfile,line=2,")


def test_the_text_can_go_to_a_file(sample: Path, tmp_path: Path) -> None:
    done = run("check", "-o", str(tmp_path / "out"), cwd=sample, FORCE_COLOR="1")
    assert done.stdout == ""
    assert (tmp_path / "out").read_text().splitlines()[-1].startswith("passed (")


def _configured(root: Path, text: str) -> Path:
    (root / "ctxopt.toml").write_text(text)
    for name, size in (("api", 100), ("web", 9000)):
        (root / name).mkdir()
        (root / name / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
        (root / name / "data").write_bytes(b"x" * size)
        (root / name / ".dockerignore").write_text("nothing\n")
    return root


_BUILDS = """max-size = "1kB"
[[build]]
name = "api"
context = "api"
[[build]]
name = "web"
context = "web"
max-size = "10kB"
"""


def test_the_builds_of_the_configuration(tmp_path: Path) -> None:
    root = _configured(tmp_path, _BUILDS)
    assert run("check", cwd=root).returncode == 0
    done = run("check", "--max-size", "500", "--format", "json", cwd=root)
    assert done.returncode == 1
    builds = json.loads(done.stdout)["builds"]
    assert [(build["name"], build["passed"]) for build in builds] == [("api", True), ("web", False)]
    assert run("check", "--max-size", "500", "--build", "api", cwd=root).returncode == 0
    assert run("check", "web", cwd=root).returncode == 1, "the common limit counts for what has no name"
    for output_format in ("github", "sarif", "markdown", "junit"):
        done = run("check", "--max-size", "500", "--format", output_format, cwd=root)
        assert "web: BuildKit transfers" in done.stdout


def test_findings_are_suppressed(tmp_path: Path) -> None:
    text = _BUILDS + '[[suppress]]\nrule = "ignore-no-effect"\npath = ".dockerignore"\nreason = "for others"\n'
    root = _configured(tmp_path, text)
    assert run("check", "--fail-on", "info", cwd=root).returncode == 0
    (root / "ctxopt.toml").write_text(_BUILDS)
    assert run("check", "--fail-on", "info", cwd=root).returncode == 1


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        ('max-sise = "1kB"\n', (), "error: ctxopt.toml:1: "),
        ('fail-on = ["warnig"]\n', (), 'error: ctxopt.toml:1: "warnig" is neither a rule nor a severity'),
        (_BUILDS, ("--build", "ap"), 'error: no build "ap" in the configuration; did you mean "api"?'),
    ],
)
def test_a_configuration_that_cannot_be_used(tmp_path: Path, text: str, options: tuple[str, ...], problem: str) -> None:
    done = run("check", *options, cwd=_configured(tmp_path, text))
    assert done.returncode == 2
    assert done.stderr.startswith(problem)
    assert done.stderr.count("\n") == 1


def test_what_is_configured_is_shown(tmp_path: Path) -> None:
    done = run("config", "show", cwd=_configured(tmp_path, _BUILDS))
    assert (done.returncode, done.stderr) == (0, "")
    assert "ctxopt.toml:1" in done.stdout
    assert "Build web" in done.stdout


@pytest.mark.parametrize(
    ("options", "code", "last"),
    [
        ((), 1, "failed (1 of 1 build; checked: instructions, findings (error); no size limit is set)"),
        (
            ("--view", "classic", "--max-size", "1GB"),
            1,
            "failed (1 of 1 build; checked: instructions, findings (error), max-size)",
        ),
        (
            ("--fail-on", "ignore-no-effect"),
            0,
            "passed (1 build; checked: instructions, findings (ignore-no-effect); no size limit is set)",
        ),
    ],
)
def test_findings_of_severity_error_fail_where_nothing_else_is_said(
    tmp_path: Path, options: tuple[str, ...], code: int, last: str
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY id_rsa /root/.ssh/id_rsa\n")
    (tmp_path / "id_rsa").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n")
    done = run("check", *options, cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (code, last)
