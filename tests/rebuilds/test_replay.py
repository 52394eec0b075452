"""The replay of a history: the same as hashing every instruction in a checkout of each commit."""

import hashlib
import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ctxopt import BuildContext, CtxoptError
from ctxopt.builds.discovery import Request
from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.context.locate import SourceFile
from ctxopt.rebuilds.epochs import Timeline
from ctxopt.rebuilds.inputs import changed_inputs
from ctxopt.rebuilds.log import read_history
from ctxopt.rebuilds.replay import replay
from ctxopt.render.cache import as_json
from ctxopt.reports.rebuilds import CacheReport, cache_report
from tests.rebuilds import plain
from tests.support.programs import git
from tests.support.repository import Script, long_story

_DOCKERFILE = """FROM node AS deps
WORKDIR /app
COPY package*.json ./
RUN npm ci
COPY vendor/lib/src /vendor

FROM deps AS build
COPY --exclude=**/*.md src ./src
COPY --parents assets/*.svg scripts /
RUN --mount=type=bind,source=docs,target=/docs make
COPY current/data /data

FROM scratch AS unused
COPY . /

FROM scratch
COPY --from=build /app /app
COPY --link scripts /scripts
COPY --link --from=deps /app/package.json /
ADD v* /all/
COPY . /everything
RUN true
"""
_IGNORE = ".git\n**/*.md\n!docs/guide.md\n.dockerignore\nDockerfile\n"


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty commits, and today's Dockerfile and ignore file beside them, which are not committed."""
    root = long_story(4).write(tmp_path_factory.mktemp("history") / "project").resolve()
    (root / "Dockerfile").write_text(_DOCKERFILE)
    (root / ".dockerignore").write_text(_IGNORE)
    return root


class _Plain:
    """The commits of a repository, each checked out and hashed."""

    def __init__(self, root: Path, space: Path, dockerfile: str = _DOCKERFILE, ignore: str = _IGNORE) -> None:
        names = git(root, "rev-list", "--first-parent", "main").split()
        self.names = names
        self.inputs = []
        self.keys = []
        for number, name in enumerate(names):
            at = space / str(number)
            archive = subprocess.run(["git", "archive", name], cwd=root, check=True, capture_output=True).stdout
            with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                tar.extractall(at, filter="fully_trusted")
            tree = walk_unfiltered(str(at))
            build = BuildContext(str(at), inline=dockerfile)
            build = build.with_ignore_file(SourceFile(".dockerignore", ignore.encode()), ".dockerignore", tree)
            submodules = dict(_submodules(root, name))
            self.inputs.append(plain.inputs(build, {**_hashes(at), **submodules}, submodules))
            self.keys.append(_keys(build, self.inputs[-1]))

    @property
    def changes(self) -> list[dict[int, tuple[str, ...]]]:
        return [plain.differences(one, other) for one, other in pairwise(self.inputs)]

    @property
    def rebuilt(self) -> list[tuple[int, ...]]:
        """The counted steps whose cache key is another one than at the commit before."""
        return [tuple(step for step in one if one[step] != other[step]) for one, other in pairwise(self.keys)]


def _hashes(root: Path) -> plain.State:
    found: plain.State = {}
    for directory, directories, files in os.walk(root):
        for name in (*directories, *files):
            path = Path(directory) / name
            relative = str(path.relative_to(root))
            if path.is_symlink():
                found[relative] = ("link", os.readlink(path))
            elif path.is_file():
                found[relative] = (hashlib.sha256(path.read_bytes()).hexdigest(), os.access(path, os.X_OK))
    return found


def _submodules(root: Path, commit: str) -> Iterator[tuple[str, object]]:
    for line in git(root, "ls-tree", "-r", commit).splitlines():
        head, _, path = line.partition("\t")
        if head.startswith("160000"):
            yield path, head.split()[2]


def _keys(build: BuildContext, inputs: list[tuple[bool, plain.State]]) -> dict[int, object]:
    """A cache key for each RUN, COPY and ADD: what it says, its inputs, and the keys of all that it stands on."""
    stages: dict[int, object] = {}
    keys: dict[int, object] = {}
    for stage in build.plan.stages:
        below: object = stages.get(stage.parent) if stage.parent is not None else stage.base
        for number, step in enumerate(build.plan.steps):
            if step.stage != stage.number or step.kind not in ("RUN", "COPY", "ADD"):
                continue
            own = None if step.read is None else inputs[step.read]
            own_key = (
                None if own is None else (own[0], sorted(own[1].items(), key=str)),
                [stages[n] for n in step.takes_from],
            )
            parts = own_key if "--link" in step.flags else (below, own_key)
            keys[number] = hashlib.sha256(repr(parts).encode()).hexdigest()
            below = hashlib.sha256(repr((below, own_key)).encode()).hexdigest()
        stages[stage.number] = below
    return keys


def _report(root: Path, most: int = 100) -> CacheReport:
    return cache_report(BuildContext(str(root)), most, Request())


def test_sixty_commits(repository: Path, tmp_path: Path) -> None:
    expected = _Plain(repository, tmp_path)
    build = BuildContext(str(repository))
    history = read_history(str(repository), 100)
    assert [commit.name for commit in history.commits] == expected.names[:-1]
    assert len(history.commits) == 60
    found = list(changed_inputs(build, Timeline(history)))
    assert [one.paths for one in found] == expected.changes
    failing = [frozenset(number for number, (fails, _) in enumerate(one) if fails) for one in expected.inputs[:-1]]
    assert [one.failing for one in found] == failing
    replayed = replay(build.plan, found)
    assert [one.steps for one in replayed.commits] == expected.rebuilt
    for one in replayed.instructions:
        assert one.rebuilds == sum(one.number in steps for steps in expected.rebuilt)
        assert one.first == sum(steps[:1] == (one.number,) for steps in expected.rebuilt)
        assert one.own == (0 if one.read is None else sum(one.read in changed for changed in expected.changes))
    # The story is worth telling: everything comes up, and nothing always.
    counted = [one for one in replayed.instructions if one.step.kind != "RUN" or one.step.read is not None]
    assert all(0 < one.rebuilds < 60 for one in counted)
    assert sum(bool(one) for one in failing) > 0


