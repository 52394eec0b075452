"""`ctxopt explore`: the context in the terminal, by hand."""

import gc
import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import BuildSources, Choice, choose, show_notes, sources_options
from ctxopt.cli.configuration import config_options, configuration, inline_policy, suppression_options
from ctxopt.cli.options import WALK, BuildOptions, RuleOptions, build_options, excluded_directories, rule_options
from ctxopt.cli.terminal import color_wish, progress, terminal_options
from ctxopt.cli.written import write_files
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ctxopt.cli.verify import Settings
    from ctxopt.config.model import Config
    from ctxopt.core.build_context import BuildContext
    from ctxopt.core.context.disk import Progress
    from ctxopt.explore.app import Actions
    from ctxopt.explore.session import Builds, Opened
    from ctxopt.proposal.model import Proposal
    from ctxopt.reports.report import Report

_EPILOG = """\b
Keys:
  arrows, hjkl, Enter, Backspace   move, open and close directories
  /  filter    s  sort    u  only unused    b  BuildKit or legacy builder
  p  the ignore file as it is, or as proposed
  i  exclude   e  keep    z  undo           w  show the change, and write it
  f  findings  v  verify  o  other build    ?  help    q  quit

\b
Examples:
  ctxopt explore
  ctxopt explore services/api -f services/api/Dockerfile --target test
  ctxopt explore --all                  choose among all builds below this directory
"""
#: Milliseconds in which the rest of a sequence arrives that begins with Escape, also over ssh.
_ESCAPE_DELAY = 30
_INSTALL = "pip install 'docker-ctxopt[explore] @ git+https://github.com/ctxopt/ctxopt'"


@click.command("explore", epilog=_EPILOG)
@build_options
@sources_options
@rule_options
@config_options
@suppression_options
@click.option(
    "--level",
    type=click.Choice(["proven", "likely"]),
    help="Evidence required for the proposal (default: that of the block in the ignore file, or else likely).",
)
@terminal_options
def command(options: BuildOptions, sources: BuildSources, rules: RuleOptions, level: str | None) -> None:
    """Explore the build context in CONTEXT: what is sent, what uses it, and what would break without it.

    The largest entries come first. Entries can be excluded and kept; every build that reads the ignore file is
    evaluated with each choice at once, and what a build needs is refused. Nothing is written before the change is
    shown and confirmed.
    """
    sources.require_alone(options)
    options.refuse_ignore_file()
    _require_terminal()
    _require_textual()
    opened, builds = _opened(options, sources, rules, level)
    # Textual reads it once: how long it waits, in milliseconds, for what may follow an Escape. It would be 100.
    os.environ.setdefault("ESCDELAY", str(_ESCAPE_DELAY))
    from ctxopt.explore.app import Explorer
    from ctxopt.explore.escape import notice_escape
    from ctxopt.explore.session import Session
    from ctxopt.render.glyphs import glyphs_in

    session = Session(opened)
    state = session.present_state()
    notice_escape()
    # A key passes through three threads. Each waits this long for what collects evidence meanwhile; it would be 5 ms.
    sys.setswitchinterval(0.001)
    # Textual knows this variable alone.
    if color_wish() == "never":
        os.environ["NO_COLOR"] = "1"
    elif color_wish() == "always":
        os.environ.pop("NO_COLOR", None)
    # What stays until the end is not looked at again by the garbage collector, which would make keys wait.
    gc.freeze()
    Explorer(session, state, actions(), glyphs_in(sys.stderr.encoding), builds).run()


