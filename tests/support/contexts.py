"""Small build contexts made of names and sizes."""

from pathlib import Path

from ctxopt import BuildContext

#: A Dockerfile that reads all.
READS_ALL = "FROM scratch\nCOPY . /\n"


def context(root: Path, files: dict[str, int], dockerfile: str = READS_ALL, ignore: str = "") -> BuildContext:
    """A context in a directory that is made if need be, with files of so many bytes."""
    root.mkdir(exist_ok=True)
    for name, size in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    (root / "Dockerfile").write_text(dockerfile)
    if ignore:
        (root / ".dockerignore").write_text(ignore)
    return BuildContext(str(root))
