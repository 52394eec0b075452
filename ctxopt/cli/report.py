"""`ctxopt report`: the context as a map, in a page for a browser."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import BuildSources, Choice, choose, show_notes, sources_options
from ctxopt.cli.configuration import config_options, configuration
from ctxopt.cli.formats import emit, note_inputs
from ctxopt.cli.options import BuildOptions, build_options, excluded_directories
from ctxopt.cli.outputs import note_build
from ctxopt.cli.shell import generate_command, shown_directory
from ctxopt.cli.terminal import progress, say, show_errors, terminal_options
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from ctxopt.config.model import Config
    from ctxopt.core.build_context import BuildContext
    from ctxopt.reports.report import Report
    from ctxopt.treemap.model import Treemap

#: Maximum number of nodes in a page, over all of its builds, and minimum for one of them.
_NODES, _FEWEST = 20_000, 1_000

_EPILOG = """\b
Examples:
  ctxopt report --open                  in the browser
  ctxopt report -o report.html
  ctxopt report --all -o report.html    every build below this directory, in one page
  ctxopt report services/api -f services/api/prod.Dockerfile --target web -o api.html
"""


@click.command("report", epilog=_EPILOG)
@build_options
@sources_options
@config_options
@click.option("--format", type=click.Choice(["html"]), expose_value=False, help="Output format (default: html).")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser; without -o it is a temporary file.")
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    sources: BuildSources,
    output: str | None,
    opens: bool,
) -> None:
    """Show the build context in CONTEXT as a map, in one self-contained HTML file.

    The area of a file is its size, its color what happens to it: the instruction that reads it, in the final
    image, unused, ignored or a secret; for either builder, current and with what `ctxopt generate` proposes at
    each level. The page also contains the instructions, findings and the proposed ignore file.
    """
    options.refuse_ignore_file()
    sources.require_alone(options)
    output = note_inputs(output)
    if opens and output is None:
        output = _temporary()
    if output is None and sys.stdout is not None and sys.stdout.isatty():
        raise click.UsageError("Name a file for the page: `ctxopt report -o report.html`, or type --open.")
    from ctxopt.render.html.page import page

    config = configuration(options.directory)
    choice = choose(sources, options, config).with_platforms()
    treemaps, failed = _treemaps(choice, options, sources, config)
    emit(page(*treemaps), output)
    if output is not None:
        say(f"written: {output}")
    if opens and output is not None:
        _open(output)
    show_notes(choice.notes)
    failed += [error.text for treemap in treemaps for error in treemap.report.errors]
    show_errors(failed)
    if failed:
        ctx.exit(2)


def _treemaps(
    choice: Choice, options: BuildOptions, sources: BuildSources, config: "Config"
) -> "tuple[list[Treemap], list[str]]":
    """The treemaps of the builds, and why others have none. Raises CtxoptError where none has one."""
    from dataclasses import replace

    from ctxopt.config.builds import declared_builds
    from ctxopt.reports.preview import Known, known_of, preview
    from ctxopt.treemap.build import build_treemap

    failed = [one.unresolved.text for one in choice.unchecked]
    most = max(_NODES // max(len(choice.builds), 1), _FEWEST)
    declared, exclude = declared_builds(config), excluded_directories(sources.exclude, config)
    made: list[Treemap] = []
    known: dict[str, Known] = {}
    for one in choice.builds:
        root = one.build.context
        typed = shown_directory(root) if sources else options.directory
        try:
            with progress("Building the map") as update:
                if sources and root not in known:
                    # One at a time: a tree takes memory, and builds on a directory mostly follow each other.
                    known.clear()
                    request = replace(options.request_for(root, declared), exclude=exclude)
                    known[root] = known_of(root, request, update)
                shown = preview(one.build, declared, update, _analysis(config), known.get(root))
                command = generate_command(typed, options)
                made.append(build_treemap(shown, name=one.name or "", command=command, most=most))
        except CtxoptError as error:
            if not sources:
                raise
            failed.append(f"{one.name}: {error.text}")
    if not made:
        raise CtxoptError(failed[0])
    return made, failed


def _analysis(config: "Config") -> "Callable[[BuildContext], Report]":
    """What makes the report of a build, without suppressed findings."""
    from dataclasses import replace

    from ctxopt.checks.suppress import report_without_suppressed
    from ctxopt.config.rules import rule_settings
    from ctxopt.reports.largest import unlisted

    settings = rule_settings(config)

    def analyze(context: "BuildContext") -> "Report":
        note_build(context)
        reported = report_without_suppressed(context, settings, config.suppressions, entries=0)
        return replace(reported, largest=unlisted(context))

    return analyze


def _temporary() -> str:
    """A new file for a page that is opened at once; the browser needs it after this program has ended."""
    import tempfile

    descriptor, path = tempfile.mkstemp(prefix="ctxopt-", suffix=".html")
    os.close(descriptor)
    return path


def _open(file: str) -> None:
    """Open a page in the browser, or say where it is."""
    import webbrowser
    from pathlib import Path

    if not webbrowser.open(Path(file).absolute().as_uri()):
        click.echo(f"note: no browser could be started; open {file}", err=True)
