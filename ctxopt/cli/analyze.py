"""`ctxopt analyze`: the size of a context, what uses it, and what is unused."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import BuildSources, choose, open_chosen, show_notes, sources_options
from ctxopt.cli.configuration import config_options, configuration, inline_policy, suppression_options
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, RuleOptions, as_value, build_options, excluded_directories, rule_options
from ctxopt.cli.shell import generate_command, shown_directory
from ctxopt.cli.terminal import is_quiet, is_verbose, progress, show_errors, terminal_options
from ctxopt.errors import CtxoptError
from ctxopt.evidence.one_run import one_run
from ctxopt.git.repository import place_in_repository

if TYPE_CHECKING:
    from rich.console import Console

    from ctxopt.annotations.model import Annotations
    from ctxopt.builds.opened import Opened
    from ctxopt.config.model import Config
    from ctxopt.daemon.model import EngineReport
    from ctxopt.findings.settings import Settings
    from ctxopt.reports.cost.model import Cost, Rates
    from ctxopt.reports.report import Report
    from ctxopt.reports.savings import Savings

#: Maximum number of the largest entries of a context, so that all fits a screen.
_ROWS = 10

_EPILOG = """\b
Examples:
  ctxopt analyze
  ctxopt analyze services/api -f services/api/Dockerfile --target test
  ctxopt analyze --compose compose.yaml
  ctxopt analyze --scan-secrets
  ctxopt analyze --build-arg VERSION=1.2 --format json > report.json
  ctxopt analyze --builds-per-day 40 --bandwidth 100mbit
  ctxopt analyze --disk-usage          also what Docker keeps on disk, and how to prune it
