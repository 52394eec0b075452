"""The picture of a build: one walk, the report, what `generate` would write, and all of it put together."""

from dataclasses import replace

from ctxopt.builds.build import Build
from ctxopt.builds.opened import record
from ctxopt.checks.suppress import without_suppressed
from ctxopt.checks.suppression import Suppression
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.disk import Progress
from ctxopt.core.context.locate import context_root
from ctxopt.core.context.walk import LeftOut
from ctxopt.errors import CtxoptError
from ctxopt.findings.settings import DEFAULT, Settings
from ctxopt.proposal.considered import Request
from ctxopt.proposal.propose import propose
from ctxopt.reports.report import report
from ctxopt.treemap.make import picture
from ctxopt.treemap.model import Picture


def take(
    build: Build,
    suppressions: tuple[Suppression, ...] = (),
    progress: Progress | None = None,
    settings: Settings = DEFAULT,
) -> Picture:
    """Take the picture of a build, with `settings` for the rules. Raises CtxoptError where BuildKit would refuse it."""
    root = context_root(build.context)
    recorded = record(root, progress)
    context = BuildContext(
        root,
        build.dockerfile,
        build.target,
        dict(build.build_args),
        build.platform,
        left_out=LeftOut.RECORD,
        recorded=recorded,
    )
    made, notes = without_suppressed(report(context, settings), context, suppressions)
    made = replace(made, notes=(*made.notes, *notes))
    request = Request(
        () if build.dockerfile is None else (build.dockerfile,),
        () if build.target is None else (build.target,),
        build.build_args,
        build.platform,
    )
    try:
        return picture(context, recorded, made, propose(root, request, recorded=recorded))
    except CtxoptError as error:
        return picture(context, recorded, made, None, f"There is no proposal: {error.text}")
