"""The installed command, end to end."""

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import snapshots
from tests.support.cli import run, run_program

_SNAPSHOTS = Path(__file__).parent / "snapshots"


_ANALYZED = [
    ("node-web", ()),
    ("python-service", ()),
    ("go-monorepo", ("-f", "build/worker.Dockerfile", "--target", "test")),
    ("links-and-exceptions", ()),
    ("hidden-not-gone", ()),
    ("three-stages", ()),
]


@pytest.mark.parametrize(("name", "options"), _ANALYZED)
@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_analyze(samples: Path, name: str, options: tuple[str, ...], columns: int) -> None:
    done = run("analyze", name, *options, cwd=samples, columns=columns)
    assert (done.returncode, done.stderr) == (0, "")
    shown = done.stdout.replace(str(samples.resolve()), "…")
    assert max(map(len, shown.splitlines()[1:])) <= columns
    snapshots.check(_SNAPSHOTS / f"analyze-{name}-{columns}.txt", shown)


@pytest.mark.parametrize(("name", "options"), _ANALYZED)
def test_analyze_json(samples: Path, name: str, options: tuple[str, ...]) -> None:
    done = run("analyze", name, *options, "--format", "json", cwd=samples)
    report = json.loads(done.stdout)
    assert report["version"] == 1
    report["context"] = "…"
    snapshots.check(_SNAPSHOTS / f"analyze-{name}.json", json.dumps(report, indent=1) + "\n")


@pytest.mark.parametrize("view", ["buildkit", "classic", "transfer", "used", "unused", "ignored"])
def test_ls(samples: Path, view: str) -> None:
    name = "links-and-exceptions"
    lines = run("ls", name, "--view", view, cwd=samples).stdout
    snapshots.check(_SNAPSHOTS / f"ls-{view}.txt", lines)
    assert json.loads(run("ls", name, "--view", view, "--json", cwd=samples).stdout) == lines.splitlines()
    assert run("ls", name, "--view", view, "-0", cwd=samples).stdout == lines.replace("\n", "\0")


def test_ls_lists_what_is_transferred(samples: Path) -> None:
    name = "links-and-exceptions"
    assert run("ls", name, cwd=samples) == run("ls", name, "--view", "transfer", cwd=samples)


def test_ls_long(samples: Path) -> None:
    name = "links-and-exceptions"
    snapshots.check(_SNAPSHOTS / "ls-long.txt", run("ls", name, "--long", "--view", "buildkit", cwd=samples).stdout)
    rows = json.loads(run("ls", name, "--long", "--json", cwd=samples).stdout)
    assert {"context": None, "path": "config/prod/service.toml", "type": "file", "bytes": 15, "lines": [16]} in rows
    assert {"context": None, "path": "current-schemas", "type": "symlink", "bytes": 0, "lines": [17]} in rows


@pytest.mark.parametrize("options", [("--long",), ("--tree",)])
def test_ls_totals(samples: Path, options: tuple[str, ...]) -> None:
    name = "links-and-exceptions"
    files = [entry for entry in run("ls", name, cwd=samples).stdout.splitlines() if not entry.endswith("/")]
    *_, last = run("ls", name, *options, cwd=samples).stdout.splitlines()
    assert last == f"{len(files)} files, 300 kB"
    assert "files," not in run("ls", name, *options, "-q", cwd=samples).stdout


def test_ls_top_and_depth(samples: Path) -> None:
    name = "python-service"
    lines = run("ls", name, "--view", "buildkit", "--long", "--depth", "1", cwd=samples).stdout
    snapshots.check(_SNAPSHOTS / "ls-long-depth.txt", lines)
    top = run("ls", name, "--view", "buildkit", "--depth", "1", "--top", "2", cwd=samples).stdout
    assert top == "data/\n.git/\n"
    assert run("ls", name, "--view", "buildkit", "--depth", "1", "--top", "2", "-0", cwd=samples).stdout == top.replace(
        "\n", "\0"
    )
    largest = json.loads(run("ls", name, "--view", "unused", "--top", "1", "--long", "--json", cwd=samples).stdout)
    assert largest == [
        {"context": None, "path": "data/orders-0.parquet", "type": "file", "bytes": 4_000_000, "lines": []}
    ]
    assert run("ls", name, "--top", "0", cwd=samples).returncode == 2


def test_ls_depth_counts_what_is_unused_in_a_directory(tmp_path: Path) -> None:
    root = write(tmp_path / "context", "FROM scratch\nCOPY a/b /\n")
    (root / "a").mkdir()
    for name in ("b", "c", "d"):
        (root / "a" / name).write_text(name)
    lines = run("ls", str(root), "--long", "--depth", "1", "--view", "buildkit").stdout.splitlines()
    assert lines[-2:] == ["d   3  line 2 (2 of 3 files unused)  a/", "4 files, 27 B"]


def test_explain(samples: Path) -> None:
    name = "links-and-exceptions"
    paths = ("docs/api/drafts/old.json", "docs/api/openapi.json", "app/new.py", "docs/x/new.md", "Dockerfile", "shared")
    done = run("explain", "-C", name, *paths, cwd=samples)
    assert done.returncode == 0
    snapshots.check(_SNAPSHOTS / "explain.txt", done.stdout)
    as_json = run("explain", "-C", name, *paths, "--json", cwd=samples).stdout
    snapshots.check(_SNAPSHOTS / "explain.json", as_json)


