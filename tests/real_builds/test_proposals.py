"""The sample projects build to the same images before and after what `generate` proposes, on both builders."""

import hashlib
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import pytest

from ctxopt import BuildContext, Level, Request, Style, propose
from sample_projects.make_junk import make
from tests.proposal.test_needed import NEEDED, made
from tests.real_builds.samples import SAMPLES
from tests.support.engine import Engine, Entries, Entry, unavailable

pytestmark = pytest.mark.engine

#: The classic builder knows neither mounts nor heredocs.
_NOT_CLASSIC = {"links-and-exceptions", "python-service"}
#: Flags of COPY that the classic builder does not know.
_FLAGS = ("exclude", "parents")

#: An ignore file with its bytes.
Change = tuple[Path, bytes]


def _proposed(root: Path) -> dict[tuple[Change, ...], Level]:
    """The distinct changes to ignore files that are proposed at the levels and in the styles, with the lowest level."""
    found: dict[tuple[Change, ...], Level] = {}
    for level, style in itertools.product(Level, Style):
        proposal = propose(str(root), Request(), level=level, style=style)
        changes = tuple((Path(file.path), file.new) for file in proposal.files if file.changes)
        if changes:
            found.setdefault(changes, level)
    return found


@contextmanager
def _written(changes: tuple[Change, ...]) -> Iterator[None]:
    """The changes, until the end of the `with` block."""
    before = [(path, path.read_bytes() if path.exists() else None) for path, _ in changes]
    for path, new in changes:
        path.write_bytes(new)
    yield
    for path, old in before:
        if old is None:
            path.unlink()
        else:
            path.write_bytes(old)


def _sent(root: Path, dockerfile: str | None) -> dict[str, set[str]]:
    """What each builder sends; the classic one removes an excluded Dockerfile later, which the other does not send."""
    context = BuildContext(str(root), dockerfile)
    return {"classic": set(context.classic_entries), "buildkit": set(context.buildkit_entries)}


def _comparable(entries: Entries) -> dict[str, Entry]:
    """What the same build makes again: bytecode has a time in it, and the ignore file is what changed."""
    return {
        path: replace(entry, digest="", size=0) if path.endswith(".pyc") else entry
        for path, entry in entries.items()
        if not path.endswith(".dockerignore")
    }


def _digests(root: Path, files: set[str]) -> set[str]:
    return {hashlib.sha256((root / name).read_bytes()).hexdigest() for name in files if (root / name).is_file()}


def _unexplained(before: Entries, after: Entries, excluded: set[str]) -> list[str]:
    """The paths in which two images differ, but for files of the digests that were excluded, and their directories."""
    old, new = _comparable(before), _comparable(after)
    holding = {str(parent) for path, entry in new.items() if entry.type != "dir" for parent in Path(path).parents}

    def explained(path: str) -> bool:
        gone = path not in new and bool(excluded)
        return gone and (path not in holding if old[path].type == "dir" else old[path].digest in excluded)

    return sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path) and not explained(path))


@cache
def _lock_file(manifest: str) -> str:
    """A lock file for a package.json; the one in the sample lists no packages."""
    if shutil.which("npm") is None:
        unavailable("there is no npm")
    with tempfile.TemporaryDirectory() as name:
        Path(name, "package.json").write_text(manifest)
        subprocess.run(["npm", "install", "--package-lock-only"], cwd=name, check=True, capture_output=True)
        return Path(name, "package-lock.json").read_text()


def _sample(name: str, root: Path) -> None:
    make(name, root)
    if name == "node-web":
        (root / "package-lock.json").write_text(_lock_file((root / "package.json").read_text()))


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize(("name", "dockerfile"), SAMPLES)
def test_images_are_equal(real_engine: Engine, tmp_path: Path, name: str, dockerfile: str | None, builder: str) -> None:
    root = tmp_path / name
    _sample(name, root)
    flags = _FLAGS if builder == "classic" else real_engine.unknown_flags
    build = partial(real_engine.build, root, dockerfile, builder=builder, unknown_flags=flags)
    before = build()
    assert before.succeeded is not (builder == "classic" and name in _NOT_CLASSIC), before.last_lines
    sent = _sent(root, dockerfile)
    proposals = _proposed(root)
    assert proposals
    for changes, level in proposals.items():
        with _written(changes):
            after = build()
            now = _sent(root, dockerfile)
        assert after.failed_step == before.failed_step, after.last_lines
        if before.image and after.image:
            # Without its flags COPY also takes what they exclude.
            differs = level is Level.LIKELY or (flags and name == "links-and-exceptions")
            excluded = set().union(*(sent[view] - now[view] for view in sent)) if differs else set()
            assert _unexplained(before.image.entries, after.image.entries, _digests(root, excluded)) == [], changes


#: Projects that need what looks like junk, whose steps run with what is in the images of the tests.
_NEEDING = (
    "dockerfile-read-by-run",
    "tmp-removed",
    "make-var",
    "make-C",
    "make-ifdef-else",
    "node-docs-express",
    "git-ignored-dist-server",
    "specific-dist-shipped",
    "nginx-md",
    "entry-exec",
)
_JUNK = {".github/workflows/ci.yml": "name: ci\n", ".vscode/settings.json": "{}\n", "app.log": "started\n"}


@pytest.mark.parametrize("name", _NEEDING)
def test_projects_that_need_what_looks_like_junk(real_engine: Engine, tmp_path: Path, name: str) -> None:
    project = next(project for project in NEEDED if project["name"] == name)
    root = made(tmp_path, {**project, "files": {**_JUNK, **project["files"]}})
    before = real_engine.build(root)
    assert before.image is not None, before.last_lines
    sent = _sent(root, None)["buildkit"]
    proposal = propose(str(root), Request(), level=Level.LIKELY)
    changes = tuple((Path(file.path), file.new) for file in proposal.files if file.changes)
    assert changes
    with _written(changes):
        after = real_engine.build(root)
        excluded = sent - _sent(root, None)["buildkit"]
    assert after.image is not None, after.last_lines
    assert excluded.isdisjoint(project["need"])
    assert _unexplained(before.image.entries, after.image.entries, _digests(root, excluded)) == []
