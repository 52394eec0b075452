from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.git_dirty import RULE
from tests.findings.support import built, named
from tests.support.files import write
from tests.support.programs import git

_PROJECT = """[build-system]
requires = ["hatchling", "hatch-vcs"]
[project]
name = "svc"
dynamic = ["version"]
[tool.hatch.version]
source = "vcs"
"""
_FILES = {
    "pyproject.toml": _PROJECT,
    "README.md": "x",
    "docs/index.md": "x",
    "src/svc/__init__.py": "x",
    "tests/test_a.py": "x",
}
_MOUNT = "RUN --mount=type=bind,source=.git,target=.git pip wheel --no-deps -w /w .\n"
_MOUNTED = f"FROM python:3.12 AS b\nWORKDIR /src\nCOPY pyproject.toml README.md ./\nCOPY src/ src/\n{_MOUNT}"
_COPIED = "FROM python:3.12 AS b\nWORKDIR /src\nCOPY . .\nRUN pip wheel --no-deps -w /w .\n"


def _found(
    root: Path, dockerfile: str, ignore: str | None = None, files: dict[str, str] | None = None
) -> list[Finding]:
    write(
        root, {**(files or _FILES), "Dockerfile": dockerfile, **({} if ignore is None else {".dockerignore": ignore})}
    )
    git(root, "init", "-q")
    git(root, "add", ".")
    write(root, {"untracked": "x"})
    return built(root, RULE, dockerfile, {}, ignore)


def test_git_is_mounted_without_files_that_it_tracks(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, _MOUNTED)
    assert (finding.file, finding.line, finding.severity) == ("Dockerfile", 5, Severity.WARNING)
    assert finding.message == (
        "Dockerfile and 2 other files that git tracks are not in stage b, so git calls the work tree changed, and the "
        "version is a dirty one (pyproject.toml has 'hatch-vcs' in it, and RUN "
        "pip wheel --no-deps -w /w . (Dockerfile:5) uses it)"
    )
    assert finding.evidence == ("docs/index.md", "tests/test_a.py")


@pytest.mark.parametrize(("path", "count"), [(".devcontainer/Dockerfile", 0), ("docker/Dockerfile", 1)])
def test_a_container_into_which_the_tree_is_mounted_later(tmp_path: Path, path: str, count: int) -> None:
    write(tmp_path, {**_FILES, path: _MOUNTED})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    assert len(named(tmp_path, RULE, path, _MOUNTED)) == count


def test_git_is_copied_and_the_ignore_file_excludes_what_it_tracks(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, _COPIED, "docs\n")
    assert (finding.line, finding.message.partition(",")[0]) == (3, "docs/index.md that git tracks is not in stage b")


@pytest.mark.parametrize(
    ("dockerfile", "ignore"),
    [
        (_COPIED, None),
        (_COPIED, "untracked\n"),
        (_COPIED, ".git\ndocs\n"),
        # The whole work tree is mounted as well.
        (_MOUNTED.replace("RUN ", "RUN --mount=type=bind,target=/src "), None),
        # It is copied before git is asked, in the stage that this one starts from.
        (f"FROM python:3.12 AS a\nWORKDIR /src\nCOPY . .\nFROM a\n{_MOUNT}", None),
        (_MOUNTED.replace("pip wheel", "git update-index -q --refresh; pip wheel"), None),
        # Another stage brings files.
        ("FROM alpine AS x\n" + _MOUNTED.replace(_MOUNT, f"COPY --from=x / /\n{_MOUNT}"), None),
        (_MOUNTED.replace(_MOUNT, f"ARG D\nCOPY $D .\n{_MOUNT}"), None),
        # Nothing asks git whether files are missing.
        (_MOUNTED.replace("pip wheel --no-deps -w /w .", "git rev-parse HEAD"), None),
        (_MOUNTED.replace("--mount=type=bind,source=.git,target=.git ", ""), None),
        # What asks git is in another stage, which has all files.
        (f"{_COPIED}FROM alpine\nCOPY .git /x\nCOPY --from=b /w /w\n", None),
    ],
)
def test_all_is_there_or_nobody_asks(tmp_path: Path, dockerfile: str, ignore: str | None) -> None:
    files = {**_FILES, "pyproject.toml": "[project]\n"} if "rev-parse" in dockerfile else _FILES
    assert _found(tmp_path, dockerfile, ignore, files) == []


def test_files_that_are_copied_after_git_was_asked(tmp_path: Path) -> None:
    assert len(_found(tmp_path, f"{_MOUNTED}COPY . .\n")) == 1


