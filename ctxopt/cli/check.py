"""`ctxopt check`: fail where a build context breaks a limit."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import click

from ctxopt.cli.bases import Bases
from ctxopt.cli.builds import (
    BuildSources,
    Choice,
    ChosenBuild,
    choose,
    open_chosen,
    show_notes,
    sources_options,
    unchecked_in,
)
from ctxopt.cli.config import check_options, limit_options
from ctxopt.cli.configuration import config_options, configuration, inline_policy, suppression_options
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, RuleOptions, build_options, excluded_directories, rule_options
from ctxopt.cli.terminal import is_quiet, is_verbose, progress, show_errors, terminal_options
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import plural
from ctxopt.errors import ContextError, CtxoptError, DockerfileError
from ctxopt.git.repository import place_in_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from ctxopt.annotations.model import Annotations
    from ctxopt.builds.opened import Opened
    from ctxopt.checks.check import BuildCheck
    from ctxopt.checks.outcome import Outcome, Unchecked
    from ctxopt.config.model import BuildSettings, CheckSettings, Config, LimitSettings
    from ctxopt.findings.settings import Settings

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
    show_notes(checked.notes)
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
    if not sources and options.context is None and not options and config.builds:
        sources = BuildSources(names=tuple(build.name for build in config.builds))
    choice = choose(sources, options, config)
    results = []
    unchecked = list(choice.unchecked)
    settings = rules.settings(config)
    bases = Bases(options.directory)
    builds = [replace(one, build=with_platform(one.build)) for one in choice.builds]
    for one, opened in open_chosen(builds, IgnoredPolicy.MEASURE):
        try:
            with progress("Checking"):
                results.append(_checked(one, opened, config, effective(config, one.settings), settings, bases))
                unchecked += _unresolved(one, opened)
        except CtxoptError as error:
            if not sources:
                raise
            unchecked.append(_refused(one, error))
    allowed = checks.allow_unchecked or config.checks.allow_unchecked
    gone = tuple(_gone(options, sources, config, given, choice, bases))
    exclude = excluded_directories(sources.exclude, config) if sources.everything else ()
    outcome = Outcome(
        tuple(_each_once(results)),
        excused(unchecked, allowed.value if allowed else ()),
        gone,
        tuple(pattern.cleaned for pattern in exclude),
    )
    return Checked(outcome, [*config.notes, *choice.notes])


def _gone(
    options: BuildOptions,
    sources: BuildSources,
    config: "Config",
    given: "LimitSettings",
    choice: "Choice",
    bases: Bases,
) -> "Iterator[str]":
    """What was built at the revision to compare with, and is no build any more: nothing of it is checked."""
    from ctxopt.cli.states import chosen_at
    from ctxopt.core.context.locate import context_root
    from ctxopt.git.states import revision_state

    against = given.against or config.limits.against
    if against is None or not (sources.compose or sources.bake or sources.everything):
        return
    revision = against.value
    read = {one.build.dockerfile for one in choice.builds if one.build.dockerfile is not None}
    read |= {os.path.abspath(path) for path in (*sources.compose, *sources.bake) if path != "-"}
    try:
        with progress("Reading earlier builds"):
            state = revision_state(context_root(options.directory), revision)
            earlier = chosen_at(options, sources, state, choice.builds, read).builds
    except CtxoptError as error:
        yield f"what was built at {revision} is not known: {error.text}"
        return
    for name in bases.gone(earlier, revision):
        yield f"{name}: built at {revision}, and not found here: not checked"


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


def _unresolved(chosen: ChosenBuild, opened: "Opened") -> "Iterator[Unchecked]":
    """What of a build that was checked is not known."""
    from ctxopt.builds.build import Unresolved
    from ctxopt.checks.unknown import unknowns

    for file, line, reason in unknowns(opened.usable.plan):
        yield unchecked_in(opened.build.context, Unresolved(chosen.name or file, file, reason, line))


def _checked(
    chosen: ChosenBuild, opened: "Opened", config: "Config", settings: "LimitSettings", rules: "Settings", bases: Bases
) -> "BuildCheck":
    """One build, checked against the limits that apply to it. Raises CtxoptError."""
    from ctxopt.checks.check import check
    from ctxopt.config.limits import limits_of

    if settings.max_growth is not None and settings.against is None:
        raise CtxoptError("max-growth needs a revision to compare with", hint="add --against REV")
    context = opened.usable
    base = None
    notes: tuple[str, ...] = ()
    if settings.against is not None:
        try:
            base = bases.of(chosen.build, settings.against.value, context)
            notes = base.notes
        except (DockerfileError, ContextError) as error:
            notes = (f"nothing to compare with at {settings.against.value}: {error.text}",)
    return check(
        context,
        limits_of(settings),
        None if base is None else base.context,
        name=chosen.name,
        revision=None if base is None else base.label,
        notes=notes,
        changed=() if base is None else base.changed,
        alike=() if base is None else base.alike,
        suppressions=config.suppressions,
        inline=inline_policy(),
        settings=rules,
    )


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
