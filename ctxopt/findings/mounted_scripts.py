"""Scripts of the context that a RUN runs by their path: a mount keeps their mode, so they may not be executable."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.snapshot import Node
from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import Run
from ctxopt.image.effects import Target
from ctxopt.image.places import resolved

#: Maximum length of the first line of a script, in bytes.
_LONGEST: Final = 200
#: The first line of a script: its interpreter with flags, as it can be written in a command.
_SHEBANG: Final = lazy_re(r"#![ \t]*(?:\S*/env[ \t]+(?:-S[ \t]+)?|\S*/)([\w.+-]+(?:[ \t]+-[\w-]+)*)[ \t\r]*(?:\n|\Z)")


def mode(context: RuleContext, path: str) -> int | None:
    """The mode of a file of the context; None where it is unknown or the system has none."""
    if os.name == "nt":
        return None
    try:
        # No link is followed: its target may be anywhere.
        return stat.S_IMODE(os.lstat(os.path.join(context.build.root, path)).st_mode)
    except (OSError, ValueError):
        return None


def hint_to_run(context: RuleContext, read: ReadId, mounted: Sequence[Node], runs: Iterable[Run]) -> str:
    """How the first script that is mounted, is not executable, and that commands run is run then; "" for none."""
    for run, node in _run_by_path(context, read, runs):
        if not any(f"{node.path}/".startswith(f"{one.path}/" if one.path else "") for one in mounted):
            continue
        given = mode(context, node.path)
        if given is not None and not given & 0o111:
            interpreter = _interpreter(context, node.path)
            if interpreter is None:
                return f"make {node.path} executable in the repository (git update-index --chmod=+x)"
            return f"run it as `{interpreter} {run.words[0]}`"
    return ""


def _run_by_path(context: RuleContext, read: ReadId, runs: Iterable[Run]) -> Iterator[tuple[Run, Node]]:
    own = [one for one in context.destinations if one.read == read]
    for run in runs:
        word = run.words[0] if run.words else ""
        path = resolved(run.directory, word) if "/" in word else None
        if path is not None:
            target = Target(path, whole=False)
            yield from ((run, node) for one in own for node in one.entries(target) if node.name == paths.base(word))


def _interpreter(context: RuleContext, path: str) -> str | None:
    """The command that runs a script, by its first line; None if that is not known."""
    head = context.build.head(path, _LONGEST)
    if head is None or b"\0" in head:
        return None
    if not head.startswith(b"#!"):
        # A shell runs a text without such a line itself.
        return "sh"
    line = _SHEBANG.match(head.decode("utf-8", "replace"))
    return None if line is None else line[1]
