"""Packages or build output that a later RUN removes: their bytes stay in the layer that brought them."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.words import REMOVING
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run, is_command, without_values, words_after

if TYPE_CHECKING:
    from ctxopt.catalogue.removals import Removal

#: What follows the name of a package: its version, its architecture, its extras.
_AFTER_NAME: Final = lazy_re(r"[=<>~:\[!@;].*", re.DOTALL)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find RUN of the exported image that remove what an earlier one has installed or built, one finding each."""
    commands = context.commands
    numbers = commands.with_words(commands.image_steps, REMOVING)
    if not numbers:
        return
    # Imported here because few images remove what they have installed.
    from ctxopt.catalogue.removals import removals

    for number in numbers:
        for run in commands.of(number):
            found = next((found for known in removals() if (found := _installed(context, number, run, known))), None)
            if found is not None:
                yield _finding(context, number, run, *found)
                break


RULE = Rule(
    id="CTX215",
    name="size-uninstalled-later",
    of_image=True,
    title="Packages removed by a later RUN stay in the image",
    help=(
        "Removing packages in a later layer only hides them. Install, use and remove them in one `RUN`, or install "
        "them in a stage of its own and copy what the image needs with `COPY --from`."
    ),
    check=check,
)


def _installed(context: RuleContext, number: StepId, run: Run, known: "Removal") -> tuple[str, list[StepId]] | None:
    """What a command removes in words, and the earlier steps that installed it; None if it removes nothing of them."""
    if not any(is_command(run, command) for command in known.removes):
        return None
    wanted = _packages(run, known.removes, known)
    names: dict[str, None] = {}
    steps: list[StepId] = []
    for earlier in (step for step in context.commands.image_steps if step < number):
        brought = _brought(context, earlier, run, known)
        both = [name for name in wanted if name in brought]
        if both or (known.what and brought):
            names.update(dict.fromkeys(both))
            steps.append(earlier)
    return (known.what or layers.listed(list(names)), steps) if steps else None


def _brought(context: RuleContext, step: StepId, run: Run, known: "Removal") -> set[str]:
    """What a step installs and does not remove itself: names of packages, or the kind of what is removed as a whole."""
    brought: set[str] = set()
    for other in context.commands.of(step):
        if known.place and other.directory != run.directory:
            continue
        if _installs(other, known):
            brought.update([known.what] if known.what else _packages(other, known.installs, known))
        elif any(is_command(other, command) for command in known.removes):
            brought.difference_update([known.what] if known.what else _packages(other, known.removes, known))
    return brought


def _installs(run: Run, known: "Removal") -> bool:
    if any(word in run.words for word in known.omits) or any(is_command(run, one) for one in known.removes):
        return False
    if any(map(run.given.mentions, known.environment)):
        return False
    return any(is_command(run, command) for command in known.installs)


def _packages(run: Run, commands: tuple[str, ...], known: "Removal") -> list[str]:
    """The names of the packages that a command installs or removes, as they are compared."""
    if known.what:
        return []
    rest = next((words for command in commands if (words := words_after(run, command)) is not None), ())
    given = (word for word in without_values(tuple(rest), known.values) if not word.startswith("-"))
    names = (word if word.startswith("$") else _AFTER_NAME.sub("", word) for word in given)
    return [name.lower().replace("_", "-") if known.tool == "pip" else name for name in names if name]


def _shown(context: RuleContext, number: StepId) -> str:
    step = context.build.plan.steps[number]
    return f"line {step.line}: {layers.shown_step(step)}"


def _finding(context: RuleContext, number: StepId, run: Run, what: str, steps: list[StepId]) -> Finding:
    plan = context.build.plan
    step = plan.steps[number]
    where = layers.lines(plan.steps[one].line for one in steps)
    verb = "stay" if "," in what or " and " in what or what.endswith("dependencies") else "stays"
    all_lines = layers.lines([*(plan.steps[one].line for one in steps), step.line])
    return Finding(
        RULE.id,
        Severity.WARNING,
        plan.file,
        step.line,
        f"this RUN only hides what {where} brought: {what} {verb} in the image",
        f"install, use and remove in one RUN ({all_lines}), or build in a stage of its own and COPY --from it",
        confidence=Confidence.MEDIUM if run.conditional else Confidence.HIGH,
        evidence=tuple(_shown(context, one) for one in (*steps, number)),
        end_line=step.end_line,
    )