def test_explain_takes_absolute_paths(samples: Path) -> None:
    root = samples / "links-and-exceptions"
    assert run("explain", "-C", str(root), str(root / "app")).stdout.startswith("app\n")
    outside = run("explain", "-C", str(root), "/etc/passwd")
    assert (outside.returncode, outside.stdout) == (2, "")
    assert "lies outside the build context" in outside.stderr


def write(root: Path, dockerfile: str | None = "FROM scratch\nCOPY . /\n", ignore: str | None = None) -> Path:
    root.mkdir(exist_ok=True)
    if dockerfile is not None:
        (root / "Dockerfile").write_text(dockerfile)
    if ignore is not None:
        (root / ".dockerignore").write_text(ignore)
    return root


@pytest.mark.parametrize("command", [("analyze",), ("ls",), ("explain", "x", "-C")])
@pytest.mark.parametrize(
    ("dockerfile", "ignore", "options", "problem"),
    [
        (None, None, (), "no Dockerfile in "),
        ("", None, (), "Dockerfile: the Dockerfile is empty"),
        ("FROM a\nCOPPY x y\n", None, (), "Dockerfile:2: unknown instruction COPPY (did you mean COPY?)"),
        ("FROM a\n", "ok\na[\n", (), '.dockerignore:2: bad pattern "a["'),
        ("FROM a\n", None, ("-f", "nope"), "Dockerfile not found: "),
        ("FROM a\n", None, ("--target", "x"), 'there is no stage "x"'),
        ("FROM a\n", None, ("--build-arg", "=x"), '"=x" is no build argument'),
    ],
)
def test_unusable_input_is_one_line_and_exit_code_2(
    tmp_path: Path,
    command: tuple[str, ...],
    dockerfile: str | None,
    ignore: str | None,
    options: tuple[str, ...],
    problem: str,
) -> None:
    root = write(tmp_path / "context", dockerfile, ignore)
    done = run(*command, str(root), *options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_context_that_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, problem in (
        ("file", "file: it is not a directory or a Dockerfile"),
        ("nowhere", "context not found: nowhere"),
    ):
        done = run("analyze", path, cwd=tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert done.stderr.startswith(f"error: {problem}")


def test_a_missing_source_is_shown_in_its_row_and_on_stderr(tmp_path: Path) -> None:
    root = write(tmp_path, "FROM scratch\nCOPY dist /\nCOPY hidden /\n", "hidden\n")
    (root / "hidden").touch()
    done = run("analyze", str(root))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        'error: Dockerfile:2: COPY source "dist" is not in the build context; there is no such file',
        'error: Dockerfile:3: COPY source "hidden" is not in the build context; '
        "the ignore file excludes it: add an exception for it",
    ]
    assert "fails" in done.stdout


def test_an_empty_context_is_fine(tmp_path: Path) -> None:
    done = run("analyze", str(write(tmp_path, "FROM scratch\n")))
    assert (done.returncode, done.stderr) == (0, "")
    assert "No instruction of this build reads the context." in done.stdout


def test_the_dockerfile_is_relative_to_here_or_else_to_the_context(tmp_path: Path) -> None:
    root = write(tmp_path / "context")
    (root / "other").write_text("FROM scratch\nCOPY other /\n")
    (tmp_path / "outside").write_text("FROM scratch\n")
    assert json.loads(run("ls", "context", "-f", "context/other", "--view", "used", "--json", cwd=tmp_path).stdout) == [
        "other"
    ]
    assert json.loads(run("ls", "context", "-f", "other", "--view", "used", "--json", cwd=tmp_path).stdout) == ["other"]
    outside = run("analyze", "context", "-f", "outside", cwd=tmp_path)
    assert "is outside the context" in " ".join(outside.stdout.split())


def test_containerfile(tmp_path: Path) -> None:
    root = write(tmp_path, None)
    (root / "Containerfile").write_text("FROM scratch\nCOPY . /\n")
    (root / ".dockerignore").write_text("docker\n")
    (root / ".containerignore").write_text("podman\n")
    (root / "docker").touch()
    (root / "podman").touch()
    listed = run("ls", str(root)).stdout.splitlines()
    assert listed == [".containerignore", ".dockerignore", "Containerfile", "docker"]
    (root / "Dockerfile").write_text("FROM scratch\n")
    assert "podman" in run("ls", str(root), "--view", "buildkit").stdout.splitlines()


@pytest.mark.parametrize(
    ("label", "options", "columns", "encoding"),
    [
        ("60", (), 60, "utf-8"),
        ("80", ("--view", "buildkit", "--depth", "2"), 80, "utf-8"),
        ("120", ("--view", "buildkit", "--top", "4"), 120, "utf-8"),
        ("200", ("--view", "buildkit", "--long"), 200, "utf-8"),
        ("ascii", ("--view", "buildkit", "--long", "--top", "4"), 80, "ascii"),
        ("ignored", ("--view", "ignored"), 90, "utf-8"),
    ],
)
def test_ls_tree(samples: Path, label: str, options: tuple[str, ...], columns: int, encoding: str) -> None:
    done = run("ls", "links-and-exceptions", "--tree", *options, cwd=samples, columns=columns, encoding=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    snapshots.check(_SNAPSHOTS / f"ls-tree-{label}.txt", done.stdout)


def test_analyze_without_blocks(samples: Path) -> None:
    done = run("analyze", "python-service", cwd=samples, columns=60, encoding="latin-1")
    assert done.stdout.isascii()
    snapshots.check(_SNAPSHOTS / "analyze-ascii.txt", done.stdout.replace(str(samples.resolve()), "..."))


@pytest.mark.parametrize("command", [("analyze", "--top", "12"), ("ls", "--tree", "--view", "buildkit")])
def test_colours_only_where_they_are_wanted(samples: Path, command: tuple[str, ...]) -> None:
    plain = run(*command, "python-service", cwd=samples).stdout
    coloured = run(*command, "python-service", cwd=samples, FORCE_COLOR="1", TERM="xterm-256color").stdout
    assert "\x1b[33m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;.*?\x1b\\", "", coloured) == plain
    for done in (
        run(*command, "python-service", "--no-color", cwd=samples, FORCE_COLOR="1"),
        run(*command, "python-service", cwd=samples, FORCE_COLOR="1", NO_COLOR="1"),
    ):
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]", done.stdout)


