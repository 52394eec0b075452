"""Growth that means growth: a clean work tree has grown by nothing against its own commit, whatever git converts."""

import json
import random
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git

#: A filter as Git LFS has it: a pointer is stored, and as many bytes as it says are in the work tree.
_CLEAN = """
import sys
data = sys.stdin.buffer.read()
if not data.startswith(b"version https://git-lfs"):
    text = f"version https://git-lfs.github.com/spec/v1\\noid sha256:{'0' * 64}\\nsize {len(data)}\\n"
    data = text.encode()
sys.stdout.buffer.write(data)
"""
_SMUDGE = """
import sys
data = sys.stdin.buffer.read()
sys.stdout.buffer.write(b"x" * int(data.split()[-1]) if data.startswith(b"version") else data)
"""


def _repository(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q")
    for name, program in (("clean", _CLEAN), ("smudge", _SMUDGE)):
        script = root / ".git" / f"{name}.py"
        script.write_text(program)
        git(root, "config", f"filter.lfs.{name}", shlex.join([sys.executable, str(script)]))
    return write(root, {"Dockerfile": "FROM scratch\nCOPY . /\n", "main": "x" * 500, "docs/a": "a" * 70})


def _commit(root: Path, message: str = "change") -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)


def _again(root: Path) -> None:
    """Take everything out again, so that the work tree has what git makes of it."""
    git(root, "rm", "-rq", "--cached", ".")
    git(root, "reset", "-q", "--hard")


def _line_ends(root: Path) -> None:
    write(root, {".gitattributes": "*.txt text eol=crlf\n", "long.txt": "line\n" * 300})


def _autocrlf(root: Path) -> None:
    git(root, "config", "core.autocrlf", "true")
    write(root, {"auto.md": "line\n" * 200})


def _encoding(root: Path) -> None:
    write(root, {".gitattributes": "*.ps1 text working-tree-encoding=UTF-16\n"})
    (root / "a.ps1").write_bytes("écho\n".encode("utf-16") * 1)


def _keywords(root: Path) -> None:
    write(root, {".gitattributes": "*.c ident\n", "k.c": "$Id$\n" * 30})


def _large(root: Path) -> None:
    write(root, {".gitattributes": "*.bin filter=lfs -text\n", "big.bin": "x" * 70_000, "more/b.bin": "y" * 9_000})


def _submodule(root: Path) -> None:
    inner = _repository(root.parent / f"{root.name}-inner")
    write(inner, {"library/code": "c" * 4_000})
    _large(inner)
    _commit(inner)
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "vendor/inner")


def _sparse(root: Path) -> None:
    write(root, {"apart/data": "d" * 5_000})
    _commit(root)
    git(root, "sparse-checkout", "set", "--cone", "docs", "vendor", "more")


def _replaced(root: Path) -> None:
    _commit(root, "one")
    write(root, {"main": "y" * 900})
    _commit(root, "two")
    commit = git(root, "rev-parse", "HEAD").strip()
    write(root, {"main": "z" * 100})
    _commit(root, "three")
    git(root, "replace", commit, "HEAD")
    git(root, "reset", "-q", "--hard", commit)


_KINDS: dict[str, Callable[[Path], None]] = {
    "line ends": _line_ends,
    "autocrlf": _autocrlf,
    "encoding": _encoding,
    "keywords": _keywords,
    "large files": _large,
    "submodule": _submodule,
    "replaced": _replaced,
    "sparse": _sparse,
}


def _grown(root: Path, *options: str, base: str = "HEAD") -> tuple[int, list[dict[str, object]], list[str]]:
    done = run("check", "--against", base, "--max-growth", "0", "--json", *options, cwd=root)
    (build,) = json.loads(done.stdout)["builds"]
    assert build["base"], build["notes"]
    return done.returncode, build["breaches"], build["notes"]


@pytest.mark.parametrize("kind", _KINDS)
def test_a_clean_work_tree_has_not_grown(kind: str, tmp_path: Path) -> None:
    root = _repository(tmp_path / "project")
    _KINDS[kind](root)
    _commit(root)
    if kind not in ("submodule", "sparse"):
        _again(root)
    code, breaches, notes = _grown(root)
    assert (code, breaches) == (0, [])
    assert notes == (["1 file outside of the sparse checkout cannot be compared"] if kind == "sparse" else [])
    # What is new counts in full, whatever is converted.
    write(root, {"docs/new": "n" * 321})
    assert [breach["measured"] for breach in _grown(root)[1]] == [321]


@pytest.mark.parametrize("seed", range(6))
def test_random_repositories_have_not_grown(seed: int, tmp_path: Path) -> None:
    chosen = random.Random(seed).sample([*_KINDS], 4)
    root = _repository(tmp_path / "project")
    for kind in [kind for kind in _KINDS if kind in chosen]:
        attributes = root / ".gitattributes"
        before = attributes.read_text() if attributes.exists() else ""
        _KINDS[kind](root)
        attributes.write_text(before + (attributes.read_text() if attributes.exists() else ""))
        _commit(root)
    git(root, "reset", "-q", "--hard")
    assert _grown(root)[:2] == (0, [])
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "-q", str(linked), "HEAD")
    assert _grown(linked)[:2] == (0, [])
    done = run("diff", "HEAD", "--json", cwd=linked)
    assert json.loads(done.stdout)["context"]["changes"] == []


def test_what_changed_is_compared_as_it_is_converted(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project")
    for make in (_large, _line_ends, _encoding):
        attributes = root / ".gitattributes"
        before = attributes.read_text() if attributes.exists() else ""
        make(root)
        attributes.write_text(before + attributes.read_text())
    _commit(root, "before")
    write(root, {"big.bin": "x" * 70_100, "long.txt": "line\n" * 301})
    (root / "a.ps1").write_bytes("écho!\n".encode("utf-16"))
    (root / "more" / "b.bin").unlink()
    _commit(root, "after")
    _again(root)
    done = run("diff", "HEAD^", "--json", cwd=root)
    changes = {change["path"]: change for change in json.loads(done.stdout)["context"]["changes"]}
    assert {path: change["after"]["bytes"] - change["before"]["bytes"] for path, change in changes.items()} == {
        "big.bin": 100,
        "long.txt": 6,
        "a.ps1": 2,
        "more/": -9_000,
    }


def test_a_submodule_that_grew_is_seen(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project")
    _submodule(root)
    _commit(root)
    inner = root / "vendor" / "inner"
    write(inner, {"library/code": "c" * 5_000})
    _commit(inner)
    _commit(root)
    assert _grown(root)[1] == []
    assert [breach["measured"] for breach in _grown(root, base="HEAD^")[1]] == [1_000]


def test_a_submodule_that_cannot_be_compared_counts_as_new(tmp_path: Path) -> None:
    root = _repository(tmp_path / "project")
    _submodule(root)
    _commit(root)
    git(root, "update-index", "--cacheinfo", f"160000,{'1' * 40},vendor/inner")
    git(root, "commit", "-q", "-m", "elsewhere")
    code, breaches, notes = _grown(root)
    assert code == 1
    assert [note.partition(":")[0] for note in notes] == [
        "submodule vendor/inner cannot be compared, so all of it counts as new"
    ]
    assert breaches[0]["rule"] == "limit-growth"
