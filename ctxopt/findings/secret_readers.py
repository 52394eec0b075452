"""Whether a RUN needs a file that is copied into its stage, or only the program that the container starts."""

from typing import Final

from ctxopt.catalogue.commands import is_blind, reads_unasked
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.secret_files import SecretFile
from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import Run, is_independent
from ctxopt.image.places import below, resolved

#: Maximum number of commands to look at for one file; with more, one of them may read it.
_MOST_COMMANDS: Final = 100
_WILDCARD: Final = lazy_re(r"[*?[]")


def may_be_read_by_run(context: RuleContext, one: SecretFile, read: ContextRead, place: str | None) -> bool:
    """Whether a RUN after an instruction names a file or its directory, works in that, or cannot be read.

    `place` is the path at which the instruction puts the file, None if that is unknown. Servers read their keys only
    when they run, and a RUN that sets the owner of one does not read it.
    """
    plan, commands = context.build.plan, context.commands
    stages = {read.stage}
    for stage in plan.stages:
        if stage.parent in stages:
            stages.add(stage.number)
    tools = {command.split()[0] for command in one.secret.used_by}
    steps = (number for number, step in plan.numbered_steps() if step.kind == "RUN" and step.stage in stages)
    left = _MOST_COMMANDS
    for number in steps:
        if number <= read.step:
            continue
        runs = commands.of(number)
        left -= len(runs)
        if not runs or left < 0 or not tools.isdisjoint(plan.steps[number].text.split()):
            return True
        if any(_may_read(run, paths.base(one.path), place) for run in runs):
            return True
    return False


def _may_read(run: Run, name: str, place: str | None) -> bool:
    if is_blind(run.name):
        return False
    if reads_unasked(run.name, name) or any(name in word for word in (*run.words, *run.files)):
        return True
    if place is None:
        return not is_independent(run)
    above = paths.parent(place)
    if _is_above(run.directory, place) and not is_independent(run):
        return True
    program = resolved(run.directory, run.words[0]) if "/" in run.words[0] else None
    named = (resolved(run.directory, _without_wildcards(word)) for word in (*run.words[1:], *run.files))
    return (program is not None and below(above, program) is not None and above != "/") or any(
        _is_above(path, place) for path in named
    )


def _is_above(directory: str | None, place: str) -> bool:
    """Whether a file is in a directory, which is not the root of the image."""
    return directory is not None and directory != "/" and below(directory, place) is not None


def _without_wildcards(word: str) -> str:
    """A path up to the part that has wildcards."""
    found = _WILDCARD.search(word)
    return word if found is None else word[: found.start()].rpartition("/")[0] or "."
