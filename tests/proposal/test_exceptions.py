"""Exceptions for an excluded directory: everything that the sources name, now and later, for both builders."""

from pathlib import Path

import pytest

from ctxopt.builds.discovery import Request
from ctxopt.core.build_context import BuildContext
from ctxopt.proposal.exceptions import may_close
from ctxopt.proposal.keep import KeepMap, Mark
from ctxopt.proposal.model import Style
from ctxopt.proposal.propose import propose
from tests.proposal.support import FROM, hidden, lines, sent, some, the_file
from tests.support.files import write


def _lines(root: Path, dockerfile: str, *files: str, **more: str) -> list[str]:
    write(root, {"Dockerfile": FROM + dockerfile, **dict.fromkeys(files, 10), **more})
    return lines(the_file(root, style=Style.ALLOWLIST))


def test_files_and_directories(tmp_path: Path) -> None:
    got = _lines(tmp_path, "COPY src /\nCOPY a/b/c.txt d/ /\n", "src/x", "a/b/c.txt", "a/b/d.txt", "d/e", "f")
    assert got == ["*", "!a/b/c.txt", "!d", "!src"]
    assert sent(tmp_path) == ["a/b/c.txt", "d/e", "src/x"]


def test_no_exception_inside_an_excepted_directory(tmp_path: Path) -> None:
    assert _lines(tmp_path, "COPY src /\nCOPY src/a src/sub/*.py /\n", "src/a", "src/sub/b.py", "c") == ["*", "!src"]


@pytest.mark.parametrize("source", ["new", "sub/new.txt", "src/*/conf", "*.cfg"])
def test_an_exception_for_what_does_not_exist_yet(tmp_path: Path, source: str) -> None:
    write(tmp_path, {"Dockerfile": FROM + f"COPY src/a /\nCOPY {source} /\n", "src/a": 1, "x": 1})
    file = the_file(tmp_path, style=Style.ALLOWLIST)
    assert "!" + source in lines(file)
    assert hidden(file, source.replace("*", "name")) == ([] if "/*/" not in source else hidden(file, "src/name/conf"))


@pytest.mark.parametrize(
    ("copy", "read"),
    [
        ("COPY */package.json /\n", ["a/package.json", "b/package.json"]),
        ("COPY a/*/x /\n", ["a/1/x", "a/2/x"]),
        ("COPY a/*/x/*.py /\n", ["a/1/x/m.py", "a/2/x/m.py"]),
        ("COPY --parents **/x.json /\n", ["x.json", "a/x.json", "a/1/x.json"]),
        ("COPY --parents a/**/x.json /\n", ["a/x.json", "a/1/x.json", "a/1/2/x.json"]),
        ("COPY --parents a/./*/x.json /\n", ["a/1/x.json", "a/2/x.json"]),
        ("COPY --parents ./*/in/ /\n", ["a/in/x", "b/in/deep/y"]),
        ("COPY ?/2 /\n", ["a/2/x", "b/2"]),
        ("COPY [ab]/2 /\n", ["a/2", "b/2/y"]),
        ("RUN --mount=type=bind,source=a/b,target=/m true\n", ["a/b/x", "a/b/c/y"]),
    ],
)
def test_wildcards_for_both_builders(tmp_path: Path, copy: str, read: list[str]) -> None:
    others = ["other", "a/other", "b/other/y", "a/1/other", "c/in2/z"]
    _lines(tmp_path, copy, *read, *others)
    assert sent(tmp_path) == sorted(read)


@pytest.mark.parametrize("name", ["a*b", "[x]", "q?", "#hash", "!bang", "foo bar", " lead", "{br}"])
def test_special_characters_above_what_is_read(tmp_path: Path, name: str) -> None:
    # For the source itself, for the variables in it, and for the string.
    escaped = "".join("\\" * 4 + char if char in "*?[" else char for char in name)
    copy = f'COPY ["{escaped}/sub/x", "{escaped}/*/{escaped}", "/"]\n'
    _lines(tmp_path, copy, f"{name}/sub/x", f"{name}/sub/other", f"{name}/sub/{name}", f"{name}/y", "z")
    assert sent(tmp_path) == sorted([f"{name}/sub/x", f"{name}/sub/{name}"])


def test_a_source_that_leads_through_a_link(tmp_path: Path) -> None:
    files = {"current": "->releases/v2", **some("releases/v2", "a.csv", "b.txt"), **some("releases/v1", "a.csv")}
    write(tmp_path, {"Dockerfile": FROM + "COPY current/*.csv /\n", **files})
    file = the_file(tmp_path, style=Style.ALLOWLIST)
    assert sent(tmp_path) == ["current", "releases/v2/a.csv"]
    assert hidden(file, "releases/v2/new.csv", "releases/v2/new.txt") == ["releases/v2/new.txt"]


@pytest.mark.parametrize("target", ["->real/dir", "->./real/../real/dir", "->/real/dir"])
def test_a_link_as_a_source(tmp_path: Path, target: str) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY link /\n", "link": target, "real/dir/x": 1, "real/y": 1})
    file = the_file(tmp_path, style=Style.ALLOWLIST)
    assert sent(tmp_path) == ["link", "real/dir/x"]
    assert hidden(file, "real/dir/new") == []


def test_the_users_lines_are_repeated_below_exceptions(tmp_path: Path) -> None:
    got = _lines(tmp_path, "COPY src /\n", "src/a", "src/b.log", "x", **{".dockerignore": "**/*.log\ndocs\n"})
    assert got == ["*", "!src", "**/*.log"]
    assert sent(tmp_path) == ["src/a"]


