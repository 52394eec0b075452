"""`ctxopt ls`: the exact list of what is sent, used, unused or ignored."""

import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from ctxopt.cli.formats import Delivery, delivery_options, emit, emit_lines, emit_raw
from ctxopt.cli.options import BuildOptions, as_value, build_options, open_context
from ctxopt.cli.terminal import is_quiet, terminal_options
from ctxopt.cli.views import ViewChoice
from ctxopt.display import printable

if TYPE_CHECKING:
    from rich.console import Console

    from ctxopt.core.build_context import BuildContext
    from ctxopt.reports.listing import Limits, Row

_EPILOG = """\b
Views:
  transfer   what BuildKit transfers for this build
  buildkit   the context as BuildKit sees it (everything the ignore file keeps)
  classic    what the legacy builder is sent, including the Dockerfile and .dockerignore
  used       files that an instruction reads
  unused     the files in the context that no instruction reads
  ignored    files that BuildKit's ignore file excludes

\b
Examples:
  ctxopt ls --view unused --long
  ctxopt ls --tree --depth 2 --top 10    where the bytes are
  ctxopt ls --long --top 20              the largest files
  ctxopt ls --long --depth 1 --top 10    the largest entries of the top level
  ctxopt ls -0 | xargs -0 du -ch
"""
VIEWS = ("transfer", "buildkit", "classic", "used", "unused", "ignored")


_AT_LEAST_ONE = click.IntRange(min=1)
#: The depth of a tree on a terminal, and the number of entries of each directory, where neither is given.
_ON_TERMINAL = (2, 8)


def _limits(depth: int | None, top: int | None) -> "Limits | None":
    if depth is None and top is None:
        return None
    from ctxopt.reports.listing import Limits

    return Limits(depth, top)


@click.command("ls", epilog=_EPILOG)
@build_options
@click.option("--view", type=ViewChoice(VIEWS), default="transfer", show_default=True, help="Files to list.")
@click.option("-l", "--long", is_flag=True, help="Also show types, sizes in bytes and the lines that read each entry.")
@click.option("--tree", is_flag=True, help="Draw a tree, largest first, with sizes and the status of each file.")
@as_value(
    "limits",
    _limits,
    click.option(
        "--depth",
        type=_AT_LEAST_ONE,
        metavar="N",
        help=f"Sum what is more than N levels deep (--tree on a terminal: {_ON_TERMINAL[0]}).",
    ),
    click.option(
        "--top",
        type=_AT_LEAST_ONE,
        metavar="N",
        help=f"Show the N largest files (--tree: entries of each directory; on a terminal {_ON_TERMINAL[1]}).",
    ),
)
@click.option("-0", "--null", "null", is_flag=True, help="End names with NUL and write them unescaped.")
@delivery_options(annotated=False)
@terminal_options
def command(
    options: BuildOptions,
    view: str,
    long: bool,
    tree: bool,
    limits: "Limits | None",
    null: bool,
    delivery: Delivery,
) -> None:
    """List what a builder sends from CONTEXT, one path per line, sorted; directories end in a slash.

    Entries of a named context follow, with its name and a colon before the path.

    Control characters in names are escaped; -0 writes them as they are. --long and --tree end with the totals.
    """
    as_json = delivery.format == "json"
    if sum((tree, null, as_json)) > 1 or (long and null):
        raise click.UsageError("--tree, -0 and --json are mutually exclusive, and --long does not go with -0.")
    from ctxopt.core.context.walk import IgnoredPolicy

    ignored = IgnoredPolicy.RECORD if view == "ignored" else IgnoredPolicy.SKIP
    opened = open_context(options.build(), ignored)
    # The legacy builder has no named contexts.
    named = () if view == "classic" else opened.named.values()
    contexts = [opened, *(context for context in named if context.plan.reads)]
    entries = [entry for context in contexts for entry in _written(context, _LISTS[view](context))]
    rows: list[Row] = []
    if long or (limits and not tree):
        rows = _limited([row for context in contexts for row in _named_rows(context, view)], limits)
        entries = [row.path for row in rows]
    if null:
        emit_raw(b"".join(os.fsencode(entry) + b"\0" for entry in entries), delivery.file)
        return
    from ctxopt.render import listing

    if tree:
        delivery.give(text=lambda terminal: _draw(contexts, view, limits, terminal, long=long), json=str)
    elif as_json:
        emit(listing.long_json(rows) if long else listing.as_json(entries), delivery.file)
    elif long:
        emit(listing.long_lines(rows) + _total(rows), delivery.file)
    else:
        emit_lines(listing.lines(entries), delivery.file)


def _total(rows: "list[Row]") -> str:
    """The line below a long list, with the line end; empty with --quiet."""
    from ctxopt.render import listing
    from ctxopt.reports.listing import totals

    return "" if is_quiet() else listing.total(totals(rows)) + "\n"


def _written(context: "BuildContext", entries: Iterable[str]) -> Iterable[str]:
    """Entries as they are listed: with the name of their context, if that is a named one."""
    from ctxopt.core.named_context import entry_of

    return (entry_of(context.name, entry) for entry in entries) if context.name else entries


def _named_rows(context: "BuildContext", view: str) -> "list[Row]":
    """What is known of the entries of a context, by the paths under which they are listed."""
    from dataclasses import replace

    from ctxopt.reports.listing import rows

    found = list(rows(context, _LISTS[view](context)))
    listed = _written(context, [row.path for row in found])
    return [replace(row, path=path, context=context.name) for row, path in zip(found, listed, strict=True)]


def _limited(rows: "list[Row]", limits: "Limits | None") -> "list[Row]":
    from ctxopt.reports.listing import limited

    return rows if limits is None else limited(rows, limits)


def _draw(
    contexts: "list[BuildContext]", view: str, limits: "Limits | None", console: "Console", *, long: bool
) -> None:
    """Draw a tree for each context."""
    from ctxopt.evidence.secret_files import risks
    from ctxopt.render import drawing
    from ctxopt.reports.listing import Limits, rows, tree
    from ctxopt.reports.uses import Uses

    for context in contexts:
        if context.name:
            console.print(f"\nContext {printable(context.name)}", markup=False, highlight=False)
        found = rows(context, _LISTS[view](context), Uses(context))
        # A tree that nobody asked to limit fits a few screens of a terminal; elsewhere all of it is wanted.
        default = limits is None and console.is_terminal and sys.stdout.isatty()
        branches = tree(found, risks(context), (Limits(*_ON_TERMINAL) if default else limits) or Limits())
        drawing.tree(branches, console, long=long, quiet=is_quiet())
        if default and sum(not branch.more for branch in branches) <= len(found) and not is_quiet():
            depth, top = _ON_TERMINAL
            click.echo(f"Not all is shown: {depth} levels, {top} entries each (--depth N, --top N)")


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
    return sorted(directory.child_path(directory.names[index]) for directory, index in entries)


_LISTS: dict[str, Callable[["BuildContext"], list[str]]] = {
    "buildkit": lambda context: context.buildkit_entries,
    "classic": lambda context: context.classic_entries,
    "transfer": lambda context: context.transfer_entries,
    "used": lambda context: context.used_files,
    "unused": _unused,
    "ignored": _ignored,
}
