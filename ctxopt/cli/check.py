"""`ctxopt check`: fail where a build context breaks a limit."""

import os
from dataclasses import field, replace
from typing import TYPE_CHECKING, TypeAlias
from weakref import WeakKeyDictionary

import click

from ctxopt.cli.bases import Bases
from ctxopt.cli.builds import (
    BuildSources,
    ChosenBuild,
    choose,
    open_chosen,
    show_notes,
    sources_options,
    unchecked_in,
)
from ctxopt.cli.config import check_options, limit_options
from ctxopt.cli.configuration import config_options, configuration, inline_policy, suppression_options
from ctxopt.cli.earlier_builds import Again, EarlierBuilds, Gone, cannot_be_built, earlier_builds, not_found
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, RuleOptions, build_options, excluded_directories, rule_options
from ctxopt.cli.terminal import is_quiet, is_verbose, progress, show_errors, terminal_options
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import plural
from ctxopt.errors import ContextError, CtxoptError, DockerfileError
from ctxopt.evidence.one_run import one_run
from ctxopt.git.repository import place_in_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from ctxopt.annotations.model import Annotations
    from ctxopt.builds.build import Build
    from ctxopt.builds.opened import Opened
    from ctxopt.checks.check import BuildCheck
    from ctxopt.checks.inline import InlinePolicy
    from ctxopt.checks.outcome import Outcome, Unchecked
    from ctxopt.cli.bases import Base
    from ctxopt.config.model import BuildSettings, CheckSettings, Config, LimitSettings
    from ctxopt.core.build_context import BuildContext
    from ctxopt.findings.settings import Settings
    from ctxopt.reports.report import Report

#: The limits that apply to a build: from the configuration, and the settings of the build in it, if any.
Effective: TypeAlias = "Callable[[Config, BuildSettings | None], LimitSettings]"

_EPILOG = """\b
A SIZE is 500kB, 50MB, 1.5GiB, or plain bytes. A SHARE is a size or a percentage, such as 5%.

\b
Examples:
  ctxopt check --max-size 50MB --max-unused 5%
  ctxopt check --view classic --max-files 2000 --fail-on warning
  ctxopt check --max-growth 10% --against origin/main
  ctxopt check --build api --format sarif -o ctxopt.sarif
  ctxopt check --compose compose.yaml --max-size 20MB
  ctxopt check --all --max-unused 5%
  ctxopt check --fail-on error --scan-secrets

\b
Exit codes: 0 passed, 1 a limit or rule failed or the build would fail,
2 it could not run, or a build that was found could not be checked.
"""


