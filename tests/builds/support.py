"""What is declared in the projects of the tests."""

import os
from pathlib import Path

from ctxopt.builds.build import Build, Declared


def only(declared: Declared) -> Build:
    """The one build that is declared."""
    (build,) = declared.builds
    return build


def contexts(declared: Declared, root: Path) -> dict[str, str]:
    """The contexts relative to a directory, by what declares them without the file's name."""
    return {build.origin.split(" ")[-1]: os.path.relpath(build.context, root.resolve()) for build in declared.builds}


def said(declared: Declared) -> tuple[str, ...]:
    """What a declaration says besides its builds: the notes, and what cannot be resolved."""
    return (*declared.notes, *(one.text for one in declared.unresolved))
