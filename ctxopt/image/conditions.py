"""Whether the shell skips a command, by the values that a build gives the variables in a condition."""

from typing import Final

from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.commands import Run
from ctxopt.image.places import lineage
from ctxopt.image.variables import variables_of

#: A variable in quotes or without, and one test of its value: that there is one, or that it is some plain text.
_VARIABLE: Final = r"[\"']?x?\$\{?(?P<name>[A-Za-z_]\w*)(?::-)?\}?[\"']?"
_TEST: Final = lazy_re(
    rf"(?:\[\[?|test)[ \t]+(?:-n[ \t]+)?{_VARIABLE}(?:[ \t]+==?[ \t]+(?P<value>[\"']?[\w.:/-]+[\"']?))?[ \t]*(?:\]\]?)?"
)
#: Values that a builder gives without being asked, to an ARG of that name.
_PREDEFINED: Final = lazy_re(
    r"(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)|(?i:https?_proxy|ftp_proxy|no_proxy|all_proxy)"
)
#: Maximum number of instructions in which a variable is looked for.
_MOST: Final = 500


def is_off(plan: Plan, run: Run) -> bool:
    """Whether a command runs only if a build is given another argument: its condition tests an ARG, and does not hold.

    Variables that no instruction of the Dockerfile sets may come from the base image or from the shell text, so that
    nothing is known of them.
    """
    return any(_fails(plan, run.step, condition) for condition in run.asks)


def _fails(plan: Plan, step: StepId, condition: str) -> bool:
    found = _TEST.fullmatch(condition)
    if found is None or _is_assigned(plan.steps[step].text, found["name"]):
        return False
    value = _value(plan, step, found["name"])
    if value is None:
        return False
    if found["value"] is None:
        return not value
    wanted = found["value"].strip("\"'")
    marked = f"x{value}" if "x$" in condition else value
    return marked != wanted


def _is_assigned(text: str, name: str) -> bool:
    """Whether a text for the shell may give a variable a value itself."""
    return f"{name}=" in text or f"read {name}" in text or f"for {name} " in text


def _value(plan: Plan, step: StepId, name: str) -> str | None:
    """The value of a variable in a step as the last ENV before it sets it, or else an ARG; None where none does."""
    stage = plan.steps[step].stage
    stages = lineage(plan, stage)
    argument: str | None = None
    is_declared = False
    for number in range(step - 1, max(step - _MOST, 0) - 1, -1):
        one = plan.steps[number]
        if name not in one.text or one.kind not in ("ARG", "ENV"):
            continue
        names = one.expanded[-2::-2]
        # The last one of an instruction applies.
        value = one.expanded[-1 - 2 * names.index(name)] if name in names else None
        if one.kind == "ENV" and value is not None and one.stage in stages:
            return value
        # An ARG is only set in its own stage.
        if one.kind == "ARG" and one.stage == stage and not is_declared:
            is_declared = value is not None or any(name == declared for declared, _ in variables_of(one))
            argument = value
    if is_declared and argument is None:
        return None if _PREDEFINED.fullmatch(name) else ""
    return argument
