"""The report of one build context: all that a renderer needs, with nothing left to compute."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, View
from ctxopt.core.dockerfile.model import ContextRead, Stage
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import ContextSource
from ctxopt.core.usage.branches import Branch
from ctxopt.core.usage.index import ReadResult
from ctxopt.core.usage.readers import is_unused, is_used
from ctxopt.display import shortened
from ctxopt.errors import CtxoptError
from ctxopt.evidence.made_before import made_notes, without_made
from ctxopt.evidence.not_here import not_here_notes
from ctxopt.evidence.secret_files import Reach as Reach
from ctxopt.findings import check, limited, running
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, RuleInfo
from ctxopt.findings.rules import secret_by_name
from ctxopt.findings.settings import DEFAULT, Settings
from ctxopt.reports.large_entry import Largest

if TYPE_CHECKING:
    from ctxopt.reports.cost.model import Cost
    from ctxopt.reports.savings import Savings

#: The version of the JSON form: increased when a field changes its meaning or is removed.
VERSION = 1

#: Maximum number of the largest entries, unless a command asks for more.
LARGEST = 20


@dataclass(frozen=True, slots=True)
class IgnoreSummary:
    """The ignore file that a builder reads: its name and the number of its patterns."""

    name: str
    patterns: int


@dataclass(frozen=True, slots=True)
class ReportedSecret:
    """A file with a secret: how far it gets, and the line of the instruction that takes it there, None for none.

    It is not `certain` where the file may be something else.
    """

    path: str
    reach: Reach
    line: int | None
    certain: bool


@dataclass(frozen=True, slots=True)
class NamedReport:
    """A named context of a build: its name, its value, and what it is taken from.

    `report` is that of a directory which the build reads, else None. Its findings are those of the whole build as well.
    """

    name: str
    value: str
    source: ContextSource
    report: "Report | None" = None


@dataclass(frozen=True, slots=True)
class Report:
    """What `ctxopt analyze` shows. All sizes are logical bytes; directories do not count as files.

    `unused` is what BuildKit's ignore file keeps and no instruction reads, without the Dockerfile and the
    ignore file; `ignored` is what BuildKit's ignore file excludes. `rules` are all rules that ran. `sources` are
    the bytes of the Dockerfile and the ignore files, by the names that findings give them. `usual_notes` are those
    that nearly every build has. `secrets` are the files with secrets that findings are about. `named` are the named
    contexts: sizes and `reads` do not count them, findings, notes and errors do.
    """

    root: str
    dockerfile: str
    target: str
    stages: tuple[Stage, ...]
    buildkit_ignore: IgnoreSummary | None
    classic_ignore: IgnoreSummary | None
    classic: Totals | CtxoptError
    buildkit: Totals
    transfer: Totals
    used: Totals
    unused: Totals
    ignored: Totals
    unused_tree: Branch
    largest: Largest
    reads: tuple[ReadResult, ...]
    rules: tuple[RuleInfo, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    usual_notes: tuple[str, ...]
    problems: tuple[str, ...]
    sources: Mapping[str, bytes]
    secrets: tuple[ReportedSecret, ...] = ()
    named: tuple[NamedReport, ...] = ()
    #: None unless it was requested, as `cost` is.
    savings: "Savings | None" = None
    cost: "Cost | None" = None

    def reaches_image(self, read: ContextRead) -> bool:
        """Whether files that an instruction reads get into the image, directly or by way of another stage."""
        return read.reaches_image or read.number in self.largest.indirect

    @property
    def all_reads(self) -> "tuple[tuple[Report, ReadResult], ...]":
        """The instructions that read any context of the build, in the order of their lines, each with its report."""
        reports = (self, *(one.report for one in self.named if one.report is not None))
        return tuple(sorted(((one, read) for one in reports for read in one.reads), key=lambda pair: pair[1].read.line))

    @property
    def errors(self) -> tuple[CtxoptError, ...]:
        """The errors that make the build fail."""
        return tuple(result.error for _, result in self.all_reads if result.error is not None)


def report(context: BuildContext, settings: Settings = DEFAULT, entries: int = LARGEST) -> Report:
    """The report of a build with so many of the largest entries of each context, which are not looked for with 0.

    `settings` are for the rules. Raises CtxoptError where BuildKit would refuse the build.
    """
    full = full_report(context, settings, entries)
    return replace(full, findings=limited(full.findings))


def full_report(context: BuildContext, settings: Settings = DEFAULT, entries: int = LARGEST) -> Report:
    """The same with all findings, from which those can be taken that are suppressed. Raises CtxoptError."""
    own = _of_context(context, settings, entries)
    if not context.contexts:
        return own
    # Imported here because few builds have named contexts.
    from ctxopt.reports.named import with_named

    return with_named(own, _named(context, settings, entries))


def _named(context: BuildContext, settings: Settings, entries: int) -> Iterator[NamedReport]:
    for one in context.contexts:
        named = context.named.get(one.name) if one.directory is not None else None
        reported = _of_context(named, settings, entries) if named is not None and named.plan.reads else None
        yield NamedReport(one.name, one.value, one.source, reported)


def _of_context(context: BuildContext, settings: Settings, entries: int) -> Report:
    """The report of one context of a build, the main one or a named one."""
    rule_context = RuleContext(context, settings)
    tree = context.transferred
    tree.check(View.BUILDKIT)
    usage = context.usage
    classic: Totals | CtxoptError
    try:
        tree.check(View.CLASSIC)
        classic = context.sent(View.CLASSIC)
    except CtxoptError as error:
        classic = error
    ignored = usage.totals(lambda flags, _: not flags & View.BUILDKIT)
    for totals in tree.pruned.values():
        ignored += totals
    target = next(stage for stage in reversed(context.plan.stages) if stage.exported)
    return Report(
        root=context.root,
        dockerfile=context.located.dockerfile.name,
        target=target.label,
        stages=context.plan.stages,
        buildkit_ignore=_summary(context, View.BUILDKIT),
        classic_ignore=_summary(context, View.CLASSIC),
        classic=classic,
        buildkit=usage.totals(lambda flags, _: bool(flags & View.BUILDKIT)),
        transfer=usage.totals(lambda flags, _: bool(flags & View.TRANSFER)),
        used=usage.totals(lambda flags, readers: bool(flags & View.BUILDKIT) and is_used(readers)),
        unused=usage.totals(lambda flags, readers: bool(flags & View.BUILDKIT) and is_unused(readers)),
        ignored=ignored,
        unused_tree=usage.branches(View.BUILDKIT, is_unused),
        largest=_largest(context, entries) if entries else Largest(),
        reads=without_made(context, usage.results),
        rules=running(settings),
        findings=check(rule_context),
        notes=(
            *context.located.notes,
            *context.plan.notes,
            *_unread(rule_context),
            *not_here_notes(context),
            *made_notes(context),
        ),
        usual_notes=context.plan.usual_notes,
        problems=tuple(f"{shortened(problem.path)}: {problem.message}" for problem in tree.problems),
        sources=_sources(context),
        secrets=tuple(_secrets(rule_context)) if settings.runs(secret_by_name.RULE.id) else (),
    )


def _largest(context: BuildContext, entries: int) -> Largest:
    # Imported here because a check shows none, and what they are used for takes the stages.
    from ctxopt.reports.largest import largest

    return largest(context, entries)


def _unread(context: RuleContext) -> Iterator[str]:
    """The note about shell text that no rule can check."""
    if context.commands.unread:
        yield (
            f"{context.build.plan.file}: {len(context.commands.unread):,} RUN cannot be parsed; no rule "
            "checked their commands"
        )


def _sources(context: BuildContext) -> dict[str, bytes]:
    files = context.located.dockerfile, context.ignore_file(View.BUILDKIT), context.ignore_file(View.CLASSIC)
    return {file.name: file.data for file in files if file is not None}


def _summary(context: BuildContext, view: int) -> IgnoreSummary | None:
    file = context.ignore_file(view)
    if file is None:
        return None
    return IgnoreSummary(file.name, len(context.patterns(view).without_added()))


def _secrets(context: RuleContext) -> Iterator[ReportedSecret]:
    for found in context.secrets:
        line = None if found.exposure is None else found.exposure.step.line
        yield ReportedSecret(found.file.path, found.reach, line, not found.file.doubt)
