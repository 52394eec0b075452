"""The variables that ENV and ARG instructions set."""

from ctxopt.core.dockerfile.model import Step
from ctxopt.core.dockerfile.parser import parse_trigger
from ctxopt.errors import DockerfileError


def variables_of(step: Step) -> tuple[tuple[str, str | None], ...]:
    """The names that an ENV or ARG sets, each with its value as it is written; None for an ARG without a default."""
    if step.kind not in ("ENV", "ARG") or not step.text:
        return ()
    try:
        args = parse_trigger(f"{step.kind} {step.text}", "", step.line).args
    except DockerfileError:
        return ()
    if step.kind == "ENV":
        return tuple(zip(args[::2], args[1::2], strict=False))
    pairs = (word.partition("=") for word in args)
    return tuple((name, value if equals else None) for name, equals, value in pairs)
