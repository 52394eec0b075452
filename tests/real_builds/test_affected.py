"""BuildKit's cache is the judge of `affected`: the first step that does not come from it is the one that we name.

    .venv/bin/python -m tests.real_builds.test_affected 0 300

prints the differences of these seeds.
"""

import re
import secrets
import sys
from collections import Counter
from pathlib import Path

import pytest

from ctxopt.builds.build import Build
from ctxopt.digest.affected import compare
from ctxopt.digest.base_digests import BaseDigests
from ctxopt.digest.digest import StateBuilds
from ctxopt.digest.model import ComparedBuild, Status
from ctxopt.git.states import revision_state, work_tree_state
from tests.support.engine import Engine
from tests.support.programs import git
from tests.support.random_changes import Project, random_change, random_project
from tests.support.repositories import commit
from tests.support.trees import temporary_directory

pytestmark = pytest.mark.engine

_CASES = 40
_BATCH = 10
_STEP = re.compile(r"\[(?:(?P<stage>\S+) +)?(?P<number>\d+)/\d+\]")


def _compared(root: Path) -> ComparedBuild:
    build = ("Dockerfile", Build("Dockerfile", str(root), str(root / "Dockerfile")))
    before, after = revision_state(str(root), "HEAD"), work_tree_state(str(root))
    bases = BaseDigests()
    found = compare(StateBuilds(before, bases, [build]), StateBuilds(after, bases, [build]), [build], [build], bases)
    return found.builds[0]


def _judged(engine: Engine, root: Path, seed: int, salt: str) -> tuple[str, str | None]:
    """What we say of a change, and how the builder differs, None if it does not."""
    project = random_project(seed, salt)
    what, changed = random_change(seed, project)
    root.mkdir()
    git(root, "init", "-q")
    project.write(root)
    commit(root)
    first = engine.build(root)
    if not first.succeeded:
        known = _compared(root).status is Status.UNREADABLE
        return "fails", None if known else f"seed {seed}: the first build fails: {first}\n{project.dockerfile}"
    changed.write(root)
    ours = _compared(root)
    second = engine.build(root)
    if not second.succeeded:
        problem = None if ours.status is Status.UNREADABLE else f"seed {seed} ({what}): the build fails: {second}"
        return "fails", problem
    rebuilt = _first_rebuilt(changed, [step.text for step in second.steps if not step.cached])
    named = None if ours.change is None or ours.change.first is None else ours.change.first
    counted = named is not None and named.kind in ("RUN", "COPY", "ADD", "WORKDIR")
    said = named.line if named is not None and counted else None
    status = ours.status.value
    if ours.status is Status.UNAFFECTED:
        return status, None if rebuilt is None else f"seed {seed} ({what}): unaffected, but line {rebuilt} is rebuilt"
    if ours.status is Status.AFFECTED and said == rebuilt:
        return status, None
    if named is not None and "--from=" in named.text and (rebuilt is None or rebuilt > named.line):
        # The builder compares the contents that it takes from a stage, which nobody knows without building it.
        return status, None
    return status, f"seed {seed} ({what}): we name {named}, the builder starts at line {rebuilt}\n{changed.dockerfile}"


def _first_rebuilt(project: Project, steps: list[str]) -> int | None:
    """The first line of the Dockerfile, but those with FROM, whose step did not come from the cache."""
    names = {(f"s{stage}", at): line for line, stage, at in project.steps()}
    # A stage that is alone is not always named.
    found = [(step["stage"] or "s0", int(step["number"])) for text in steps if (step := _STEP.match(text)) is not None]
    return min((names[key] for key in found if key in names), default=None)


@pytest.mark.parametrize("start", range(0, _CASES, _BATCH))
def test_the_cache_says_the_same(real_engine: Engine, start: int, tmp_path: Path) -> None:
    salt = secrets.token_hex(4)
    statuses: Counter[str] = Counter()
    problems = []
    for seed in range(start, start + _BATCH):
        status, problem = _judged(real_engine, tmp_path / str(seed), seed, f"{salt}{seed}")
        statuses[status] += 1
        problems += [problem] if problem else []
    assert problems == []
    assert statuses["unaffected"] >= 1


def _main(first: int, last: int) -> None:
    from tests.support.engine import engine
    from tests.support.engine.session import Session

    salt = secrets.token_hex(4)
    statuses: Counter[str] = Counter()
    session = Session()
    try:
        with temporary_directory() as place:
            for seed in range(first, last):
                status, problem = _judged(engine(), Path(place) / str(seed), seed, f"{salt}{seed}")
                statuses[status] += 1
                if problem:
                    print(problem, flush=True)
    finally:
        session.close()
    print(dict(statuses))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
