"""`ctxopt stages`: what each stage takes from the context, and how much of it gets into the image."""

import click

from ctxopt.cli.options import build_options, open_context
from ctxopt.cli.terminal import console, is_quiet, terminal_options

_EPILOG = """\b
Columns:
  takes           what the stage's own instructions read of the context
  holds           what is in the stage at its end, with what other stages gave
  into the image  what of `takes` is in the image, directly or by COPY --from

\b
Examples:
  ctxopt stages
  ctxopt stages services/api --target test
"""


@click.command("stages", epilog=_EPILOG)
@click.argument("context", default=".", required=False)
@build_options
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output."
)
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
) -> None:
    """Show for each stage of the build what it takes from CONTEXT, and what of that gets into the image.

    Files are followed through COPY, COPY --from and FROM of another stage; what a RUN does with them is
    not known.
    """
    from ctxopt.context.walk import LeftOut
    from ctxopt.render import stages as rendering
    from ctxopt.stages import stages

    report = stages(open_context(context, dockerfile, target, build_args, platform, LeftOut.SKIP))
    if output_format == "json":
        click.echo(rendering.as_json(report))
    else:
        rendering.text(report, console(), quiet=is_quiet())
    for error in report.errors:
        click.echo(f"error: {error}", err=True)
    if report.errors:
        ctx.exit(2)
