"""`ctxopt ls`: the exact list of what is sent, used, unused or ignored."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ctxopt.cli.formats import Delivery, delivery_options, emit, emit_raw
from ctxopt.cli.options import BuildOptions, build_options, open_context
from ctxopt.cli.terminal import is_quiet, terminal_options
from ctxopt.cli.views import ViewChoice

if TYPE_CHECKING:
    from rich.console import Console

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
@build_options
@click.option("--view", type=ViewChoice(VIEWS), default="buildkit", show_default=True, help="Which list.")
@click.option("-l", "--long", is_flag=True, help="With sizes in bytes and the lines of the instructions that read.")
@click.option("--tree", is_flag=True, help="Draw a tree with sizes, and what becomes of each file.")
@click.option("-0", "--null", "null", is_flag=True, help="End names with NUL and write them unescaped.")
@delivery_options(annotated=False)
@terminal_options
def command(
    options: BuildOptions,
    view: str,
    long: bool,
    tree: bool,
    null: bool,
    delivery: Delivery,
) -> None:
    """List what a builder sends from CONTEXT, sorted; directories end in a slash.

    Names are escaped where a terminal could take harm; -0 writes them as they are.
    """
    as_json = delivery.format == "json"
    if sum((tree, null, as_json)) > 1 or (long and null):
        raise click.UsageError("--tree, -0 and --json exclude each other, and --long does not go with -0.")
    from ctxopt.core.context.walk import IgnoredPolicy

    ignored = IgnoredPolicy.RECORD if view == "ignored" else IgnoredPolicy.SKIP
    opened = open_context(options.build(), ignored)
    entries = _LISTS[view](opened)
    if null:
        emit_raw(b"".join(os.fsencode(entry) + b"\0" for entry in entries), delivery.file)
        return
    from ctxopt.render import listing

    if not (long or tree):
        emit(listing.as_json(entries) if as_json else listing.lines(entries), delivery.file)
        return
    from ctxopt.reports.listing import rows as rows_of

    rows = rows_of(opened, entries)
    if tree:
        delivery.give(text=lambda terminal: _draw(opened, rows, terminal, long=long), json=str)
    else:
        emit(listing.long_json(rows) if as_json else listing.long_lines(rows), delivery.file)


def _draw(context: "BuildContext", rows: "list[Row]", console: "Console", *, long: bool) -> None:
    from ctxopt.findings.secret_files import risks
    from ctxopt.render import drawing
    from ctxopt.reports.listing import tree

    drawing.tree(tree(context, rows, risks(context)), console, long=long, quiet=is_quiet())


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
