"""What is declared in the projects of the tests."""

import os
from pathlib import Path
from typing import Any

from ctxopt.builds import bake, compose
from ctxopt.builds.build import Build, Declared, DeclaringFile


def only(declared: Declared) -> Build:
    """The one build that is declared."""
    (build,) = declared.builds
    return build


def contexts(declared: Declared, root: Path) -> dict[str, str]:
    """The contexts relative to a directory, by what declares them without the file's name."""
    return {build.origin.split(" ")[-1]: os.path.relpath(build.context, root.resolve()) for build in declared.builds}


def compose_of(path: str, shown: str, **options: Any) -> Declared:
    """The builds of one Compose file."""
    return compose.read([DeclaringFile(path, shown)], **options)


def bake_of(path: str, shown: str, **options: Any) -> Declared:
    """The builds of one bake file, where buildx runs in its directory."""
    return bake.read([DeclaringFile(path, shown)], os.path.dirname(path), **options)


def said(declared: Declared) -> tuple[str, ...]:
    """What a declaration says besides its builds: the notes, and what cannot be resolved."""
    return (*declared.notes, *(one.text for one in declared.unresolved))
