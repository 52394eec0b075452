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
    """The value of a variable in a step as the last ARG or ENV before it sets it; None where none does."""
    stage = plan.steps[step].stage
    stages = lineage(plan, stage)
    for number in range(step - 1, max(step - _MOST, 0) - 1, -1):
        one = plan.steps[number]
        # An ARG is only set in its own stage, and an ENV in those that start from it as well.
        if one.kind not in ("ARG", "ENV") or (one.stage != stage if one.kind == "ARG" else one.stage not in stages):
            continue
        given = dict(zip(one.expanded[::2], one.expanded[1::2], strict=False))
        if name in given:
            return given[name]
        if one.kind == "ARG" and any(name == declared for declared, _ in variables_of(one)):
            return None if _PREDEFINED.fullmatch(name) else ""
    return None