def test_the_users_lines_are_repeated_for_what_does_not_exist_yet(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", ".dockerignore": "**/.env\n", "src/a": 1, "x": 1})
    file = the_file(tmp_path, style=Style.ALLOWLIST)
    assert hidden(file, "src/.env", "src/sub/.env", "src/new") == ["src/.env", "src/sub/.env"]


def test_what_the_users_lines_except_stays_excepted(tmp_path: Path) -> None:
    ignore = "**/*.md\n!**/README.md\n"
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", ".dockerignore": ignore, "src/x.md": 1, "src/a": 1, "b": 1})
    file = the_file(tmp_path, style=Style.ALLOWLIST)
    assert lines(file) == ["**", "!src", "**/*.md", "!**/README.md"]
    assert hidden(file, "src/x.md", "src/README.md", "src/new") == ["src/x.md"]


def test_a_line_that_is_not_utf8_is_not_repeated(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", ".dockerignore": b"src/\xff*\n", "src/a": 1, "b": 1})
    file = the_file(tmp_path, style=Style.ALLOWLIST)
    assert lines(file) == ["*", "!src"]
    assert file.new.startswith(b"src/\xff*\n")


@pytest.mark.parametrize("ignore", ["*\n!src\n!conf\n", "**\n!src\n!conf\n"])
def test_a_file_that_is_an_allowlist_already(tmp_path: Path, ignore: str) -> None:
    write(
        tmp_path, {"Dockerfile": FROM + "COPY src/a conf /\n", ".dockerignore": ignore, **some("src", "a", "b"), "x": 1}
    )
    file = the_file(tmp_path, style=Style.ALLOWLIST)
    assert (file.style, lines(file)) == (Style.DENYLIST, ["src/b"])
    assert file.notes[0].startswith("the file is already an allowlist")
    assert hidden(file, "src/a", "conf") == []


@pytest.mark.parametrize("copy", ["COPY . /\n", "COPY ./ /\n", "COPY * /\n", "ARG W\nCOPY $W /\n", "ADD a . /\n"])
def test_no_allowlist_for_a_build_that_reads_everything(tmp_path: Path, copy: str) -> None:
    write(tmp_path, {"Dockerfile": FROM + copy, "a": 1})
    file = the_file(tmp_path, style=Style.ALLOWLIST)
    line = copy.count("\n") + 1
    assert (file.style, file.new) == (Style.DENYLIST, b"")
    (note,) = file.notes
    assert note.startswith(f"Dockerfile:{line} reads the whole context, so an allowlist would exclude nothing")


def test_two_stars_within_a_name_reach_any_depth_with_parents(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY --parents a**b /\n", "a/x/b": 1, "a/z": 1, "acb": 1, "c": 1})
    file = the_file(tmp_path, style=Style.ALLOWLIST)
    assert hidden(file, "a/x/b", "a/y/b", "a/z", "c") == ["a/z", "c"]


def _reads(root: Path, dockerfile: str) -> KeepMap:
    write(root, {"Dockerfile": FROM + dockerfile, "d/x": 1})
    context = BuildContext(str(root))
    return KeepMap(context.tree, [context], classic=True)


@pytest.mark.parametrize(
    ("copy", "may"),
    [
        *(("COPY d/x /\n", True), ("COPY d/*.csv /\n", True), ("COPY */x /\n", True), ("COPY e /\n", True)),
        *(("COPY d /\n", False), ("COPY . /\n", False), ("COPY d* /\n", False), ("COPY --parents **/x /\n", False)),
        *(
            ("ARG W\nCOPY $W /\n", False),
            ("COPY --parents d**x /\n", False),
            ("COPY --parents d/**/x /\n", False),
            ("COPY d/*/x /\n", False),
        ),
    ],
)
def test_directories_that_can_be_excluded_with_exceptions(tmp_path: Path, copy: str, may: bool) -> None:
    write(tmp_path, {"Dockerfile": FROM + copy, "d/x": 1})
    assert may_close(BuildContext(str(tmp_path)).plan.reads, "d") is may


def test_the_marks_of_what_is_read(tmp_path: Path) -> None:
    assert _reads(tmp_path, "COPY d /\n").marks("d/x") & (Mark.KEEP | Mark.SPECIFIC | Mark.NAMED) == (
        Mark.KEEP | Mark.SPECIFIC
    )


def _half_hidden(root: Path, ignore: str) -> list[str]:
    files = {".git/HEAD": "x", ".git/objects/x": "x", ".git/refs/x": "x", ".git/hooks/x": "x", "main.go": "x"}
    dockerfile = "FROM golang\nWORKDIR /src\nCOPY . .\nRUN go build -o /x .\n"
    write(root, {**files, "Dockerfile": dockerfile, ".dockerignore": ignore})
    (file,) = propose(str(root), Request()).files
    return [note for note in file.notes if ".git" in note]


def test_a_repository_of_which_a_part_is_hidden_is_named(tmp_path: Path) -> None:
    assert _half_hidden(tmp_path, ".git/objects\n") == [
        "`.git/objects` excludes a part of .git whose rest is sent: commands that ask it fail; "
        "exclude .git, or no part of it"
    ]


@pytest.mark.parametrize("ignore", [".git\n", ".git/hooks\n", "main.go\n"])
def test_a_repository_that_is_whole_or_not_there(tmp_path: Path, ignore: str) -> None:
    assert _half_hidden(tmp_path, ignore) == []
