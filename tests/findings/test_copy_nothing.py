from pathlib import Path

import pytest

from ctxopt.findings.model import Severity
from ctxopt.findings.rules.copy_nothing import RULE
from tests.findings.support import built
from tests.support.programs import git


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
    severity = Severity.INFO if "zip" in copy else Severity.WARNING
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
    ("text", "count"),
    [
        ("docker build --build-arg APP=web .\n", 0),
        ("docker build --build-arg OTHER=web .\n", 1),
        ("docker build .\nAPP=web ./start\n", 1),
    ],
)
def test_an_argument_that_each_build_of_the_repository_gives(tmp_path: Path, text: str, count: int) -> None:
    (tmp_path / ".git").mkdir()
    dockerfile = "FROM scratch\nARG APP\nCOPY ./${APP} /\n"
    assert len(built(tmp_path, RULE, dockerfile, {"web/a": "x", "build.sh": text})) == count


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


def _submodule(root: Path, *paths: str) -> None:
    """A repository with submodules that are not checked out."""
    git(root, "init", "-q")
    (root / ".gitmodules").write_text("".join(f'[submodule "{path}"]\n' for path in paths))
    for path in paths:
        (root / path).mkdir(parents=True)
        git(root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},{path}")


@pytest.mark.parametrize(
    ("copy", "what"),
    [
        ("COPY proto /p", "submodule proto is not checked out"),
        ("COPY proto/ /p/", "submodule proto is not checked out"),
        ("COPY libs/ /l/", "submodule libs/a and submodule libs/b are not checked out"),
        ("COPY libs/a/ /l/", "submodule libs/a is not checked out"),
    ],
)
def test_a_submodule_that_is_not_checked_out(tmp_path: Path, copy: str, what: str) -> None:
    _submodule(tmp_path, "proto", "libs/a", "libs/b")
    (finding,) = built(tmp_path, RULE, f"FROM scratch\n{copy}\n", {"a": "x"}, "x\n")
    assert (finding.severity, finding.fix) == (Severity.NOTE, "git submodule update --init")
    assert f" copies no file: {what}" in finding.message


def test_a_submodule_of_which_nothing_says_where_it_comes_from(tmp_path: Path) -> None:
    _submodule(tmp_path, "proto")
    (tmp_path / ".gitmodules").unlink()
    assert built(tmp_path, RULE, "FROM scratch\nCOPY proto /p\n", {"a": "x"}, "x\n") == []


def test_an_empty_directory_beside_a_submodule(tmp_path: Path) -> None:
    _submodule(tmp_path, "proto")
    (tmp_path / "empty").mkdir()
    (finding,) = built(tmp_path, RULE, "FROM scratch\nCOPY empty /e\n", {"a": "x"})
    assert finding.severity is Severity.WARNING
    assert built(tmp_path, RULE, "FROM scratch\nCOPY . /e\n", {"a": "x"}) == []


def test_an_optional_source_beside_one_that_is_missing(tmp_path: Path) -> None:
    """A script fills the directory first."""
    assert built(tmp_path, RULE, "FROM scratch\nCOPY *.toml /t/\nCOPY server /s\n", {"a": "x"}) == []


@pytest.mark.parametrize(
    ("setting", "count"),
    [
        ('ENV code=${code:-"."}', 0),
        ("ENV code=${code:-./}", 0),
        ("ENV code=${code:-dist}", 0),
        ("ENV code=$code", 1),
        ("ARG code", 1),
    ],
)
def test_a_default_that_means_the_whole_context(tmp_path: Path, setting: str, count: int) -> None:
    text = f"FROM registry.example/base:1\n{setting}\nCOPY ${{code}}/ /srv\n"
    found = built(tmp_path, RULE, text, {"a": "x", "dist/b": "x"})
    assert len([one for one in found if "the whole context" in one.message]) == count


@pytest.mark.parametrize(
    ("source", "count"), [(".env*", 0), ("conf/.env.prod*", 0), ("licence*", 0), ("*.whl", 1), ("environment*", 1)]
)
def test_what_a_fresh_clone_does_not_have(tmp_path: Path, source: str, count: int) -> None:
    files = {"a": "x", ".gitignore": "licence.key\n/licence*\n"}
    assert len(built(tmp_path, RULE, f"FROM scratch\nCOPY {source} /\n", files)) == count


def test_what_only_this_checkout_lacks(tmp_path: Path) -> None:
    text = "FROM scratch\nCOPY tools/ /tools/\n"
    git(tmp_path, "init", "-q")
    (tmp_path / "tools").mkdir()
    assert len(built(tmp_path, RULE, text, {"a": "x"})) == 1
    (tmp_path / "tools/large").write_text("x", encoding="utf-8")
    git(tmp_path, "add", ".")
    (tmp_path / "tools/large").unlink()
    assert built(tmp_path, RULE, text, {"a": "x"}) == []
