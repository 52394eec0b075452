"""What a change does to its own check: the configuration, suppressions, and the context that is measured."""

from collections import Counter

from ctxopt.checks.inline import InlineSuppression, inline_suppressions
from ctxopt.core.build_context import BuildContext
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.findings import rule_names


@dataclass(frozen=True, slots=True)
class CheckChange:
    """Something about the check itself that differs from the revision that a build is compared with.

    `file` is relative to the context, or absolute.
    """

    file: str
    line: int | None
    message: str


def added_suppressions(context: BuildContext, base: BuildContext) -> list[CheckChange]:
    """The comments in the Dockerfile that suppress findings, and that it did not have."""
    before = Counter(map(_identity, _comments(base)))
    added = []
    for comment in _comments(context):
        if before[_identity(comment)]:
            before[_identity(comment)] -= 1
        else:
            message = f"suppression added: {', '.join(comment.rules)}: {comment.reason}"
            added.append(CheckChange(context.located.dockerfile.name, comment.line, message))
    return added


def _comments(context: BuildContext) -> tuple[InlineSuppression, ...]:
    dockerfile = context.located.dockerfile
    if b"ctxopt" not in dockerfile.data:
        return ()
    return inline_suppressions(dockerfile.data, dockerfile.name, rule_names()).suppressions


def _identity(comment: InlineSuppression) -> tuple[object, ...]:
    return comment.rules, comment.reason, comment.lines is None
