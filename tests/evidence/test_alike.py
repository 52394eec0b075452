"""What builds with the same steps run is followed once; of each it is said as if it had been followed alone."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.core.dockerfile.model import Plan
from ctxopt.evidence import builds
from ctxopt.evidence.alike import Alike, alike
from ctxopt.evidence.builds import BuildEvidence, build_evidence
from ctxopt.evidence.of_build import reads_of, subject_of
from ctxopt.image.shell import parse
from ctxopt.image.shell.model import Command
from ctxopt.image.shell.values import Values
from tests.evidence.support import text, write

_CONFIGURE = (
    "#!/bin/sh\nfor name in core tools; do\n  cat src/$name.c config/$name.ini\ndone\n. ./options.sh\nmake all\n"
)
_FILES = {
    "configure": _CONFIGURE,
    "options.sh": "OUT=objs/$1\ncp templates/$OUT.in $OUT\n",
    "Makefile": "all: docs/manual.md\n\tsh scripts/all.sh\n",
    "scripts/all.sh": "cat data/*.csv\n",
    "compose.yaml": "services:\n  one:\n    command: [sh, scripts/all.sh]\n",
}


def _stage(name: str, base: str, run: str, copy: str = "COPY . /srv") -> str:
    return f"FROM {base} AS {name}\n# {name}\n{copy}\nRUN {run}\n"


def _plans(root: Path, stages: list[str]) -> list[BuildContext]:
    """A build of each of these stages, in a context with scripts."""
    for name, content in _FILES.items():
        text(root, name, content)
    write(root, "src/core.c", "src/tools.c", "config/core.ini", "config/tools.ini", "docs/manual.md", "data/a.csv")
    text(root, "Dockerfile", "\n".join(stages))
    names = [stage.split()[3] for stage in stages]
    return [BuildContext(str(root), "Dockerfile", target=name) for name in names]


def _evidence(made: list[BuildContext]) -> BuildEvidence:
    subject = replace(subject_of(made[0]), readers=subject_of(made[0]).readers)
    return build_evidence([read for build in made for read in reads_of(build)], subject, catalogue())


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each text for a shell is parsed."""
    counted: Counter[str] = Counter()
    original = parse.commands

    def commands(text: str, values: Values | None = None) -> tuple[Command, ...] | None:
        counted[text] += 1
        return original(text, values)

    monkeypatch.setattr(parse, "commands", commands)
    return counted


def _read_by(root: Path, count: int) -> Counter[str]:
    """How often each file is read for some builds that run a script with different options."""
    stages = [_stage(f"s{n}", f"base{n}", f"cd /srv && ./configure --with=part{n}") for n in range(count)]
    made = _plans(root, stages)
    subject = subject_of(made[0])
    counted: Counter[str] = Counter()

    def read_file(path: str) -> bytes | None:
        counted[path] += 1
        return subject.read_file(path)

    reads = [read for build in made for read in reads_of(build)]
    build_evidence(reads, replace(subject, read_file=read_file), catalogue())
    return counted


def test_a_script_of_many_builds_is_read_and_parsed_once(tmp_path: Path, parsed: Counter[str]) -> None:
    many = _read_by(tmp_path / "many", 20)
    assert many["configure"] == 1
    assert parsed[_CONFIGURE] == parsed[_FILES["scripts/all.sh"]] == 1
    assert many == _read_by(tmp_path / "few", 1)


@pytest.mark.parametrize(
    "stages",
    [
        [_stage(f"s{n}", f"base{n}", "cd /srv && ./configure && make all") for n in range(4)],
        [
            _stage("one", "base", "cd /srv && ./configure"),
            "FROM other AS two\nENV OUT=x\nCOPY . /srv\nRUN cd /srv && ./configure\n",
            _stage("three", "other", "cd /srv && ./configure"),
            _stage("four", "other", "cd /srv && ./configure", "COPY . /app"),
        ],
        [
            _stage("one", "nginx", "cd /srv && make all"),
            _stage("two", "debian", "cd /srv && make all"),
            _stage("three", "nginx", "cd /srv && make all"),
        ],
    ],
)
def test_as_if_each_were_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stages: list[str]) -> None:
    made = _plans(tmp_path, stages)
    found = _evidence(made)
    assert any(one is not None for one in alike([build.plan for build in made]))
    monkeypatch.setattr(builds, "alike", _none)
    alone = _evidence(made)
    assert found.mentions.given == alone.mentions.given
    assert found.all_runs == alone.all_runs
    assert (found.followed, found.tools, found.history, found.tested) == (
        alone.followed,
        alone.tools,
        alone.history,
        alone.tested,
    )
    assert found.served == alone.served
    assert len(found.distinct) < len(alone.distinct)


def _none(plans: list[Plan]) -> list[Alike | None]:
    return [None for _ in plans]


@pytest.mark.parametrize(
    ("stages", "same"),
    [
        ([_stage("a", "x", "make"), _stage("b", "y", "make")], True),
        ([_stage("a", "x", "make"), _stage("b", "y", "make all")], False),
        ([_stage("a", "x", "make"), _stage("b", "y", "make", "COPY . /app")], False),
        ([_stage("a", "x", "make"), _stage("b", "y", "make", "WORKDIR /app\nCOPY . /srv")], False),
        # The program of one image is known, and serves files.
        ([_stage("a", "nginx", "make"), _stage("b", "y", "make")], False),
    ],
)
def test_what_is_the_same(tmp_path: Path, stages: list[str], same: bool) -> None:
    found = alike([build.plan for build in _plans(tmp_path, stages)])
    assert found[0] is None
    assert (found[1] is not None) is same


def test_each_says_its_own_line(tmp_path: Path) -> None:
    made = _plans(tmp_path, [_stage(f"s{n}", f"base{n}", "cd /srv && cat src/core.c") for n in range(2)])
    lines = {mention.why for mention in _evidence(made).mentions.of("src/core.c")}
    assert {"(Dockerfile:4)" in why or "(Dockerfile:9)" in why for why in lines} == {True}
    assert len([why for why in lines if "cat src/core.c" in why]) == 2
