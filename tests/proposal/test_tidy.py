"""Removed lines of the user's: those that do nothing and those that break an instruction, and no others."""

from pathlib import Path

import pytest

from ctxopt.proposal.model import FileProposal
from tests.proposal.support import FROM, hidden, lines, sent, some, the_file
from tests.support.files import write


def _tidied(root: Path, ignore: str, *files: str, copy: str = "COPY . /\n") -> FileProposal:
    write(root, {"Dockerfile": FROM + copy, ".dockerignore": ignore, **dict.fromkeys(files, 10)})
    return the_file(root, tidy=True)


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ("docs\ndocs/sub\n", "docs\n"),
        ("docs\n/docs/\n", "docs\n"),
        ("*.md\na.md\n", "*.md\n"),
        ("docs\nnowhere\n", "docs\n"),
        ("docs\n*.nothing\n", "docs\n"),
        ("docs\n!docs\ndocs\n", "docs\n!docs\ndocs\n"),
        ("# why\ndocs\n\n# gone\nnowhere\n", "# why\ndocs\n\n# gone\n"),
        ("docs\nnode_modules\n**/*.pyc\n.git\n.env\n", "docs\nnode_modules\n**/*.pyc\n.git\n.env\n"),
        ("docs\r\nnowhere\r\n", "docs\r\n"),
        ("\ufeffdocs\nnowhere\n", "\ufeffdocs\n"),
    ],
)
def test_lines_that_do_nothing(tmp_path: Path, ignore: str, left: str) -> None:
    file = _tidied(tmp_path, ignore, "docs/sub/x", "docs/y", "a.md", "b.md", "c")
    assert file.new == left.encode()
    assert len(file.tidied) == ignore.count("\n") - left.count("\n")


def test_the_reasons_are_shown(tmp_path: Path) -> None:
    file = _tidied(tmp_path, "docs\n docs/ \nnowhere\n", "docs/x", "a")
    assert file.tidied == (
        'docs/: "docs" has no effect: it means the same as line 1; a slash at the end changes nothing',
        'nowhere: "nowhere" matches nothing here',
    )


def test_a_line_that_breaks_a_copy(tmp_path: Path) -> None:
    file = _tidied(tmp_path, "docs\nsrc\n", "src/a", "docs/b", copy="COPY src /\n")
    assert file.new.startswith(b"docs\n")
    assert b"\nsrc\n" not in file.new
    assert file.tidied == ('src: "src" leaves src out, which COPY in line 2 of Dockerfile names',)
    assert sent(tmp_path) == ["src/a"]


@pytest.mark.parametrize("ignore", ["s*\n", "**/a\n", "*\n"])
def test_a_line_with_wildcards_stays_whatever_it_breaks(tmp_path: Path, ignore: str) -> None:
    file = _tidied(tmp_path, ignore, "src/a", "b", copy="COPY src/a /\nCOPY b /\n")
    assert file.new.startswith(ignore.encode())
    assert file.tidied == ()


def test_of_two_lines_that_make_each_other_useless_one_stays(tmp_path: Path) -> None:
    file = _tidied(tmp_path, "docs\n**/docs\n", "docs/x", "a")
    assert len(file.tidied) == 1
    assert hidden(file, "docs/x") == ["docs/x"]


@pytest.mark.parametrize(
    "ignore", ["*\n!src\n!conf\n", "*.md\n!src\n!conf\n", "**/*.md\n!src\n!conf\n!src/README.md\n"]
)
def test_an_exception_for_what_may_be_read_later_stays(tmp_path: Path, ignore: str) -> None:
    file = _tidied(tmp_path, ignore, "src/a", "x.md", copy="COPY src con[f] /\n")
    assert file.new.startswith(ignore.encode())
    assert hidden(file, "conf", "conf/x") == []


def test_an_exception_for_what_nothing_reads_is_removed(tmp_path: Path) -> None:
    file = _tidied(tmp_path, "docs\n!nowhere\n", "docs/a", "src/a", copy="COPY src /\n")
    assert file.new == b"docs\n"


def test_a_line_that_only_the_legacy_builder_needs_stays(tmp_path: Path) -> None:
    ignore = "*\n!*/keep\n!a/keep\n"
    file = _tidied(tmp_path, ignore, "a/keep", "b/keep", "c", copy="COPY src[x] /\n")
    assert file.new.startswith(ignore.encode())


def test_nothing_is_tidied_by_default(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", ".dockerignore": "nowhere\nnowhere\n", "a": 1})
    file = the_file(tmp_path)
    assert (file.new, file.tidied) == (b"nowhere\nnowhere\n", ())


def test_the_block_is_replaced_rather_than_tidied(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY src /\n", ".dockerignore": "nowhere\ndocs\n", **some("src", "a")})
    write(tmp_path, {"docs/x": 1, "y": 1})
    assert lines(the_file(tmp_path)) == ["y"]
    file = the_file(tmp_path, tidy=True)
    assert file.new.startswith(b"docs\n\n# >>> ctxopt")
    assert lines(file) == ["y"]


def test_all_lines_can_be_removed(tmp_path: Path) -> None:
    file = _tidied(tmp_path, "nowhere\n", "a")
    assert (file.old, file.new, file.changes) == (b"nowhere\n", b"", True)
