from pathlib import Path

import pytest

from ctxopt.context.tree import Totals
from ctxopt.findings.rules.root_only import RULE
from tests.findings.support import found


def test_a_directory_on_another_level(tmp_path: Path) -> None:
    files = ("node_modules/a", "web/node_modules/b", "web/node_modules/c/d", "api/node_modules/e")
    (finding,) = found(tmp_path, RULE, "# junk\nnode_modules\n", *files)
    assert (finding.file, finding.line, finding.totals) == (".dockerignore", 2, Totals(3, 30))
    assert finding.message == '"node_modules" matches in the root only; api/node_modules and 1 more are kept'
    assert finding.fix == "write **/node_modules to leave it out on every level"


@pytest.mark.parametrize(
    ("ignore", "file"),
    [("*.log\n", "a/b/x.log"), (".env\n", "a/.env"), ("te?p\n", "a/temp"), ("x[0-9]\n", "a/x1")],
)
def test_names_that_are_meant_for_all_levels(tmp_path: Path, ignore: str, file: str) -> None:
    (finding,) = found(tmp_path, RULE, ignore, file)
    assert f"{file} is kept" in finding.message
    assert finding.totals == Totals(1, 10)


@pytest.mark.parametrize(
    ("ignore", "file"),
    [
        ("**/node_modules\n", "a/node_modules/b"),
        ("node_modules\na\n", "a/node_modules/b"),
        ("/tmp/x\n", "a/tmp/x"),
        ("Makefile\n", "a/Makefile"),
        ("*\n!a\n", "a/b"),
        ("x\n", "x"),
        ("*\n!.env\n!a\n", "a/.env"),
    ],
)
def test_what_is_left_out_or_meant_as_it_stands(tmp_path: Path, ignore: str, file: str) -> None:
    assert found(tmp_path, RULE, ignore, file) == []
