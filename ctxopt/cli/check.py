"""`ctxopt check`: fail where a build context breaks a limit."""

from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import BuildSources, ChosenBuild, choose, open_chosen, show_notes, sources_options
from ctxopt.cli.config import limit_options
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, build_options, rule_options
from ctxopt.cli.terminal import is_quiet, is_verbose, say, terminal_options
from ctxopt.display import printable
from ctxopt.errors import ContextError, CtxoptError, DockerfileError
from ctxopt.git.repository import place_in_repository

if TYPE_CHECKING:
    from rich.console import Console

    from ctxopt.annotations.model import Annotations
    from ctxopt.builds.build import Build
    from ctxopt.builds.opened import Opened
    from ctxopt.checks.check import BuildCheck
    from ctxopt.config.model import Config, LimitSettings
    from ctxopt.core.build_context import BuildContext
    from ctxopt.findings.settings import Settings
    from ctxopt.git.revision import Revision

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
Exit codes: 0 passed, 1 a limit or a rule failed or the build would, 2 it could not run.
"""


@click.command("check", epilog=_EPILOG)
@click.argument("context", required=False)
@build_options
@sources_options
@limit_options
@rule_options
@delivery_options()
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    context: str | None,
    options: BuildOptions,
    sources: BuildSources,
    limits: "LimitSettings",
    scan_secrets: bool,
    delivery: Delivery,
) -> None:
    """Check the build context in CONTEXT against limits, and name what breaks them.

    Limits come from the options and from the configuration (see `ctxopt config show`). Without CONTEXT
    and a Dockerfile, all builds of the configuration are checked, or the current directory if it has
    none. Without a limit a build must only work.
    """
    from ctxopt.config.parse import require_rules
    from ctxopt.config.read import read_config
    from ctxopt.config.rules import rule_settings
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.findings import rule_names

    sources.require_alone(options)
    config = read_config(context or ".")
    say(f"configuration: {config.file or 'none'}")
    require_rules(config, rule_names(), limits)
    if not sources and context is None and not options and config.builds:
        sources = BuildSources(names=tuple(build.name for build in config.builds))
    chosen, notes = choose(sources, options, context, config)
    results = []
    failed = []
    rules = rule_settings(config, scan_secrets=scan_secrets)
    bases = _Bases()
    for one, opened in open_chosen(chosen, IgnoredPolicy.MEASURE):
        try:
            results.append(_checked(one, opened, config, limits, rules, bases))
        except CtxoptError as error:
            if len(chosen) == 1:
                raise
            failed.append(f"{one.name}: {error.text}")
    if results:
        _give(results, delivery)
    show_notes(notes)
    for problem in failed:
        click.echo(f"error: {printable(problem)}", err=True)
    if failed:
        ctx.exit(2)
    if not all(result.passed for result in results):
        ctx.exit(1)


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
    chosen: ChosenBuild, opened: "Opened", config: "Config", options: "LimitSettings", rules: "Settings", bases: _Bases
) -> "BuildCheck":
    """One build, checked against the limits that apply to it. Raises CtxoptError."""
    from ctxopt.checks.check import check
    from ctxopt.config.limits import limits_of

    settings = config.effective(chosen.settings, options)
    if settings.max_growth is not None and settings.against is None:
        raise CtxoptError("max-growth needs a revision to compare with", hint="say --against REV")
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
