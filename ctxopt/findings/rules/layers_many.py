"""More layers than a builder or a daemon takes, or nearly so many."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from ctxopt.core.dockerfile.model import Step
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import final_steps
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: The instructions that make a layer.
_LAYERS: Final = ("RUN", "COPY", "ADD", "WORKDIR")
#: Layers of the Dockerfile from which there is a warning, and the most that each builder takes, with the base's own.
_MANY: Final = 100
_MOST_CLASSIC: Final = 124
_MOST: Final = 129
#: Maximum number of lines to name at each end.
_NAMED: Final = 3


def check(context: RuleContext) -> Iterator[Finding]:
    """Find images with many layers: one finding. How many the base has is unknown, and counted as one."""
    plan = context.build.plan
    layers = [step for step in final_steps(plan) if step.kind in _LAYERS]
    if len(layers) < _MANY:
        return
    base = next((use.name for use in plan.images if use.exported and use.kind == "FROM"), "")
    least = len(layers) + bool(base)
    kinds = Counter(step.kind for step in layers)
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    own = f"{len(layers)} layers ({listed}; {_lines(layers)})"
    if least > _MOST:
        what = f"no builder makes an image of more than {_MOST}"
    elif least > _MOST_CLASSIC:
        what = f"the legacy builder makes none of more than {_MOST_CLASSIC}, and BuildKit none of more than {_MOST}"
    else:
        what = f"builders make no image of more than {_MOST_CLASSIC} (the legacy builder) or {_MOST} (BuildKit)"
    also = f", and those of {base} count as well" if base else ""
    yield Finding(
        RULE.id,
        Severity.ERROR if least > _MOST_CLASSIC else Severity.WARNING,
        plan.file,
        layers[0].line,
        f"{own}{also}: {what}",
        "join related RUN with &&, name several sources in one COPY, or copy the result from a stage of its own",
        end_line=layers[0].end_line,
    )


RULE = Rule(
    id="CTX217",
    name="size-layers-many",
    of_image=True,
    title="Too many layers",
    help=(
        "An image can have 124 layers with the legacy builder and 129 with BuildKit, those of its base included. "
        "Join related `RUN` with `&&`, and list several sources in one `COPY`."
    ),
    check=check,
)


def _lines(steps: Sequence[Step]) -> str:
    """The lines of many steps, shortened."""
    numbers = [str(step.line) for step in steps]
    return f"lines {', '.join(numbers[:_NAMED])}, … {', '.join(numbers[-_NAMED:])}"
