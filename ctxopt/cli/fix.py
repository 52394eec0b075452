"""`ctxopt fix`: apply the fixes of the findings, after showing them as one diff."""

import os
from typing import TYPE_CHECKING

import click

from ctxopt.cli.builds import BuildSources, choose, open_chosen, show_notes, sources_options
from ctxopt.cli.configuration import config_options, configuration, inline_policy, suppression_options
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import BuildOptions, RuleOptions, build_options, excluded_directories, rule_options
from ctxopt.cli.terminal import is_quiet, is_verbose, progress, terminal_options
from ctxopt.cli.written import WriteAction, write_files, write_options
from ctxopt.evidence.one_run import one_run
from ctxopt.findings import example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ctxopt.core.build_context import BuildContext
    from ctxopt.findings.model import Finding
    from ctxopt.reports.fixes import Fixes

_EPILOG = f"""\b
Examples:
  ctxopt fix                         what would change, as one diff
  ctxopt fix --select {example().id} --write
  ctxopt fix --all --check           in CI: is there anything to fix?
  ctxopt fix --diff | patch -p0

\b
Exit codes: 0 done, 1 with --check if a file would change, 2 it could not run.
"""


@click.command("fix", epilog=_EPILOG)
@build_options
@sources_options
@rule_options
@write_options("show the change")
@config_options
@suppression_options
@delivery_options("diff", annotated=False)
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    sources: BuildSources,
    rules: RuleOptions,
    action: WriteAction,
    delivery: Delivery,
) -> None:
    """Fix findings about the build in CONTEXT in its Dockerfile and ignore file; --write writes them.

    Only fixes that need no decision are applied; the others stay findings, which `ctxopt lint` lists. Before
    anything is written, every build of the context is evaluated with the new files: no instruction may fail,
    and no file that one names may be missing. Comments, line ends and all other lines stay unchanged.
    """
    ctx.with_resource(one_run())
    options.refuse_ignore_file()
    fixes = _fixes(options, sources, rules)
    if action.write:
        write_files(fixes.root, fixes.files, outside=True)
    if action.diff:
        delivery = delivery.as_format("diff")
    _give(fixes, delivery, written=action.write)
    if action.check and fixes.files:
        ctx.exit(1)


def _fixes(options: BuildOptions, sources: BuildSources, rules: RuleOptions) -> "Fixes":
    """The fixes of the chosen builds. Raises CtxoptError."""
    from ctxopt.checks.suppress import report_without_suppressed
    from ctxopt.config.builds import declared_builds
    from ctxopt.core.context.locate import context_root
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.reports.fixes import builds_beside, fixes

    sources.require_alone(options)
    config = configuration(options.directory)
    choice = choose(sources, options, config).with_platforms()
    settings = rules.settings(config)
    inline = inline_policy()
    show_notes([*choice.notes, *(f"skipped: {one.unresolved.text}" for one in choice.unchecked)])
    opened = open_chosen(choice.builds, IgnoredPolicy.MEASURE, unfiltered_too=True)
    builds = [one.usable for _, one in opened]
    declared, exclude = declared_builds(config), excluded_directories(sources.exclude, config)

    def findings_of(context: "BuildContext") -> "Sequence[Finding]":
        return report_without_suppressed(context, settings, config.suppressions, 0, inline).findings

    with progress("Working out the fixes"):
        return fixes(context_root(options.directory), builds, builds_beside(builds, declared, exclude), findings_of)


def _give(fixes: "Fixes", delivery: Delivery, *, written: bool) -> None:
    def text(console: "Console") -> None:
        from ctxopt.render import fixes as rendering

        rendering.text(fixes, console, written=written, quiet=is_quiet(), verbose=is_verbose())

    def as_json() -> str:
        from ctxopt.render import fixes as rendering

        return rendering.as_json(fixes, written=written)

    def diff() -> bytes:
        from ctxopt.render.fixes import patch

        return os.fsencode(patch(fixes))

    delivery.give(text=text, json=as_json, further={"diff": diff})
