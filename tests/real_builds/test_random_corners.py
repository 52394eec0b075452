"""What both builders make of random corner cases is what we say: which files of the context are in the image.

    .venv/bin/python -m tests.real_builds.test_random_corners 0 1000

prints the differences of these seeds; it needs the engine of CTXOPT_TEST_ENGINE.
"""

import hashlib
import sys
from pathlib import Path

import pytest

from ctxopt import BuildContext, CtxoptError
from ctxopt.reports.stages import image_origins
from tests.support.engine import Engine
from tests.support.engine.seeds import differing, print_differences
from tests.support.random_corners import COLLISIONS, may_be_replaced, random_corner
from tests.support.trees import Case, write_case

pytestmark = pytest.mark.engine

_CASES = 160
_BATCH = 20

#: The files of the context in the image, None for a build that fails, or "unknown".
_Outcome = frozenset[str] | str | None


def _buildkit(context: BuildContext) -> _Outcome:
    """What we say that BuildKit makes of it."""
    context.usage.check()
    if any(read.unresolved for read in context.plan.reads):
        return "unknown"
    if any(result.dangling for result in context.usage.results):
        # Older versions fail on it, newer ones do not.
        return "unknown"
    if any("\udc80" <= char <= "\udcff" for path in context.transfer_entries for char in path):
        # Newer versions fail on it, older ones do not.
        return "unknown"
    return frozenset(path for path, _ in image_origins(context))


def _legacy(context: BuildContext) -> _Outcome:
    """What we say that the legacy builder makes of a build with one stage."""
    found = context.legacy_files_read
    if None in found:
        return "unknown"
    if context.legacy_errors:
        return None
    return frozenset(path for files in found if isinstance(files, list) for path in files)


def _ours(root: Path, dockerfile: str | None, builder: str) -> _Outcome:
    try:
        context = BuildContext(str(root), dockerfile)
        return _buildkit(context) if builder == "buildkit" else _legacy(context)
    except CtxoptError as error:
        # What a link out of the context leads to is Docker's to follow, and not ours.
        return "unknown" if "leads out of the context" in str(error) else None


def _theirs(engine: Engine, root: Path, dockerfile: str | None, builder: str) -> _Outcome:
    paths = {
        hashlib.sha256(path.read_bytes()).hexdigest(): str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    build = engine.build(root, dockerfile, builder=builder, cache=False)
    if build.image is None:
        return "unknown" if any(text in line for line in build.last_lines for text in COLLISIONS) else None
    digests = {entry.digest for entry in build.image.entries.values() if entry.type == "file"}
    return frozenset(paths[digest] for digest in digests & paths.keys())


def _differ(ours: _Outcome, theirs: _Outcome, case: Case) -> bool:
    if "unknown" in (ours, theirs) or ours == theirs:
        return False
    if ours is None or theirs is None or isinstance(ours, str) or isinstance(theirs, str):
        return True
    return not theirs <= ours or not may_be_replaced(case, ours - theirs)


def _is_legacys(case: Case) -> bool:
    """Whether the legacy builder's image has what our reads say: one stage, and no text that is only BuildKit's."""
    text = case["dockerfile"]
    return text.count("FROM ") == 1 and not any(word in text for word in ("<<", "--exclude"))


def differences(engine: Engine, seed: int, top: Path) -> list[tuple[str, str, _Outcome, _Outcome]]:
    """How what we say about a case differs: the builder, the Dockerfile, and what we and the builder say."""
    case, root, dockerfile = random_corner(seed), top / "context", None
    if any(f"--{flag}" in case["dockerfile"] for flag in engine.unknown_flags):
        return []
    root.mkdir()
    if case.get("outside"):
        case["dockerfile_path"] = "../Dockerfile"
        dockerfile = str(top / "Dockerfile")
    write_case(root, case)
    found = []
    for builder in ("buildkit", "classic") if _is_legacys(case) else ("buildkit",):
        ours, theirs = _ours(root, dockerfile, builder), _theirs(engine, root, dockerfile, builder)
        if builder == "classic" and case.get("outside"):
            # The client changes it on the way, so that it is not found by its contents.
            ours, theirs = (one - {".dockerignore"} if isinstance(one, frozenset) else one for one in (ours, theirs))
        if _differ(ours, theirs, case):
            found.append((builder, case["dockerfile"], ours, theirs))
    return found


@pytest.mark.parametrize("first", range(0, _CASES, _BATCH))
def test_random_corners(real_engine: Engine, tmp_path: Path, first: int) -> None:
    assert differing(differences, real_engine, range(first, first + _BATCH), tmp_path) == {}


if __name__ == "__main__":
    print_differences(differences, *map(int, sys.argv[1:3]))
