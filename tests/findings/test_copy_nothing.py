from pathlib import Path

import pytest

from ctxopt.findings.model import Severity
from ctxopt.findings.rules.copy_nothing import RULE
from tests.findings.support import built


@pytest.mark.parametrize(
    ("copy", "ignore", "legacy"),
    [
        ("COPY *.zip /", "x\n", True),
        ("COPY . /", "*\n", False),
        ("COPY * /", "*\n", True),
        ("COPY d /d/", "d/*\n", False),
        ("ADD d/ /d/", "**/x\n", False),
    ],
)
def test_nothing_is_copied(tmp_path: Path, copy: str, ignore: str, legacy: bool) -> None:
    files = {"d/x": "x", "a": "x", ".dockerignore": ignore}
    (finding,) = built(tmp_path, RULE, f"FROM scratch\n{copy}\n", files)
    severity = Severity.NOTE if "zip" in copy else Severity.WARNING
    assert (finding.line, finding.severity) == (2, severity)
    assert finding.message == f"`{copy.rsplit(' ', 1)[0]}` copies no file" + (
        "; the legacy builder fails on it" if legacy else ""
    )


def test_a_variable_makes_it_everything(tmp_path: Path) -> None:
    text = "FROM scratch\nARG OUT\nCOPY ${OUT}/ /d/\nCOPY dist/$OUT /e/\nCOPY . /f/$OUT\n"
    (finding,) = built(tmp_path, RULE, text, {"dist/x": "x"})
    assert finding.line == 3
    assert finding.message == "`COPY ${OUT}/` copies the whole context where $OUT has no value"


@pytest.mark.parametrize(
    "copy", ["COPY a /", "COPY *.zip a /", "COPY nowhere /", "COPY l /", "RUN --mount=source=empty,target=/m ls"]
)
def test_something_is_copied_or_the_build_fails(tmp_path: Path, copy: str) -> None:
    assert (
        built(
            tmp_path, RULE, f"FROM scratch\n{copy}\n", {"a": "x", "empty/.keep": "x", ".dockerignore": "empty/.keep\n"}
        )
        == []
    )


def test_what_the_ignore_file_excludes_has_a_rule_of_its_own(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, "FROM scratch\nCOPY *.zip /\n", {"a.zip": "x", ".dockerignore": "*.zip\n"}) == []
