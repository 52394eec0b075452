"""Projects for the tests: a few files, and what is declared in them."""

import os
from pathlib import Path

from ctxopt.builds.build import Build, Declared


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files below a directory; a name that ends with a slash is a directory."""
    for name, text in files.items():
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return root


def only(declared: Declared) -> Build:
    """The one build that is declared."""
    (build,) = declared.builds
    return build


def contexts(declared: Declared, root: Path) -> dict[str, str]:
    """The contexts relative to a directory, by what declares them without the file's name."""
    return {build.origin.split(" ")[-1]: os.path.relpath(build.context, root.resolve()) for build in declared.builds}
