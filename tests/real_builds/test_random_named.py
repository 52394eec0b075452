"""What BuildKit makes of random builds with a named context is what we say: what it sends, and what is in the image.

    .venv/bin/python -m tests.real_builds.test_random_named 0 1000

prints the differences of these seeds; it needs the engine of CTXOPT_TEST_ENGINE.
"""

import hashlib
import sys
from pathlib import Path

import pytest

from ctxopt import BuildContext, CtxoptError
from ctxopt.core.context.tree import EntryKind, View
from ctxopt.core.named_context import NamedContext
from tests.support.engine import Engine
from tests.support.engine.seeds import differing, print_differences
from tests.support.random_corners import COLLISIONS, may_be_replaced, random_named
from tests.support.trees import Case, write_case

pytestmark = pytest.mark.engine

_CASES = 20
_BATCH = 10

#: The names of ignore files, and of what they may link to.
_PATTERNS = (".dockerignore", "Dockerfile.dockerignore", "patterns")

#: What we say, or BuildKit does: the files of the named context that are sent, those of them that its last stage takes
#: from there, and those that any stage takes. Of these BuildKit shows only which are in the image. None for a build
#: that fails.
_Outcome = tuple[frozenset[str], frozenset[str], frozenset[str]] | None


def _ours(app: Path, lib: Path) -> _Outcome | str:
    try:
        context = BuildContext(str(app), contexts=[NamedContext("lib", str(lib))])
        both = (context, *context.named.values())
        for one in both:
            one.usage.check()
    except CtxoptError:
        return None
    if any(read.unresolved for one in both for read in one.plan.reads):
        return "unknown"
    if any(result.dangling for one in both for result in one.usage.results):
        # Older versions fail on it, newer ones do not.
        return "unknown"
    if any("\udc80" <= char <= "\udcff" for one in both for path in one.transfer_entries for char in path):
        # Newer versions fail on it, older ones do not.
        return "unknown"
    named = context.named["lib"]
    direct = (read for read in named.plan.reads if read.reaches_image)
    return (
        _sent(named),
        frozenset(path for read in direct for path in named.usage.files_of(read.number)),
        frozenset(named.used_files),
    )


def _sent(context: BuildContext) -> frozenset[str]:
    tree = context.transferred
    return frozenset(
        directory.child_path(name)
        for directory in tree.directories()
        for name, kind, flags in zip(directory.names, directory.kinds, directory.flags, strict=True)
        if kind == EntryKind.FILE and flags & View.TRANSFER
    ) - set(context.emptied_files)


def _theirs(engine: Engine, app: Path, lib: Path) -> _Outcome | str:
    paths = {
        hashlib.sha256(path.read_bytes()).hexdigest(): str(path.relative_to(lib))
        for path in lib.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    sent = engine.transferred_of_named(app, {"lib": lib})["lib"]
    build = engine.build(app, contexts={"lib": lib}, cache=False)
    if build.image is None:
        return "unknown" if any(text in line for line in build.last_lines for text in COLLISIONS) else None
    digests = {entry.digest for entry in build.image.entries.values() if entry.type == "file"}
    in_image = frozenset(paths[digest] for digest in digests & paths.keys())
    return sent, in_image, in_image


def _differ(ours: _Outcome | str, theirs: _Outcome | str, lib: Path, named: Case) -> bool:
    if isinstance(ours, str) or isinstance(theirs, str):
        return False
    if ours is None or theirs is None:
        return ours is not theirs
    # The ignore file is read by itself, which looks the same.
    read = {path for path in _PATTERNS if (lib / path).exists()}
    if ours[0] - read != theirs[0] - read:
        return True
    return not theirs[2] <= ours[2] or not may_be_replaced(named, ours[1] - theirs[1])


def differences(engine: Engine, seed: int, top: Path) -> list[tuple[str, object, object]]:
    """How what we say about a build differs: the Dockerfile, what we say and what BuildKit does."""
    app, lib = top / "app", top / "lib"
    main, named = random_named(seed)
    if any(f"--{flag}" in main["dockerfile"] for flag in engine.unknown_flags):
        return []
    for folder, case in ((app, main), (lib, named)):
        folder.mkdir()
        write_case(folder, case)
    for path in lib.rglob("*"):
        # Not the same as a file of that path in the main context.
        if path.is_file() and not path.is_symlink() and path.name not in _PATTERNS:
            path.write_bytes(b"lib: " + path.read_bytes())
    ours, theirs = _ours(app, lib), _theirs(engine, app, lib)
    if not _differ(ours, theirs, lib, named):
        return []
    return [(main["dockerfile"], _shown(ours), _shown(theirs))]


def _shown(outcome: _Outcome | str) -> object:
    return [sorted(one) for one in outcome] if isinstance(outcome, tuple) else outcome


@pytest.mark.parametrize("first", range(0, _CASES, _BATCH))
def test_random_named_contexts(real_engine: Engine, tmp_path: Path, first: int) -> None:
    assert differing(differences, real_engine, range(first, first + _BATCH), tmp_path) == {}


if __name__ == "__main__":
    print_differences(differences, *map(int, sys.argv[1:3]))
