"""Repositories in which what git stores is not what a work tree has."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

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


def repository(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q")
    for name, program in (("clean", _CLEAN), ("smudge", _SMUDGE)):
        script = root / ".git" / f"{name}.py"
        script.write_text(program)
        git(root, "config", f"filter.lfs.{name}", shlex.join([sys.executable, str(script)]))
    return write(root, {"Dockerfile": "FROM scratch\nCOPY . /\n", "main": "x" * 500, "docs/a": "a" * 70})


def commit(root: Path, message: str = "change") -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)


def checkout_again(root: Path) -> None:
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
    inner = repository(root.parent / f"{root.name}-inner")
    write(inner, {"library/code": "c" * 4_000})
    _large(inner)
    commit(inner)
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "vendor/inner")


def _sparse(root: Path) -> None:
    write(root, {"apart/data": "d" * 5_000})
    commit(root)
    git(root, "sparse-checkout", "set", "--cone", "docs", "vendor", "more")


def _replaced(root: Path) -> None:
    commit(root, "one")
    write(root, {"main": "y" * 900})
    commit(root, "two")
    hidden = git(root, "rev-parse", "HEAD").strip()
    write(root, {"main": "z" * 100})
    commit(root, "three")
    git(root, "replace", hidden, "HEAD")
    git(root, "reset", "-q", "--hard", hidden)


#: What is made of a repository, by its name.
KINDS: dict[str, Callable[[Path], None]] = {
    "line ends": _line_ends,
    "autocrlf": _autocrlf,
    "encoding": _encoding,
    "keywords": _keywords,
    "large files": _large,
    "submodule": _submodule,
    "replaced": _replaced,
    "sparse": _sparse,
}


def with_kinds(root: Path, kinds: list[str]) -> None:
    """Make several of them of one repository, in the order in which they go together, and check all out."""
    for kind in [kind for kind in KINDS if kind in kinds]:
        attributes = root / ".gitattributes"
        before = attributes.read_text() if attributes.exists() else ""
        KINDS[kind](root)
        attributes.write_text(before + (attributes.read_text() if attributes.exists() else ""))
        commit(root)
    git(root, "reset", "-q", "--hard")
