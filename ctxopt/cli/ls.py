"""`ctxopt ls`: the exact list of what is sent, used, unused or ignored."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ctxopt.cli.options import BuildOptions, build_options, open_context
from ctxopt.cli.terminal import console, is_quiet, terminal_options

if TYPE_CHECKING:
    from ctxopt.core.build_context import BuildContext
    from ctxopt.reports.listing import Row

_EPILOG = """\b
Views:
  buildkit   the context as BuildKit sees it (everything the ignore file keeps)
  classic    what the classic builder is sent, the Dockerfile and .dockerignore included
  transfer   what BuildKit transfers for this very build
  used       the files that some instruction reads
  unused     the files in the context that no instruction reads
  ignored    what BuildKit's ignore file leaves out

\b
Examples:
  ctxopt ls --view transfer
  ctxopt ls --view unused --long
  ctxopt ls --view unused --tree
  ctxopt ls -0 | xargs -0 du -ch
"""
VIEWS = ("buildkit", "classic", "transfer", "used", "unused", "ignored")


@click.command("ls", epilog=_EPILOG)
@click.argument("context", default=".", required=False)
@build_options
@click.option("--view", type=click.Choice(VIEWS), default="buildkit", show_default=True, help="Which list.")
@click.option("-l", "--long", is_flag=True, help="With sizes in bytes and the lines of the instructions that read.")
@click.option("--tree", is_flag=True, help="Draw a tree with sizes, and what becomes of each file.")
@click.option("-0", "--null", "null", is_flag=True, help="End names with NUL and write them unescaped.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of the same entries.")
@terminal_options
def command(
    context: str,
    options: BuildOptions,
    view: str,
    long: bool,
    tree: bool,
    null: bool,
    as_json: bool,
) -> None:
    """List what a builder sends from CONTEXT, sorted; directories end in a slash.

    Names are escaped where a terminal could take harm; -0 writes them as they are.
    """
    if sum((tree, null, as_json)) > 1 or (long and null):
        raise click.UsageError("--tree, -0 and --json exclude each other, and --long does not go with -0.")
    from ctxopt.core.context.walk import IgnoredPolicy

    ignored = IgnoredPolicy.RECORD if view == "ignored" else IgnoredPolicy.SKIP
    opened = open_context(options.build(context), ignored)
    entries = _LISTS[view](opened)
    if null:
        click.echo(b"".join(os.fsencode(entry) + b"\0" for entry in entries), nl=False)
        return
    from ctxopt.render import listing

    if not (long or tree):
        click.echo(listing.as_json(entries) if as_json else listing.lines(entries), nl=False)
        return
    from ctxopt.reports.listing import rows as rows_of

    rows = rows_of(opened, entries)
    if as_json:
        click.echo(listing.long_json(rows), nl=False)
    elif tree:
        _draw(opened, rows, long=long)
    else:
        click.echo(listing.long_lines(rows), nl=False)


def _draw(context: "BuildContext", rows: "list[Row]", *, long: bool) -> None:
    from ctxopt.findings.secret_files import risks
    from ctxopt.render import drawing
    from ctxopt.reports.listing import tree

    drawing.tree(tree(context, rows, risks(context)), console(), long=long, quiet=is_quiet())


def _ignored(context: "BuildContext") -> list[str]:
    from ctxopt.core.context.tree import EntryKind, View

    context.tree.check(View.BUILDKIT)
    return sorted(
        directory.child_path(name) + ("/" if kind == EntryKind.DIRECTORY else "")
        for directory in context.tree.directories()
        for name, kind, flags in zip(directory.names, directory.kinds, directory.flags, strict=True)
        if not flags & View.BUILDKIT
    )


def _unused(context: "BuildContext") -> list[str]:
    from ctxopt.core.context.tree import View
    from ctxopt.core.usage.readers import is_unused

    context.usage.check()
    entries = context.usage.entries(View.BUILDKIT, is_unused)
    return sorted(directory.child_path(directory.names[place]) for directory, place in entries)


_LISTS: dict[str, Callable[["BuildContext"], list[str]]] = {
    "buildkit": lambda context: context.buildkit_entries,
    "classic": lambda context: context.classic_entries,
    "transfer": lambda context: context.transfer_entries,
    "used": lambda context: context.used_files,
    "unused": _unused,
    "ignored": _ignored,
}
