"""What the real clients send of random contexts, and of the samples, is what our views say."""

import shutil
from pathlib import Path

import pytest

from ctxopt import BuildContext, CtxoptError
from sample_projects.make_junk import make
from tests.real_builds.samples import SAMPLES
from tests.support.engine import Engine, prepared
from tests.support.trees import random_build, write_case

pytestmark = pytest.mark.engine

_CASES = 200
_BATCH = 10

#: Seeds whose transfer by an engine of some version is known to differ, and why.
_KNOWN = {
    69: "Docker before version 27 takes docs/ab/.git in COPY for a repository: the build fails before anything is sent",
}


def _ours(root: Path, dockerfile: str | None, view: str) -> frozenset[str] | None:
    """The entries of a view; None where Docker would refuse."""
    try:
        return frozenset(getattr(BuildContext(str(root), dockerfile), f"{view}_entries"))
    except CtxoptError:
        return None


def _files(root: Path, entries: frozenset[str] | None) -> frozenset[str]:
    """The regular files among entries."""
    return frozenset(name for name in entries or () if (root / name).is_file() and not (root / name).is_symlink())


def _emptied(root: Path, dockerfile: str | None) -> frozenset[str]:
    """The files that are listed and not opened."""
    try:
        return frozenset(BuildContext(str(root), dockerfile).emptied_files)
    except CtxoptError:
        return frozenset()


def _differences(engine: Engine, root: Path, dockerfile: str | None) -> list[tuple[str, str, list[str]]]:
    """How our three views of a context differ from what is sent: the view, who has it, and what."""
    pairs = {}
    for view in ("buildkit", "classic"):
        pairs[view] = _ours(root, dockerfile, view), engine.sent(root, dockerfile, builder=view)
    opened = _files(root, _ours(root, dockerfile, "transfer")) - _emptied(root, dockerfile)
    pairs["transfer"] = opened, engine.transferred(root, dockerfile)
    return [
        (view, who, sorted(names))
        for view, (ours, sent) in pairs.items()
        for who, names in (("ours", _minus(ours, sent)), ("docker", _minus(sent, ours)))
        if names
    ]


def _minus(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str]:
    if left is None or right is None:
        return frozenset() if left is right else frozenset({"refused"} if left is None else {"accepted"})
    return left - right


@pytest.mark.parametrize("first", range(0, _CASES, _BATCH))
def test_random_contexts(real_engine: Engine, tmp_path: Path, first: int) -> None:
    found = {}
    for seed in range(first, first + _BATCH):
        root = tmp_path / f"case{seed}"
        root.mkdir()
        case = random_build(seed)
        write_case(root, case | {"dockerfile": prepared(case["dockerfile"], real_engine.unknown_flags)})
        found[seed] = _differences(real_engine, root, None)
        shutil.rmtree(root)
    assert {seed: differences for seed, differences in found.items() if differences and seed not in _KNOWN} == {}


@pytest.mark.parametrize(("name", "dockerfile"), SAMPLES)
def test_samples(real_engine: Engine, tmp_path: Path, name: str, dockerfile: str | None) -> None:
    make(name, tmp_path / name)
    file = tmp_path / name / (dockerfile or "Dockerfile")
    file.write_text(prepared(file.read_text(), real_engine.unknown_flags))
    assert _differences(real_engine, tmp_path / name, dockerfile) == []
