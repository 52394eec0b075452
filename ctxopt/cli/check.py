"""`ctxopt check`: fail where a build context breaks a limit."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import click

from ctxopt.cli.builds import BuildSources, ChosenBuild, choose, open_chosen, show_notes, sources_options
from ctxopt.cli.config import limit_options
from ctxopt.cli.configuration import config_options, configuration
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, RuleOptions, build_options, rule_options
from ctxopt.cli.terminal import is_quiet, is_verbose, progress, terminal_options
from ctxopt.display import printable
from ctxopt.errors import ContextError, CtxoptError, DockerfileError
from ctxopt.git.repository import place_in_repository

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from ctxopt.annotations.model import Annotations
    from ctxopt.builds.build import Build
    from ctxopt.builds.opened import Opened
    from ctxopt.checks.check import BuildCheck
    from ctxopt.config.model import BuildSettings, Config, LimitSettings
    from ctxopt.core.build_context import BuildContext
    from ctxopt.findings.settings import Settings
    from ctxopt.git.revision import Revision

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
Exit codes: 0 passed, 1 a limit or rule failed or the build would fail, 2 it could not run.
"""


@click.command("check", epilog=_EPILOG)
@build_options
@sources_options
@limit_options
@rule_options
@config_options
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also if a limit or a rule fails.")
@delivery_options()
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    sources: BuildSources,
    limits: "LimitSettings",
    rules: RuleOptions,
    exit_zero: bool,
    delivery: Delivery,
) -> None:
    """Check the build context in CONTEXT against limits, and name what exceeds them.

    Limits are options or come from the configuration (see `ctxopt config show`). Without CONTEXT
    and a Dockerfile, all builds of the configuration are checked, or the current directory if it has
    none. With no limit, the build only has to work.
    """
    checked = run_checks(options, sources, rules, limits, lambda config, build: config.effective(build, limits))
    if checked.results:
        _give(checked.results, delivery)
    checked.finish(ctx, exit_zero=exit_zero)


@dataclass(frozen=True, slots=True)
class Checked:
    """The checks of all builds, notes about builds, and the errors of those that could not be checked."""

    results: "list[BuildCheck]"
    notes: list[str]
    failed: list[str]

    def finish(self, ctx: click.Context, *, exit_zero: bool) -> None:
        """Print notes and errors on standard error, and exit with the code of the checks."""
        show_notes(self.notes)
        for problem in self.failed:
            click.echo(f"error: {printable(problem)}", err=True)
        if self.failed:
            ctx.exit(2)
        if not exit_zero and not all(result.passed for result in self.results):
            ctx.exit(1)


def run_checks(
    options: BuildOptions, sources: BuildSources, rules: RuleOptions, given: "LimitSettings", effective: Effective
) -> Checked:
    """Check the builds that are named, or those of the configuration. Raises CtxoptError.

    `given` are the limits among the options; `effective` gives those that apply to a build.
    """
    from ctxopt.config.parse import require_rules
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.findings import rule_names

    sources.require_alone(options)
    config = configuration(options.directory)
    require_rules(config, rule_names(), given)
    if not sources and options.context is None and not options and config.builds:
        sources = BuildSources(names=tuple(build.name for build in config.builds))
    chosen, notes = choose(sources, options, config)
    results = []
    failed = []
    settings = rules.settings(config)
    bases = _Bases()
    for one, opened in open_chosen(chosen, IgnoredPolicy.MEASURE):
        try:
            with progress("Checking"):
                results.append(_checked(one, opened, config, effective(config, one.settings), settings, bases))
        except CtxoptError as error:
            if len(chosen) == 1:
                raise
            failed.append(f"{one.name}: {error.text}")
    return Checked(results, notes, failed)


class _Bases:
    """Builds at revisions; a revision of a directory is read once."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], Revision | CtxoptError] = {}

    def of(self, build: "Build", revision: str) -> "tuple[BuildContext, str]":
        """The context of a build at a revision, and the name of that revision. Raises CtxoptError."""
        from ctxopt.builds.opened import open_build_at
        from ctxopt.git.revision import read_revision

        key = build.context, revision
        if key not in self._read:
            try:
                self._read[key] = read_revision(build.context, revision)
            except CtxoptError as error:
                self._read[key] = error
        state = self._read[key]
        if isinstance(state, CtxoptError):
            raise state
        return open_build_at(build, state), f"{revision} ({state.label})"


def _checked(
    chosen: ChosenBuild, opened: "Opened", config: "Config", settings: "LimitSettings", rules: "Settings", bases: _Bases
) -> "BuildCheck":
    """One build, checked against the limits that apply to it. Raises CtxoptError."""
    from ctxopt.checks.check import check
    from ctxopt.config.limits import limits_of

    if settings.max_growth is not None and settings.against is None:
        raise CtxoptError("max-growth needs a revision to compare with", hint="add --against REV")
    context = opened.usable
    base = label = None
    notes: tuple[str, ...] = ()
    if settings.against is not None:
        try:
            base, label = bases.of(chosen.build, settings.against.value)
        except (DockerfileError, ContextError) as error:
            notes = (f"nothing to compare with at {settings.against.value}: {error.text}",)
    return check(
        context,
        limits_of(settings),
        base,
        name=chosen.name,
        revision=label,
        notes=notes,
        suppressions=config.suppressions,
        settings=rules,
    )


def _give(results: "list[BuildCheck]", delivery: Delivery) -> None:
    def text(console: "Console") -> None:
        from ctxopt.render import check

        check.text(results, console, quiet=is_quiet(), verbose=is_verbose())

    def as_json() -> str:
        from ctxopt.render import check

        return check.as_json(results)

    def annotations() -> "Annotations":
        from ctxopt.annotations.checks import annotate

        return annotate([(result, place_in_repository(result.report.root)) for result in results])

    delivery.give(text=text, json=as_json, annotations=annotations)
