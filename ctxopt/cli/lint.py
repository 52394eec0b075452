"""`ctxopt lint`: the findings of a build, and nothing else."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import BuildSources, sources_options
from ctxopt.cli.check import finish, run_checks
from ctxopt.cli.config import check_options, fail_on_option
from ctxopt.cli.configuration import config_options, suppression_options
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, RuleOptions, build_options, rule_options
from ctxopt.cli.terminal import is_quiet, is_verbose, terminal_options
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.one_run import one_run
from ctxopt.findings import example
from ctxopt.git.repository import place_in_repository

if TYPE_CHECKING:
    from rich.console import Console

    from ctxopt.annotations.model import Annotations
    from ctxopt.checks.outcome import Outcome
    from ctxopt.config.model import BuildSettings, CheckSettings, Config, LimitSettings

_EPILOG = f"""\b
Examples:
  ctxopt lint
  ctxopt lint services/api/Dockerfile
  ctxopt lint --select CTX1 --fail-on note
  ctxopt lint --ignore {example().id} --format github

\b
Exit codes: 0 passed, 1 a finding fails or the build would fail, 2 it could not run.
"""


@dataclass(frozen=True, slots=True)
class _FindingLimits:
    """What fails: findings that --fail-on names, or the configuration, or else warnings. Sizes are no matter here."""

    given: "LimitSettings"

    def __call__(self, config: "Config", build: "BuildSettings | None") -> "LimitSettings":
        from ctxopt.checks.suppression import Origin
        from ctxopt.config.model import DEFAULTS, Given, LimitSettings

        configured = LimitSettings(fail_on=config.stated(build, self.given).fail_on)
        warnings: Given[tuple[str, ...]] = Given(("warning",), "warning", Origin("default", "fail-on"))
        return configured.over_defaults(replace(DEFAULTS, fail_on=warnings))


@click.command("lint", epilog=_EPILOG)
@build_options
@sources_options
@fail_on_option
@check_options
@rule_options
@config_options
@suppression_options
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also if a finding fails.")
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
    """List the findings about the build in CONTEXT: the Dockerfile and the ignore file.

    Errors and warnings fail, unless --fail-on or the configuration says otherwise. Builds are chosen as in
    `ctxopt check`, which checks the sizes.
    """
    ctx.with_resource(one_run())
    finish(
        ctx,
        lambda: run_checks(options, sources, rules, limits, checks, _FindingLimits(limits)),
        lambda outcome: _give(outcome, delivery),
        delivery,
        exit_zero=exit_zero,
    )


def _give(outcome: "Outcome", delivery: Delivery) -> None:
    def text(console: "Console") -> None:
        from ctxopt.render import lint

        lint.text(outcome, console, quiet=is_quiet(), verbose=is_verbose())

    def as_json() -> str:
        from ctxopt.render import lint

        return lint.as_json(outcome)

    def annotations() -> "Annotations":
        from ctxopt.annotations.checks import annotate

        located = [place_in_repository(result.report.root) for result in outcome.results]
        return annotate(outcome, located, "ctxopt lint")

    delivery.give(text=text, json=as_json, annotations=annotations)
