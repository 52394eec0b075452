"""What is written, and what is left alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ctxopt.files import read_for_change, replace_file
from tests.support.cli import run
from tests.support.files import write
from tests.support.inert import FORMATS
from tests.support.programs import git
from tests.support.systems import posix_only


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        {
            "Dockerfile": "FROM scratch\nCOPY src /\n",
            "src/main": "x",
            "junk": "j" * 9_000,
            "compose.yaml": "services: {a: {build: .}}\n",
            "ctxopt.toml": 'max-size = "1MB"\n',
            "other.file": "FROM scratch\nCOPY src /\n",
            "services.json": '{"services": {"a": {"build": "."}}}',
            "team.toml": "",
        },
    )


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (("check",), "Dockerfile"),
        (("check", "--format", "sarif"), "compose.yaml"),
        (("check", "--json"), "ctxopt.toml"),
        (("analyze", "-f", "other.file"), "other.file"),
        (("analyze", "-f", "other.file"), "./src/../other.file"),
        (("check", "--compose", "services.json"), "services.json"),
        (("check", "--config", "team.toml"), "team.toml"),
        (("report",), "Dockerfile"),
        (("ls",), "Dockerfile"),
    ],
)
def test_no_input_is_written_over(project: Path, arguments: tuple[str, ...], file: str) -> None:
    before = {path: path.read_bytes() for path in project.iterdir() if path.is_file()}
    done = run(*arguments, "-o", file, cwd=project)
    assert done.returncode == 2
    assert done.stderr == f"error: cannot write {file}: it is an input of this command; name another file\n"
    assert {path: path.read_bytes() for path in project.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (("check",), ".dockerignore"),
        (("ls",), "Dockerfile.dockerignore"),
        (("check", "--all"), "odd"),
        (("check", "--compose", "compose.yaml"), "parts.yaml"),
        (("check", "--compose", "compose.yaml"), "web.env"),
        (("analyze",), "package.json"),
        (("generate", "--level", "likely"), "build.sh"),
        (("generate", "--level", "likely"), ".gitignore"),
        (("generate", "--json"), ".dockerignore"),
        (("report",), "package.json"),
    ],
)
@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_nothing_that_is_read_is_written_over(
    tmp_path: Path, arguments: tuple[str, ...], file: str, link: Callable[[Path, Path], None] | None
) -> None:
    write(
        tmp_path,
        {
            "Dockerfile": "FROM node\nCOPY . .\nRUN npm ci && sh build.sh\n",
            "src/main": "x",
            ".dockerignore": "*.log\n",
            "Dockerfile.dockerignore": "*.log\n",
            ".gitignore": "node_modules\n",
            "compose.yaml": "include: [parts.yaml]\nservices: {a: {build: ., env_file: web.env}}\n",
            "parts.yaml": "services: {b: {build: {context: ., dockerfile: odd}}}\n",
            "web.env": "A=1\n",
            "odd": "FROM scratch\nCOPY src /\n",
            "package.json": '{"name": "a"}',
            "build.sh": "make\n",
        },
    )
    before = (tmp_path / file).read_bytes()
    if link is not None:
        link(tmp_path / file, tmp_path / "other")
    done = run(*arguments, "-o", "other" if link else file, cwd=tmp_path)
    assert done.returncode == 2
    assert "it is an input of this command; name another file" in done.stderr
    assert (tmp_path / file).read_bytes() == before
    assert link is None or (tmp_path / "other").read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        *((command, "--format", form) for command in ("check", "analyze", "generate") for form in FORMATS),
        ("generate", "--level", "likely"),
        ("analyze", "--scan-secrets"),
        ("generate", "--level", "likely", "--format", "dockerignore"),
        ("ls",),
        ("report",),
        ("stages",),
    ],
)
def test_a_result_can_be_written_again(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write(tmp_path, {"Dockerfile": "FROM node\nCOPY . .\nRUN npm ci\n", "package.json": "{}", "tests/a": "a"})
    name = ".dockerignore" if "dockerignore" in arguments else "result"
    for _ in range(2):
        done = run(*arguments, "-o", name, cwd=tmp_path)
        assert done.returncode in (0, 1), done.stderr
        assert (tmp_path / name).stat().st_size
        assert done.stderr == "" or "detect-secrets" in done.stderr


_READERS = "FROM scratch\nCOPY src/main lib* /\nRUN --mount=type=bind,source=more,target=/m x\n"


@pytest.mark.parametrize(
    "arguments",
    [
        *(("check", "--format", form) for form in FORMATS),
        ("lint", "--json"),
        ("check", "--compose", "compose.yaml"),
        ("check", "--all"),
        ("analyze",),
        ("analyze", "--all", "--json"),
        ("ls",),
        ("ls", "--format", "json"),
        ("stages", "--json"),
        ("stages", "--each-target"),
        ("explain", "src"),
        ("report",),
        ("report", "--all"),
        ("generate",),
        ("generate", "--json"),
        ("digest",),
        ("digest", "--all", "--json"),
    ],
)
def test_what_an_instruction_reads_is_not_written_over(project: Path, arguments: tuple[str, ...]) -> None:
    write(project, {"Dockerfile": _READERS, "lib.a": "a", "more/deep/x": "x", "src/other": "o"})
    for file, line in {"src/main": 2, "lib.a": 2, "more/deep/x": 3, "./src/../src/main": 2}.items():
        done = run(*arguments, "-o", file, cwd=project)
        assert done.returncode == 2, (file, done.stdout)
        reader = {2: "COPY", 3: "RUN"}[line]
        assert done.stderr.splitlines()[-1] == (
            f"error: cannot write {file}: {reader} in Dockerfile:{line} reads it; name another file"
        )
    assert (project / "src/main").read_text() == "x"
    # No instruction reads these, and one that is not there is not read.
    for file in ("junk", "src/other", "src/new"):
        assert run(*arguments, "-o", file, cwd=project).returncode in (0, 1), file
        assert (project / file).stat().st_size > 1 or "explain" in arguments


@pytest.mark.parametrize("command", ["check", "analyze", "report", "generate"])
def test_of_the_whole_context_only_what_git_tracks_is_no_result(project: Path, command: str) -> None:
    write(project, {"Dockerfile": "FROM scratch\nCOPY . /\n", "result": "An earlier text.\n"})
    git(project, "init", "-q")
    git(project, "add", "src/main")
    done = run(command, "-o", "src/main", cwd=project)
    assert (done.returncode, (project / "src/main").read_text()) == (2, "x")
    assert "COPY in Dockerfile:2 reads it" in done.stderr
    assert run(command, "-o", "result", cwd=project).returncode in (0, 1)


def test_what_is_compared_is_not_written_over(project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "all")
    for options in ((), ("--all",), ("--compose", "compose.yaml")):
        done = run("affected", "--against", "HEAD", *options, "-o", "src/main", cwd=project)
        assert (done.returncode, (project / "src/main").read_text()) == (2, "x"), options
        assert "COPY in Dockerfile:2 reads it" in done.stderr
    assert run("affected", "--against", "HEAD", "-o", "junk", cwd=project).returncode == 0
    done = run("diff", "HEAD", "-o", "src/main", cwd=project)
    assert (done.returncode, (project / "src/main").read_text()) == (2, "x")


def test_what_a_named_context_has_is_not_written_over_either(project: Path) -> None:
    write(project, {"Dockerfile": "FROM scratch\nCOPY --from=more x /\n", "more/x": "x", "more/y": "y"})
    check = ("check", "--build-context", "more=more", "-o")
    assert run(*check, "more/x", cwd=project).returncode == 2
    assert run(*check, "more/y", cwd=project).returncode == 0


def test_an_earlier_result_that_an_instruction_reads_is_written_again(project: Path) -> None:
    write(project, {"Dockerfile": "FROM scratch\nCOPY src /\n"})
    for _ in range(2):
        assert run("report", "-o", "src/report.html", cwd=project).returncode == 0
        assert run("check", "--format", "sarif", "-o", "src/x.sarif", cwd=project).returncode == 0


@pytest.mark.parametrize("text", ["node_modules\n".encode("utf-16"), "a\n".encode("utf-16-le"), b"\xfe\xff\0a\0\n"])
@pytest.mark.parametrize("options", [("--write",), ("--level", "likely", "--write"), ("--tidy", "--write")])
def test_nothing_is_added_to_utf_16(project: Path, text: bytes, options: tuple[str, ...]) -> None:
    (project / ".dockerignore").write_bytes(text)
    done = run("generate", *options, cwd=project)
    assert done.returncode == 2
    assert "UTF-16" in done.stderr
    assert "save it as UTF-8" in done.stderr
    assert (project / ".dockerignore").read_bytes() == text


@posix_only
def test_extended_attributes_survive(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    try:
        os.setxattr(file, "user.owner", b"team")
    except (OSError, AttributeError):
        pytest.skip("the file system has no extended attributes")
    replace_file(read_for_change(str(tmp_path), "file"), b"new")
    assert file.read_bytes() == b"new"
    assert os.getxattr(file, "user.owner") == b"team"


@posix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_no_temporary_file(tmp_path: Path, number: signal.Signals) -> None:
    program = f"""
import os, signal, sys
import ctxopt.files
from ctxopt.__main__ import run

def stop(*_):
    os.kill(os.getpid(), {int(number)})

ctxopt.files._check_unchanged = stop
sys.argv = ["ctxopt", "generate", "--write"]
run()
"""
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY src /\n", "src/main": "x", "junk": "j" * 9_000})
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Dockerfile", "junk", "src"]


@pytest.mark.parametrize("command", ["check", "lint", "analyze", "stages", "generate", "cache", "report -o ../page"])
def test_a_thousand_missing_sources_are_ten_lines_and_a_count(tmp_path: Path, command: str) -> None:
    root = tmp_path / "project"
    copies = "".join(f"COPY gone{number} /\n" for number in range(1000))
    write(root, {"Dockerfile": f"FROM scratch\n{copies}"})
    done = run(*command.split(), cwd=root, columns=200)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "is not in the build context" in line]
    assert len(said) <= 21, "ten on each stream, and the verdict"
    if command != "cache":
        assert "and 990 more" in done.stdout + done.stderr
