"""`ctxopt verify`: build with and without the proposed ignore file, and keep only the patterns that break nothing.

The only command that runs the code of the project.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import BuildSources, choose, show_notes, sources_options
from ctxopt.cli.configuration import config_options, configuration
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, as_value, build_options_to_run, excluded_directories
from ctxopt.cli.outputs import note_builds
from ctxopt.cli.terminal import clear_progress, is_quiet, progress, stages_of_work, terminal_options
from ctxopt.cli.written import write_files
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import inert, printable
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ctxopt.builds.build import Build
    from ctxopt.builds.discovery import Request
    from ctxopt.core.context.tree import Tree
    from ctxopt.proposal.model import Proposal
    from ctxopt.verify.model import Verification
    from ctxopt.verify.request import Passed

_EPILOG = """\b
Examples:
  ctxopt verify                          build before and after, show the result
  ctxopt verify --write                  write only the patterns that were verified
  ctxopt verify --run "python manage.py check"
  ctxopt verify --all --engine podman --max-builds 60

This command runs the code of the Dockerfiles: use it on projects whose builds you would run.

Exit codes: 0 every pattern is verified, 1 a pattern was dropped or not verified, 2 the build fails as it is.
"""

#: Seconds for one build or one command, unless --timeout is set.
_TIMEOUT = 1800.0
_MAX_BUILDS = 40


@dataclass(frozen=True, slots=True)
class Settings:
    """What builds, and how much is tried."""

    engine: str = "auto"
    builder: str = "buildkit"
    network: str | None = None
    secrets: tuple[str, ...] = ()
    ssh: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    search: bool = False
    max_builds: int = _MAX_BUILDS
    timeout: float = _TIMEOUT
    keep: bool = False

    def passed(self) -> "Passed":
        """What is passed through to the builder."""
        from ctxopt.verify.request import Passed

        return Passed(self.network, self.secrets, self.ssh)


@click.command("verify", epilog=_EPILOG)
@build_options_to_run
@sources_options
@click.option(
    "--level",
    type=click.Choice(["proven", "likely"]),
    help="Evidence required to try a pattern (default: that of the block in the ignore file, or else likely).",
)
@click.option(
    "--style",
    type=click.Choice(["denylist", "allowlist"]),
    help="Style of the ignore file (default: that of the block in it, or else denylist).",
)
@as_value(
    "settings",
    Settings,
    click.option(
        "--engine",
        type=click.Choice(["auto", "docker", "podman", "buildah"]),
        default="auto",
        show_default=True,
        help="Program to build with; auto takes the first that works.",
    ),
    click.option(
        "--builder",
        type=click.Choice(["buildkit", "classic", "legacy"]),
        default="buildkit",
        show_default=True,
        help="Builder of docker.",
    ),
    click.option("--network", metavar="MODE", help="Network of builds and commands, as for docker build."),
    click.option("--secret", "secrets", multiple=True, metavar="SPEC", help="Secret for the builds (repeatable)."),
    click.option("--ssh", multiple=True, metavar="SPEC", help="SSH agent for the builds (repeatable)."),
    click.option(
        "--run",
        "commands",
        multiple=True,
        metavar="COMMAND",
        help="Run in both images; the exit code must not change (repeatable).",
    ),
    click.option("--search", is_flag=True, help="Also try the largest entries that only evidence keeps."),
    click.option(
        "--max-builds",
        type=click.IntRange(min=2),
        default=_MAX_BUILDS,
        show_default=True,
        metavar="N",
        help="Maximum number of builds.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=1),
        default=_TIMEOUT,
        show_default=True,
        metavar="SECONDS",
        help="Maximum time of one build or command.",
    ),
    click.option("--keep", is_flag=True, help="Keep the images before and after, and show their names."),
)
@click.option("--write", is_flag=True, help="Write the patterns that were verified (default: only show them).")
@config_options
@delivery_options("markdown", annotated=False)
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    sources: BuildSources,
    level: str | None,
    style: str | None,
    settings: Settings,
    write: bool,
    delivery: Delivery,
) -> None:
    """Build CONTEXT with and without the proposed ignore file, and compare the images.

    This runs the code of the Dockerfiles. Your files are not touched: the proposal is applied to copies. If a
    build, a command of --run or an image misses a file, the patterns to blame are found by more builds and dropped.
    With --write the patterns that were verified are written into the ignore file.
    """
    from ctxopt.builds.opened import walk_unfiltered
    from ctxopt.core.context.locate import context_root
    from ctxopt.verify.interruption import interruptible

    root = context_root(options.directory)
    # Both come from --exclude.
    options = replace(options, exclude=(*options.exclude, *sources.exclude))
    with progress("Searching for builds") as update:
        tree = walk_unfiltered(root, update)
        builds = _builds(options, sources, root, tree)
    with progress("Computing the ignore file"):
        proposal = _proposal(options, builds, root, tree, level, style)
    note_builds(builds)
    _say_what_runs(proposal, builds)
    with interruptible():
        verification = _verified(proposal, builds, tree, settings)
    if write:
        write_files(verification.root, verification.files)
    _show(verification, delivery, written=write)
    ctx.exit(0 if verification.passed else 1)


def _builds(options: BuildOptions, sources: BuildSources, root: str, tree: "Tree") -> "list[Build]":
    """The builds to run: those that get a directory, as their context or by a name. Raises CtxoptError for none."""
    from ctxopt.core.context.locate import default_dockerfile

    sources.require_alone(options)
    options.refuse_ignore_file()
    if not sources and not options and default_dockerfile(root, dialect=options.dialect) is None:
        return _discovered(options, root, tree)
    choice = choose(sources, options, configuration(options.directory))
    if choice.unchecked:
        # A pattern holds only if it holds for every build.
        raise CtxoptError(f"a build cannot be resolved: {choice.unchecked[0].unresolved.text}")
    builds = [one.build for one in choice.builds if root in _directories(one.build)]
    elsewhere = [one.name or one.build.origin for one in choice.builds if root not in _directories(one.build)]
    if elsewhere:
        choice.notes.append(f"not built, since their context is another directory: {', '.join(elsewhere)}")
    show_notes(choice.notes)
    if not builds:
        raise CtxoptError(f"no build has the context {root}", hint="name the context directory of the builds")
    return builds


def _directories(build: "Build") -> set[str]:
    """The directories that a build gets, without links. Raises CtxoptError."""
    from ctxopt.core.context.locate import context_root

    named = [one.directory for one in build.contexts if one.directory is not None]
    return {context_root(directory) for directory in (build.context, *named)}


def _discovered(options: BuildOptions, root: str, tree: "Tree") -> "list[Build]":
    """The builds of a directory without a Dockerfile: those that are declared for it, or that know it by a name."""
    from ctxopt.builds.discovery import Contexts, DiscoveryPolicy, discover
    from ctxopt.evidence.junk_names import is_installed

    policy = DiscoveryPolicy(Contexts.SEARCHED, is_installed)
    found = discover(root, tree, _request(options, ()), policy)
    # A build that knows it by two names is found twice.
    builds = [one.build for one in found.builds if not one.build.further_platform]
    return list({replace(build, origin=""): build for build in builds}.values())


def _proposal(
    options: BuildOptions, builds: "list[Build]", root: str, tree: "Tree", level: str | None, style: str | None
) -> "Proposal":
    from ctxopt.proposal.model import Level, Style
    from ctxopt.proposal.propose import propose

    return propose(
        root,
        _request(options, tuple(builds)),
        level=None if level is None else Level(level),
        default=Level.LIKELY,
        style=None if style is None else Style(style),
        unfiltered=tree,
    )


def _request(options: BuildOptions, builds: "tuple[Build, ...]") -> "Request":
    from ctxopt.config.builds import declared_builds

    declared = tuple(build for build in builds if build.origin)
    config = configuration(options.directory)
    exclude = excluded_directories(options.exclude, config)
    return replace(options.request(), declared=(*declared, *declared_builds(config)), exclude=exclude)


def _say_what_runs(proposal: "Proposal", builds: "list[Build]") -> None:
    """Show on standard error, first of all, that code is run."""
    if not is_quiet():
        names = f"{len(builds)} builds" if len(builds) > 1 else "the build"
        click.echo(f"note: this runs the code of {names} of {proposal.root}", err=True)


def _verified(proposal: "Proposal", builds: "list[Build]", tree: "Tree", settings: Settings) -> "Verification":
    from ctxopt.verify.verify import AsItIsError

    with stages_of_work("Looking for an engine") as show:
        try:
            return verified(proposal, builds, tree, settings, show)
        except AsItIsError as error:
            clear_progress()
            # Above the error, which is one short line.
            for line in error.lines:
                click.echo(inert(f"    {printable(line)}"), err=True)
            raise


def verified(
    proposal: "Proposal",
    builds: "Sequence[Build]",
    tree: "Tree",
    settings: Settings,
    show: "Callable[[str], object]",
) -> "Verification":
    """Build before and after a proposal; `show` is told what is done at the moment. Raises CtxoptError."""
    from ctxopt.verify.engines import find_engine
    from ctxopt.verify.verify import Plan, verify
    from ctxopt.verify.workspace import remove_killed, state_directory, workspace

    state = state_directory()
    remove_killed(state)
    with workspace(state) as place:
        engine = find_engine(
            settings.engine,
            place,
            settings.passed(),
            classic=settings.builder != "buildkit",
            timeout=settings.timeout,
        )
        engine.remove_killed()
        plan = Plan(settings.max_builds, settings.commands, settings.search, settings.keep)
        return verify(proposal, builds, tree, replace(engine, show=show), plan)


def _show(verification: "Verification", delivery: Delivery, *, written: bool) -> None:
    from ctxopt.render import verification as rendering

    delivery.give(
        text=lambda terminal: rendering.text(verification, terminal, written=written, quiet=is_quiet()),
        json=lambda: rendering.as_json(verification, written=written),
        further={"markdown": lambda: rendering.markdown(verification, written=written).encode()},
    )
