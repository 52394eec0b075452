"""Checks as annotations: what fails them, and the other findings."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ctxopt.annotations.model import Annotation, Annotations, Descriptor, Level, joined, placed
from ctxopt.annotations.report import of_report
from ctxopt.checks.check import BuildCheck
from ctxopt.checks.describe import culprits, sentence

_HELP = "Leave out what is not needed: `ctxopt generate` proposes how. Or raise the limit, if all of it is."
_RULES = (
    Descriptor("limit-size", "The build context is too large", _HELP, Level.ERROR),
    Descriptor("limit-files", "The build context has too many files", _HELP, Level.ERROR),
    Descriptor("limit-unused", "Too much of the build context is read by no instruction", _HELP, Level.ERROR),
    Descriptor("limit-file-size", "A file in the build context is too large", _HELP, Level.ERROR),
    Descriptor("limit-growth", "The build context grew too much", _HELP, Level.ERROR),
)


def annotate(checks: Sequence[tuple[BuildCheck, str]], title: str = "ctxopt check") -> Annotations:
    """The annotations of checks, each given with the path of its context in the repository.

    Broken limits come first and are errors, as are findings that fail the check.
    """
    result = Annotations(
        title, (("Result", "passed" if all(check.passed for check, _ in checks) else "failed"),), _RULES, ()
    )
    return joined(title, [(None, result), *((check.name, _one(check, prefix)) for check, prefix in checks)])


def _one(check: BuildCheck, prefix: str) -> Annotations:
    given = of_report(check.report, prefix)
    failing = {(one.rule, placed(prefix, one.file), one.line) for one in check.failing}
    found = (
        replace(item, level=Level.ERROR) if (item.rule, item.file, item.line) in failing else item
        for item in given.items
    )
    return Annotations(given.title, given.summary, (*_RULES, *given.rules), (*_breaches(check, prefix), *found))


def _breaches(check: BuildCheck, prefix: str) -> Iterator[Annotation]:
    name = f"{check.name}: " if check.name is not None else ""
    for breach in check.breaches:
        lines = [name + sentence(breach), *culprits(breach)]
        yield Annotation(breach.rule, Level.ERROR, "\n".join(lines), placed(prefix, check.report.dockerfile))
