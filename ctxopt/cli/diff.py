"""`ctxopt diff`: what a revision, or the working tree, adds to a build context and takes from it."""

import click

from ctxopt.cli.options import build_options, console, open_at, open_context

_EPILOG = """\b
Examples:
  ctxopt diff main                 from main to the working tree
  ctxopt diff v1.0 v1.1 -C services/api
  ctxopt diff HEAD~1 HEAD --format json
"""


@click.command("diff", epilog=_EPILOG)
@click.argument("revision", metavar="REV")
@click.argument("other", metavar="[REV2]", required=False)
@click.option("-C", "--context", default=".", show_default=True, metavar="DIR", help="The build context.")
@build_options
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output."
)
def command(
    revision: str,
    other: str | None,
    context: str,
    dockerfile: str | None,
    target: str | None,
    build_args: tuple[str, ...],
    platform: str | None,
    output_format: str,
) -> None:
    """Show what REV2, or the working tree, adds to the context at REV and takes from it.

    Revisions are read from git's objects; nothing is checked out.
    """
    from ctxopt.compare.difference import difference
    from ctxopt.context.walk import LeftOut
    from ctxopt.render import difference as rendering

    build = (dockerfile, target, build_args, platform)
    before, first = open_at(context, revision, *build)
    if other is None:
        after, second = open_context(context, *build, LeftOut.SKIP), "the working tree"
    else:
        after, second = open_at(context, other, *build)
    found = difference(before, after, (first, second))
    if output_format == "json":
        click.echo(rendering.as_json(found))
    else:
        rendering.text(found, console())
