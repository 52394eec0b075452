"""What a command has to say about places in the repository, in the one form that all formats for CI are made from."""

import os
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from ctxopt.display import amount, printable
from ctxopt.errors import CtxoptError
from ctxopt.findings import rules
from ctxopt.findings.model import Finding, Severity
from ctxopt.report import Report


class Level(Enum):
    """How much an annotation matters; the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """What annotations may be about: a title of one line, and in Markdown without HTML what to do.

    `level` is the one that its annotations have unless they say otherwise; `page` is the address of more
    about it, if there is more.
    """

    id: str
    title: str
    help: str
    level: Level = Level.WARNING
    page: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A message about a place. Its text and the file's name are as they were found, and may hold any character.

    `rule` is the id of a Rule. `file` is relative to the repository, with slashes, and None where the
    message is about the whole; lines count from 1.
    """

    rule: str
    level: Level
    message: str
    file: str | None
    line: int | None = None
    end_line: int | None = None

    @property
    def place(self) -> str:
        """The file and line as people may safely see them, "" for the whole."""
        if self.file is None:
            return ""
        return printable(self.file if self.line is None else f"{self.file}:{self.line}")

    @property
    def text(self) -> str:
        """The message as people may safely see it: only the ends of its lines are not escaped."""
        return "\n".join(printable(line) for line in self.message.split("\n"))


@dataclass(frozen=True, slots=True)
class Annotations:
    """All that one run of a command has to say.

    `summary` holds rows of a label and a value; `rules` all rules that were looked at, so also those that
    found nothing. Raises ValueError for an item of no rule, and for two rules of one name.
    """

    title: str
    summary: tuple[tuple[str, str], ...]
    rules: tuple[Rule, ...]
    items: tuple[Annotation, ...]

    def __post_init__(self) -> None:
        known = {rule.id for rule in self.rules}
        if len(known) < len(self.rules):
            raise ValueError("two rules have the same id")
        unknown = {item.rule for item in self.items} - known
        if unknown:
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")


BUILD_FAILS = Rule(
    "build-fails",
    "An instruction that fails",
    "Correct the instruction, or let the ignore file keep what it reads. `ctxopt explain PATH` shows which pattern "
    "leaves a path out.",
    Level.ERROR,
)
CONTEXT_PROBLEM = Rule(
    "context-problem",
    "Something in the context that cannot be read",
    "Give the user who builds the permission to read it, or leave it out with the ignore file.",
    Level.NOTE,
)

_LEVELS = {
    Severity.ERROR: Level.ERROR,
    Severity.WARNING: Level.WARNING,
    Severity.NOTE: Level.NOTE,
    Severity.INFO: Level.NOTE,
}


def of_report(report: Report, prefix: str = "", title: str = "ctxopt analyze") -> Annotations:
    """What a report tells that has a place, with its sizes as the summary.

    `prefix` is the path of the context in the repository: names of files are put behind it.
    """
    return Annotations(
        title,
        tuple(_summary(report)),
        (BUILD_FAILS, *(Rule(one.id, one.title, one.help, page=one.page) for one in rules()), CONTEXT_PROBLEM),
        (
            *_failures(report, prefix),
            *(_of_finding(finding, prefix) for finding in report.findings),
            *(Annotation(CONTEXT_PROBLEM.id, Level.NOTE, problem, None) for problem in report.problems),
        ),
    )


def joined(title: str, parts: Sequence[tuple[str | None, Annotations]]) -> Annotations:
    """The annotations of several builds, each with what it is called, the worst first.

    What is the same for several builds, as of an ignore file that they share, is said once.
    """
    items = dict.fromkeys(item for _, part in parts for item in part.items)
    order = list(Level)
    return Annotations(
        title,
        tuple((f"{name}: {label}" if name else label, value) for name, part in parts for label, value in part.summary),
        tuple({rule.id: rule for _, part in parts for rule in part.rules}.values()),
        tuple(sorted(items, key=lambda item: order.index(item.level))),
    )


def _summary(report: Report) -> Iterator[tuple[str, str]]:
    yield "BuildKit transfers", amount(report.transfer.size, report.transfer.files)
    classic = report.classic
    yield (
        "Classic builder sends",
        f"fails: {classic.text}" if isinstance(classic, CtxoptError) else amount(classic.size, classic.files),
    )
    yield "Instructions read", amount(report.used.size, report.used.files)
    yield "Read by no instruction", amount(report.unused.size, report.unused.files)
    yield "Left out by the ignore file", amount(report.ignored.size, report.ignored.files)
    if report.cost is not None:
        # Loaded here, since few ask for it.
        from ctxopt.cost.describe import summary

        yield from summary(report.cost)


def _failures(report: Report, prefix: str) -> Iterator[Annotation]:
    for result in report.reads:
        error = result.error
        if error is not None:
            message = f"{error.problem}; {error.hint}" if error.hint else error.problem
            file = placed(prefix, error.file or report.dockerfile)
            line = error.line or result.read.line
            yield Annotation(BUILD_FAILS.id, Level.ERROR, message, file, line, max(line, result.read.end_line))


def _of_finding(finding: Finding, prefix: str) -> Annotation:
    held = "" if finding.totals is None else f" ({amount(finding.totals.size, finding.totals.files)})"
    message = f"{finding.message}{held}; {finding.fix}"
    # The end of a line in a name is none of the message.
    lines = "\n".join(map(printable, (message, *finding.evidence)))
    file = placed(prefix, finding.file)
    return Annotation(finding.rule, _LEVELS[finding.severity], lines, file, finding.line, finding.end_line)


def placed(prefix: str, file: str) -> str:
    """A file of the context as the repository names it; a Dockerfile may well lie outside of the context."""
    return posixpath.normpath(file if os.path.isabs(file) else posixpath.join(prefix, file))
