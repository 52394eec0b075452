"""A digest is equal if and only if what is read of a checkout is; whatever git makes of the files that it stores."""

import os
import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from ctxopt.digest.model import Difference, Status
from ctxopt.git.states import DiskState, revision_state, work_tree_state
from tests.digest.support import compared, comparison, digest, plainly
from tests.support.files import write
from tests.support.programs import git
from tests.support.random_changes import random_file_change, random_project
from tests.support.repositories import KINDS, checkout_again, commit, repository, with_kinds


@pytest.fixture(autouse=True, scope="module")
def _no_settings_of_the_user() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        environment.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


@pytest.mark.parametrize("seed", range(8))
def test_a_digest_is_equal_if_and_only_if_what_is_read_is(seed: int, tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q")
    project = random_project(seed, "salt")
    states = []
    for number in range(6):
        project.write(root)
        ours = digest(work_tree_state(str(root)), root)
        commit(root)
        states.append((ours, plainly(root)))
        assert digest(revision_state(str(root), "HEAD"), root) == ours
        assert digest(DiskState(str(root)), root) == ours
        _, project = random_file_change(seed * 100 + number, project)
    for (one, plain_one), (other, plain_other) in combinations(states, 2):
        assert (one is None) == (plain_one is None)
        assert one is None or other is None or (one == other) == (plain_one == plain_other)


_PAIRS = [[kind] for kind in KINDS] + [["line ends", "large files"], ["submodule", "sparse"], ["autocrlf", "keywords"]]


@pytest.mark.parametrize("kinds", _PAIRS, ids=" and ".join)
def test_a_clean_work_tree_is_its_revision(kinds: list[str], tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    write(root, {".dockerignore": ".git\n**/.git\n"})
    commit(root)
    with_kinds(root, kinds)
    checkout_again(root)
    _settle(root)
    assert digest(work_tree_state(str(root)), root) == digest(revision_state(str(root), "HEAD"), root) is not None


@pytest.mark.parametrize("kinds", [[kind] for kind in KINDS if kind not in ("submodule", "sparse")], ids=" ".join)
def test_what_git_converts_is_compared_as_it_is_checked_out(kinds: list[str], tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    write(root, {".dockerignore": ".git\n"})
    commit(root)
    with_kinds(root, kinds)
    states = []
    for change in ({}, {"main": "changed\n"}, {"main": "changed\r\n"}, {".gitattributes": "* -text\n"}, {}):
        write(root, change)
        commit(root)
        checkout_again(root)
        states.append((digest(revision_state(str(root), "HEAD"), root), plainly(root)))
    for (one, plain_one), (other, plain_other) in combinations(states, 2):
        assert (one == other) == (plain_one == plain_other)


def _settle(root: Path) -> None:
    """Let the index know all files as they are, as some time after a checkout."""
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (1_000_000_000, 1_000_000_000))
    for place in (root, *(path.parent for path in root.rglob(".git") if path.parent != root)):
        git(place, "update-index", "-q", "--refresh")


def _repository(root: Path, files: dict[str, str], ignored: str = ".git\n") -> Path:
    root.mkdir(parents=True)
    git(root, "init", "-q")
    write(root, {"Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore": ignored, **files})
    commit(root)
    return root


def test_a_file_that_was_only_touched_is_read_and_is_the_same(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {"a": "a"})
    os.utime(root / "a", (1, 1))
    assert compared(root, "HEAD").status is Status.UNAFFECTED


def test_a_change_within_the_moment_of_the_index_is_seen(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {"a": "a"})
    status = (root / "a").stat()
    (root / "a").write_text("b")
    os.utime(root / "a", ns=(status.st_atime_ns, status.st_mtime_ns))
    os.utime(root / ".git/index", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert compared(root, "HEAD").status is Status.AFFECTED


def test_each_kind_of_difference_has_its_name(tmp_path: Path) -> None:
    names = {"a", "b", "c", "d", "big"}
    root = _repository(tmp_path / "project", {name: name * 10 for name in names})
    (root / "a").chmod(0o755)
    (root / "b").unlink()
    (root / "c").unlink()
    (root / "c").symlink_to("a")
    write(root, {"d": "new", "e": "e", "big": "x" * 5000})
    change = compared(root, "HEAD").change
    assert change is not None
    assert change.first is not None
    assert change.first.line == 2
    assert [(file.path, file.difference, file.size) for file in change.files] == [
        ("big", Difference.MODIFIED, 5000),
        ("a", Difference.MODE, 10),
        ("b", Difference.REMOVED, 10),
        ("d", Difference.MODIFIED, 3),
        ("e", Difference.ADDED, 1),
        ("c", Difference.TYPE, None),
    ]


def test_what_git_ignores_is_no_part_of_a_state_and_is_said(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {".gitignore": "made\nout/\n", "a": "a"})
    write(root, {"made": "made", "out/b": "b"})
    found = compared(root, "HEAD")
    assert found.status is Status.UNAFFECTED
    assert found.unseen == ("files that git ignores and that instructions could read: made, out/",)


def test_an_untracked_file_counts(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {"a": "a"})
    write(root, {"deep/down/b": "b"})
    found = compared(root, "HEAD")
    assert found.change is not None
    assert [file.path for file in found.change.files] == ["deep/down/b"]


def test_every_commit_changes_what_reads_the_directory_of_git(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {"a": "a", "docs/b": "b"}, ignored="docs\n")
    git(root, "commit", "-q", "--allow-empty", "-m", "nothing")
    assert compared(root, "HEAD~1").status is Status.AFFECTED
    assert compared(root, "HEAD").status is Status.UNAFFECTED


def test_a_submodule_that_is_not_here_changes_with_its_commit(tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    write(root, {".dockerignore": ".git\n**/.git\n"})
    with_kinds(root, ["submodule"])
    commit(root)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(root), str(clone))
    inner = tmp_path / "project-inner"
    write(inner, {"library/more": "more"})
    commit(inner)
    other = git(inner, "rev-parse", "HEAD").strip()
    git(clone, "update-index", "--cacheinfo", f"160000,{other},vendor/inner")
    git(clone, "commit", "-q", "-m", "newer")
    found = compared(clone, "HEAD~1", "HEAD")
    assert found.change is not None
    assert [(file.path, file.difference) for file in found.change.files] == [("vendor/inner", Difference.MODIFIED)]


def test_a_commit_of_a_submodule_that_is_not_here_is_said(tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    write(root, {".dockerignore": ".git\n**/.git\n"})
    with_kinds(root, ["submodule"])
    git(root, "update-index", "--cacheinfo", f"160000,{'1' * 40},vendor/inner")
    git(root, "commit", "-q", "-m", "newer")
    found = comparison(root, "HEAD~1", "HEAD")
    assert found.builds[0].status is Status.AFFECTED
    assert any("submodule vendor/inner has no commit 111111111111" in note for note in found.notes)


def test_what_is_outside_of_a_sparse_checkout_counts_as_git_has_it(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {"docs/a": "a", "lib/b": "b"})
    write(root, {"lib/b": "changed"})
    commit(root)
    git(root, "sparse-checkout", "set", "--cone", "docs")
    assert not (root / "lib").exists()
    found = comparison(root, "HEAD~1")
    change = found.builds[0].change
    assert change is not None
    assert [file.path for file in change.files] == ["lib/b"]
    assert any("outside of the sparse checkout" in note for note in found.notes)
    assert compared(root, "HEAD").status is Status.UNAFFECTED


def test_a_shallow_clone_has_what_it_has(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {"a": "a"})
    for text in ("b", "c"):
        write(root, {"a": text})
        commit(root)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=2", f"file://{root}", str(clone))
    assert compared(clone, "HEAD~1").status is Status.AFFECTED
    assert compared(clone, "HEAD").status is Status.UNAFFECTED


def test_a_clone_without_the_contents_of_the_past_has_enough(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {"a": "a", "b": "b"})
    git(root, "config", "uploadpack.allowFilter", "true")
    write(root, {"a": "changed"})
    commit(root)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{root}", str(clone))
    assert "?" in git(clone, "rev-list", "--objects", "--all", "--missing=print")
    change = compared(clone, "HEAD~1", "HEAD").change
    assert change is not None
    assert [(file.path, file.size) for file in change.files] == [("a", 7)]


def test_a_repository_with_other_names_of_objects(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q", "--object-format=sha256")
    write(root, {"Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore": ".git\n", "a": "a"})
    commit(root)
    os.utime(root / "a", (1, 1))
    assert compared(root, "HEAD").status is Status.UNAFFECTED
    write(root, {"a": "b"})
    assert compared(root, "HEAD").status is Status.AFFECTED


def test_a_pointer_of_large_files_is_the_file_where_nothing_fetches_it(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "{}" * 64 + "\nsize 5\n"
    attributes = {".gitattributes": "*.bin filter=lfs -text\n"}
    root = _repository(tmp_path / "project", attributes | {"a.bin": pointer.replace("{}", "1")})
    assert compared(root, "HEAD").status is Status.UNAFFECTED
    write(root, {"a.bin": pointer.replace("{}", "2")})
    assert compared(root, "HEAD").status is Status.AFFECTED


def test_a_large_file_that_was_touched_is_known_by_its_bytes(tmp_path: Path) -> None:
    import hashlib

    data = "large content"
    name = hashlib.sha256(data.encode()).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{name}\nsize {len(data)}\n"
    root = _repository(tmp_path / "project", {"a.bin": pointer})
    write(root, {".gitattributes": "*.bin filter=lfs -text\n"})
    commit(root)
    # As Git LFS leaves a work tree: the filter is there, and the bytes in place of the pointer.
    git(root, "config", "filter.lfs.smudge", "false")
    write(root, {"a.bin": data})
    assert compared(root, "HEAD").status is Status.UNAFFECTED
    write(root, {"a.bin": "other content"})
    assert compared(root, "HEAD").status is Status.AFFECTED


def test_no_program_of_the_repository_is_run(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {"a.bin": "a"})
    write(root, {".gitattributes": "*.bin filter=evil diff=evil\n"})
    commit(root)
    for name in ("filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "diff.evil.textconv"):
        git(root, "config", name, f"touch {tmp_path / 'ran'}; cat")
    write(root, {"a.bin": "changed"})
    assert compared(root, "HEAD").status is Status.AFFECTED
    assert not (tmp_path / "ran").exists()


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {"a": "a"})
    write(tmp_path, {"outside/secret": "one"})
    shutil.rmtree(root / ".git")
    git(root, "init", "-q")
    (root / "out").symlink_to("../outside")
    commit(root)
    before = digest(work_tree_state(str(root)), root)
    write(tmp_path, {"outside/secret": "two", "outside/more": "more"})
    assert digest(work_tree_state(str(root)), root) == before


def test_a_very_deep_work_tree_is_read(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project", {"a": "a"})
    deepest = "d/" * 1_100
    here = os.open(root, os.O_RDONLY)
    for _ in range(1_100):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    git(root, "add", ".")
    try:
        assert work_tree_state(str(root)).tree(str(root)).find(f"{deepest}file") is not None
    finally:
        # Python's own way to remove directories gives up on very deep ones.
        git(root, "rm", "-r", "-q", "-f", ".")
