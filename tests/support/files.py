"""Files in a few words."""

import os
from collections.abc import Mapping
from pathlib import Path

#: Files by their paths: the text, the bytes or the size. A text after `->` makes a link, a path with a slash at its
#: end an empty directory.
Files = Mapping[str, str | bytes | int]


def write(root: Path, files: Files) -> Path:
    """Write files below a directory, and return it."""
    for name, what in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        elif isinstance(what, str) and what.startswith("->"):
            path.symlink_to(what[2:])
        elif isinstance(what, int):
            path.write_bytes(b"x" * what)
        else:
            path.write_bytes(os.fsencode(what))
    return root