def test_only_the_last_commits(repository: Path) -> None:
    few, all_of_them = _report(repository, 10), _report(repository)
    assert len(few.commits) == 10
    assert few.commits == all_of_them.commits[:10]
    assert not any("history has" in note for note in few.notes)
    assert "the history has only 60 commits with a parent" in all_of_them.notes


def test_a_shallow_clone_says_so(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "5", f"file://{repository}", "clone")
    clone = tmp_path / "clone"
    (clone / "Dockerfile").write_text("FROM scratch\nCOPY src /\n")
    report = _report(clone)
    assert report.shallow
    assert len(report.commits) == 4
    assert any(note.startswith("shallow clone with 4 commits to compare") for note in report.notes)
    assert not any(note.startswith("a shallow clone") for note in _report(clone, 4).notes)


def test_a_directory_of_the_repository(tmp_path: Path) -> None:
    script = Script()
    script.commit({"app/Dockerfile": ("100644", "FROM scratch\nCOPY a /\n"), "app/a": ("100644", "1")})
    script.commit({"other/a": ("100644", "1"), "app2/a": ("100644", "1")})
    script.commit({"app/a": ("100644", "2")})
    script.commit({"app/b": ("100644", "2")})
    report = _report(script.write(tmp_path / "r") / "app")
    assert [one.steps for one in report.commits] == [(), (0,), ()]
    (tmp_path / "r" / "new").mkdir()
    (tmp_path / "r" / "new" / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    with pytest.raises(CtxoptError, match="the last commit contains nothing of this directory"):
        _report(tmp_path / "r" / "new")


def test_where_there_is_no_history(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    with pytest.raises(CtxoptError, match="there is no history to read: it is not in a git repository"):
        _report(tmp_path)
    git(tmp_path, "init", "-q")
    with pytest.raises(CtxoptError, match="this repository has no commit yet"):
        _report(tmp_path)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    report = _report(tmp_path)
    assert (report.commits, report.rebuilding, report.advice) == ((), 0, ())


def test_notes(repository: Path) -> None:
    (repository / "src" / "fresh.js").write_text("new")
    try:
        notes = _report(repository).notes
    finally:
        (repository / "src" / "fresh.js").unlink()
    assert not any(".git" in note for note in notes)
    assert any(note.startswith("vendor/lib is a submodule") for note in notes)
    assert any("1 file that instructions read are not in the last commit" in note for note in notes)
    assert any(note.startswith("line 5: its source does not exist at 60 commits") for note in notes)
    assert any("COPY --from a rebuilt stage counts as changed" in note for note in notes)


@pytest.mark.parametrize("setting", ["log.showSignature=true", "diff.renames=copies", "diff.ignoreSubmodules=all"])
def test_settings_of_the_repository_change_nothing(setting: str, repository: Path) -> None:
    before = as_json(_report(repository))
    name, _, value = setting.partition("=")
    git(repository, "config", name, value)
    try:
        assert as_json(_report(repository)) == before
    finally:
        git(repository, "config", "--unset", name)


def test_git_itself_in_the_context(repository: Path) -> None:
    (repository / ".dockerignore").write_text(_IGNORE.replace(".git\n", ""))
    try:
        report = _report(repository)
    finally:
        (repository / ".dockerignore").write_text(_IGNORE)
    by_line = {row.instruction.step.line: row.instruction for row in report.rows}
    assert (by_line[21].rebuilds, by_line[22].rebuilds, by_line[20].rebuilds < 60) == (60, 60, True)
    assert by_line[21].causes[0] == (".git", 60)
    assert "line 21 reads .git, which every commit changes: exclude it" in report.notes


@pytest.mark.parametrize("names", [("..",), (".git/..",), (".",)])
def test_a_tree_that_cannot_be_checked_out(names: tuple[str, ...], tmp_path: Path) -> None:
    script = Script()
    script.commit({"a": ("100644", "1")})
    script.commit({"a": ("100644", "2")})
    root = script.write(tmp_path / "r")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    blob = bytes.fromhex(git(root, "rev-parse", "HEAD:a").strip())
    tree = b"".join(b"100644 " + name.encode() + b"\0" + blob for name in names)
    made = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"], cwd=root, input=tree, capture_output=True
    )
    commit = git(root, "commit-tree", made.stdout.decode().strip(), "-p", "HEAD", "-m", "odd").strip()
    git(root, "update-ref", "refs/heads/main", commit)
    with pytest.raises(CtxoptError) as caught:
        _report(root)
    assert "\n" not in str(caught.value)


def test_links_without_a_usable_target(tmp_path: Path) -> None:
    script = Script()
    script.commit({"a": ("120000", "a"), "b": ("120000", "/../../etc/passwd"), "c": ("100644", "1")})
    script.commit({"a": ("120000", "b/" * 1000 + "c"), "c": ("100644", "2")})
    script.commit({"b": ("120000", "c"), "c": ("100755", "2")})
    root = script.write(tmp_path / "r")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY a /a\nCOPY b /b\nCOPY c /c\n")
    report = _report(root)
    assert [one.steps for one in report.commits] == [(1, 2), (2,)]
    assert [row.instruction.failing for row in report.rows] == [2, 1, 0]