_HOSTILE = ["\x1b[31mred", "[red]markup[end]", "line\nbreak", "a\u202eb", "tab\tcr\r", "🎉", "-n", ":smile:"]


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    names = [*_HOSTILE, os.fsdecode(b"byte\xff\x9b")]
    root = write(tmp_path, "FROM scratch\nCOPY Dockerfile /\n")
    for name in names:
        (root / name).mkdir()
        (root / name / "x").write_bytes(b"12345")
    view = ("--view", "buildkit")
    for arguments in (("analyze",), ("ls", "--long", *view), ("ls", "--tree", *view), ("ls", *view)):
        done = run(*arguments, str(root), columns=120)
        assert done.returncode == 0
        assert not set(done.stdout) & {"\x1b", "\u202e", "\r", "\t", "\x9b", "\udcff"}
        for shown in ("\\x1b[31mred", "[red]markup[end]", "line\\nbreak", "a\\u202eb", "byte\\xff\\x9b", ":smile:"):
            assert shown in done.stdout
    raw = run("ls", str(root), "-0", *view).stdout.split("\0")
    assert {name + "/" for name in names} <= set(raw)
    listed = json.loads(run("ls", str(root), "--json", *view).stdout)
    assert {name + "/" for name in names} <= set(listed)


def test_hostile_text_in_errors_is_inert(tmp_path: Path) -> None:
    done = run("analyze", str(write(tmp_path, "FROM scratch\n\x1b[31mX\u202e y\n")))
    assert "\x1b" not in done.stderr
    assert "\\x1b[31MX\\u202e" in done.stderr


def test_colour_only_where_it_is_wanted(samples: Path) -> None:
    assert "\x1b[" not in run("analyze", "node-web", cwd=samples).stdout
    assert "\x1b[" in run("analyze", "node-web", cwd=samples, FORCE_COLOR="1").stdout
    assert "\x1b[3" not in run("analyze", "node-web", cwd=samples, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_plain_characters_where_the_terminal_has_no_others(samples: Path) -> None:
    done = run_program("analyze", "python-service", cwd=samples, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "####" in done.stdout


@pytest.mark.parametrize("command", [(), ("analyze",), ("ls",), ("explain",)])
def test_help_has_examples(command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert "Examples:" in done.stdout
    assert "ctxopt " in done.stdout


def test_version_as_json() -> None:
    about = json.loads(run("version", "--json").stdout)
    assert list(about) == ["version", "name", "release", "python"]
    assert f"ctxopt {about['release']} ({about['name']})\n" == run("version").stdout
    assert about["python"] == platform.python_version()


def test_version_and_usage_errors() -> None:
    assert run("--version").stdout.startswith("ctxopt ")
    assert run("anal").returncode == 2
    assert run("ls", "-0", "--json").returncode == 2


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv=['ctxopt','--help']\nfrom ctxopt.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    )
    code += "print([m for m in ('rich', 'pathspec', 'git', 'ctxopt.core.build_context') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(("dialect", "file"), [("docker", ".dockerignore"), ("podman", ".containerignore")])
def test_dialect(tmp_path: Path, dialect: str, file: str) -> None:
    for name, text in {"Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore": "", ".containerignore": ""}.items():
        (tmp_path / name).write_text(text)
    one = json.loads(run("analyze", "--json", "--dialect", dialect, cwd=tmp_path).stdout)
    (of_all,) = json.loads(run("analyze", "--json", "--dialect", dialect, "--all", cwd=tmp_path).stdout)["builds"]
    assert [report["ignore_files"]["buildkit"]["file"] for report in (one, of_all)] == [file, file]