def _require_terminal() -> None:
    """Raise CtxoptError where there is no terminal to show anything on."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if os.environ.get("TERM") == "dumb" or not all(stream is not None and stream.isatty() for stream in streams):
        raise CtxoptError("explore needs a terminal", hint="type `ctxopt analyze`, whose output can be redirected")


def _require_textual() -> None:
    """Raise CtxoptError where Textual is not installed."""
    if find_spec("textual") is None:
        raise CtxoptError("explore needs Textual, which is not installed", hint=f"type `{_INSTALL}`")


def _opened(
    options: BuildOptions, sources: BuildSources, rules: RuleOptions, level: str | None
) -> "tuple[Opened, Builds | None]":
    """The first build that can be opened, with its walked context, and all to choose from. Raises CtxoptError."""
    from ctxopt.explore.session import Builds

    config = configuration(options.directory)
    choice = choose(sources, options, config).with_platforms()
    show_notes(choice.notes)
    unresolved = [one.unresolved.text for one in choice.unchecked]
    if not choice.builds:
        raise CtxoptError(unresolved[0])
    names = [one.name or one.build.origin for one in choice.builds]
    open_one = _opener(choice, sources, config, _analyze(config, rules), level)
    first, opened = _first_opened(open_one, len(names))
    if len(names) == 1:
        return replace(opened, name=""), None
    return opened, Builds(names, lambda number: open_one(number, None), first, unresolved)


def _first_opened(open_one: "Callable[[int, Progress | None], Opened]", count: int) -> "tuple[int, Opened]":
    """The first of so many builds that can be opened, and its number. Raises the error of the first if none can."""
    errors = []
    with progress(WALK) as update:
        for number in range(count):
            try:
                return number, open_one(number, update)
            except CtxoptError as error:
                errors.append(error)
    raise errors[0]


def _opener(
    choice: "Choice",
    sources: BuildSources,
    config: "Config",
    analyze: "Callable[[BuildContext], Report]",
    level: str | None,
) -> "Callable[[int, Progress | None], Opened]":
    """What walks the context of the build of a number, again each time: files may have been written since."""
    from ctxopt.builds.discovery import Request
    from ctxopt.builds.opened import open_build, walk_unfiltered
    from ctxopt.config.builds import declared_builds
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.explore.session import Opened
    from ctxopt.proposal.model import Level

    named = tuple(one.build for one in choice.builds if one.settings is None) if sources else ()
    declared = (*declared_builds(config), *named)
    exclude = excluded_directories(sources.exclude, config)

    def open_one(number: int, update: "Progress | None") -> "Opened":
        build, name = choice.builds[number].build, choice.builds[number].name
        # The build before this one is dropped, and can then be freed.
        gc.unfreeze()
        # What cannot be planned is refused before the walk.
        planned = open_build(build, IgnoredPolicy.RECORD)
        tree = walk_unfiltered(build.context, update)
        context = planned.with_unfiltered(tree)
        context.walk()
        request = replace(Request.for_build(build, declared), exclude=exclude)
        return Opened(
            build, context, tree, request, analyze, None if level is None else Level(level), name or build.origin
        )

    return open_one


def _analyze(config: "Config", rules: RuleOptions) -> "Callable[[BuildContext], Report]":
    settings, inline = rules.settings(config), inline_policy()

    def analyze(context: "BuildContext") -> "Report":
        from ctxopt.checks.suppress import report_without_suppressed

        return report_without_suppressed(context, settings, config.suppressions, 0, inline)

    return analyze


def actions(settings: "Settings | None" = None) -> "Actions":
    """What the explorer has others do; `settings` say how it builds, and are those of `ctxopt verify` by default."""
    from ctxopt.explore.app import Actions

    def verify(opened: "Opened", proposal: "Proposal", show: "Callable[[str], object]") -> "Sequence[str]":
        from io import StringIO

        from rich.console import Console

        from ctxopt.cli.verify import Settings, verified
        from ctxopt.render import verification as rendering

        result = verified(proposal, [opened.build], opened.tree, settings or Settings(), show)
        text = StringIO()
        console = Console(file=text, width=100, color_system=None, highlight=False, markup=False, emoji=False)
        rendering.text(result, console, written=False, quiet=False)
        return text.getvalue().splitlines()

    return Actions(lambda root, files: write_files(root, files, outside=True), verify)
