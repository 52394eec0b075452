from pathlib import Path

import pytest

from ctxopt.errors import PatternError
from ctxopt.findings.model import Severity
from ctxopt.findings.rules.needed_ignored import RULE
from tests.findings.support import found

_FILES = (
    "src/a.c",
    "src/b.h",
    "dist/app.js",
    "dist/maps/x.map",
    "packages/p/package.json",
    "package.json",
    "lock.json",
)


@pytest.mark.parametrize(
    ("ignore", "dockerfile", "line", "message", "fix"),
    [
        ("dist\n", "COPY dist /\n", 1, "`dist` excludes dist, needed by COPY in line 2 of Dockerfile", "!dist"),
        (
            "*.md\ndist\n",
            "COPY src /\nADD ./dist/app.js /\n",
            2,
            "`dist` excludes dist/app.js, needed by ADD in line 3 of Dockerfile",
            "!dist/app.js",
        ),
        (
            "**\n!src\n",
            "RUN --mount=type=bind,source=dist,target=/d true\n",
            1,
            "`**` excludes dist, needed by RUN in line 2 of Dockerfile",
            "!dist",
        ),
        (
            "dist\n",
            "COPY dist/*.js /\n",
            1,
            "`dist` excludes dist, needed by COPY in line 2 of Dockerfile",
            "!dist/*.js",
        ),
        (
            "**/*.h\n",
            "COPY src/*.h /\n",
            1,
            "`**/*.h` excludes src/b.h, needed by COPY in line 2 of Dockerfile",
            "!src/b.h",
        ),
        (
            "packages/p\n",
            "COPY packages/*/package.json /\n",
            1,
            "`packages/p` excludes packages/p/package.json, needed by COPY in line 2 of Dockerfile",
            "!packages/p/package.json",
        ),
        (
            "dist/maps\n",
            "COPY --parents dist/./maps/x.map /\n",
            1,
            "`dist/maps` excludes dist/maps/x.map, needed by COPY in line 2 of Dockerfile",
            "!dist/maps/x.map",
        ),
    ],
)
def test_an_excluded_source_is_found(
    tmp_path: Path, ignore: str, dockerfile: str, line: int, message: str, fix: str
) -> None:
    (finding,) = found(tmp_path, RULE, ignore, *_FILES, dockerfile=dockerfile)
    assert (finding.line, finding.severity, finding.message) == (line, Severity.WARNING, message)
    assert finding.fix == f"add {fix} below the pattern"


def test_a_source_with_wildcards_that_finds_others_is_a_note(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "lock.json\n", *_FILES, dockerfile="COPY *.json /\n")
    assert finding.severity is Severity.NOTE
    assert finding.message == "`lock.json` excludes lock.json, needed by COPY in line 2 of Dockerfile"


def test_several_paths_are_counted_and_one_path_is_named_once(tmp_path: Path) -> None:
    dockerfile = "COPY *.json /\nCOPY [lp]*.json /x/\nCOPY src dist /\nCOPY dist /\n"
    findings = found(tmp_path, RULE, "*.json\ndist\n", *_FILES, dockerfile=dockerfile)
    assert [(finding.line, finding.message.split(", needed ")[0]) for finding in findings] == [
        (1, "`*.json` excludes lock.json and 1 more"),
        (2, "`dist` excludes dist"),
    ]


def test_a_special_name_is_quoted_in_the_exception(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "a*\n", "a[1]", dockerfile='COPY ["a[[]1]", "/"]\n')
    assert finding.fix == r"add !a\[1\] below the pattern"


@pytest.mark.parametrize(
    ("ignore", "dockerfile"),
    [
        ("dist\n", "COPY . /\n"),
        ("dist\n", "COPY * /\n"),
        ("dist\n", "COPY src /\n"),
        ("dist/maps\n", "COPY dist /\n"),
        ("dist/*\n", "COPY dist /\n"),
        ("**\n!dist/app.js\n", "COPY dist /\n"),
        ("dist\n", "COPY dist/missing missing /\n"),
        ("dist\n!dist\n", "COPY dist /\n"),
        ("dist\n", "ARG WHERE\nCOPY ${WHERE}/dist /\n"),
        ("dist\n", "COPY --parents **/*.js /\n"),
        ("dist\n", "FROM scratch AS other\nCOPY dist /\nFROM scratch\nCOPY src /\n"),
        ("dist\n", "COPY --from=other dist /\n"),
        (None, "COPY dist /\n"),
    ],
)
def test_no_excluded_source_is_found(tmp_path: Path, ignore: str | None, dockerfile: str) -> None:
    assert found(tmp_path, RULE, ignore, *_FILES, dockerfile=dockerfile) == []


def test_a_source_that_is_no_pattern_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match=r'bad pattern "d\['):
        found(tmp_path, RULE, "dist\n", *_FILES, dockerfile="COPY d[ /\n")


def test_what_lies_behind_a_link_is_not_judged_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("dist")
    assert found(tmp_path, RULE, "link/app.js\n", *_FILES, dockerfile="COPY link/app.js /\n") == []
