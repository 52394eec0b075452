"""From what must stay to the text: exceptions of the user's, lines that no pattern of ours may undo, both builders."""

from pathlib import Path

import pytest

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.walk import walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.proposal.model import Style
from ctxopt.proposal.solve import UNREAD, Suggestion, Task, solve
from ctxopt.proposal.wanted import Wanted
from tests.proposal.support import FROM, hidden, lines, sent, some, the_file
from tests.support.files import write

_STYLES = list(Style)


@pytest.mark.parametrize("style", _STYLES)
def test_the_users_exceptions_do_not_bring_back_what_nobody_reads(tmp_path: Path, style: Style) -> None:
    files = {**some("docs", "a", "keep"), **some("src", "a"), "docs/sub/keep": 1}
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", ".dockerignore": "docs\n!docs/keep\n!**/keep\n", **files})
    the_file(tmp_path, style=style)
    assert sent(tmp_path) == ["src/a"]


@pytest.mark.parametrize("style", _STYLES)
def test_what_the_user_leaves_out_stays_out(tmp_path: Path, style: Style) -> None:
    ignore = "src/secret\n**/*.key\n"
    files = {**some("src", "a", "secret", "x.key"), "b": 1}
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", ".dockerignore": ignore, **files})
    file = the_file(tmp_path, style=style)
    assert sent(tmp_path) == ["src/a"]
    assert file.new.startswith(ignore.encode())
    assert hidden(file, "src/sub/new.key") == ["src/sub/new.key"]


@pytest.mark.parametrize("style", _STYLES)
@pytest.mark.parametrize("name", ["a b", "[x]", "a*b", "#h", "!b", "ü", "{br}", "^h", "a|b", "c++", "$d", "(p)"])
def test_exceptions_below_directories_with_special_names(tmp_path: Path, style: Style, name: str) -> None:
    files = {f"{name}/{name}/{name}": 1, f"{name}/{name}/other": 1, f"{name}/x": 1, "z": 1}
    dockerfile = FROM + 'COPY ["*/*/oth*r", "/"]\n'
    write(tmp_path, {"Dockerfile": dockerfile, ".dockerignore": "z\n!*/x\n", **files})
    the_file(tmp_path, style=style)
    assert sent(tmp_path) == [f"{name}/{name}/other"]


def _task(root: Path, *suggestions: Suggestion) -> Task:
    nothing = PatternSet(())
    tree = walk(str(root), nothing, nothing)
    context = BuildContext(str(root), unfiltered=tree)
    wanted = Wanted(tree, [context], classic=True)
    for suggestion in suggestions:
        wanted.remove(suggestion.entries)
    return Task(".dockerignore", b"", (context,), wanted, suggestions)


def test_suggested_patterns_come_before_others(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "a/__pycache__/x": 1, "b/__pycache__/x": 1, "c": 1})
    caches = Suggestion("caches", ("a/__pycache__", "b/__pycache__"), ("**/__pycache__",))
    solution = solve(_task(tmp_path, caches))
    assert solution is not None
    assert solution.rows == (("**/__pycache__", "caches", ("a/__pycache__", "b/__pycache__")),)
    assert b"# Caches\n**/__pycache__\n" in solution.data


def test_a_suggested_pattern_that_hides_what_stays_is_dropped(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "a/log": 1, "b/log": 1})
    solution = solve(_task(tmp_path, Suggestion("logs", ("a/log",), ("**/log",))))
    assert solution is not None
    assert (solution.dropped, solution.rows) == (("**/log",), (("a/log", "logs", ("a/log",)),))


def test_a_suggested_pattern_that_may_hide_what_is_named_is_not_written(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\nCOPY data/*.log /\n", "x.log": 1})
    solution = solve(_task(tmp_path, Suggestion("logs", ("x.log",), ("**/*.log",))))
    assert solution is not None
    assert solution.rows == (("x.log", "logs", ("x.log",)),)
    junk = solve(_task(tmp_path, Suggestion("logs", ("x.log",), ("**/*.log",), junk=True)))
    assert junk is not None
    assert [row[0] for row in junk.rows] == ["**/*.log"]


def test_nothing_to_do(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "a": 1})
    solution = solve(_task(tmp_path))
    assert solution is not None
    assert (solution.data, solution.rows, solution.dropped, solution.left) == (b"", (), (), ())


def test_each_reason_has_its_section(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", "src/a": 1, "src/.DS_Store": 1, "b": 1})
    junk = Suggestion("files of the desktop", ("src/.DS_Store",), ("**/.DS_Store",), junk=True)
    solution = solve(_task(tmp_path, junk))
    assert solution is not None
    assert {row[1] for row in solution.rows} == {UNREAD, "files of the desktop"}
    comments = [line for line in solution.data.decode().splitlines() if line.startswith("# ")]
    assert comments[1:-1] == ["# Read by no instruction", "# Files of the desktop"]


def test_names_with_characters_of_expressions_in_several_places(tmp_path: Path) -> None:
    files = {f"{place}/{name}": 1 for place in "abc" for name in ("main", "^h", "a|b")}
    write(tmp_path, {"Dockerfile": FROM + "COPY a/main b/main c/main /\n", **files})
    file = the_file(tmp_path)
    assert lines(file) == ["**/\\^h", "**/a\\|b"]
    assert sent(tmp_path) == ["a/main", "b/main", "c/main"]