def test_files_of_an_image_or_of_a_later_stage_say_nothing(tmp_path: Path) -> None:
    copied = _MOUNTED.replace(_MOUNT, f"COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/\n{_MOUNT}")
    assert len(_found(tmp_path, f"{copied}FROM alpine AS x\nFROM b\nCOPY --from=x /etc /etc\n")) == 1


def test_a_tracked_link_is_there(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("README.md")
    assert _found(tmp_path, _COPIED) == []


def test_outside_of_a_repository(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, _MOUNTED, {**_FILES, ".git/HEAD": "x"}) == []


_RUST = {
    "Cargo.toml": '[package]\nname = "x"\nversion = "1.0.0"\n[build-dependencies]\nvergen = "8"\n',
    "build.rs": "fn main() { vergen::EmitBuilder::builder().all_git().emit().unwrap() }\n",
    "docs/a.md": "x",
}
_CHEF = "FROM rust AS deps\nRUN cargo install cargo-chef\nFROM deps AS plan\nCOPY . .\nRUN cargo chef prepare\n"
_BUILD = "FROM deps\nCOPY . .\nRUN cargo build\n"


def test_only_the_stage_that_asks_needs_the_files(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, _CHEF + _BUILD, "docs\n", _RUST)
    assert finding.line == 7
    assert "RUN cargo build (Dockerfile:8) uses it" in finding.message


@pytest.mark.parametrize(
    ("dockerfile", "build"),
    [
        (_CHEF, "all_git()"),
        (_CHEF + _BUILD, "git_sha(false)"),
        ("FROM rust\nRUN cargo build\nCOPY . .\n", "all_git()"),
        ("FROM rust\nCOPY . .\nRUN cargo install cargo-watch\n", "all_git()"),
        ("FROM rust\nCOPY . .\nRUN cargo fetch\n", "all_git()"),
    ],
)
def test_what_asks_for_no_state_of_the_work_tree(tmp_path: Path, dockerfile: str, build: str) -> None:
    files = {**_RUST, "build.rs": _RUST["build.rs"].replace("all_git()", build)}
    assert _found(tmp_path, dockerfile, "docs\n", files) == []


@pytest.mark.parametrize("command", ["cargo install --path .", "cargo test", "cargo +nightly build"])
def test_commands_of_cargo_that_build_the_project(tmp_path: Path, command: str) -> None:
    assert len(_found(tmp_path, f"FROM rust\nCOPY . .\nRUN {command}\n", "docs\n", _RUST)) == 1


@pytest.mark.parametrize(
    ("build", "count"),
    [
        ("git_describe(false, true, None)", 0),
        ("git_describe(false, true, None).git_dirty(true)", 1),
        ("git_describe(true, true, None)", 1),
    ],
)
def test_a_description_that_does_not_say_whether_files_changed(tmp_path: Path, build: str, count: int) -> None:
    files = {**_RUST, "build.rs": _RUST["build.rs"].replace("all_git()", build)}
    assert len(_found(tmp_path, "FROM rust\nCOPY . .\nRUN cargo build\n", "docs\n", files)) == count


_MAKE = {"Makefile": "V := $(shell git describe --dirty)\nall:\n\tpip wheel -w /w .\n", "docs/a.md": "x"}
_MADE = "FROM python:3.12 AS b\nWORKDIR /src\nCOPY . .\nRUN make all\n"


@pytest.mark.parametrize(
    ("dockerfile", "count"),
    [
        (_MADE, 1),
        (_MADE.replace("make all", "make all JOBS=4"), 1),
        (_MADE.replace("make all", "make all GIT_TREE_STATE=$S"), 0),
        # Nothing brings git into an image without it.
        (_MADE.replace("python:3.12", "python:3.12-alpine"), 0),
        (_MADE.replace("python:3.12", "alpine:3.22"), 0),
        (_MADE.replace("python:3.12", "alpine:3.22").replace("make all", "apk add git make && make all"), 1),
        (_MADE.replace("python:3.12", "alpine/git:2"), 1),
    ],
)
def test_git_that_is_not_asked(tmp_path: Path, dockerfile: str, count: int) -> None:
    assert len(_found(tmp_path, dockerfile, "docs\n", _MAKE)) == count


def test_a_repository_of_which_only_a_part_is_sent(tmp_path: Path) -> None:
    assert _found(tmp_path, _COPIED, "docs\n.git/HEAD\n") == []
    assert len(_found(tmp_path, _COPIED, "docs\n.git/hooks\n")) == 1
