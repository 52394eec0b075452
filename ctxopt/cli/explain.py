"""`ctxopt explain`: which patterns and which instructions decide about a path."""

import os

import click

from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, build_options_with_context_option, open_context
from ctxopt.cli.terminal import terminal_options

_EPILOG = """\b
Examples:
  ctxopt explain docs/guide.md node_modules
  ctxopt explain -C services/api src/new_file.py    the file need not exist
"""


@click.command("explain", epilog=_EPILOG)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@build_options_with_context_option
@delivery_options(annotated=False)
@terminal_options
def command(
    paths: tuple[str, ...],
    options: BuildOptions,
    delivery: Delivery,
) -> None:
    """Show which patterns match PATH or its parents, whether it is sent, and which instructions read it.

    A PATH is relative to the context, or absolute. It need not exist.
    """
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.render import explanation
    from ctxopt.reports.explain import explain

    opened = open_context(options.build(), IgnoredPolicy.SKIP)
    results = explain(opened, [_relative(opened.root, path) for path in paths])
    delivery.give(text=lambda terminal: explanation.text(results, terminal), json=lambda: explanation.as_json(results))


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
