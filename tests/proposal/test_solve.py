"""From what has to stay to the text: the user's exceptions, lines that no pattern may undo, both builders."""

from pathlib import Path

import pytest

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.walk import walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.evidence.model import Reason, ReasonKind
from ctxopt.proposal.keep import KeepMap
from ctxopt.proposal.model import Style
from ctxopt.proposal.solve import solve
from ctxopt.proposal.task import SolvedPattern, Suggestion, Task
from tests.proposal.support import FROM, hidden, lines, sent, some, the_file
from tests.support.files import write

_STYLES = list(Style)
_CACHES = Reason(ReasonKind.CACHE, "caches")
_LOGS = Reason(ReasonKind.TESTS, "logs")


@pytest.mark.parametrize("style", _STYLES)
def test_the_users_exceptions_do_not_bring_back_what_is_unused(tmp_path: Path, style: Style) -> None:
    files = {**some("docs", "a", "keep"), **some("src", "a"), "docs/sub/keep": 1}
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", ".dockerignore": "docs\n!docs/keep\n!**/keep\n", **files})
    the_file(tmp_path, style=style)
    assert sent(tmp_path) == ["src/a"]


@pytest.mark.parametrize("style", _STYLES)
def test_what_the_user_excludes_stays_excluded(tmp_path: Path, style: Style) -> None:
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
    keep = KeepMap(tree, [context], classic=True)
    for suggestion in suggestions:
        keep.drop(suggestion.entries)

    def after(data: bytes) -> tuple[BuildContext, ...]:
        file = SourceFile(".dockerignore", data) if data else None
        return (context.with_ignore_file(file, ".dockerignore", tree),)

    return Task(".dockerignore", b"", (context,), after, keep, suggestions)


def test_suggested_patterns_come_before_others(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "a/__pycache__/x": 1, "b/__pycache__/x": 1, "c": 1})
    caches = Suggestion(_CACHES, ("a/__pycache__", "b/__pycache__"), "**/__pycache__")
    solution = solve(_task(tmp_path, caches))
    assert solution is not None
    assert solution.patterns == (SolvedPattern("**/__pycache__", _CACHES, ("a/__pycache__", "b/__pycache__")),)
    assert b"# Caches, logs, editor and OS files\n**/__pycache__\n" in solution.data


def test_a_suggested_pattern_that_hides_what_stays_is_dropped(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "a/log": 1, "b/log": 1})
    solution = solve(_task(tmp_path, Suggestion(_LOGS, ("a/log",), "**/log")))
    assert solution is not None
    assert (solution.dropped, solution.patterns) == (("**/log",), (SolvedPattern("a/log", _LOGS, ("a/log",)),))


def test_a_suggested_pattern_that_may_hide_what_is_named_is_not_written(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\nCOPY data/*.log /\n", "x.log": 1})
    solution = solve(_task(tmp_path, Suggestion(_LOGS, ("x.log",), "**/*.log")))
    assert solution is not None
    assert solution.patterns == (SolvedPattern("x.log", _LOGS, ("x.log",)),)
    junk = solve(_task(tmp_path, Suggestion(_CACHES, ("x.log",), "**/*.log")))
    assert junk is not None
    assert [solved.pattern for solved in junk.patterns] == ["**/*.log"]


def test_nothing_to_do(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "a": 1})
    solution = solve(_task(tmp_path))
    assert solution is not None
    assert (solution.data, solution.patterns, solution.dropped, solution.left) == (b"", (), (), ())


def test_each_kind_of_reason_has_its_section(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", "src/a": 1, "src/.DS_Store": 1, "b": 1})
    desktop = Reason(ReasonKind.OS, "files of the desktop")
    solution = solve(_task(tmp_path, Suggestion(desktop, ("src/.DS_Store",), "**/.DS_Store")))
    assert solution is not None
    assert {solved.reason for solved in solution.patterns} == {None, desktop}
    comments = [line for line in solution.data.decode().splitlines() if line.startswith("# ")]
    assert comments[1:-1] == ["# Unused", "# Caches, logs, editor and OS files"]


def test_names_with_characters_of_expressions_in_several_places(tmp_path: Path) -> None:
    files = {f"{place}/{name}": 1 for place in "abc" for name in ("main", "^h", "a|b")}
    write(tmp_path, {"Dockerfile": FROM + "COPY a/main b/main c/main /\n", **files})
    file = the_file(tmp_path)
    assert lines(file) == ["**/\\^h", "**/a\\|b"]
    assert sent(tmp_path) == ["a/main", "b/main", "c/main"]
