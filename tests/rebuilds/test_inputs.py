"""The inputs of instructions from state to state: the same as for each state by itself."""

import os
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.core.context.tree import EntryKind
from ctxopt.errors import CtxoptError
from ctxopt.git.revision import Row, revision_from
from ctxopt.rebuilds.epochs import Timeline
from ctxopt.rebuilds.inputs import changed_inputs
from ctxopt.rebuilds.log import GITLINK, LINK, Blob, Change, Commit, History
from tests.rebuilds import plain
from tests.support.trees import Case, random_build, temporary_directory

_KINDS = {LINK: EntryKind.SYMLINK, GITLINK: EntryKind.DIRECTORY}


class Story:
    """Random states of one tree, each made from the one before."""

    def __init__(self, rng: random.Random, case: Case, links: bool) -> None:
        self.rng = rng
        self.targets: dict[str, str] = {}
        self.links = links
        self.names = sorted({part for entry in case["tree"] for part in entry["path"].split("/")} | {"a", "b.txt"})
        self.files: dict[str, Blob] = {}
        for entry in case["tree"]:
            path = entry["path"]
            if entry["type"] == "file" and not self._clashes(path):
                self.files[path] = self._file()
            elif entry["type"] == "symlink" and not self._clashes(path):
                self.files[path] = self._link(entry["target"])
        self.states = [dict(self.files)]

    def _file(self) -> Blob:
        return Blob(self.rng.choice(("100644", "100644", "100755")), f"{self.rng.randrange(1 << 16):040x}")

    def _link(self, target: str) -> Blob:
        name = f"{len(self.targets):039x}f"
        known = next((one for one, text in self.targets.items() if text == target), name)
        self.targets[known] = target
        return Blob(LINK, known)

    def _clashes(self, path: str) -> bool:
        parts = path.split("/")
        above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        return path in self.files or any(parent in self.files for parent in above) or self._is_directory(path)

    def _is_directory(self, path: str) -> bool:
        return any(other.startswith(path + "/") for other in self.files)

    def step(self) -> None:
        """A commit with a few changes."""
        for _ in range(self.rng.choice((0, 1, 1, 2, 3))):
            self._change()
        self.states.append(dict(self.files))

    def _change(self) -> None:
        rng = self.rng
        choice = rng.random()
        if choice < 0.3 and self.files:
            path = rng.choice(sorted(self.files))
            self.files[path] = self._file() if self.files[path].mode != GITLINK else Blob(GITLINK, self._file().object)
        elif choice < 0.55 and self.files:
            gone = rng.choice(sorted(self.files))
            gone = rng.choice((gone, gone, gone.split("/")[0]))
            self.files = {p: b for p, b in self.files.items() if p != gone and not p.startswith(gone + "/")}
        else:
            parents = ["", *{path.rpartition("/")[0] for path in self.files}]
            path = "/".join(
                filter(None, (rng.choice(sorted(parents)), *rng.choices(self.names, k=rng.choice((1, 1, 2)))))
            )
            if self._clashes(path):
                if self.links or rng.random() < 0.7:
                    return
                self.files = {p: b for p, b in self.files.items() if not path.startswith(p + "/") and p != path}
                if self._is_directory(path):
                    return
            kind = rng.random()
            if self.links and kind < 0.2:
                targets = [*self.files, *parents, "nowhere", "../" + rng.choice(self.names)]
                self.files[path] = self._link(rng.choice(sorted(filter(None, targets))))
            elif kind < 0.3:
                self.files[path] = Blob(GITLINK, self._file().object)
            else:
                self.files[path] = self._file()

    def history(self, root: str) -> History:
        newest_first = self.states[::-1]
        commits = []
        for number, (after, before) in enumerate(pairwise(newest_first)):
            paths = sorted(path for path in after | before if after.get(path) != before.get(path))
            changes = tuple(Change(path, before.get(path), after.get(path)) for path in paths)
            commits.append(Commit(f"{number:040x}", changes))
        return History(root, "", "", newest_first[0], tuple(commits), self.targets, False, True)


def _rows(files: dict[str, Blob]) -> Iterator[Row]:
    rows: dict[str, Row] = {}
    for path, blob in sorted(files.items()):
        parts = path.split("/")
        for depth in range(1, len(parts)):
            rows["/".join(parts[:depth])] = ("/".join(parts[:depth]), EntryKind.DIRECTORY, 0, "0" * 40)
        rows[path] = (path, _KINDS.get(blob.mode, EntryKind.FILE), 0, blob.object)
    return iter(sorted(rows.values()))


def _plainly(
    build: BuildContext, history: History, states: list[dict[str, Blob]]
) -> tuple[list[object], list[set[int]]]:
    made = []
    for files in states:
        revision = revision_from(history.root, "", "", _rows(files), history.targets)
        at = build.with_unfiltered(revision.tree, revision.files)
        submodules = {path: blob for path, blob in files.items() if blob.mode == GITLINK}
        made.append(plain.inputs(at, dict(files), dict(submodules)))
    found: list[object] = [plain.differences(one, other) for one, other in pairwise(made)]
    return found, [{number for number, (fails, _) in enumerate(one) if fails} for one in made[:-1]]


def _compare(seed: int) -> int:
    rng = random.Random(f"history {seed}")
    case = random_build(seed)
    story = Story(rng, case, links=rng.random() < 0.4)
    for _ in range(rng.randint(2, 12)):
        story.step()
    with temporary_directory() as directory:
        root = Path(os.path.realpath(directory))
        for name, text in case["ignore_files"].items():
            (root / name).write_bytes(os.fsencode(text))
        (root / "Dockerfile").write_bytes(os.fsencode(case["dockerfile"]))
        try:
            build = BuildContext(str(root))
        except CtxoptError:
            return 0
        history = story.history(str(root))
        found = list(changed_inputs(build, Timeline(history)))
        expected, failing = _plainly(build, history, story.states[::-1])
        assert [one.paths for one in found] == expected, seed
        assert [set(one.failing) for one in found] == failing, seed
    return sum(map(len, (one.paths for one in found)))


@pytest.mark.parametrize("part", range(4))
def test_random_histories(part: int) -> None:
    changed = sum(_compare(seed) for seed in range(part * 75, part * 75 + 75))
    assert changed > 100
