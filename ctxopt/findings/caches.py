"""Package managers that leave what they downloaded in a layer of the exported image."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ctxopt.catalogue.vocabulary import Commands
from ctxopt.core.build_context import BuildContext
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.image.commands import Run, is_command
from ctxopt.image.effects import path_of

#: Commands whose words may name what they take away.
_REMOVERS = ("rm", "find", "rmdir", "truncate")


@dataclass(frozen=True, slots=True)
class Cache:
    """What one package manager keeps: the commands that fill its cache, and what keeps it out of a layer.

    `words` are texts of which a RUN with such a command has one. `flags` are those with which nothing is kept,
    `settings` names of variables and files that set that; `clears` are commands that empty the cache, and
    `paths` parts of the paths that it has: in words of an `rm`, or of where something is mounted.
    """

    words: tuple[str, ...]
    fills: Commands
    flags: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    clears: Commands = ()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A RUN that leaves a cache behind, its command that fills it, and the line of a later RUN that removes it."""

    step: int
    run: Run
    removed: int | None


def kept(context: RuleContext, cache: Cache, counts: Callable[[Run], bool] = lambda _: True) -> Iterator[Kept]:
    """The RUN of the exported image that leave a cache in their layer. `counts` tells which commands fill it."""
    commands, plan = context.commands, context.build.plan
    numbers = commands.with_words(commands.image_steps, cache.words)
    found: list[tuple[int, Run]] = []
    for number in numbers:
        runs = commands.of(number)
        filling = [place for place, run in enumerate(runs) if _fills(run, cache) and counts(run)]
        if not filling or any(_may_clear(run, cache) for run in runs[filling[-1] + 1 :]):
            continue
        if not _is_elsewhere(context, number, cache):
            found.append((number, runs[filling[0]]))
    if not found:
        return
    texts = ((number, plan.steps[number].text) for number in commands.image_steps)
    set_at = next((number for number, text in texts if any(name in text for name in cache.settings)), len(plan.steps))
    clearing = [
        number
        for number in commands.with_words(commands.image_steps, (*_REMOVERS, *cache.words))
        if any(_clears(run, cache) for run in commands.of(number))
    ]
    for number, run in found:
        if set_at > number and not any(name in text for name in cache.settings for text in run.given):
            removed = next((step for step in clearing if step > number), None)
            yield Kept(number, run, None if removed is None else plan.steps[removed].line)


def _fills(run: Run, cache: Cache) -> bool:
    if any(word.startswith(cache.flags) for word in run.words[1:]) and cache.flags:
        return False
    return any(is_command(run, command) for command in cache.fills)


def _clears(run: Run, cache: Cache) -> bool:
    if any(is_command(run, command) for command in cache.clears):
        return True
    if run.name in _REMOVERS:
        given = [word for word in run.words[1:] if not word.startswith("-")]
        given += [path for word in given if (path := path_of(run, word)) is not None]
        return any(part in word for word in given for part in cache.paths)
    return False


def _may_clear(run: Run, cache: Cache) -> bool:
    # What a script of that name does is not known, but likely this.
    return "clean" in run.name or _clears(run, cache)


def _is_elsewhere(context: RuleContext, number: int, cache: Cache) -> bool:
    mounts = context.commands.mounts(number)
    return any(mount.path is None or any(part in mount.path + "/" for part in cache.paths) for mount in mounts)


def finding(
    build: BuildContext,
    found: Kept,
    rule: str,
    message: str,
    fix: str,
    severity: Severity = Severity.WARNING,
    confidence: Confidence = Confidence.HIGH,
) -> Finding:
    """The finding about a cache that is kept."""
    step = build.plan.steps[found.step]
    if found.removed is not None:
        message += f"; the RUN in line {found.removed} only hides them"
    return Finding(
        rule,
        severity,
        build.plan.file,
        step.line,
        message,
        fix,
        confidence=confidence,
        evidence=(f"line {step.line}: {layers.shown_step(step)}",),
        end_line=step.end_line,
    )


def at_the_end(build: BuildContext, found: Kept, command: str) -> str:
    """The fix that a RUN should end with a command."""
    text = build.plan.steps[found.step].text
    return f"add {command} as its last line" if "\n" in text else f"add && {command} to its end"


def words_after_first(run: Run, names: Sequence[str]) -> list[str]:
    """The words of a command that are no flags, after the first of these."""
    words = list(run.words)
    at = next((place for place, word in enumerate(words) if word in names), len(words))
    return [word for word in words[at + 1 :] if not word.startswith("-")]
