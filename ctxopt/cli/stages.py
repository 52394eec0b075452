"""`ctxopt stages`: what each stage takes from the context, and how much of it gets into the image."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import WALK, BuildOptions, build_options, open_context
from ctxopt.cli.outputs import note_build
from ctxopt.cli.terminal import is_quiet, progress, show_errors, terminal_options

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from ctxopt.builds.build import Build
    from ctxopt.core.build_context import BuildContext
    from ctxopt.reports.stages import StagesReport

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


#: Maximum number of rows of all targets together, and of files that their instructions copy.
_ROWS = 20_000
_FILES = 500_000


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
    targets = _targets(build) if each_target else ()
    reports = _reports(build, _shown(targets)) if each_target else [stages(open_context(build, IgnoredPolicy.SKIP))]
    left = max(0, len(targets) - len(reports))

    delivery.give(
        text=lambda terminal: rendering.texts(reports, terminal, left, quiet=is_quiet()),
        json=lambda: rendering.each_as_json(reports, left) if each_target else rendering.as_json(reports[0]),
    )
    errors = list(dict.fromkeys(error.text for report in reports for error in report.errors))
    show_errors(errors)
    if errors:
        ctx.exit(2)


def _targets(build: "Build") -> "tuple[str | None, ...]":
    """The names of the stages that have one, and None for the last stage. Raises CtxoptError."""
    from ctxopt.builds.opened import open_build

    return (*(stage.name for stage in open_build(build).plan.stages[:-1] if stage.name), None)


def _shown(targets: "Sequence[str | None]") -> "Sequence[str | None]":
    """The targets that are looked at: each has a row for every stage, so of very many stages only some are."""
    most = max(1, _ROWS // len(targets))
    return targets if len(targets) <= most else (*targets[: most - 1], targets[-1])


def _reports(build: "Build", targets: "Sequence[str | None]") -> "list[StagesReport]":
    """The reports of the last target, and of those before it until too many files are copied. Raises CtxoptError."""
    from ctxopt.reports.stages import stages

    contexts = _each(build, (targets[-1], *targets[:-1]))
    last = stages(next(contexts))
    reports, copied = [], _copied(last)
    while copied <= _FILES and (context := next(contexts, None)) is not None:
        reports.append(stages(context))
        copied += _copied(reports[-1])
    contexts.close()
    return [*reports, last]


def _copied(report: "StagesReport") -> int:
    """The number of files that the instructions of a build copy, each as often as stages do."""
    return sum(row.takes.files for row in report.rows if row.takes is not None)


def _each(build: "Build", targets: "Sequence[str | None]") -> "Generator[BuildContext, None, None]":
    """The contexts with these targets. Raises CtxoptError."""
    from ctxopt.builds.opened import open_builds
    from ctxopt.core.context.walk import IgnoredPolicy

    with progress(WALK) as update:
        for opened in open_builds([replace(build, target=name) for name in targets], IgnoredPolicy.SKIP, update):
            note_build(opened.usable)
            yield opened.usable
