"""`ctxopt check`: fail where a build context breaks a limit."""

import click

from ctxopt.cli.formats import ANNOTATED, emit, format_options, place_in_repository, render
from ctxopt.cli.options import build_options, console, open_context
from ctxopt.errors import CtxoptError

_EPILOG = """\b
A SIZE is 500kB, 50MB, 1.5GiB, or plain bytes. A SHARE is a size or a percentage, such as 5%.

\b
Examples:
  ctxopt check --max-size 50MB --max-unused 5%
  ctxopt check --view classic --max-files 2000 --fail-on warning
  ctxopt check --max-size 50MB --format sarif -o ctxopt.sarif

\b
Exit codes: 0 passed, 1 a limit or a rule failed or the build would, 2 it could not run.
"""


@click.command("check", epilog=_EPILOG)
@click.argument("context", default=".", required=False)
@build_options
@click.option("--max-size", metavar="SIZE", help="Most bytes of all files.")
@click.option("--max-files", type=click.IntRange(min=0), metavar="N", help="Most files.")
@click.option("--max-unused", metavar="SHARE", help="Most bytes in the context that no instruction reads.")
@click.option("--max-file-size", metavar="SIZE", help="Most bytes of one file.")
@click.option(
    "--view",
    type=click.Choice(["transfer", "classic"]),
    default="transfer",
    show_default=True,
    help="Whose files count: what BuildKit transfers, or what the classic builder sends.",
)
@click.option(
    "--fail-on",
    multiple=True,
    metavar="RULE|SEVERITY",
    help="Fail on findings of a rule, or of a severity (warning, note) and worse; may be repeated.",
)
@format_options
@click.pass_context
def command(
    ctx: click.Context,
    context: str,
    dockerfile: str | None,
    target: str | None,
    build_args: tuple[str, ...],
    platform: str | None,
    max_size: str | None,
    max_files: int | None,
    max_unused: str | None,
    max_file_size: str | None,
    view: str,
    fail_on: tuple[str, ...],
    output_format: str,
    output: str | None,
) -> None:
    """Check the build context in CONTEXT against limits, and name what breaks them.

    Without a limit the build must only work.
    """
    from ctxopt.context.tree import View
    from ctxopt.context.walk import LeftOut
    from ctxopt.limits.amount import parse_share, parse_size
    from ctxopt.limits.check import check
    from ctxopt.limits.model import Limits

    limits = Limits(
        view=View.CLASSIC if view == "classic" else View.TRANSFER,
        max_size=None if max_size is None else parse_size(max_size),
        max_files=max_files,
        max_unused=None if max_unused is None else parse_share(max_unused),
        max_file_size=None if max_file_size is None else parse_size(max_file_size),
        fail_on=_known(fail_on),
    )
    opened = open_context(context, dockerfile, target, build_args, platform, LeftOut.MEASURE)
    result = check(opened, limits)
    from ctxopt.render import check as rendering

    if output_format in ANNOTATED:
        from ctxopt.limits.annotate import annotate

        emit(render(annotate(result, place_in_repository(opened.root)), output_format), output)
    elif output_format == "json":
        emit(rendering.as_json(result), output)
    elif output is not None:
        emit(rendering.plain(result), output)
    else:
        rendering.text(result, console())
    if not result.passed:
        ctx.exit(1)


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of rules and severities as given. Raises CtxoptError for one that there is not."""
    from ctxopt.dockerfile.flags import suggestion
    from ctxopt.findings import rule_ids

    known = [*rule_ids(), "error", "warning", "note"]
    for name in names:
        if name not in known:
            near = suggestion(name, known)
            raise CtxoptError(f'"{name}" is neither a rule nor a severity{near}', hint="known are " + ", ".join(known))
    return names
