"""Growth that means growth: a clean work tree has grown by nothing against its own commit, whatever git converts."""

import json
import os
import random
from pathlib import Path

import pytest

from ctxopt.git.pointers import pointer_size
from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git
from tests.support.repositories import KINDS, checkout_again, commit, repository, with_kinds

#: The submodule has no filter for Git LFS, so what is checked out in it are pointers.
_POINTERS = "2 files in Git LFS are pointers here and 78.7 kB larger after `git lfs pull`; limits count that"


def _grown(root: Path, *options: str, base: str = "HEAD") -> tuple[int, list[dict[str, object]], list[str]]:
    done = run("check", "--against", base, "--max-growth", "0", "--json", *options, cwd=root)
    (build,) = json.loads(done.stdout)["builds"]
    assert build["base"], build["notes"]
    return done.returncode, build["breaches"], build["notes"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_work_tree_has_not_grown(kind: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    KINDS[kind](root)
    commit(root)
    if kind not in ("submodule", "sparse"):
        checkout_again(root)
    code, breaches, notes = _grown(root)
    assert (code, breaches) == (0, [])
    expected = {"sparse": ["1 file outside of the sparse checkout cannot be compared"], "submodule": [_POINTERS]}
    assert notes == expected.get(kind, [])
    # What is new counts in full, whatever is converted.
    write(root, {"docs/new": "n" * 321})
    assert [breach["measured"] for breach in _grown(root)[1]] == [321]


@pytest.mark.parametrize("seed", range(6))
def test_random_repositories_have_not_grown(seed: int, tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    with_kinds(root, random.Random(seed).sample([*KINDS], 4))
    assert _grown(root)[:2] == (0, [])
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "-q", str(linked), "HEAD")
    assert _grown(linked)[:2] == (0, [])
    done = run("diff", "HEAD", "--json", cwd=linked)
    assert json.loads(done.stdout)["context"]["changes"] == []


def test_what_changed_is_compared_as_it_is_converted(tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    for make in (KINDS["large files"], KINDS["line ends"], KINDS["encoding"]):
        attributes = root / ".gitattributes"
        before = attributes.read_text() if attributes.exists() else ""
        make(root)
        attributes.write_text(before + attributes.read_text())
    commit(root, "before")
    write(root, {"big.bin": "x" * 70_100, "long.txt": "line\n" * 301})
    (root / "a.ps1").write_bytes("écho!\n".encode("utf-16"))
    (root / "more" / "b.bin").unlink()
    commit(root, "after")
    checkout_again(root)
    done = run("diff", "HEAD^", "--json", cwd=root)
    changes = {change["path"]: change for change in json.loads(done.stdout)["context"]["changes"]}
    assert {path: change["after"]["bytes"] - change["before"]["bytes"] for path, change in changes.items()} == {
        "big.bin": 100,
        "long.txt": 6,
        "a.ps1": 2,
        "more/": -9_000,
    }


@pytest.mark.parametrize("kind", ["commit", "tree", "blob"])
def test_growth_is_not_hidden_by_objects_in_place_of_those_of_the_base(kind: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    commit(root, "base")
    write(root, {"main": "x" * 5_000})
    commit(root, "grown")
    of = {"commit": "{}", "tree": "{}^{{tree}}", "blob": "{}:main"}[kind]
    names = [git(root, "rev-parse", of.format(revision)).strip() for revision in ("HEAD~1", "HEAD")]
    git(root, "replace", *names)
    code, breaches, notes = _grown(root, base="HEAD~1")
    assert (code, [breach["measured"] for breach in breaches]) == (1, [4_500])
    assert notes == ["objects of HEAD~1 are replaced in this clone (git replace), which does not count"]
    # Those of other commits are no matter.
    write(root, {"more": "m"})
    commit(root, "later")
    assert _grown(root) == (0, [], [])


def test_a_submodule_that_grew_is_seen(tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    KINDS["submodule"](root)
    commit(root)
    inner = root / "vendor" / "inner"
    write(inner, {"library/code": "c" * 5_000})
    commit(inner)
    commit(root)
    assert _grown(root)[1] == []
    assert [breach["measured"] for breach in _grown(root, base="HEAD^")[1]] == [1_000]


def _note(path: str) -> str:
    return f"submodule {path} is not checked out, so nothing in it is counted: `git submodule update --init` gets it"


@pytest.mark.parametrize("limits", [("--max-size", "1MB"), ("--against", "HEAD", "--max-growth", "0")])
def test_a_submodule_that_is_not_checked_out_is_said(limits: tuple[str, ...], tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    KINDS["submodule"](root)
    commit(root)
    git(root, "submodule", "deinit", "-q", "-f", "vendor/inner")
    done = run("check", "--json", *limits, cwd=root)
    assert done.returncode == 0
    assert json.loads(done.stdout)["builds"][0]["notes"] == [_note("vendor/inner")]
    assert json.loads(run("analyze", "--json", cwd=root).stdout)["notes"] == [_note("vendor/inner")]
    # What no builder is sent is not missed.
    for ignore, file in (("vendor\n", "FROM scratch\nCOPY . /\n"), ("", "FROM scratch\nCOPY docs /\n")):
        write(root, {".dockerignore": ignore, "Dockerfile": file})
        assert json.loads(run("analyze", "--json", cwd=root).stdout)["notes"] == []


def test_a_submodule_in_a_submodule_that_is_not_checked_out_is_said(tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    KINDS["submodule"](root)
    inner = root / "vendor" / "inner"
    git(inner, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},deep")
    (inner / "deep").mkdir()
    assert _note("vendor/inner/deep") in json.loads(run("analyze", "--json", cwd=root).stdout)["notes"]


@pytest.mark.parametrize("change", ["another commit", "new", "sent now"])
@pytest.mark.parametrize("options", [(), ("--build-context", "other=docs")])
def test_growth_of_a_submodule_that_is_not_checked_out_is_not_known(
    change: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    root = repository(tmp_path / "project")
    if change != "new":
        KINDS["submodule"](root)
    write(root, {".dockerignore": "vendor\n" if change == "sent now" else ""})
    commit(root)
    if change != "new":
        git(root, "submodule", "deinit", "-q", "-f", "vendor/inner")
    write(root, {".dockerignore": ""})
    if change != "sent now":
        git(root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor/inner")
    (root / "vendor" / "inner").mkdir(parents=True, exist_ok=True)
    git(root, "commit", "-q", "-m", "change", "-a", "--allow-empty")
    check = ("check", "--against", "HEAD~1", "--json", *options)
    done = run(*check, "--max-growth", "1MB", cwd=root)
    assert done.returncode == 2
    (unchecked,) = json.loads(done.stdout)["unchecked"]
    assert unchecked["reason"].startswith("max-growth: submodule vendor/inner is another one than at the base")
    assert run(*check, "--max-growth", "1MB", "--allow-unchecked", "Dockerfile", cwd=root).returncode == 0
    assert run(*check, "--max-size", "1MB", cwd=root).returncode == 0


def test_a_submodule_of_a_named_context_is_compared_too(tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    KINDS["submodule"](root)
    write(root, {"docs/Dockerfile": "FROM scratch\nCOPY --from=other . /\n"})
    commit(root)
    git(root, "submodule", "deinit", "-q", "-f", "vendor/inner")
    check = ("check", "docs", "--build-context", "other=vendor", "--max-growth", "0", "--json", "--against")
    done = run(*check, "HEAD", cwd=root)
    assert (done.returncode, json.loads(done.stdout)["builds"][0]["notes"]) == (0, [_note("inner")])
    git(root, "update-index", "--cacheinfo", f"160000,{'1' * 40},vendor/inner")
    git(root, "commit", "-q", "-m", "elsewhere")
    assert run(*check, "HEAD~1", cwd=root).returncode == 2


def test_a_submodule_that_cannot_be_compared_counts_as_new(tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    KINDS["submodule"](root)
    commit(root)
    git(root, "update-index", "--cacheinfo", f"160000,{'1' * 40},vendor/inner")
    git(root, "commit", "-q", "-m", "elsewhere")
    code, breaches, notes = _grown(root)
    assert code == 1
    assert [note.partition(":")[0] for note in notes] == [
        "submodule vendor/inner cannot be compared, so all of it counts as new",
        _POINTERS,
    ]
    assert breaches[0]["rule"] == "limit-growth"


@pytest.mark.parametrize("directory", [".", "docs"])
def test_attributes_that_make_files_grow_are_seen(directory: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    write(root, {"docs/long.txt": "line\n" * 300, "docs/Dockerfile": "FROM scratch\nCOPY . /\n"})
    commit(root)
    write(root, {".gitattributes": "*.txt text eol=crlf\n"})
    commit(root)
    checkout_again(root)
    code, breaches, notes = _grown(root, directory, base="HEAD^")
    assert (code, notes) == (1, ["git attributes changed, so sizes are compared with those that git stores"])
    assert breaches[0]["measured"] == 300 + (len("*.txt text eol=crlf\n") if directory == "." else 0)
    assert _grown(root, directory)[:2] == (0, [])


_POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345678\n"


@pytest.mark.parametrize("path", ["docs/large.bin", "new/deep/large.bin"])
def test_a_pointer_counts_as_what_it_stands_for(path: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    write(root, {".gitattributes": "*.bin filter=lfs -text\n", "old.bin": _POINTER})
    git(root, "config", "--remove-section", "filter.lfs")
    commit(root)
    assert _grown(root)[:2] == (0, [])
    write(root, {path: _POINTER, "docs/text": _POINTER})
    code, breaches, _ = _grown(root)
    assert code == 1
    assert [breach["measured"] for breach in breaches] == [12_345_678 + len(_POINTER)], breaches
    done = run("check", "--against", "HEAD", "--max-growth", "0", cwd=root)
    assert "with 1 Git LFS pointer counted in full" in " ".join(done.stdout.split())
    # What was a pointer is there in full: nothing grew.
    (root / path).unlink()
    (root / "docs" / "text").unlink()
    (root / "old.bin").write_bytes(b"x" * 12_345_678)
    assert _grown(root)[:2] == (0, [])


@pytest.mark.parametrize(("now", "grown"), [(9_000_000, 4_000_000), (4_000_000, 0), (5_000_000, 0)])
@pytest.mark.parametrize("attributes", ["", "*.txt text\n"])
def test_a_pointer_of_the_same_length_is_another_file(now: int, grown: int, attributes: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    pointer = _POINTER.replace("12345678", "{size}")
    write(root, {".gitattributes": "*.bin filter=lfs -text\n", "a/old.bin": pointer.format(size=5_000_000)})
    git(root, "config", "--remove-section", "filter.lfs")
    commit(root, "before")
    write(root, {"a/old.bin": pointer.format(size=now)})
    (root / ".gitattributes").open("a").write(attributes)
    commit(root, "after")
    breaches = _grown(root, base="HEAD~1")[1]
    measured = [breach["measured"] for breach in breaches]
    assert measured == ([grown + len(attributes)] if grown or (attributes and now == 5_000_000) else []), breaches


@pytest.mark.parametrize("times", ["other", "the same"])
def test_a_pointer_that_is_not_in_the_index_is_another_file(times: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    write(root, {".gitattributes": "*.bin filter=lfs -text\n", "a/old.bin": _POINTER, "a/text": _POINTER})
    git(root, "config", "--remove-section", "filter.lfs")
    commit(root)
    assert _grown(root)[1] == []
    for name in ("a/old.bin", "a/text"):
        before = (root / name).stat()
        write(root, {name: _POINTER.replace("12345678", "92345678")})
        if times == "the same":
            os.utime(root / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [breach["measured"] for breach in _grown(root)[1]] == [80_000_000]


_LIMITS = ("max-size", "max-file-size", "max-unused")


@pytest.mark.parametrize("limit", _LIMITS)
@pytest.mark.parametrize("where", ["git", "deeper", "no git", "submodule", "info"])
def test_limits_count_the_file_that_a_pointer_stands_for(limit: str, where: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    attributes = ".git/info/attributes" if where == "info" else ".gitattributes"
    place = {"submodule": "vendor/inner/", "deeper": "docs/deep/"}.get(where, "")
    if where == "submodule":
        KINDS["submodule"](root)
        (root / "vendor/inner/big.bin").unlink()
        (root / "vendor/inner/more/b.bin").unlink()
    write(root, {attributes: "*.bin filter=lfs -text\n", f"{place}a.bin": _POINTER, "text": _POINTER})
    write(root, {"Dockerfile": "FROM scratch\nCOPY main /\n", ".dockerignore": ".git\n"})
    if where == "no git":
        (root / ".git").rename(tmp_path / "elsewhere")
        # Without git, whatever is the text of a pointer is taken for one.
        (root / "text").unlink()
    directory, view = ("docs", ()) if where == "deeper" else (".", ())
    if where == "deeper":
        write(root, {"docs/Dockerfile": "FROM scratch\nCOPY a /\n"})
    if limit != "max-unused":
        write(root, {f"{directory}/Dockerfile": "FROM scratch\nCOPY . /\n"})
    done = run("check", directory, f"--{limit}", "1MB", "--json", *view, cwd=root)
    (breach,) = json.loads(done.stdout)["builds"][0]["breaches"]
    others = 0 if limit == "max-file-size" else 30_000
    assert 12_345_678 <= breach["measured"] <= 12_345_678 + others
    assert breach["message"].endswith("with 1 Git LFS pointer counted in full")
    name = f"{place}a.bin".removeprefix("docs/" if directory == "docs" else "")
    assert breach["culprits"][0]["path"] in (name, "vendor/")
    assert breach["culprits"][0]["bytes"] >= 12_345_678


def test_pointers_are_said_without_any_limit(tmp_path: Path) -> None:
    root = repository(tmp_path / "project")
    write(
        root, {".gitattributes": "*.bin filter=lfs -text\n", "a.bin": _POINTER, "b.bin": "x" * 300, "c.txt": _POINTER}
    )
    note = "1 file in Git LFS is a pointer here and 12.3 MB larger after `git lfs pull`; limits count that"
    assert note in run("analyze", cwd=root, columns=200).stdout
    done = run("check", "--max-size", "20MB", "--max-files", "1000", "--view", "classic", "--json", cwd=root)
    assert (done.returncode, json.loads(done.stdout)["builds"][0]["notes"]) == (0, [note])
    write(root, {".dockerignore": "*.bin\n"})
    assert "Git LFS" not in run("analyze", cwd=root, columns=200).stdout
    write(root, {".dockerignore": "", ".gitattributes": "*.png binary\n"})
    assert run("check", "--max-size", "1MB", cwd=root).returncode == 0


_LINES = _POINTER.splitlines()


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (_POINTER, 12_345_678),
        # What Git LFS reads besides what it writes.
        (_POINTER.replace("git-lfs.github", "hawser.github"), 12_345_678),
        (_POINTER.replace("https://git-lfs.github.com/spec/v1", "http://git-media.io/v/2"), 12_345_678),
        (_POINTER.replace("\n", "\r\n"), 12_345_678),
        (_POINTER.replace("\n", "\n\n"), 12_345_678),
        (f" \n{_POINTER.strip()} ", 12_345_678),
        (_POINTER.replace("12345678", "+0000000000000000012345678"), 12_345_678),
        (_POINTER.replace("12345678", str(10**18)), 10**18),
        ("\n".join([_LINES[0], "ext-0-case sha256:1", *_LINES[1:]]), 12_345_678),
        # What is no pointer.
        ("\n".join([_LINES[1], _LINES[0], _LINES[2]]), None),
        (f"{_POINTER}more", None),
        (_POINTER.replace("12345678", "-1"), None),
        (_POINTER.replace("12345678", "1_0"), None),
        (_POINTER.replace("spec/v1", "spec/v2"), None),
        ("\n".join(_LINES[:2]), None),
        ("", None),
    ],
)
def test_pointers_are_read_as_git_lfs_reads_them(text: str, size: int | None) -> None:
    assert pointer_size(text.encode()) == size
