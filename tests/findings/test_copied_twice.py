from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules import copied_twice
from ctxopt.findings.rules.copied_twice import RULE
from tests.findings.support import costs

_FILES = {"a/1": 60_000, "a/2": 60_000, "a/3": 60_000, "a/4": 1, "package-lock.json": 800_000, "big.bin": 1_500_000}
_HEAD = "# syntax=docker/dockerfile:1\nFROM node AS base\nWORKDIR /srv\n"


@pytest.fixture(autouse=True)
def _smaller_sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Smaller files count, but where their size is what is tested."""
    if "counted" not in request.fixturenames:
        monkeypatch.setattr(copied_twice, "_LEAST_APART", 50_000)
        monkeypatch.setattr(copied_twice, "_LEAST_TO_EXCLUDE", 50_000)
        monkeypatch.setattr(copied_twice, "_LEAST_OF_FILES", 1_000_000)


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, _HEAD + "\n".join(lines) + "\n", _FILES, "Dockerfile\n.dockerignore\n")


def test_everything_copied_again(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN npm ci", "FROM base", "COPY . .")
    assert (finding.line, finding.totals, finding.severity) == (7, Totals(6, 2_480_001), Severity.WARNING)
    assert finding.message == "COPY copies big.bin and 5 more again, after line 4"
    assert finding.fix == "keep only one of the instructions in lines 4 and 7"
    assert finding.evidence[:3] == ("line 4: COPY . .", "line 7: COPY . .", "big.bin: 1.5 MB in 1 file")


def test_a_part_copied_again(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY a a", "COPY . .")
    assert (finding.line, finding.totals) == (5, Totals(4, 180_001))
    assert finding.fix == "write COPY --exclude=a … in line 5 (Dockerfile syntax 1.19 or newer)"


def test_two_places(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY a/1 /x/", "COPY a/1 /y/")
    assert (finding.totals, finding.severity) == (Totals(1, 60_000), Severity.NOTE)
    assert finding.fix == "copy it once, and add a symlink at the other place (ln -s)"


def test_a_file_with_a_place_of_its_own(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY a/1 /etc/app.conf", "COPY . /app")
    assert finding.fix == (
        "write COPY --exclude=a/1 … in line 5 (Dockerfile syntax 1.19 or newer) if nothing reads it there; "
        "else copy it once, and add a symlink at the other place (ln -s)"
    )


def test_a_large_file_that_is_copied_before_a_run(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY big.bin package-lock.json ./", "RUN npm ci", "COPY . .")
    assert finding.totals == Totals(2, 2_300_000)
    assert finding.fix == (
        "write COPY --exclude=big.bin --exclude=package-lock.json … in line 6 (Dockerfile syntax 1.19 or newer)"
    )


@pytest.mark.parametrize(
    "lines",
    [
        ["COPY package-lock.json ./", "RUN npm ci", "COPY . ."],
        ["COPY a/4 ./", "COPY a a"],
        ["COPY a a", "COPY big.bin ."],
        ["COPY . .", "FROM node", "COPY . ."],
        ["COPY a a", "RUN --mount=type=bind,target=/x ls"],
        ["COPY --exclude=a . .", "COPY a b"],
    ],
)
def test_what_is_there_once_or_meant(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_the_large_ones_of_several_sources_are_excluded(tmp_path: Path) -> None:
    several = "COPY big.bin package-lock.json a/1 a/2 ./"
    (finding,) = found(tmp_path, several, "RUN npm ci", "COPY . .")
    assert finding.fix == (
        "write COPY --exclude=big.bin --exclude=package-lock.json … in line 6 (Dockerfile syntax 1.19 or newer)"
    )
    (finding,) = found(tmp_path, several, "RUN npm ci", "COPY --chown=node . .")
    assert finding.fix == "keep only one of the instructions in lines 4 and 6"


def test_a_copy_that_another_image_needs(tmp_path: Path) -> None:
    """A stage below the last one is an image of its own, and the last one adds the tests."""
    tests = ["FROM base AS test", "COPY . ."]
    assert found(tmp_path, "COPY a a", 'CMD ["node", "a/1"]', *tests) == []
    assert found(tmp_path, "COPY a a", "FROM base AS app", 'ENTRYPOINT ["node"]', "FROM app AS test", "COPY . .") == []
    (finding,) = found(tmp_path, "COPY a a", *tests, 'CMD ["npm", "test"]')
    assert finding.line == 6


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (["COPY a a", "COPY a/1 a/"], "remove the COPY in line 5"),
        (["COPY . .", "COPY a a"], "remove the COPY in line 5"),
        (["COPY . .", "ENV A=b", "COPY a a"], "remove the COPY in line 6"),
        # A command may have changed or removed them in between.
        (
            ["COPY . .", "RUN rm -r a", "COPY a a"],
            "remove the COPY in line 6, unless a RUN above it changes or removes what it copies",
        ),
        (["COPY . .", "COPY --chown=node a a"], "keep only one of the instructions in lines 4 and 5"),
        (["COPY --chmod=700 . .", "COPY a a"], "keep only one of the instructions in lines 4 and 5"),
        (["COPY --chown=node . .", "COPY --chown=node a a"], "remove the COPY in line 5"),
        # It copies more.
        (["COPY a/1 a/", "COPY a a"], "write COPY --exclude=1 … in line 5 (Dockerfile syntax 1.19 or newer)"),
    ],
)
def test_a_copy_to_remove(tmp_path: Path, lines: list[str], fix: str) -> None:
    (finding,) = found(tmp_path, *lines)
    assert finding.fix == fix


def test_no_link_where_a_later_run_removes_one(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . /app/", "COPY a /", "RUN rm -rf /app/a")
    assert finding.fix == (
        "write COPY --exclude=a … in line 4 (Dockerfile syntax 1.19 or newer): a later RUN removes it"
    )
    (finding,) = found(tmp_path, "COPY . /app/", "COPY a /", "RUN rm -rf /app/a/1")
    assert finding.fix == "copy them once, and add a symlink at the other place (ln -s)"


@pytest.mark.parametrize(
    ("run", "size"),
    [
        ("RUN chown -R app /y", 0),
        ("RUN chmod -R 777 /y", 0),
        ("RUN chmod 600 /x/1", 0),
        ("RUN sed -i s/a/b/ /y/1", 0),
        ("RUN chown -R app /z && chmod 600 /y/2", 60_000),
    ],
)
def test_no_link_to_what_a_run_changes(tmp_path: Path, run: str, size: int) -> None:
    findings = found(tmp_path, "COPY a/1 /x/", "COPY a/1 /y/", run)
    assert sum(one.totals.size for one in findings if one.totals is not None) == size


@pytest.mark.parametrize(
    ("lines", "counted"),
    [
        # The first one can just go.
        (["COPY a a", "COPY . ."], 1),
        (["COPY a/1 a/4 a/", "COPY a/2 a/1 a/"], 0),
        # For the build cache.
        (["COPY big.bin package-lock.json ./", "RUN npm ci", "COPY . ."], 0),
        (["COPY .yarn .yarn", "RUN yarn", "COPY . ."], 0),
        (["COPY src src", "RUN npm ci", "COPY . ."], 1),
        (["COPY model.bin ./", "RUN prepare", "COPY . ."], 1),
        # Something may need each of them.
        (["COPY a /x/", "COPY a /y/"], 0),
        (["COPY big.bin /x/", "COPY big.bin /y/"], 1),
    ],
)
def test_the_size_from_which_it_counts(tmp_path: Path, lines: list[str], counted: int) -> None:
    files = {**_FILES, ".yarn/yarn.cjs": 4_000_000, "src/x": 1_500_000, "model.bin": 12_000_000}
    dockerfile = _HEAD + "\n".join(lines) + "\n"
    assert len(costs(tmp_path, RULE, dockerfile, files, "Dockerfile\n.dockerignore\n")) == counted


@pytest.mark.parametrize(
    ("command", "count"), [("git checkout $TAG", 0), ("git reset --hard v1", 0), ("git status", 1), ("make", 1)]
)
def test_a_copy_that_undoes_a_checkout(tmp_path: Path, command: str, count: int) -> None:
    assert len(found(tmp_path, "COPY . .", f"RUN {command}", "COPY a a")) == count
