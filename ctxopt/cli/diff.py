"""`ctxopt diff`: what a revision, or the working tree, adds to a build context and removes from it."""

from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import show_notes
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, build_options_with_context_option, open_at, open_context
from ctxopt.cli.terminal import is_quiet, progress, terminal_options
from ctxopt.git.repository import place_in_repository

if TYPE_CHECKING:
    from ctxopt.annotations.model import Annotations

_EPILOG = """\b
Examples:
  ctxopt diff main                 from main to the working tree
  ctxopt diff v1.0 v1.1 -C services/api
  ctxopt diff HEAD~1 HEAD --format markdown
"""


@click.command("diff", epilog=_EPILOG)
@click.argument("revision", metavar="REV")
@click.argument("other", metavar="[REV2]", required=False)
@build_options_with_context_option
@delivery_options()
@terminal_options
def command(
    revision: str,
    other: str | None,
    options: BuildOptions,
    delivery: Delivery,
) -> None:
    """Show what REV2, or the working tree, adds to and removes from the context at REV.

    Revisions are read from git's objects; nothing is checked out.
    """
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.render import difference as rendering
    from ctxopt.reports.compare.difference import difference

    build = options.build()
    before, first = open_at(build, revision)
    if other is None:
        after, second = open_context(build, IgnoredPolicy.SKIP), "the working tree"
    else:
        after, second = open_at(build, other)
    with progress("Comparing"):
        compared = difference(before, after, (first, second))

    def annotations() -> "Annotations":
        from ctxopt.annotations.difference import annotate

        return annotate(compared, place_in_repository(after.root))

    read = [f"named context {name} is not compared" for name, named in after.named.items() if named.plan.reads]
    show_notes(read)
    delivery.give(
        text=lambda terminal: rendering.text(compared, terminal, quiet=is_quiet()),
        json=lambda: rendering.as_json(compared),
        annotations=annotations,
    )
