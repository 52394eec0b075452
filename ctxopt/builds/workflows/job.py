"""The state of a job of a workflow when one of its steps runs: what is where in its workspace, and what was made."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import field

from ctxopt.builds.checkouts import Checkouts
from ctxopt.builds.partial import Unknown, Value, is_remote
from ctxopt.builds.reading import inside, relative_to
from ctxopt.builds.workflows.actions import inputs
from ctxopt.builds.workflows.found import Found
from ctxopt.builds.workflows.matrix import Values
from ctxopt.builds.workflows.scripts import makes_files
from ctxopt.builds.yaml_parts import text_of
from ctxopt.builds.yaml_tree import Node
from ctxopt.core.lazy_dataclass import dataclass

_CACHE = "actions/cache"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The workspace of a job for one combination of the matrix: what it has checked out of which repositories."""

    found: Found
    checkouts: Checkouts

    def check_out(self, given: Mapping[str, Node], values: Values, *, certain: bool) -> None:
        """Count a step of actions/checkout by its inputs; a path that is not known may be any.

        One that may not happen takes the place of nothing that this repository has.
        """
        texts = {name: values.replaced(given.get(name), name) for name in ("repository", "path")}
        known = {name: text_of(given.get(name)) if isinstance(text, Unknown) else text for name, text in texts.items()}
        here = os.path.join(self.found.root, os.path.normpath((known.get("path") or ".").lstrip("/")))
        if certain or not os.path.lexists(here):
            self.checkouts.add(known, anywhere=isinstance(texts["path"], Unknown))

    def placed(self, action: str, path: Value | None, line: int) -> Value | None:
        """A path of the workspace as an absolute one of this repository; None for one of another.

        That is noted of an `action`. Also the path of a Dockerfile counts from the workspace, and not from the context.
        """
        if path is None or isinstance(path, Unknown) or is_remote(path):
            return path
        placed = self.checkouts.place(path)
        if placed.path is not None:
            return os.path.normpath(os.path.join(self.found.root, placed.path))
        if action:
            self.found.note_foreign(action, placed.repository, line)
        return None

    def made_by(self, action: str, parts: Mapping[str, Node]) -> Iterator[str]:
        """The absolute paths that a step makes; the top of the repository where it may make anything."""
        if "run" in parts:
            if makes_files(text_of(parts.get("run")) or ""):
                yield self.found.root
        elif action.startswith("./"):
            yield self.found.root
        elif "download" in action or action == _CACHE:
            for line in (text_of(inputs(parts).get("path")) or ".").splitlines():
                path = line.strip()
                if not path or path.startswith(("${{ runner.", "~")):
                    continue
                placed = self.placed("", "." if "${{" in path else path, 0)
                if isinstance(placed, str):
                    yield placed


@dataclass(slots=True)
class Made:
    """What the steps of a job so far leave to those that follow.

    `paths` are the absolute ones that they make, `files` says that they may make any, and `variables` are those to
    which they may give values.
    """

    paths: dict[str, None] = field(default_factory=dict)
    files: bool = False
    variables: set[str] = field(default_factory=set)

    def within(self, context: str) -> Iterator[str]:
        """What was made in a context, as paths in it; "" for anything."""
        root = os.path.realpath(context)
        for path in self.paths:
            real = os.path.realpath(path)
            if inside(real, root):
                yield ""
            elif inside(root, real):
                yield relative_to(root, real)


@dataclass(frozen=True, slots=True)
class Step:
    """One step that builds, for one combination of the matrix: who declares it, its inputs, and their values."""

    origin: str
    line: int
    given: Mapping[str, Node]
    values: Values
    workspace: Workspace
    made: Made

    def value(self, name: str) -> Value | None:
        """An input with its expressions replaced; None if it is not given."""
        return self.values.replaced(self.given.get(name), name)

    def text(self, name: str) -> str:
        """An input as it is written, "" if it is not given."""
        return text_of(self.given.get(name)) or ""
