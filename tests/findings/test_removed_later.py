from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules.removed_later import RULE
from tests.findings.support import costs

_FILES = {
    "app/main.py": 100,
    "app/notes.md": 60_000,
    "docs/a.html": 150_000,
    "docs/deep/b.png": 50_000,
    "README.md": 2_000,
    "requirements.txt": 30,
    "data.tar.gz": 90_000,
    ".npmrc": 10,
}


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(
        root,
        RULE,
        "# syntax=docker/dockerfile:1\nFROM python:3 AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n",
        _FILES,
    )


def test_a_directory(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN rm -rf docs")
    assert (finding.file, finding.line, finding.end_line, finding.severity) == ("Dockerfile", 4, 4, Severity.WARNING)
    assert (finding.totals, finding.confidence) == (Totals(2, 200_000), Confidence.HIGH)
    assert finding.message == "docs/ stays in the layer of this COPY: the RUN in line 5 only hides it"
    assert finding.fix == "add docs to .dockerignore"
    assert finding.evidence == ("line 4: COPY . .", "line 5: RUN rm -rf docs", "docs/: 200 kB in 2 files")


@pytest.mark.parametrize(
    ("run", "files", "size"),
    [
        ("rm -rf /srv/docs ./*.md", 3, 202_000),
        ("cd docs && rm -r deep", 1, 50_000),
        ("rm -rf docs && rm -rf docs/deep docs", 2, 200_000),
        ("rm -rf docs/deep && rm -rf docs", 2, 200_000),
        ("find . -name '*.md' -delete", 2, 62_000),
        ("find /srv -type d -name docs -exec rm -rf {} +", 2, 200_000),
        ("rm -rf /srv/app/*", 2, 60_100),
        ("<<X\nset -e\nrm -rf docs\nX", 2, 200_000),
        ("sh -c 'rm -rf docs'", 2, 200_000),
        ("make && rm -rf docs || true", 2, 200_000),
    ],
)
def test_ways_to_remove(tmp_path: Path, run: str, files: int, size: int) -> None:
    (finding,) = found(tmp_path, "COPY . .", f"RUN {run}")
    assert finding.totals == Totals(files, size)


@pytest.mark.parametrize(
    "lines",
    [
        ["COPY . .", "RUN rm -rf /docs"],
        ["COPY . .", "RUN rm -rf docs-old *.txt.bak"],
        ["COPY . .", "RUN rm docs"],
        ["COPY app app", "RUN rm -rf docs"],
        ["RUN rm -rf docs", "COPY . ."],
        ["COPY . .", "RUN rm -rf $DOCS"],
        ["COPY . .", "RUN (cd app && ls) && rm -rf main.py"],
        ["COPY . .", "RUN --mount=type=cache,target=/srv/docs rm -rf docs/*"],
        ["RUN --mount=type=bind,target=/srv rm -rf docs"],
        ["COPY . .", "RUN find . -name '*.md'"],
        ["COPY . .", "RUN echo rm -rf docs"],
        ["COPY . .", "RUN rm -rf docs", "FROM alpine", "COPY --from=0 /srv/app /srv"],
        ["COPY . .", "FROM python:3", "WORKDIR /srv", "RUN rm -rf docs"],
        ["COPY . .", 'SHELL ["pwsh"]', "RUN rm -rf docs"],
        ["ARG WHERE", "COPY . $WHERE", "RUN rm -rf /docs"],
        ["COPY --exclude=docs . .", "RUN rm -rf docs"],
    ],
)
def test_what_costs_nothing(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_through_the_stages_of_the_image(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "FROM base", "RUN rm -rf docs")
    assert finding.line == 4
    assert "RUN in line 6" in finding.message


def test_one_finding_for_each_two_instructions(tmp_path: Path) -> None:
    findings = found(tmp_path, "COPY docs docs", "COPY app app", "RUN rm -rf docs/deep app/notes.md", "RUN rm -rf docs")
    assert [(one.line, one.totals) for one in findings] == [
        (4, Totals(1, 150_000)),
        (5, Totals(1, 60_000)),
        (4, Totals(1, 50_000)),
    ]
    assert [one.severity for one in findings] == [Severity.WARNING, Severity.NOTE, Severity.NOTE]


def test_what_may_not_be_run(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN if [ -z $KEEP ]; then rm -rf docs; fi")
    assert finding.confidence is Confidence.MEDIUM


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (
            ["COPY requirements.txt .", "RUN pip install -r requirements.txt && rm requirements.txt"],
            "mount it in line 5, which needs it: RUN --mount=type=bind,source=requirements.txt,"
            "target=/srv/requirements.txt … instead of the COPY, without the rm",
        ),
        (
            ["COPY data.tar.gz /tmp/", "RUN tar xzf /tmp/data.tar.gz -C /opt && rm /tmp/data.tar.gz"],
            "write ADD data.tar.gz /opt/, which unpacks it, instead of the COPY and the tar in line 5, "
            "without the rm",
        ),
        (
            ["COPY .npmrc README.md ./", "RUN npm ci && rm .npmrc"],
            "mount it in line 5, which needs it: RUN --mount=type=bind,source=.npmrc,target=/srv/.npmrc … "
            "instead of the COPY, without the rm",
        ),
        (
            ["COPY app /src", "RUN make -C /src install && rm -rf /src"],
            "build in a separate stage and COPY --from it what the image needs",
        ),
        (["COPY docs docs", "RUN rm -rf docs"], "remove the COPY"),
        (["COPY README.md app /srv/", "RUN rm -f README.md"], "remove README.md from the COPY"),
        (["COPY . .", "RUN rm -r docs"], "add docs to .dockerignore, and remove the rm in line 5, which would fail"),
        (["COPY . .", "RUN apt-get install x", "RUN rm -rf docs"], "add docs to .dockerignore"),
        (
            ["COPY . .", "RUN make", "RUN rm -rf docs app"],
            "if nothing before line 6 needs them, add these lines to .dockerignore: `docs`, `app`; "
            "otherwise build in a separate stage and COPY --from it what the image needs",
        ),
        (
            ["COPY . .", "RUN rm -rf docs", "RUN --mount=type=bind,source=docs,target=/d ls /d"],
            "write COPY --exclude=docs … (Dockerfile syntax 1.19 or newer), or name less in it; "
            "line 6 needs the same files, so the ignore file cannot exclude them",
        ),
    ],
)  # fmt: skip
def test_fixes(tmp_path: Path, lines: list[str], fix: str) -> None:
    (finding,) = found(tmp_path, *lines)
    assert finding.fix == fix


def test_the_fix_is_right(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN rm -rf docs")
    pattern = finding.fix.removeprefix("add ").removesuffix(" to .dockerignore")
    (tmp_path / ".dockerignore").write_text(pattern + "\n")
    assert found(tmp_path, "COPY . .", "RUN rm -rf docs") == []


@pytest.mark.parametrize(
    ("lines", "size"),
    [
        (["ENV SRC=/srv", "COPY docs ./docs/", "RUN rm -rf $SRC/docs"], True),
        (["ARG D=docs", "COPY docs ./docs/", "RUN rm -rf /srv/${D}"], True),
        (["COPY docs ./docs/", "RUN find docs -delete"], True),
        (["COPY docs ./docs/", "RUN rm -rf $NOWHERE/docs"], False),
        (["ENV SRC=$(x)", "COPY docs ./docs/", "RUN rm -rf $SRC/docs"], False),
        (["COPY docs ./docs/", "RUN rm -rf {docs,x}"], False),
    ],
)
def test_what_is_known_of_a_path(tmp_path: Path, lines: list[str], size: bool) -> None:
    assert bool(found(tmp_path, *lines)) is size


@pytest.mark.parametrize(
    ("command", "size"),
    [
        ("find docs -type f -name '*' | xargs rm -f", True),
        ("find docs -name '*' -print0 | xargs -0 -r rm -rf", True),
        ("find docs -name '*' | xargs grep x", False),
        ("find docs -name '*' | grep -v keep | xargs rm -f", False),
        ("find docs -size +1 | xargs rm -f", False),
        ("find docs -name '*' | xargs rm -f other", False),
    ],
)
def test_what_a_search_hands_to_rm(tmp_path: Path, command: str, size: bool) -> None:
    assert bool(found(tmp_path, "COPY docs ./docs/", f"RUN {command}")) is size


def test_a_source_that_need_not_be_there_is_removed_from_the_copy(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY app README* /srv/", "RUN rm -f README.md")
    assert finding.fix == "remove README* from the COPY"


def test_a_chmod_in_between_would_fail(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN chmod 600 docs && rm -rf docs")
    assert finding.fix == "add docs to .dockerignore, and remove the chmod in line 5, which would fail"
