"""`ctxopt analyze`: the size of a context, who uses it, and what nobody does."""

import click

from ctxopt.cli.formats import ANNOTATED, emit, format_options, place_in_repository, render
from ctxopt.cli.options import build_options, console, open_context

_EPILOG = """\b
Examples:
  ctxopt analyze
  ctxopt analyze services/api -f services/api/Dockerfile --target test
  ctxopt analyze --build-arg VERSION=1.2 --format json > report.json
"""


@click.command("analyze", epilog=_EPILOG)
@click.argument("context", default=".", required=False)
@build_options
@format_options
@click.option("--top", type=click.IntRange(min=1), help="Rows for unused directories (default: what fits the screen).")
@click.pass_context
def command(
    ctx: click.Context,
    context: str,
    dockerfile: str | None,
    target: str | None,
    build_args: tuple[str, ...],
    platform: str | None,
    output_format: str,
    output: str | None,
    top: int | None,
) -> None:
    """Show what the build context in CONTEXT holds and which instruction uses it.

    For each builder the files and bytes it sends; for each instruction what it reads and whether that
    reaches the image; and, as a tree, what no instruction reads.
    """
    from ctxopt.context.walk import LeftOut
    from ctxopt.report import report

    result = report(open_context(context, dockerfile, target, build_args, platform, LeftOut.MEASURE))
    if output_format in ANNOTATED:
        from ctxopt.annotations import of_report

        emit(render(of_report(result, place_in_repository(result.root)), output_format), output)
    elif output_format == "json":
        from ctxopt.render import json

        emit(json.report(result), output)
    else:
        from ctxopt.render import text

        terminal = console()
        taken = 18 + len(result.reads)
        rows = top or (max(5, terminal.height - taken) if terminal.is_terminal and output is None else 12)
        if output is None:
            text.report(result, terminal, rows)
        else:
            emit(text.plain(result, rows), output)
    for error in result.errors:
        click.echo(f"error: {error}", err=True)
    if result.errors:
        ctx.exit(2)
