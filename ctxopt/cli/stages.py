"""`ctxopt stages`: what each stage takes from the context, and how much of it gets into the image."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import WALK, BuildOptions, build_options, open_context
from ctxopt.cli.outputs import note_build
from ctxopt.cli.terminal import is_quiet, progress, show_errors, terminal_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctxopt.builds.build import Build
    from ctxopt.core.build_context import BuildContext

_EPILOG = """\b
Columns:
  context         what the stage's own instructions read from the context
  total           files in the finished stage, including those from other stages
  in image        what of "context" is in the final image, directly or by COPY --from

\b
Examples:
  ctxopt stages
  ctxopt stages services/api --target test
  ctxopt stages --each-target
"""


@click.command("stages", epilog=_EPILOG)
@build_options
@click.option("--each-target", is_flag=True, help="Use each stage as the target, one after the other.")
@delivery_options(annotated=False)
@terminal_options
@click.pass_context
def command(
    ctx: click.Context,
    options: BuildOptions,
    each_target: bool,
    delivery: Delivery,
) -> None:
    """Show what each stage reads from CONTEXT, and how much of it gets into the final image.

    Files are followed through COPY, COPY --from and FROM of another stage; changes by RUN are
    unknown.
    """
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.render import stages as rendering
    from ctxopt.reports.stages import stages

    if each_target and options.targets:
        raise click.UsageError("--each-target takes no --target")
    build = options.build()
    contexts = _each(build) if each_target else iter([open_context(build, IgnoredPolicy.SKIP)])
    reports = [stages(one) for one in contexts]

    delivery.give(
        text=lambda terminal: rendering.texts(reports, terminal, quiet=is_quiet()),
        json=lambda: rendering.each_as_json(reports) if each_target else rendering.as_json(reports[0]),
    )
    errors = list(dict.fromkeys(error.text for report in reports for error in report.errors))
    show_errors(errors)
    if errors:
        ctx.exit(2)


def _each(build: "Build") -> "Iterator[BuildContext]":
    """The context of each stage that has a name, as the target, and of the last stage. Raises CtxoptError."""
    from ctxopt.builds.opened import open_build, open_builds
    from ctxopt.core.context.walk import IgnoredPolicy

    names = [stage.name for stage in open_build(build).plan.stages[:-1] if stage.name]
    with progress(WALK) as update:
        for opened in open_builds([replace(build, target=name) for name in (*names, None)], IgnoredPolicy.SKIP, update):
            note_build(opened.usable)
            yield opened.usable
