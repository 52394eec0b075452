"""`ctxopt cache`: what the last commits would have rebuilt, and what would have avoided that."""

from typing import TYPE_CHECKING

import click

from ctxopt.cli.configuration import config_options, configuration
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, build_options, open_context
from ctxopt.cli.terminal import is_quiet, progress, show_errors, terminal_options
from ctxopt.git.repository import place_in_repository

if TYPE_CHECKING:
    from ctxopt.annotations.model import Annotations

_EPILOG = """\b
Columns:
  rebuilds  commits that rebuild the instruction
  direct    commits that change files it reads itself
  trigger   commits for which it is the first rebuilt instruction
  rank      its rank among the most rebuilt: RUN first, then by rebuilds and bytes

\b
Examples:
  ctxopt cache
  ctxopt cache services/api -f services/api/Dockerfile --commits 500
  ctxopt cache --format markdown --step-summary
"""


@click.command("cache", epilog=_EPILOG)
@build_options
@click.option(
    "--commits",
    type=click.IntRange(1, 100_000),
    default=100,
    show_default=True,
    metavar="N",
    help="Number of recent commits to replay, along first parents.",
)
@config_options
@delivery_options()
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    commits: int,
    delivery: Delivery,
) -> None:
    """Show which instructions of the build in CONTEXT recent commits rebuild.

    The commits are replayed against the current Dockerfile and ignore file; changes are read from git's
    objects, nothing is checked out. Each proposed change is verified by another replay. Not counted is what
    is not in the history: base images, build arguments, uncommitted files.
    """
    from ctxopt.builds.discovery import Request
    from ctxopt.config.builds import declared_builds
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.render import cache as rendering
    from ctxopt.reports.rebuilds import cache_report

    options.refuse_ignore_file()
    build = options.build()
    opened = open_context(build, IgnoredPolicy.SKIP)
    request = Request.for_build(build, declared_builds(configuration(build.context)))
    with progress("Replaying commits"):
        report = cache_report(opened, commits, request)

    def annotations() -> "Annotations":
        from ctxopt.annotations.rebuilds import annotate

        return annotate(report, place_in_repository(report.root))

    delivery.give(
        text=lambda terminal: rendering.text(report, terminal, quiet=is_quiet()),
        json=lambda: rendering.as_json(report),
        annotations=annotations,
    )
    show_errors([error.text for error in report.errors])
    if report.errors:
        ctx.exit(2)
