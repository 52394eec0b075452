"""`ctxopt stages`: what each stage takes from the context, and how much of it gets into the image."""

from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import open_chosen, single
from ctxopt.cli.options import build_arguments, build_options, dockerfile_path, open_context
from ctxopt.cli.terminal import console, is_quiet, terminal_options

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    dockerfile: str | None,
    target: str | None,
    build_args: tuple[str, ...],
    platform: str | None,
    output_format: str,
    each_target: bool,
) -> None:
    """Show for each stage of the build what it takes from CONTEXT, and what of that gets into the image.

    Files are followed through COPY, COPY --from and FROM of another stage; what a RUN does with them is
    not known.
    """
    from ctxopt.core.context.walk import LeftOut
    from ctxopt.render import stages as rendering
    from ctxopt.reports.stages import stages

    if each_target:
        if target is not None:
            raise click.UsageError("--each-target takes no --target")
        opened = _each(context, dockerfile, build_args, platform)
    else:
        opened = iter([open_context(context, dockerfile, target, build_args, platform, LeftOut.SKIP)])
    reports = [stages(one) for one in opened]
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


def _each(
    context: str, dockerfile: str | None, build_args: tuple[str, ...], platform: str | None
) -> "Iterator[BuildContext]":
    """The build of each stage that has a name, and of the last one. Raises CtxoptError."""
    from ctxopt.core.build_context import BuildContext
    from ctxopt.core.context.walk import LeftOut

    path = None if dockerfile is None else dockerfile_path(context, dockerfile)
    plan = BuildContext(context, path, None, build_arguments(build_args), platform).plan
    targets = [stage.name for stage in plan.stages[:-1] if stage.name]
    chosen = [single(context, dockerfile, target, build_args, platform) for target in (*targets, None)]
    for _, opened in open_chosen(chosen, LeftOut.SKIP):
        yield opened.usable
