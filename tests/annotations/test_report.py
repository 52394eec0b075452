"""A report as annotations."""

from dataclasses import replace
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.annotations.model import Annotation, Annotations, Descriptor, Level
from ctxopt.annotations.report import of_report
from ctxopt.findings import all_rules
from ctxopt.reports.report import Report, report


def _report(root: Path, ignore: str, dockerfile: str, *files: str, name: str = "Dockerfile") -> Report:
    for file in (*files, name):
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)
    (root / name).write_text(dockerfile, encoding="utf-8")
    (root / ".dockerignore").write_text(ignore, encoding="utf-8")
    return report(BuildContext(str(root), name))


def test_what_fails_comes_first_with_its_lines(tmp_path: Path) -> None:
    made = of_report(
        _report(tmp_path, "*.pyc\n", "FROM scratch\nCOPY \\\n  gone /\nCOPY . /\n", "a/b.pyc", "c.pyc"), "api/"
    )
    failure, finding = made.items
    assert (failure.rule, failure.level, failure.file) == ("build-fails", Level.ERROR, "api/Dockerfile")
    assert (failure.line, failure.end_line) == (2, 3)
    assert failure.message.startswith('COPY source "gone" is not in the build context; ')
    assert (finding.rule, finding.level) == ("CTX005", Level.WARNING)
    assert (finding.place, finding.end_line) == ("api/.dockerignore:1", None)
    assert "a/b.pyc is not excluded (10 B in 1 file); write **/*.pyc" in finding.message


def test_notes_stay_notes(tmp_path: Path) -> None:
    (item,) = of_report(_report(tmp_path, "nothing\n", "FROM scratch\nCOPY a /\n", "a")).items
    assert (item.rule, item.level, item.place) == ("CTX004", Level.NOTE, ".dockerignore:1")


def test_the_summary_and_the_title(tmp_path: Path) -> None:
    read = _report(tmp_path, "b\n", "FROM scratch\nCOPY a /\n", "a", "b", "c")
    made = of_report(read, title="ctxopt check")
    assert made.title == "ctxopt check"
    rows = dict(made.summary)
    assert rows["BuildKit transfers"] == "10 B in 1 file"
    assert rows["Used by the Dockerfile"] == "10 B in 1 file"
    assert rows["Excluded by the ignore file"] == "10 B in 1 file"
    assert [rule.id for rule in made.rules] == [
        "build-fails",
        *[one.id for one in all_rules()],
        "context-problem",
    ]


def test_why_the_classic_builder_fails(tmp_path: Path) -> None:
    for name in ("a", "Dockerfile"):
        (tmp_path / name).write_text("FROM scratch\nCOPY a /\n", encoding="utf-8")
    (tmp_path / ".dockerignore").mkdir()
    rows = dict(of_report(report(BuildContext(str(tmp_path)))).summary)
    assert rows["Legacy builder sends"].startswith("fails: .dockerignore: it is a directory")


def test_what_cannot_be_read_is_a_note(tmp_path: Path) -> None:
    read = replace(_report(tmp_path, "", "FROM scratch\n"), problems=("closed: Permission denied",))
    assert of_report(read, "api").items == (
        Annotation("context-problem", Level.NOTE, "closed: Permission denied", None),
    )


@pytest.mark.parametrize(
    ("prefix", "dockerfile", "shown"),
    [
        ("", "Dockerfile", "Dockerfile"),
        ("services/api", "docker/Dockerfile", "services/api/docker/Dockerfile"),
        ("./services/", "Dockerfile", "services/Dockerfile"),
    ],
)
def test_names_count_from_the_repository(tmp_path: Path, prefix: str, dockerfile: str, shown: str) -> None:
    made = of_report(_report(tmp_path, "", "FROM scratch\nCOPY gone /\n", name=dockerfile), prefix)
    assert [item.file for item in made.items if item.rule == "build-fails"] == [shown]


def test_a_dockerfile_outside_of_the_context_keeps_its_name(tmp_path: Path) -> None:
    root = tmp_path / "context"
    root.mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY gone /\n", encoding="utf-8")
    made = of_report(report(BuildContext(str(root), str(tmp_path / "Dockerfile"))), "api")
    assert [item.file for item in made.items] == [str(tmp_path / "Dockerfile")]


def test_text_and_place_are_escaped() -> None:
    item = Annotation("r", Level.NOTE, "a\r\n\x1bb\u2028", "c\n\udcff", 3)
    assert (item.text, item.place) == ("a\\r\n\\x1bb\\u2028", "c\\n\\xff:3")
    assert Annotation("r", Level.NOTE, "a", None, 3).place == ""


def test_every_item_has_its_rule() -> None:
    rule = Descriptor("r", "title", "help")
    with pytest.raises(ValueError, match="no such rule: s"):
        Annotations("t", (), (rule,), (Annotation("s", Level.NOTE, "", None),))
    with pytest.raises(ValueError, match="same id"):
        Annotations("t", (), (rule, rule), ())
