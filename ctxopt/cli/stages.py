"""`ctxopt stages`: what each stage takes from the context, and how much of it gets into the image."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ctxopt.cli.options import BuildOptions, build_options, open_context
from ctxopt.cli.terminal import console, is_quiet, progress, terminal_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctxopt.builds.build import Build
    from ctxopt.core.build_context import BuildContext

_EPILOG = """\b
Columns:
  takes           what the stage's own instructions read of the context
  holds           what is in the stage at its end, with what other stages gave
  into the image  what of `takes` is in the image, directly or by COPY --from

\b
Examples:
  ctxopt stages
  ctxopt stages services/api --target test
  ctxopt stages --each-target
"""


@click.command("stages", epilog=_EPILOG)
@click.argument("context", default=".", required=False)
@build_options
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output."
)
@click.option("--each-target", is_flag=True, help="Take each stage for the target, one after the other.")
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    context: str,
    options: BuildOptions,
    output_format: str,
    each_target: bool,
) -> None:
    """Show for each stage of the build what it takes from CONTEXT, and what of that gets into the image.

    Files are followed through COPY, COPY --from and FROM of another stage; what a RUN does with them is
    not known.
    """
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.render import stages as rendering
    from ctxopt.reports.stages import stages

    if each_target and options.targets:
        raise click.UsageError("--each-target takes no --target")
    build = options.build(context)
    contexts = _each(build) if each_target else iter([open_context(build, IgnoredPolicy.SKIP)])
    reports = [stages(one) for one in contexts]
    if output_format == "json":
        click.echo(rendering.each_as_json(reports) if each_target else rendering.as_json(reports[0]))
    else:
        for number, report in enumerate(reports):
            if number:
                click.echo()
            rendering.text(report, console(), quiet=is_quiet())
    errors = dict.fromkeys(str(error) for report in reports for error in report.errors)
    for error in errors:
        click.echo(f"error: {error}", err=True)
    if errors:
        ctx.exit(2)


def _each(build: "Build") -> "Iterator[BuildContext]":
    """The context of each stage that has a name, as the target, and of the last stage. Raises CtxoptError."""
    from ctxopt.builds.opened import open_build, open_builds
    from ctxopt.core.context.walk import IgnoredPolicy

    names = [stage.name for stage in open_build(build).plan.stages[:-1] if stage.name]
    with progress("walk") as update:
        for opened in open_builds([replace(build, target=name) for name in (*names, None)], IgnoredPolicy.SKIP, update):
            yield opened.usable
