"""As which user a step runs, as far as the Dockerfile says."""

from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.ids import StageId, StepId


def user_of(plan: Plan, step: StepId) -> str:
    """The user of a step as USER names it, variables as written; "" where the base image decides."""
    stage: StageId | None = plan.steps[step].stage
    before = range(step)
    while stage is not None:
        for number in reversed(before):
            other = plan.steps[number]
            if other.kind == "USER" and other.stage == stage:
                return other.text.strip()
        # A stage starts as the one that it is built from ends.
        before = range(len(plan.steps))
        stage = next((one.parent for one in plan.stages if one.number == stage), None)
    return ""


def last_user(plan: Plan) -> str:
    """The user of containers as the last USER names it, variables with their values; "" where the base decides."""
    stage: StageId | None = plan.stages[-1].number
    while stage is not None:
        last = next((step for step in reversed(plan.steps) if step.kind == "USER" and step.stage == stage), None)
        if last is not None:
            return (last.expanded[0] if last.expanded else "") or last.text.strip()
        stage = next((one.parent for one in plan.stages if one.number == stage), None)
    return ""


def is_root(user: str) -> bool:
    """Whether a user is root, or is not named: most base images run as root."""
    return user.partition(":")[0].strip("\"'") in ("", "root", "0")
