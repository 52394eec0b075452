"""`ctxopt digest`: one digest a build, over all that can change it."""

import click

from ctxopt.cli.builds import BuildSources, show_notes, sources_options
from ctxopt.cli.configuration import config_options
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, build_options
from ctxopt.cli.outputs import note_builds
from ctxopt.cli.states import base_digests_option
from ctxopt.cli.terminal import is_quiet, is_verbose, progress, show_errors, terminal_options

_EPILOG = """\b
Examples:
  ctxopt digest
  ctxopt digest services/api --by-instruction
  ctxopt digest --all --base-digests bases.json
  ctxopt digest --compose compose.yaml --json

Exit codes: 0 done, 2 a build could not be read.
"""


@click.command("digest", epilog=_EPILOG)
@build_options
@sources_options
@click.option("--by-instruction", is_flag=True, help="Also show the digest at each instruction.")
@base_digests_option
@config_options
@delivery_options(annotated=False)
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    sources: BuildSources,
    by_instruction: bool,
    base_digests: str | None,
    delivery: Delivery,
) -> None:
    """Show a digest over all that can change a build and that is in the repository.

    It is over what instructions read (paths, types, modes as git has them, contents), the instructions themselves,
    the target, build arguments and the platform. Comments, times, unused files and other stages do not change it.
    Files that git ignores are not part of it.
    """
    from ctxopt.cli.states import chosen_now, named_builds, read_bases, unknown_in
    from ctxopt.core.context.locate import context_root
    from ctxopt.digest.digest import StateBuilds, digest_of, info_of
    from ctxopt.digest.model import Digests
    from ctxopt.git.repository import repository_of
    from ctxopt.git.states import DiskState, work_tree_state
    from ctxopt.render import digest as rendering

    choice, _ = chosen_now(options, sources)
    note_builds(one.build for one in choice.builds)
    bases = read_bases(base_digests)
    root = context_root(options.directory if sources or not choice.builds else choice.builds[0].build.context)
    with progress("Reading the repository"):
        state = work_tree_state(root) if repository_of(root) is not None else DiskState(root)
        builds = named_builds(choice, state.top)
        states = StateBuilds(state, bases, builds)
        results = []
        for name, build in builds:
            keyed = states.keyed(name, build)
            if keyed.is_missing and not sources:
                keyed.require()
            results.append(digest_of(keyed, info_of(name, build, state.top), state, bases))
    digests = Digests(state.label, tuple(results), state.notes)
    delivery.give(
        text=lambda console: rendering.text(
            digests, console, by_instruction=by_instruction, quiet=is_quiet(), verbose=is_verbose()
        ),
        json=lambda: rendering.as_json(digests, by_instruction=by_instruction),
    )
    show_notes([*choice.notes, *state.notes])
    errors = [
        result.error if result.error.startswith(f"{result.build.name}:") else f"{result.build.name}: {result.error}"
        for result in digests.builds
        if result.digest is None
    ]
    errors += unknown_in(choice)
    show_errors(errors)
    if errors:
        ctx.exit(2)
