"""Dockerfiles that are data of tests: a program reads them, and nobody builds them."""

import os
from collections.abc import Callable, Iterator

from ctxopt.builds.declared import top_of
from ctxopt.catalogue.operation import operation
from ctxopt.evidence.operation import OperationText, builds_images, joined_lines, texts_below


def fixtures_in(root: str) -> Callable[[str], bool]:
    """Whether a Dockerfile is such data, by its path in a directory, which is absolute and has no links.

    One that a script, a workflow or a manual of the repository names where it builds is none.
    """
    top = top_of(root)

    def is_fixture(path: str) -> bool:
        names = list(_places(path))
        if not names:
            return False
        whole = os.path.relpath(os.path.join(root, path), top).replace(os.sep, "/")
        return not any(_builds(text, names, whole) for text in texts_below(top).texts)

    return is_fixture


def _places(path: str) -> Iterator[str]:
    """The directories with data of tests that a path leads through, by the names that they are known by."""
    known = operation()
    above = f"/{path.rpartition('/')[0].lower()}/"
    yield from (name for name in known.fixtures if f"/{name}/" in above)
    parts = above.split("/")
    tests = next((index for index, part in enumerate(parts) if part in known.tests), len(parts))
    last = next((index for index in range(len(parts) - 1, tests, -1) if parts[index] in known.below_tests), None)
    if last is not None:
        # Each of these is also the name of what is no data: only with all that is above it, a line means this one.
        yield "/".join(parts[tests : last + 1])


def _builds(one: OperationText, names: list[str], path: str) -> bool:
    """Whether a text builds what is in a directory with one of some names, or the Dockerfile with a path."""
    known = operation()
    if not one.builds or not builds_images(one.text):
        return False
    return path in one.text or any(
        any(word in line for word in known.names_build) and any(name in line for name in names)
        for line in joined_lines(one.text)
    )