"""


def _rates(builds_per_day: int | None, bandwidth: str | None) -> "Rates | None":
    """The rates for an estimate of the cost; None if it is not asked for. Raises CtxoptError."""
    if builds_per_day is None and bandwidth is None:
        return None
    from ctxopt.reports.cost.bandwidth import parse_bandwidth
    from ctxopt.reports.cost.model import Rates

    return Rates(builds_per_day, None if bandwidth is None else parse_bandwidth(bandwidth))


_cost_options = as_value(
    "rates",
    _rates,
    click.option(
        "--builds-per-day",
        type=click.IntRange(1, 1_000_000),
        metavar="N",
        help="Show the transfer volume of N builds a day, current and with the proposal of generate.",
    ),
    click.option(
        "--bandwidth", metavar="SPEED", help="Show the transfer time at this speed, such as 100mbit or 12.5MB/s."
    ),
)


@click.command("analyze", epilog=_EPILOG)
@build_options
@sources_options
@rule_options
@config_options
@suppression_options
@delivery_options()
@_cost_options
@click.option("--disk-usage", is_flag=True, help="Also show the disk usage of the Docker engine, and how to prune it.")
@click.option("--engine", "old_disk_usage", is_flag=True, hidden=True)
@click.option("--top", type=click.IntRange(min=1), help="Maximum number of the largest files and directories.")
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    sources: BuildSources,
    rules: RuleOptions,
    delivery: Delivery,
    rates: "Rates | None",
    disk_usage: bool,
    old_disk_usage: bool,
    top: int | None,
) -> None:
    """Show the size of the build context in CONTEXT, and which instruction uses it.

    Lists what each builder sends, what each instruction reads and whether that gets into the image, unused
    files, and findings. With --builds-per-day or --bandwidth also the transfer cost, current and with the
    ignore file that `ctxopt generate` proposes. With --disk-usage also what `docker system df` shows for the
    engine of DOCKER_HOST or of the docker context.
    """
    ctx.with_resource(one_run())
    from ctxopt.config.builds import declared_builds
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.reports.savings import Proposals

    sources.require_alone(options)
    if rates is not None:
        options.refuse_ignore_file()
    config = configuration(options.directory)
    choice = choose(sources, options, config).with_platforms()
    chosen, notes = choice.builds, choice.notes
    unresolved = [one.unresolved.text for one in choice.unchecked]
    settings = rules.settings(config)
    reports: list[tuple[str | None, Report]] = []
    # What was only found below the context is skipped; what was named has to be read.
    notes += [f"skipped: {text}" for text in unresolved if sources.everything and chosen]
    failed = [] if sources.everything and chosen else unresolved
    # A proposal is for the ignore file that Docker reads.
    wanted = options.ignore_file is None and (delivery.format in ("text", "json") or rates is not None)
    exclude = excluded_directories(sources.exclude, config)
    proposals = Proposals(lambda root: replace(options.request_for(root, declared_builds(config)), exclude=exclude))
    for one, opened in open_chosen(chosen, IgnoredPolicy.MEASURE, unfiltered_too=wanted):
        try:
            with progress("Checking the rules"):
                made = _report(opened, config, settings, top)
            if wanted:
                typed = shown_directory(opened.build.context) if sources else options.directory
                saved = proposals.savings(opened.usable, generate_command(typed, options))
                made = replace(made, savings=saved, cost=_cost(saved, rates))
            reports.append((one.name, made))
            scan = _scan_note(opened) if is_verbose() else None
            notes += [scan] if scan is not None and scan not in notes else []
        except CtxoptError as error:
            if not sources:
                raise
            failed.append(f"{one.name}: {error.text}")
    if old_disk_usage:
        notes.append("--engine is deprecated: type `ctxopt analyze --disk-usage`")
    reports = _each_once(reports)
    if reports:
        engine = _engine() if disk_usage or old_disk_usage else None
        _give(reports, delivery, top, engine, many=bool(sources))
    show_notes(notes)
    failed += [error.text for _, report in reports for error in report.errors]
    show_errors(failed)
    if failed:
        ctx.exit(2)


def _report(opened: "Opened", config: "Config", rules: "Settings", top: int | None) -> "Report":
    """The report of one build. Raises CtxoptError."""
    from ctxopt.checks.suppress import report_without_suppressed
    from ctxopt.reports.report import LARGEST

    entries = max(LARGEST, top or 0)
    return report_without_suppressed(opened.usable, rules, config.suppressions, entries, inline_policy())


def _each_once(reports: "list[tuple[str | None, Report]]") -> "list[tuple[str | None, Report]]":
    """The reports of all builds, in which a finding is listed once for a context."""
    if len(reports) < 2:
        return reports
    from ctxopt.findings.across import BuildFindings, each_once

    builds = [BuildFindings(name or "", report.root, report.findings) for name, report in reports]
    found = each_once(builds)
    return [(name, replace(report, findings=own)) for (name, report), own in zip(reports, found, strict=True)]


def _scan_note(opened: "Opened") -> str | None:
    from ctxopt.reports.scanners import scan_note

    return scan_note(opened.usable.plan)


def _cost(savings: "Savings", rates: "Rates | None") -> "Cost | None":
    if rates is None:
        return None
    from ctxopt.reports.cost.estimate import estimate

    return estimate(savings, rates)


def _engine() -> "EngineReport":
    from ctxopt.daemon.ask import ask_engine

    return ask_engine()


def _give(
    reports: "list[tuple[str | None, Report]]",
    delivery: Delivery,
    top: int | None,
    engine: "EngineReport | None",
    *,
    many: bool,
) -> None:
    def text(console: "Console") -> None:
        from ctxopt.render import text as rendering

        for number, (name, report) in enumerate(reports):
            if number:
                console.print()
            rows = top or _ROWS
            rendering.report(report, console, rows, name=name, quiet=is_quiet(), verbose=is_verbose())
        if engine is not None:
            from ctxopt.render import engine as figures

            console.print()
            figures.text(engine, console, quiet=is_quiet())

    def as_json() -> str:
        from ctxopt.render import json

        return json.reports(reports, engine) if many else json.report(reports[0][1], engine)

    def annotations() -> "Annotations":
        from ctxopt.annotations.model import joined
        from ctxopt.annotations.report import of_report

        parts = [(name, of_report(report, place_in_repository(report.root))) for name, report in reports]
        made = joined("ctxopt analyze", parts) if many else parts[0][1]
        if engine is None:
            return made
        from ctxopt.daemon.describe import summary

        return replace(made, summary=(*made.summary, *summary(engine)))

    delivery.give(text=text, json=as_json, annotations=annotations)
