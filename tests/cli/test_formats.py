"""The formats of `diff` and `generate`, step summaries, and names that try to be something else in them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from ctxopt.cli.formats import ANNOTATED
from tests.support.cli import run
from tests.support.programs import git

_SARIF = Path(__file__).parents[1] / "render" / "sarif-2.1.0.json"
_EVIL = "a%0A::error::x,y\n::error file=q::boo ![i](http://x) <b>"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two commits: the second adds a file that is copied, and removes one that is not."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main").write_bytes(b"m" * 100)
    (tmp_path / "old.bin").write_bytes(b"o" * 3000)
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY src /src\n")
    (tmp_path / ".dockerignore").write_text(".git\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    (tmp_path / "old.bin").unlink()
    (tmp_path / "src" / "large").write_bytes(b"l" * 50_000)
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY src /src\nCOPY src/main /bin/\n")
    return tmp_path


def _check_form(text: str, output_format: str) -> None:
    if output_format == "sarif":
        jsonschema.validate(json.loads(text), json.loads(_SARIF.read_text(encoding="utf-8")))
    if output_format == "junit":
        ElementTree.fromstring(text)


#: The formats with a summary; Code Quality of GitLab has nothing but issues.
_SUMMARIZED = [name for name in ANNOTATED if name != "gitlab"]


@pytest.mark.parametrize("output_format", _SUMMARIZED)
def test_what_a_difference_tells(project: Path, output_format: str) -> None:
    done = run("diff", "HEAD", "--format", output_format, cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    for told in ("src/large", "50.0 kB", "old.bin", "the working tree"):
        assert told in done.stdout.replace("`", "")
    _check_form(done.stdout, output_format)


def test_a_difference_names_the_lines_of_instructions(project: Path) -> None:
    lines = run("diff", "HEAD", "--format", "github", cwd=project).stdout.splitlines()
    assert (
        "::notice file=src/large,title=context-added Build context has grown::src/large: new, 50.0 kB in 1 file"
        in lines
    )
    removed = "title=context-removed Build context has shrunk"
    assert f"::notice file=old.bin,{removed}::old.bin: gone, 3.0 kB in 1 file" in lines
    assert (
        "::notice file=Dockerfile,line=3,endLine=3,title=instruction-reads Instruction reads different files::"
        "COPY src/main: +100 B, new instruction" in lines
    )
    back = run("diff", "HEAD", "HEAD", "--format", "github", cwd=project).stdout.splitlines()
    assert back[0] == "Summary of ctxopt diff:"


@pytest.mark.parametrize("output_format", _SUMMARIZED)
@pytest.mark.parametrize("style", ["denylist", "allowlist"])
def test_what_a_proposal_tells(project: Path, output_format: str, style: str) -> None:
    (project / "junk").write_bytes(b"j" * 7000)
    options = ("generate", "--style", style, "--format", output_format)
    done = run(*options, cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ignore-file-outdated" in done.stdout or "keeps files that no build needs" in done.stdout
    assert "unused" in done.stdout
    _check_form(done.stdout, output_format)
    written = run(*options, "--write", cwd=project)
    assert "| written |" in written.stdout if output_format == "markdown" else "written" in written.stdout
    again = run(*options, "--check", cwd=project)
    assert again.returncode == 0
    assert "up to date" in again.stdout


def test_a_check_makes_errors(project: Path) -> None:
    (project / "junk").write_bytes(b"j" * 7000)
    done = run("generate", "--check", "--format", "github", cwd=project)
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=.dockerignore,")
    assert run("generate", "--format", "github", cwd=project).stdout.startswith("::warning file=.dockerignore,")


@pytest.mark.parametrize("output_format", ["text", "json", "diff", *ANNOTATED])
def test_a_report_of_generate_can_go_to_a_file(project: Path, output_format: str, tmp_path: Path) -> None:
    (project / "junk").write_bytes(b"j" * 7000)
    shown = run("generate", "--format", output_format, cwd=project, columns=120)
    done = run("generate", "--format", output_format, "-o", "../report", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    report = (project.parent / "report").read_text()
    assert [line.rstrip() for line in report.splitlines()] == [line.rstrip() for line in shown.stdout.splitlines()]


@pytest.mark.parametrize(
    "arguments",
    [("analyze",), ("check", "--max-size", "10"), ("diff", "HEAD"), ("generate",)],
)
def test_a_step_summary_is_added_to_the_file(project: Path, arguments: tuple[str, ...]) -> None:
    summary = project.parent / "summary.md"
    summary.write_text("before\n")
    plain = run(*arguments, cwd=project)
    done = run(*arguments, "--step-summary", cwd=project, GITHUB_STEP_SUMMARY=str(summary))
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    assert summary.read_text() == "before\n" + run(*arguments, "--format", "markdown", cwd=project).stdout


@pytest.mark.parametrize(
    ("value", "problem"),
    [("", "$GITHUB_STEP_SUMMARY is not set"), ("/nowhere/file", "/nowhere/file: cannot write the summary")],
)
def test_a_step_summary_without_a_place(project: Path, value: str, problem: str) -> None:
    done = run("analyze", "--step-summary", cwd=project, GITHUB_STEP_SUMMARY=value)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {problem}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("output_format", ANNOTATED)
@pytest.mark.parametrize("arguments", [("diff", "HEAD"), ("generate",), ("check", "--max-file-size", "10")])
def test_names_stay_inert(project: Path, arguments: tuple[str, ...], output_format: str) -> None:
    (project / "src" / _EVIL.replace("/", "_")).write_bytes(b"e" * 90_000)
    (project / _EVIL.replace("/", "_")).write_bytes(b"e" * 90_000)
    done = run(*arguments, "--format", output_format, cwd=project)
    assert done.returncode in (0, 1)
    assert "boo" in done.stdout
    _check_form(done.stdout, output_format)
    if output_format == "github":
        commands = [line for line in done.stdout.splitlines() if line.lstrip().startswith("::")]
        assert all(line.startswith(("::error file=", "::notice file=", "::warning file=")) for line in commands)
        assert not any(line.lstrip().startswith("::error file=q") for line in commands)
        # A name's own %0A is data, not the end of a line.
        assert all("a%250A" in line for line in commands if "boo" in line)
    if output_format == "markdown":
        assert "\n::error" not in done.stdout
        assert "<b>" not in "".join(done.stdout.split("`")[::2])
