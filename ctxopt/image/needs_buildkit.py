"""Whether only BuildKit can run a build, by the flags and texts that the legacy builder refuses."""

import re
from typing import Final

from ctxopt.core.dockerfile.model import Plan, Step

#: The flags that the legacy builder knows in a COPY or an ADD; in a RUN it knows none.
_LEGACY_FLAGS: Final = ("--from=", "--chown=")
_HEREDOC: Final = re.compile(r"<<-?[\"']?\w")


def needs_buildkit(plan: Plan) -> bool:
    """Whether the legacy builder certainly fails on a step of this build."""
    return any(map(_is_buildkits, plan.steps))


def _is_buildkits(step: Step) -> bool:
    if step.kind == "RUN" and step.flags:
        return True
    if step.kind not in ("COPY", "ADD"):
        return False
    return any(not flag.startswith(_LEGACY_FLAGS) for flag in step.flags) or _HEREDOC.match(step.text) is not None
