"""A file that is meant to be an ignore file, and that no builder reads as one: by its name or its encoding."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, View
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

_NAME: Final = ".dockerignore"
_LETTERS: Final = "dockerignore"
_NO_LETTERS: Final = lazy_re("[^a-z]")
#: What a misnamed file begins with, if one of its other letters is wrong.
_BEGINNINGS: Final = (".docker", "docker", ".dock", ".dcok", ".doc")
#: The marks at the start of UTF-16 text. Without one, BuildKit fails on the zero bytes.
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find ignore files that are UTF-16 text, and files with nearly the name of one beside the Dockerfile or the root.

    A warning where no ignore file applies, and else a note.
    """
    build = context.build
    file = build.ignore_file(View.BUILDKIT)
    if file is not None and file.data.startswith(_UTF16):
        yield Finding(
            RULE.id,
            Severity.WARNING,
            file.name,
            1,
            "is UTF-16 text, and builders read UTF-8: its patterns match no files",
            "save it as UTF-8",
        )
    severity = Severity.WARNING if file is None else Severity.NOTE
    for directory, name, right in _misnamed(build):
        path = directory.child_path(name)
        yield Finding(
            RULE.id,
            severity,
            path,
            None,
            f"no builder reads a file with the name {name}, so none of its patterns applies",
            f"rename it to {directory.child_path(right)}",
        )


RULE = Rule(
    id="CTX015",
    name="ignore-misnamed",
    title="Misnamed or unreadable ignore file",
    help=(
        "Docker reads `.dockerignore` at the context root, or a file with the Dockerfile's name and `.dockerignore` "
        "after it, as UTF-8 text. Rename the file, or save it as UTF-8."
    ),
    check=check,
)


def _misnamed(build: BuildContext) -> Iterator[tuple[Directory, str, str]]:
    """The directories and names of such files, each with the right name."""
    root = build.tree.root
    for name in _files(root):
        if _is_nearly(name):
            yield root, name, _NAME
    path = build.located.dockerfile_path
    if path is None:
        return
    parent, _, dockerfile = path.rpartition("/")
    entry = build.locate(parent) if parent else None
    beside = root if not parent else None if entry is None else entry[0].subdirectories.get(entry[0].names[entry[1]])
    for name in () if beside is None else _files(beside):
        stem = name.removesuffix(_NAME)
        # As people name the Dockerfile: `prod.Dockerfile` and `Dockerfile.prod` have something in common with `prod`.
        is_like = stem and stem != dockerfile and stem.lower() in (dockerfile.lower(), *dockerfile.lower().split("."))
        if name.endswith(_NAME) and is_like and beside is not None and beside.find(stem) < 0:
            yield beside, name, dockerfile + _NAME


def _files(directory: Directory) -> Iterator[str]:
    """The names in a directory that may be those of an ignore file."""
    for name, kind in zip(directory.names, directory.kinds, strict=True):
        lowered = name.lower()
        if kind == EntryKind.FILE and "~" not in name and ("ignor" in lowered or lowered.startswith(_BEGINNINGS)):
            yield name


def _is_nearly(name: str) -> bool:
    """Whether a name differs from that of the ignore file by its case, its dots, its ending, or one letter."""
    if name == _NAME or any(map(str.isdigit, name)):
        return False
    letters = _NO_LETTERS.sub("", name.lower().removesuffix(".txt"))
    return letters == _LETTERS or _is_one_off(letters, _LETTERS)


def _is_one_off(one: str, other: str) -> bool:
    """Whether one letter more, less or other, or two letters exchanged, make one text of the other."""
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[start:], other[start:]
    return (
        one[1:] == other
        or one == other[1:]
        or one[1:] == other[1:]
        or (one[:2] == other[1::-1] and one[2:] == other[2:])
    )
