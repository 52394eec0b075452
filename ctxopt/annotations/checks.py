"""Checks as annotations: what fails them, and the other findings."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ctxopt.annotations.model import Annotation, Annotations, Descriptor, Level, joined, placed
from ctxopt.annotations.report import of_report
from ctxopt.checks import describe
from ctxopt.checks.check import BuildCheck
from ctxopt.checks.outcome import Outcome
from ctxopt.display import plural

_HELP = "Exclude unneeded files: `ctxopt generate` proposes how. If all of them are needed, raise the limit."
_RULES = (
    Descriptor("limit-size", "Build context too large", _HELP, Level.ERROR),
    Descriptor("limit-files", "Too many files in the build context", _HELP, Level.ERROR),
    Descriptor("limit-unused", "Too much of the build context is unused", _HELP, Level.ERROR),
    Descriptor("limit-file-size", "File in the build context too large", _HELP, Level.ERROR),
    Descriptor("limit-growth", "Build context grew too much", _HELP, Level.ERROR),
)


_CHANGED = Descriptor(
    "check-changed",
    "Change of the check itself",
    "Review it: it decides what the check finds from now on.",
    Level.NOTE,
)
_NOT_COVERED = Descriptor(
    "not-covered",
    "What the check does not cover",
    "The check passes whatever is there: look at it yourself.",
    Level.NOTE,
)
_UNCHECKED = Descriptor(
    "not-checked",
    "Build that could not be checked",
    "Correct what is named, or excuse it with `--allow-unchecked` or `allow-unchecked` in the configuration.",
    Level.ERROR,
)


def annotate(outcome: Outcome, located: Sequence[str], title: str = "ctxopt check") -> Annotations:
    """The annotations of checks; `located` are the paths of their contexts in the repository, in the same order.

    Broken limits come first and are errors, as are findings that fail the check.
    """
    unchecked = tuple(
        Annotation(
            _UNCHECKED.id,
            Level.NOTE if one.excused else Level.ERROR,
            describe.unchecked(one),
            one.place,
            one.unresolved.line,
        )
        for one in outcome.unchecked
    )
    excluded = [f"not searched for builds: {describe.excluded(outcome)}"] if outcome.excluded else []
    not_covered = tuple(Annotation(_NOT_COVERED.id, Level.NOTE, text, None) for text in (*outcome.gone, *excluded))
    rules = (_UNCHECKED, _NOT_COVERED, _CHANGED, *_RULES)
    result = Annotations(title, tuple(_summary(outcome)), rules, not_covered, unchecked)
    checks = zip(outcome.results, located, strict=True)
    return joined(title, [(None, result), *((check.name, _one(check, prefix)) for check, prefix in checks)])


def _summary(outcome: Outcome) -> Iterator[tuple[str, str]]:
    yield "Result", outcome.verdict
    if outcome.incomplete:
        yield "Not checked", plural(len(outcome.incomplete), "build or declaration", "builds or declarations")
    allowed = len(outcome.unchecked) - len(outcome.incomplete)
    if allowed:
        yield "Not checked, allowed", plural(allowed, "build or declaration", "builds or declarations")


def _one(check: BuildCheck, prefix: str) -> Annotations:
    given = of_report(check.report, prefix)
    failing = {(one.rule, placed(prefix, one.file), one.line) for one in check.failing}
    found = (
        replace(item, level=Level.ERROR) if (item.rule, item.file, item.line) in failing else item
        for item in given.items
    )
    changed = (
        Annotation(_CHANGED.id, Level.NOTE, one.message, placed(prefix, one.file), one.line) for one in check.changed
    )
    file = placed(prefix, check.report.dockerfile)
    not_covered = (Annotation(_NOT_COVERED.id, Level.NOTE, note, file) for note in check.notes)
    rules = (*_RULES, _CHANGED, _NOT_COVERED, *given.rules)
    items = (*_breaches(check, prefix), *changed, *not_covered, *found)
    return Annotations(given.title, given.summary, rules, items)


def _breaches(check: BuildCheck, prefix: str) -> Iterator[Annotation]:
    name = f"{check.name}: " if check.name is not None else ""
    for breach in check.breaches:
        lines = [name + describe.sentence(breach), *describe.culprits(breach)]
        yield Annotation(breach.rule, Level.ERROR, "\n".join(lines), placed(prefix, check.report.dockerfile))