@click.command("check", epilog=_EPILOG)
@build_options
@sources_options
@limit_options
@check_options
@rule_options
@config_options
@suppression_options
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also if a limit or a rule fails.")
@delivery_options()
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    sources: BuildSources,
    limits: "LimitSettings",
    checks: "CheckSettings",
    rules: RuleOptions,
    exit_zero: bool,
    delivery: Delivery,
) -> None:
    """Check the build context in CONTEXT against limits, and name what exceeds them.

    Limits are options or come from the configuration (see `ctxopt config show`). Without CONTEXT
    and a Dockerfile, all builds of the configuration are checked, or the current directory if it has
    none. Without --fail-on, findings of severity error fail. A build or declaration that was found and
    cannot be read or resolved is exit code 2, unless --allow-unchecked excuses it.
    """
    ctx.with_resource(one_run())
    finish(
        ctx,
        lambda: run_checks(
            options, sources, rules, limits, checks, lambda config, build: config.effective(build, limits)
        ),
        lambda outcome: _give(outcome, delivery),
        delivery,
        exit_zero=exit_zero,
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of the checks, and notes about builds that are not among them."""

    outcome: "Outcome"
    notes: list[str]


def finish(
    ctx: click.Context,
    work: "Callable[[], Checked]",
    give: "Callable[[Outcome], None]",
    delivery: Delivery,
    *,
    exit_zero: bool,
) -> None:
    """Do the checks, deliver the result, and exit with the code of the checks.

    Where nothing could be checked at all, the reports that were asked for say so. Raises CtxoptError then.
    """
    try:
        checked = work()
    except CtxoptError as error:
        if not delivery.is_plain:
            give(_nothing(error))
        raise
    # Where nothing was checked, the errors are the result.
    named = delivery.is_plain and bool(checked.outcome.results)
    if named or not delivery.is_plain:
        give(checked.outcome)
    # What is printed with its build is not said twice.
    printed = {note for result in checked.outcome.results for note in result.notes} if named else set()
    show_notes([note for note in checked.notes if note not in printed])
    _show_errors(checked.outcome, named=named)
    if checked.outcome.incomplete or not exit_zero:
        ctx.exit(checked.outcome.exit_code)


def _nothing(error: CtxoptError) -> "Outcome":
    """The outcome where an error prevents every check."""
    from ctxopt.builds.build import Unresolved
    from ctxopt.checks.outcome import Outcome

    return Outcome((), (unchecked_in(os.curdir, Unresolved.by_error(error, error.file or os.curdir)),))


def _show_errors(outcome: "Outcome", *, named: bool) -> None:
    """Print what could not be checked on standard error; only their number if the printed text names them."""
    incomplete = outcome.incomplete
    if not named:
        show_errors([one.unresolved.text for one in incomplete])
    elif incomplete:
        what = plural(len(incomplete), "build or declaration", "builds or declarations")
        show_errors([f"{what} could not be checked; --allow-unchecked GLOB excuses what is known"])


def run_checks(
    options: BuildOptions,
    sources: BuildSources,
    rules: RuleOptions,
    given: "LimitSettings",
    checks: "CheckSettings",
    effective: Effective,
) -> Checked:
    """Check the builds that are named, or those of the configuration. Raises CtxoptError.

    `given` and `checks` are among the options; `effective` gives the limits that apply to a build.
    """
    from ctxopt.builds.build import with_platform
    from ctxopt.checks.outcome import Outcome, excused
    from ctxopt.config.parse import require_rules
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.findings import rule_names

    sources.require_alone(options)
    config = configuration(options.directory)
    require_rules(config, rule_names(), given)
    configured = not sources and options.context is None and not options
    if configured and config.builds:
        sources = BuildSources(names=tuple(build.name for build in config.builds))
    # Where nothing says which of two directories a build has, it is checked in both.
    choice = choose(sources, options, config).with_others().with_platforms(with_platform)
    run = _Run(
        config,
        effective,
        rules.settings(config),
        Bases(options.directory, [one.build.context for one in choice.builds]),
    )
    against = given.against or config.limits.against
    revision = "" if against is None else against.value
    earlier = earlier_builds(options, sources, choice, run.bases, revision, configured=configured)
    results: list[BuildCheck] = []
    new: list[str] = []
    directory = options.directory if sources.everything else os.curdir
    unchecked = [*choice.unchecked, *(unchecked_in(directory, one) for one in earlier.unknown)]
    gone: list[Gone] = []
    builds = [(one, None) for one in choice.builds] + [(one.chosen, one) for one in earlier.again]
    opened_builds = open_chosen(
        [replace(one, build=with_platform(one.build)) for one, _ in builds], IgnoredPolicy.MEASURE
    )
    for (one, opened), (_, again) in zip(opened_builds, builds, strict=True):
        try:
            with progress("Checking"):
                result = run.checked(one, opened, again, earlier)
                if again is not None and result.report.errors:
                    gone.append(again.impossible(revision, result.report.errors[0]))
                elif again is not None and not result.passed and run.passed_before(opened, again, revision):
                    results = [_with_note(other, again, revision) for other in results]
                    continue
                else:
                    results.append(result)
                    if again is None and result.base is None:
                        new.append(one.name or result.report.dockerfile)
                unchecked += _unresolved(one, opened, result)
        except CtxoptError as error:
            if not sources:
                raise
            if again is not None and cannot_be_built(again.chosen.build, error):
                gone.append(again.impossible(revision, error))
            else:
                unchecked.append(_refused(one, error))
    gone += not_found(run.bases.gone(earlier.rest, revision), revision)
    replaced = _may_be_new(gone, new, results)
    unchecked += [unchecked_in(directory, one.unresolved(new)) for one in replaced]
    allowed = checks.allow_unchecked or config.checks.allow_unchecked
    exclude = excluded_directories(sources.exclude, config) if sources.everything else ()
    outcome = Outcome(
        tuple(_each_once(results)),
        excused(unchecked, allowed.value if allowed else ()),
        tuple(one.text for one in gone if one not in replaced),
        tuple(pattern.cleaned for pattern in exclude),
    )
    return Checked(outcome, [*config.notes, *choice.notes])


def _with_note(result: "BuildCheck", again: "Again", revision: str) -> "BuildCheck":
    """The check of a build with a note, if that build is the one that is declared otherwise now."""
    if result.name != again.original:
        return result
    note = (
        f"{again.original}: its Dockerfile and its declaration changed together: as it was declared at {revision} it "
        "passes with the Dockerfile of then, and would fail with the one of now"
    )
    return replace(result, notes=(*result.notes, note))


def _may_be_new(gone: "list[Gone]", new: list[str], results: "list[BuildCheck]") -> "list[Gone]":
    """The builds that are gone, and that new ones may be, where any size is limited."""
    limits = {name for result in results for name in result.limits.names}
    contexts = {os.path.realpath(result.report.root) for result in results}
    growth = "max-growth" in limits
    return [one for one in gone if limits and one.may_be(new, contexts, growth=growth)]


def _each_once(results: "list[BuildCheck]") -> "Iterator[BuildCheck]":
    """The results of all builds, in which a finding that fails none of them is listed once for a context."""
    from ctxopt.findings.across import BuildFindings, each_once

    failing = {finding for result in results for finding in result.failing}
    builds = [BuildFindings(one.name or "", one.report.root, one.report.findings) for one in results]
    for result, findings in zip(results, each_once(builds, lambda one: one not in failing), strict=True):
        yield replace(result, report=replace(result.report, findings=findings))


def _refused(chosen: ChosenBuild, error: CtxoptError) -> "Unchecked":
    """A build that cannot be checked because of an error."""
    from ctxopt.builds.build import Unresolved

    build = chosen.build
    file = error.file or (os.path.relpath(build.dockerfile, build.context) if build.dockerfile else "Dockerfile")
    return unchecked_in(build.context, Unresolved(chosen.name or file, file, error.text))


def _unresolved(chosen: ChosenBuild, opened: "Opened", result: "BuildCheck") -> "Iterator[Unchecked]":
    """What of a build that was checked is not known."""
    from ctxopt.builds.build import Unresolved
    from ctxopt.checks.unknown import unknowns

    for file, line, reason in unknowns(opened.usable.plan):
        yield unchecked_in(opened.build.context, Unresolved(chosen.name or file, file, reason, line))
    file = opened.usable.plan.file
    for reason in result.unknown:
        yield unchecked_in(opened.build.context, Unresolved(chosen.name or file, file, reason))


@dataclass(frozen=True, slots=True)
class _Run:
    """What the checks of all builds have in common: the limits that apply to each, the rules, and where it was."""

    config: "Config"
    effective: Effective
    rules: "Settings"
    bases: Bases
    #: The reports of contexts that several builds have, as long as they are there, by the view that is limited.
    reports: "dict[int, WeakKeyDictionary[BuildContext, Report]]" = field(default_factory=dict)

    def checked(
        self, chosen: ChosenBuild, opened: "Opened", again: "Again | None", earlier: EarlierBuilds
    ) -> "BuildCheck":
        """One build, checked against the limits that apply to it. Raises CtxoptError."""
        settings = self._settings(chosen)
        context = opened.usable
        base = None
        notes = chosen.notes
        if settings.against is not None:
            revision = settings.against.value
            candidates = (again.before,) if again else (None, *earlier.in_the_same_context(chosen.build))
            failed = ""
            for before in candidates:
                try:
                    base = self.bases.of(chosen.build, revision, context, before)
                    notes += base.notes
                    break
                except (DockerfileError, ContextError) as error:
                    failed = failed or f"nothing to compare with at {revision}: {error.text}"
            else:
                notes += (failed,)
        return self._check(chosen, context, base, notes, again.before if again else earlier.undeclared(chosen.build))

    def passed_before(self, opened: "Opened", again: "Again", revision: str) -> bool:
        """Whether a build passes as it was declared at a revision, with the Dockerfile of then and the files of now.

        Then what fails is that another Dockerfile has another context now, if the build is still declared. Raises
        CtxoptError.
        """
        chosen = again.chosen
        if not again.declared:
            return False
        base = self.bases.of(chosen.build, revision, opened.usable, again.before)
        dockerfile = base.context.located.dockerfile.data
        if dockerfile == opened.usable.located.dockerfile.data:
            return False
        return self._check(chosen, opened.usable.with_dockerfile(dockerfile), base, (), again.before).passed

    def _settings(self, chosen: ChosenBuild) -> "LimitSettings":
        """The limits that apply to a build. Raises CtxoptError."""
        settings = self.effective(self.config, chosen.settings)
        if settings.max_growth is not None and settings.against is None:
            raise CtxoptError("max-growth needs a revision to compare with", hint="add --against REV")
        return settings

    def _check(
        self,
        chosen: ChosenBuild,
        context: "BuildContext",
        base: "Base | None",
        notes: tuple[str, ...],
        before: "Build | None" = None,
    ) -> "BuildCheck":
        from ctxopt.checks.check import check
        from ctxopt.config.limits import limits_of

        limits = limits_of(self._settings(chosen))
        return check(
            context,
            limits,
            None if base is None else base.context,
            name=chosen.name,
            revision=None if base is None else base.label,
            notes=notes,
            changed=() if base is None else base.changed,
            alike=() if base is None else base.alike,
            submodules={} if base is None else base.submodules,
            suppressions=self.config.suppressions,
            inline=self._inline(chosen, context, before),
            settings=self.rules,
            known=self.reports.setdefault(limits.view, WeakKeyDictionary()),
        )

    def _inline(self, chosen: ChosenBuild, context: "BuildContext", before: "Build | None") -> "InlinePolicy":
        """Which comments count; at a revision, with the build as that has it. `before` is that build, if known."""
        policy = inline_policy()
        if policy.at_revision is None:
            return policy
        revision = policy.revision
        return replace(policy, before=lambda: self.bases.as_declared(chosen.build, revision, context, before))


def _give(outcome: "Outcome", delivery: Delivery) -> None:
    def text(console: "Console") -> None:
        from ctxopt.render import check

        check.text(outcome, console, quiet=is_quiet(), verbose=is_verbose())

    def as_json() -> str:
        from ctxopt.render import check

        return check.as_json(outcome)

    def annotations() -> "Annotations":
        from ctxopt.annotations.checks import annotate

        return annotate(outcome, [place_in_repository(result.report.root) for result in outcome.results])

    delivery.give(text=text, json=as_json, annotations=annotations)
