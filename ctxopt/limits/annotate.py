"""A check as annotations: what fails it, and what was found besides."""

from collections.abc import Iterator
from dataclasses import replace

from ctxopt.annotations import Annotation, Annotations, Level, Rule, of_report, placed
from ctxopt.limits.check import BuildCheck
from ctxopt.limits.describe import culprits, sentence

_HELP = "Leave out what is not needed: `ctxopt generate` proposes how. Or raise the limit, if all of it is."
_RULES = (
    Rule("limit-size", "The build context is too large", _HELP, Level.ERROR),
    Rule("limit-files", "The build context has too many files", _HELP, Level.ERROR),
    Rule("limit-unused", "Too much of the build context is read by no instruction", _HELP, Level.ERROR),
    Rule("limit-file-size", "A file in the build context is too large", _HELP, Level.ERROR),
    Rule("limit-growth", "The build context grew too much", _HELP, Level.ERROR),
)


def annotate(check: BuildCheck, prefix: str = "") -> Annotations:
    """All that a check has to say; `prefix` is the path of the context in the repository.

    What breaks a limit comes first and is an error, as are findings that were asked to fail the check.
    """
    given = of_report(check.report, prefix, "ctxopt check")
    failing = {(one.rule, placed(prefix, one.file), one.line) for one in check.failing}
    items = tuple(
        replace(item, level=Level.ERROR) if (item.rule, item.file, item.line) in failing else item
        for item in given.items
    )
    passed = ("Result", "passed" if check.passed else "failed")
    return replace(
        given,
        summary=(passed, *given.summary),
        rules=(*_RULES, *given.rules),
        items=(*_breaches(check, placed(prefix, check.report.dockerfile)), *items),
    )


def _breaches(check: BuildCheck, file: str) -> Iterator[Annotation]:
    for breach in check.breaches:
        lines = [sentence(breach), *culprits(breach)]
        yield Annotation(breach.rule, Level.ERROR, "\n".join(lines), file)
