"""`ctxopt explore`: the context in the terminal, by hand."""

import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import BuildSources, choose, show_notes, sources_options
from ctxopt.cli.configuration import config_options, configuration, inline_policy, suppression_options
from ctxopt.cli.options import WALK, BuildOptions, RuleOptions, build_options, excluded_directories, rule_options
from ctxopt.cli.terminal import color_wish, progress, terminal_options
from ctxopt.cli.written import write_files
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ctxopt.builds.build import Build
    from ctxopt.cli.verify import Settings
    from ctxopt.config.model import Config
    from ctxopt.core.build_context import BuildContext
    from ctxopt.explore.app import Actions
    from ctxopt.explore.session import Opened
    from ctxopt.proposal.model import Proposal
    from ctxopt.reports.report import Report

_EPILOG = """\b
Keys:
  arrows, hjkl, Enter, Backspace   move, open and close directories
  /  filter    s  sort    u  only unused    b  BuildKit or legacy builder
  p  the ignore file as it is, or as proposed
  i  exclude   e  keep    z  undo           w  show the change, and write it
  f  findings  v  verify  ?  help           q  quit

\b
Examples:
  ctxopt explore
  ctxopt explore services/api -f services/api/Dockerfile --target test
"""
_INSTALL = "pip install 'docker-ctxopt[explore]'"


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
    opened = _opened(options, sources, rules, level)
    # Textual reads it once: how long it waits, in milliseconds, for what may follow an Escape. It would be 100.
    os.environ.setdefault("ESCDELAY", "30")
    from ctxopt.explore.app import Explorer
    from ctxopt.explore.session import Session
    from ctxopt.render.glyphs import glyphs_in

    session = Session(opened)
    state = session.present_state()
    # Textual knows this variable alone.
    if color_wish() == "never":
        os.environ["NO_COLOR"] = "1"
    elif color_wish() == "always":
        os.environ.pop("NO_COLOR", None)
    Explorer(session, state, actions(), glyphs_in(sys.stderr.encoding)).run()


def _require_terminal() -> None:
    """Raise CtxoptError where there is no terminal to show anything on."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if os.environ.get("TERM") == "dumb" or not all(stream is not None and stream.isatty() for stream in streams):
        raise CtxoptError("explore needs a terminal", hint="type `ctxopt analyze`, whose output can be redirected")


def _require_textual() -> None:
    """Raise CtxoptError where Textual is not installed."""
    if find_spec("textual") is None:
        raise CtxoptError("explore needs Textual, which is not installed", hint=f"type `{_INSTALL}`")


def _opened(options: BuildOptions, sources: BuildSources, rules: RuleOptions, level: str | None) -> "Opened":
    """The chosen build with its walked context. Raises CtxoptError."""
    from ctxopt.builds.discovery import Request
    from ctxopt.builds.opened import open_build, walk_unfiltered
    from ctxopt.config.builds import declared_builds
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.explore.session import Opened
    from ctxopt.proposal.model import Level

    config = configuration(options.directory)
    build = _build(options, sources, config)
    with progress(WALK) as update:
        tree = walk_unfiltered(build.context, update)
        context = open_build(build, IgnoredPolicy.RECORD, unfiltered=tree)
        context.walk()
    request = Request.for_build(build, declared_builds(config))
    return Opened(
        build,
        context,
        tree,
        replace(request, exclude=excluded_directories(sources.exclude, config)),
        _analyze(config, rules),
        None if level is None else Level(level),
    )


def _build(options: BuildOptions, sources: BuildSources, config: "Config") -> "Build":
    """The one build to explore. Raises CtxoptError where several are named."""
    choice = choose(sources, options, config)
    show_notes(choice.notes)
    if not choice.builds:
        raise CtxoptError(choice.unchecked[0].unresolved.text)
    if len(choice.builds) > 1:
        names = ", ".join(one.name or one.build.origin for one in choice.builds[:5])
        more = f" and {len(choice.builds) - 5} more" if len(choice.builds) > 5 else ""
        raise CtxoptError(
            f"explore shows one build, and there are {len(choice.builds)}: {names}{more}",
            hint="name its context and Dockerfile: `ctxopt explore DIR -f FILE`",
        )
    return choice.builds[0].build


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
