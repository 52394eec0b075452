"""Whether only BuildKit can run a build, by the flags and texts that the legacy builder refuses."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.dockerfile.flags import flag_names
from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.legacy import LEGACY_FLAGS

_HEREDOC: Final = lazy_re(r"<<-?[\"']?\w")


def needs_buildkit(plan: Plan) -> bool:
    """Whether the legacy builder certainly fails on a step of this build."""
    return any(True for _ in buildkit_steps(plan))


def buildkit_steps(plan: Plan) -> Iterator[Step]:
    """The steps that only BuildKit can run."""
    return filter(_is_buildkits, plan.steps)


def _is_buildkits(step: Step) -> bool:
    if step.kind == "RUN" and step.flags:
        return True
    if step.kind not in ("COPY", "ADD"):
        return False
    known = LEGACY_FLAGS[step.kind]
    return any(name not in known for name in flag_names(step.flags)) or _HEREDOC.match(step.text) is not None
