"""`ctxopt affected`: the builds that a change can alter."""

import os
from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import BuildSources, Choice, show_notes, sources_options
from ctxopt.cli.configuration import config_options
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, build_options_with_context_option
from ctxopt.cli.outputs import note_builds
from ctxopt.cli.states import base_digests_option
from ctxopt.cli.terminal import is_quiet, is_verbose, progress, show_errors, terminal_options
from ctxopt.display import printable

if TYPE_CHECKING:
    from ctxopt.digest.model import Comparison

_EPILOG = """\b
Examples:
  ctxopt affected --against origin/main --all
  ctxopt affected --against HEAD~1 HEAD --compose compose.yaml
  ctxopt affected --against origin/main --all --format github-matrix
  ctxopt affected --against origin/main --all --format names

A build that cannot be read counts as affected.

Exit codes: 0 done, 1 with --exit-code if a build is affected,
2 it could not run, or builds were found that cannot be resolved.
"""


@click.command("affected", epilog=_EPILOG)
@click.argument("other", metavar="[REV2]", required=False)
@click.option("--against", "revision", required=True, metavar="REV", help="Revision to compare with.")
@build_options_with_context_option
@sources_options
@base_digests_option
@click.option("--exit-code", "exit_code", is_flag=True, help="Exit with 1 if a build is affected.")
@config_options
@delivery_options("github-matrix", "names", "paths", annotated=False)
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    other: str | None,
    revision: str,
    options: BuildOptions,
    sources: BuildSources,
    base_digests: str | None,
    exit_code: bool,
    delivery: Delivery,
) -> None:
    """Show the builds that differ between REV and REV2, or the working tree, and what makes them differ.

    Revisions are read from git's objects; nothing is checked out or built.
    """
    from ctxopt.render import affected as rendering

    comparison = _compared(options, sources, revision, other, base_digests)
    delivery.give(
        text=lambda console: rendering.text(comparison, console, quiet=is_quiet(), verbose=is_verbose()),
        json=lambda: rendering.as_json(comparison),
        further={
            "github-matrix": lambda: rendering.github_matrix(comparison).encode(),
            "names": lambda: rendering.names(comparison).encode("utf-8", "backslashreplace"),
            "paths": lambda: rendering.paths(comparison).encode("utf-8", "backslashreplace"),
        },
    )
    show_notes(list(comparison.notes))
    if delivery.format not in ("text", "json") and not is_quiet():
        for build in comparison.affected:
            if not build.build.file:
                note = f"note: {build.build.name} has a Dockerfile that is no file; build it with its own tool"
                click.echo(printable(note), err=True)
    show_errors(comparison.unknown)
    if comparison.unknown:
        ctx.exit(2)
    if exit_code and comparison.affected:
        ctx.exit(1)


def _compared(
    options: BuildOptions, sources: BuildSources, revision: str, other: str | None, base_digests: str | None
) -> "Comparison":
    """The comparison of the two states. Raises CtxoptError."""
    from ctxopt.builds.at_state import declared_alike
    from ctxopt.builds.reading import noted_reads
    from ctxopt.cli.states import chosen_at, chosen_now, named_builds, read_bases, unknown_in
    from ctxopt.core.context.locate import context_root
    from ctxopt.digest.affected import compare
    from ctxopt.digest.digest import StateBuilds
    from ctxopt.git.states import revision_state, work_tree_state

    root = context_root(options.directory)
    with noted_reads() as read:
        now, sources = chosen_now(options, sources)
    read |= {one.build.dockerfile for one in now.builds if one.build.dockerfile is not None}
    read |= {os.path.abspath(path) for path in (*sources.compose, *sources.bake) if path != "-"}
    with progress(f"Reading revision {printable(revision)}"):
        before = revision_state(root, revision)
        after = work_tree_state(root) if other is None else revision_state(root, other)
    if other is None:
        note_builds(one.build for one in now.builds)
    else:
        now = chosen_at(options, sources, after, now.builds, read)
    alike = not now.unchecked and declared_alike(before, after, read)
    then = Choice(now.builds, [], []) if alike else chosen_at(options, sources, before, now.builds, read)
    bases = read_bases(base_digests, after)
    old, new = (named_builds(one, after.top) for one in (then, now))
    with progress("Comparing"):
        earlier = StateBuilds(before, read_bases(base_digests, before), old)
        later = StateBuilds(after, bases, new)
        if not sources:
            keyed = later.keyed(*new[0])
            if keyed.is_missing:
                keyed.require()
        unknown = [*unknown_in(now), *unknown_in(then)]
        return compare(earlier, later, old, new, bases, unknown=unknown, notes=now.notes)
