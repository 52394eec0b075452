"""`ctxopt explain`: which patterns and which instructions decide about a path."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, build_options_with_context_option, open_context
from ctxopt.cli.terminal import terminal_options

if TYPE_CHECKING:
    from ctxopt.core.build_context import BuildContext

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

    A PATH is relative to the context, or absolute. It need not exist. NAME:PATH is in the named context NAME.
    """
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.render import explanation
    from ctxopt.reports.explain import explain

    opened = open_context(options.build(), IgnoredPolicy.SKIP)
    results = [one for context, path in _placed(opened, paths) for one in explain(context, [path])]
    delivery.give(text=lambda terminal: explanation.text(results, terminal), json=lambda: explanation.as_json(results))


def _placed(opened: "BuildContext", paths: tuple[str, ...]) -> "Iterator[tuple[BuildContext, str]]":
    """Each path with its context: that of its name, or the one whose directory an absolute path is in.

    Raises CtxoptError for a path in none of them.
    """
    from ctxopt.builds.reading import inside

    # The longest name first: one may begin like another.
    named = sorted(opened.named.values(), key=lambda context: -len(context.name))
    for path in paths:
        context = next((one for one in named if path.startswith(f"{one.name}:")), opened)
        rest = path.removeprefix(f"{context.name}:") if context.name else path
        if context is opened and os.path.isabs(path):
            real = os.path.realpath(os.path.dirname(path.rstrip(os.sep)) or os.sep)
            context = next((one for one in (opened, *named) if inside(one.root, real)), opened)
        yield context, _relative(context.root, rest)


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
