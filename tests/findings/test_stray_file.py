from pathlib import Path

from ctxopt.findings.rules.stray_file import RULE
from tests.findings.support import found


def test_an_ignore_file_below_the_root(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "", "web/.dockerignore", "a")
    assert (finding.file, finding.line) == ("web/.dockerignore", None)


def test_one_that_is_left_out_does_not_matter(tmp_path: Path) -> None:
    assert found(tmp_path, RULE, "web\n", "web/.dockerignore") == []
