"""`ctxopt explain`: which patterns and which instructions decide about a path."""

import os

import click

from ctxopt.cli.options import BuildOptions, build_options, open_context
from ctxopt.cli.terminal import console, terminal_options

_EPILOG = """\b
Examples:
  ctxopt explain docs/guide.md node_modules
  ctxopt explain -C services/api src/new_file.py    the file need not exist
"""


@click.command("explain", epilog=_EPILOG)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-C", "--context", default=".", show_default=True, metavar="DIR", help="The build context.")
@build_options
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
@terminal_options
def command(
    paths: tuple[str, ...],
    context: str,
    options: BuildOptions,
    as_json: bool,
) -> None:
    """Show every pattern that touches PATH or a parent of it, the verdict, and who reads it.

    A PATH is relative to the context, or absolute. It need not exist.
    """
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.render import explanation
    from ctxopt.reports.explain import explain

    opened = open_context(options.build(context), IgnoredPolicy.SKIP)
    results = [explain(opened, _relative(opened.root, path)) for path in paths]
    if as_json:
        click.echo(explanation.as_json(results))
    else:
        explanation.text(results, console())


def _relative(root: str, path: str) -> str:
    """The path relative to the context. Raises CtxoptError if it lies outside."""
    from ctxopt.builds.reading import relative_to
    from ctxopt.core.golang.paths import clean
    from ctxopt.errors import CtxoptError

    relative = path.replace(os.sep, "/")
    if os.path.isabs(path):
        directory, name = os.path.split(path.rstrip(os.sep + "/"))
        relative = relative_to(root, os.path.join(os.path.realpath(directory or os.sep), name))
    relative = clean(relative)
    if relative == ".." or relative.startswith("../") or os.path.isabs(relative):
        raise CtxoptError("the path lies outside the build context", file=path, hint="name it relative to the context")
    return relative
