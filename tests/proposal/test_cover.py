"""Few patterns: whole directories, endings, names in several places, and none that hides what is read later."""

from pathlib import Path

import pytest

from tests.proposal.support import FROM, hidden, lines, proposed, sent, some, the_file
from tests.support.files import write


def _lines(root: Path, dockerfile: str, *files: str, **more: str) -> list[str]:
    """The patterns for a context with files of ten bytes; the builds are proven by `proposed`."""
    write(root, {"Dockerfile": FROM + dockerfile, **dict.fromkeys(files, 10), **more})
    return lines(the_file(root))


def test_a_directory_is_excluded_as_a_whole(tmp_path: Path) -> None:
    assert _lines(tmp_path, "COPY src /\n", "src/a", "docs/a", "docs/sub/deep/b", "docs/c") == ["docs"]
    assert sent(tmp_path) == ["src/a"]


def test_a_directory_inside_one_that_is_read_in_part(tmp_path: Path) -> None:
    assert _lines(tmp_path, "COPY a/keep /\n", "a/keep/x", "a/drop/x", "a/drop/y/z", "b") == ["a/drop", "b"]


def test_an_empty_directory_needs_no_pattern(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert _lines(tmp_path, "COPY a /\n", "a") == []


def test_files_with_one_ending_in_a_directory(tmp_path: Path) -> None:
    files = ("d/a.py", *(f"d/{name}.log" for name in "abc"), "d/x.md", "d/y.md")
    assert _lines(tmp_path, "COPY d/a.py /\n", *files) == ["d/*.log", "d/x.md", "d/y.md"]


def test_no_pattern_for_an_ending_that_something_else_has(tmp_path: Path) -> None:
    files = ("d/a.log", *(f"d/{name}.log" for name in "xyz"))
    assert _lines(tmp_path, "COPY d/a.log /\n", *files) == ["d/x.log", "d/y.log", "d/z.log"]


def test_a_dot_in_front_is_no_ending(tmp_path: Path) -> None:
    assert _lines(tmp_path, "COPY a /\n", "a", ".x", ".y", "end.") == [".x", ".y", "end."]


def test_a_name_in_three_places(tmp_path: Path) -> None:
    files = [f"{place}/{name}" for place in "abc" for name in ("main", "tests/x", "NOTES")]
    assert _lines(tmp_path, "COPY a/main b/main c/main /\n", *files) == ["**/NOTES", "**/tests"]


def test_a_name_in_two_places(tmp_path: Path) -> None:
    files = [f"{place}/{name}" for place in "ab" for name in ("main", "NOTES")]
    assert _lines(tmp_path, "COPY a/main b/main /\n", *files) == ["a/NOTES", "b/NOTES"]


def test_an_ending_in_three_places(tmp_path: Path) -> None:
    files = [f"{place}/{name}" for place in "abc" for name in ("main", f"{place}.log", f"1{place}.log")]
    assert _lines(tmp_path, "COPY a/main b/main c/main /\n", *files) == ["**/*.log"]


def test_no_pattern_for_a_name_where_one_is_read(tmp_path: Path) -> None:
    files = ("d/NOTES", *(f"{place}/{name}" for place in "abc" for name in ("main", "NOTES")))
    got = _lines(tmp_path, "COPY a/main b/main c/main d/NOTES /\n", *files)
    assert got == ["a/NOTES", "b/NOTES", "c/NOTES"]


def test_no_pattern_for_a_name_where_one_could_be_read(tmp_path: Path) -> None:
    files = ("d/x", *(f"{place}/{name}" for place in "abc" for name in ("main", "NOTES", f"{place}.log")))
    got = _lines(tmp_path, "COPY a/main b/main c/main /\nCOPY d /d\n", *files)
    assert got == [f"{place}/{name}" for place in "abc" for name in ("NOTES", f"{place}.log")]


@pytest.mark.parametrize(
    ("copy", "future"),
    [
        ("COPY data/*.csv /\n", "data/new.csv"),
        ("COPY data/?.csv /\n", "data/n.csv"),
        ("COPY --parents data/**/x.csv /\n", "data/deep/er/x.csv"),
        ("COPY --parents ./data/./**/*.csv /\n", "data/deep/new.csv"),
        ("COPY --exclude=*.txt data /\n", "data/new.csv"),
        ("COPY [a-e]ata/*.csv /\n", "data/new.csv"),
        ("COPY --parents d**csv /\n", "data/sub/new.csv"),
        ("ADD data/*/ /\n", "data/sub/new"),
    ],
)
def test_what_a_source_could_read_later_is_never_hidden(tmp_path: Path, copy: str, future: str) -> None:
    write(tmp_path, {"Dockerfile": FROM + copy, **some("data", *(f"{name}.txt" for name in "abcdefghijk"), "z.bin")})
    file = the_file(tmp_path)
    assert hidden(file, future, "data") == []


def test_a_directory_that_a_link_leads_to_stays_open(tmp_path: Path) -> None:
    files = {"current": "->releases/v2", **some("releases/v2", "a.txt"), **some("releases/v1", "a.txt")}
    write(tmp_path, {"Dockerfile": FROM + "COPY current/*.csv /\n", **files})
    file = the_file(tmp_path)
    assert lines(file) == ["releases/v1", "releases/v2/a.txt"]
    assert hidden(file, "current", "releases/v2/new.csv") == []


def test_what_exclude_flags_exclude_can_be_excluded(tmp_path: Path) -> None:
    assert _lines(tmp_path, "COPY --exclude=docs . /\n", "a", "docs/x") == ["docs"]
    assert (
        _lines(tmp_path, "COPY --exclude=*.md src /\n", "src/a", *(f"src/{name}.md" for name in "xyz"))[-1]
        == "src/*.md"
    )


def test_excludes_count_from_the_pivot(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY --parents --exclude=*.log --exclude=src/??.log src /\n", "src/a": 1})
    write(tmp_path, some("src", "xa.log", "xb.log", "xc.log"))
    file = the_file(tmp_path)
    assert hidden(file, "src/xa.log", "src/new.log") == ["src/xa.log"]


@pytest.mark.parametrize(
    "name", ["a*b", "[x]", "q?", "#hash", "!bang", "b\\s", "foo bar", " lead", "trail ", "{br}", "^h"]
)
def test_special_characters(tmp_path: Path, name: str) -> None:
    files = {f"{name}/x": 10, f"sub/{name}": 10, f"{name}.d/y": 10, "keep": 10, f"keep.d/{name}": 10}
    write(tmp_path, {"Dockerfile": FROM + "COPY keep /\nCOPY keep.d /\n", **files})
    the_file(tmp_path)
    assert sent(tmp_path) == ["keep", f"keep.d/{name}"]


def test_a_line_end_in_a_name(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY keep /\n", "keep": 1, "new\nline": 1, "ret\rurn": 1})
    the_file(tmp_path)
    assert sent(tmp_path) == ["keep"]


def test_a_crowded_directory_is_excluded_except_for_what_is_read(tmp_path: Path) -> None:
    files = [f"d/{name}{name}" for name in "abcdefghijk"]
    assert _lines(tmp_path, "COPY d/keep /\n", "d/keep", *files) == ["d/*", "!d/keep"]
    assert sent(tmp_path) == ["d/keep"]


def test_a_crowded_directory_where_nothing_is_read_yet(tmp_path: Path) -> None:
    files = [f"d/{name}{name}" for name in "abcdefghijk"]
    write(tmp_path, {"Dockerfile": FROM + "COPY d/*.csv */conf d[a-e]/x /\n", **dict.fromkeys(files, 1)})
    file = the_file(tmp_path)
    assert lines(file) == ["d/*", "!d/*.csv", "!d/conf"]
    assert hidden(file, "d/new.csv", "d/conf", "d/conf/x") == []


@pytest.mark.parametrize("name", ["[d]", "a*b", "{br}", "^h", "b\\s", "#h", "!b", "sp ace"])
def test_a_crowded_directory_with_special_characters(tmp_path: Path, name: str) -> None:
    files = {f"{name}/{letter}{letter}": 10 for letter in "abcdefghijk"}
    # For the source itself, for the variables in it, and for the string.
    source = "".join(char if char not in "*?[\\" else "\\" * 4 + char * (4 if char == "\\" else 1) for char in name)
    copies = f'COPY ["{source}/in/x", "/"]\nCOPY ["{source}/*.csv", "/"]\n'
    write(tmp_path, {"Dockerfile": FROM + copies, f"{name}/in/x": 1, f"{name}/in/y": 1, **files})
    file = the_file(tmp_path)
    assert sent(tmp_path) == [f"{name}/in/x"]
    assert hidden(file, f"{name}/new.csv") == []


def test_a_crowded_directory_where_anything_could_be_read_is_not_excluded(tmp_path: Path) -> None:
    files = [f"d/{name}{name}" for name in "abcdefghijk"]
    assert _lines(tmp_path, "COPY --parents **/keep /\n", "d/keep", *files) == files


def test_a_directory_with_one_file_deep_inside(tmp_path: Path) -> None:
    files = [f"top/{name}/x" for name in "abcdefghijk"]
    got = _lines(tmp_path, "COPY top/in/deep/keep /\n", "top/in/deep/keep", "top/in/deep/other", "top/in/y", *files)
    assert got == ["top/*", "!top/in/deep/keep"] or got[0] == "top/*"
    assert sent(tmp_path) == ["top/in/deep/keep"]


def test_the_users_lines_apply_to_exceptions_of_a_directory(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY d/in /\n", ".dockerignore": "**/.env\n!**/my.env\n", "d/in/a": 1})
    write(tmp_path, some("d", *(f"{name}{name}" for name in "abcdefghijk")))
    file = the_file(tmp_path)
    assert lines(file)[0] == "d/**"
    assert hidden(file, "d/in/.env", "d/in/new") == ["d/in/.env"]


def test_what_is_in_the_context_but_not_read_is_not_needed(tmp_path: Path) -> None:
    assert _lines(tmp_path, "RUN true\n", "a", "b/c") == ["a", "b"]
    assert sent(tmp_path) == []


def test_no_pattern_for_the_files_of_the_builder(tmp_path: Path) -> None:
    assert _lines(tmp_path, "COPY a /\n", "a") == []
    (file,) = proposed(tmp_path).files
    assert not file.changes
