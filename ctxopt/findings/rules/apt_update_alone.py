"""An `apt-get update` in a RUN of its own, whose cached lists a later RUN installs from."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.ids import StepId
from ctxopt.edits import Edit
from ctxopt.findings import layers
from ctxopt.findings.apt import ListsUpdate, lists_updates
from ctxopt.findings.caches import is_written
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import is_independent
from ctxopt.image.system_paths import may_configure

#: What may be between an update and the install, unless it brings what apt reads.
_PASSED: Final = ("COPY", "ADD", "ENV", "ARG", "WORKDIR", "LABEL", "EXPOSE", "VOLUME", "CMD", "ENTRYPOINT")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find updates in all stages that the build needs from which a later RUN installs."""
    plan = context.build.plan
    for update in lists_updates(context, (number for number, _ in plan.numbered_steps())):
        if update.users and not update.installs:
            yield _finding(context, update)


RULE = Rule(
    id="CTX220",
    name="cache-apt-update-alone",
    of_image=True,
    title="apt-get update without the install in the same RUN",
    help=(
        "Docker caches the `RUN` with the update: after a change of the install, it still uses the old package lists, "
        "and fails once their packages are gone. Write both in one `RUN`."
    ),
    check=check,
)


def _finding(context: RuleContext, update: ListsUpdate) -> Finding:
    steps = context.build.plan.steps
    step = steps[update.step]
    lines = layers.lines(steps[user].line for user in update.users)
    own = "remove this RUN" if _is_all(context, update) else f"take the {update.run.name} update out of this RUN"
    return Finding(
        RULE.id,
        Severity.WARNING,
        context.build.plan.file,
        step.line,
        f"{update.run.name} update is cached without the install in {lines}, which then uses outdated package lists",
        f"write {update.run.name} update && in front of the install in {lines}, and {own}",
        evidence=(f"line {step.line}: {layers.shown_step(step)}",),
        end_line=step.end_line,
        edits=_edits(context, update),
    )


def _is_all(context: RuleContext, update: ListsUpdate) -> bool:
    """Whether the RUN of an update does nothing else."""
    return len(context.commands.of(update.step)) == 1


def _edits(context: RuleContext, update: ListsUpdate) -> tuple[Edit, ...]:
    """The edits that move the update into each RUN that installs; () where something in between may matter to it."""
    plan, text = context.build.plan, context.text
    step = plan.steps[update.step]
    numbers = (update.step, *update.users)
    if not update.certain or not all(is_written(context, number) for number in numbers):
        return ()
    own = text.instruction(step.line)
    if own is None or own.flags or own.is_json or own.end_line != own.line or "#" in own.rest:
        return ()
    between = [
        number
        for number, other in plan.numbered_steps()
        if update.step < number < update.users[-1] and other.stage == step.stage and number not in update.users
    ]
    if not all(_passes(context, number) for number in between):
        return ()
    added = [text.with_first_command(plan.steps[user].line, own.rest) for user in update.users]
    if not _is_all(context, update) or any(edit is None for edit in added):
        return ()
    return (*text.without(step.line), *(edit for edit in added if edit is not None))


def _passes(context: RuleContext, number: StepId) -> bool:
    """Whether an update does the same behind an instruction as before it."""
    plan = context.build.plan
    step = plan.steps[number]
    if step.kind == "RUN":
        runs = context.commands.of(number)
        return "apt" not in step.text and bool(runs) and all(is_independent(run) and not run.writes for run in runs)
    return step.kind in _PASSED and not may_configure(plan, step)
