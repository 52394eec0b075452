"""Hostile and odd input, end to end: one clear line, no traceback, nothing that steers a terminal."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import run, run_program


def _dockerfile(root: Path, text: str) -> None:
    (root / "Dockerfile").write_bytes(text.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("source", ["a\\u001b]0;pwn\\u0007\\u202e", "a\\nnote: fake"])
def test_a_source_cannot_steer_the_terminal(tmp_path: Path, source: str) -> None:
    _dockerfile(tmp_path, f'FROM scratch\nCOPY ["{source}", "/x"]\n')
    done = run("analyze", cwd=tmp_path)
    assert done.returncode == 2
    for char in "\x1b\x07\u202e":
        assert char not in done.stdout + done.stderr
    assert not any(line.strip().startswith("note: fake") for line in done.stdout.splitlines())


@pytest.mark.parametrize("command", [("analyze",), ("ls", "--tree"), ("explain", "é")])
def test_any_output_encoding_will_do(tmp_path: Path, command: tuple[str, ...]) -> None:
    _dockerfile(tmp_path, "FROM scratch\nCOPY caf\udce9 é* /x/\n")
    (tmp_path / "é").touch()
    done = run_program(*command, cwd=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert "Traceback" not in done.stderr
    assert "\\xe9" in done.stdout or "é" in done.stdout


@pytest.mark.parametrize(
    "text",
    [
        "FROM scratch\nCOPY " + "${a:-" * 300 + "}" * 300 + " /x\n",
        "FROM scratch\nCOPY --from=" + "9" * 5000 + " a b\n",
        "FROM scratch\n" + "ENV a=x\n" + "ENV a=$a$a\n" * 60,
    ],
)
def test_bombs_are_one_line(tmp_path: Path, text: str) -> None:
    _dockerfile(tmp_path, text)
    done = run("ls", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_a_file_of_any_size_is_not_read(tmp_path: Path) -> None:
    _dockerfile(tmp_path, "FROM scratch\n")
    with (tmp_path / ".dockerignore").open("wb") as file:
        file.truncate(60 << 30)
    done = run("ls", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "error: .dockerignore: it is larger than 4 MiB; is it the right file?\n",
    )


def test_an_ignore_file_of_any_name_has_the_same_limit(tmp_path: Path) -> None:
    _dockerfile(tmp_path, "FROM scratch\n")
    (tmp_path / "others").write_bytes(b"\n" * ((4 << 20) + 1))
    done = run("ls", "--ignore-file", "others", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "error: others: it is larger than 4 MiB; is it the right file?\n")


def test_a_file_name_that_cannot_be(tmp_path: Path) -> None:
    done = run("ls", "-f", "a" * 5000, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_bad_pattern_reads_nothing_that_is_not_there(tmp_path: Path) -> None:
    _dockerfile(tmp_path, "FROM scratch\nCOPY a[ /x\n")
    done = run("explain", "new", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "unused" in done.stdout


def test_an_ignore_file_that_is_a_directory(tmp_path: Path) -> None:
    _dockerfile(tmp_path, "FROM scratch\nCOPY . /\n")
    (tmp_path / ".dockerignore").mkdir()
    assert run("ls", cwd=tmp_path).stdout.splitlines() == [".dockerignore/", "Dockerfile"]
    classic = "it is a directory; the legacy builder fails on it; BuildKit ignores it"
    explained = run("explain", "Dockerfile", cwd=tmp_path)
    assert (explained.returncode, explained.stdout.splitlines()) == (
        0,
        [
            "Dockerfile",
            "  in final image (22 B)",
            "  BuildKit: kept: there is no ignore file",
            f"  legacy builder: fails: .dockerignore: {classic}",
            "  read by line 2: COPY .",
        ],
    )
    for command in (("ls", "--view", "classic"), ("check", "--view", "classic")):
        done = run(*command, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (2, f"error: .dockerignore: {classic}\n")
    done = run("generate", "--write", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "it is a directory, so no ignore file can be written" in done.stderr
    assert (tmp_path / ".dockerignore").is_dir()


_INTERRUPTED = "raise KeyboardInterrupt\n"


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("click.py", _INTERRUPTED),
        ("rich/__init__.py", _INTERRUPTED),
        ("sitecustomize.py", "import os\ndef scandir(path):\n    raise KeyboardInterrupt\nos.scandir = scandir\n"),
    ],
    ids=["first imports", "later imports", "the walk"],
)
def test_ctrl_c_ends_quietly(tmp_path: Path, module: str, text: str) -> None:
    _dockerfile(tmp_path, "FROM scratch\n")
    path = tmp_path / "modules" / module
    path.parent.mkdir(parents=True)
    path.write_text(text)
    done = run_program("analyze", cwd=tmp_path, PYTHONPATH=str(tmp_path / "modules"))
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("ls", "--nope"), "no such option: --nope; see `ctxopt ls --help`"),
        (("ls", "a\x1b[31m", "b\x1b[0m"), "got unexpected extra argument (b\\x1b[0m); see `ctxopt ls --help`"),
        (("no\nway",), "no such command or directory: no\\nway; `ctxopt --help` lists the commands"),
        (("explain",), "missing argument 'PATH...'; see `ctxopt explain --help`"),
        (
            ("config", "show", "--max-files", "\x07"),
            "invalid value for '--max-files': '\\\\x07' is not a valid integer",
        ),
        (("ls", "--tree", "-0"), "--tree, -0 and --json are mutually exclusive"),
    ],
)
def test_wrong_arguments_are_one_line(tmp_path: Path, arguments: tuple[str, ...], problem: str) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"error: {problem}")


@pytest.mark.parametrize("columns", [0, 1, 20])
def test_a_narrow_terminal_loses_nothing(tmp_path: Path, columns: int) -> None:
    _dockerfile(tmp_path, "FROM scratch\nCOPY . /x\n")
    deep = tmp_path.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    (deep / "deepfile").touch()
    done = run("ls", "--tree", cwd=tmp_path, columns=columns)
    assert done.stdout.splitlines()[-2].endswith("└── deepfile")
    # The key, the root, an entry a line, and the totals.
    assert len(done.stdout.splitlines()) == 45
    assert "COPY" in run("analyze", cwd=tmp_path, columns=columns).stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:

    _dockerfile(tmp_path, "FROM scratch\n")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ctxopt", "ls", "--view", "buildkit"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "cannot write the output: No space left on device" in done.stderr


@pytest.mark.parametrize(("arguments", "code"), [(["rules"], 0), (["analyze", "gone"], 2)])
def test_a_run_ends_without_taking_its_objects_apart(arguments: list[str], code: int) -> None:
    program = f"import atexit, sys; atexit.register(print, 'apart'); sys.argv = ['ctxopt', *{arguments}]\n"
    program += "from ctxopt.__main__ import run\nrun()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "apart" not in done.stdout
