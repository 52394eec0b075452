"""`ctxopt report`: the context as a map, in a page for a browser."""

import sys
from typing import TYPE_CHECKING

import click

from ctxopt.cli.configuration import config_options, configuration
from ctxopt.cli.formats import emit
from ctxopt.cli.options import BuildOptions, build_options
from ctxopt.cli.terminal import progress, say, show_errors, terminal_options

if TYPE_CHECKING:
    from ctxopt.core.build_context import BuildContext
    from ctxopt.reports.report import Report
    from ctxopt.treemap.model import Treemap

_EPILOG = """\b
Examples:
  ctxopt report -o report.html
  ctxopt report services/api -f services/api/prod.Dockerfile --target web -o api.html
"""


@click.command("report", epilog=_EPILOG)
@build_options
@config_options
@click.option("--format", type=click.Choice(["html"]), expose_value=False, help="Output format (default: html).")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    output: str | None,
) -> None:
    """Show the build context in CONTEXT as a map, in one self-contained HTML file.

    The area of a file is its size, its color what happens to it: the instruction that reads it, in the final
    image, unused, ignored or a secret; for either builder, current and with the proposal of `ctxopt generate`.
    The page also contains the instructions, findings and the proposed ignore file.
    """
    options.refuse_ignore_file()
    if output is None and sys.stdout is not None and sys.stdout.isatty():
        raise click.UsageError("Name a file for the page: `ctxopt report -o report.html`.")
    from ctxopt.render.html.page import page

    treemap = _treemap(options)
    output = None if output == "-" else output
    emit(page(treemap), output)
    if output is not None:
        say(f"written: {output}")
    show_errors([error.text for error in treemap.report.errors])
    if treemap.report.errors:
        ctx.exit(2)


def _treemap(options: BuildOptions) -> "Treemap":
    """The treemap of the build that the options describe. Raises CtxoptError."""
    from dataclasses import replace

    from ctxopt.checks.suppress import report_without_suppressed
    from ctxopt.config.builds import declared_builds
    from ctxopt.config.rules import rule_settings
    from ctxopt.reports.largest import unlisted
    from ctxopt.reports.preview import preview
    from ctxopt.treemap.build import build_treemap

    config = configuration(options.directory)
    build, settings = options.build(), rule_settings(config)

    def analyze(context: "BuildContext") -> "Report":
        reported = report_without_suppressed(context, settings, config.suppressions, entries=0)
        return replace(reported, largest=unlisted(context))

    with progress("Building the map") as update:
        return build_treemap(preview(build, declared_builds(config), update, analyze))
