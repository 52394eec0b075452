"""What is written, and what is left alone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ctxopt.files import read_for_change, replace_file
from tests.support.cli import run
from tests.support.files import write
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
