"""Trees that are deeper than a path can name."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def deep_tree(root: Path, depth: int) -> Iterator[str]:
    """Directories `d/d/d/…` below a root, each with a file `f`; gives the way down to the lowest, and removes them."""
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(root)
        for _ in range(depth):
            os.mkdir("d")
            os.chdir("d")
            Path("f").touch()
        os.fchdir(before)
        yield "/".join(["d"] * depth)
    finally:
        os.fchdir(before)
        os.close(before)
        # Python's own way to remove a tree gives up on one that is so deep.
        subprocess.run(["rm", "-rf", str(root / "d")], check=True)
