"""`ctxopt check`: fail where a build context breaks a limit."""

from typing import TYPE_CHECKING

import click

from ctxopt.cli.config import limit_options
from ctxopt.cli.formats import ANNOTATED, emit, format_options, place_in_repository, render
from ctxopt.cli.options import build_options, console, open_at, open_context
from ctxopt.errors import CtxoptError, DockerfileError

if TYPE_CHECKING:
    from ctxopt.checks.check import BuildCheck
    from ctxopt.config.model import BuildSettings, Config, LimitSettings

_EPILOG = """\b
A SIZE is 500kB, 50MB, 1.5GiB, or plain bytes. A SHARE is a size or a percentage, such as 5%.

\b
Examples:
  ctxopt check --max-size 50MB --max-unused 5%
  ctxopt check --view classic --max-files 2000 --fail-on warning
  ctxopt check --max-growth 10% --against origin/main
  ctxopt check --build api --format sarif -o ctxopt.sarif

\b
Exit codes: 0 passed, 1 a limit or a rule failed or the build would, 2 it could not run.
"""


@click.command("check", epilog=_EPILOG)
@click.argument("context", required=False)
@build_options
@click.option("--build", "builds", multiple=True, metavar="NAME", help="Build of the configuration; may be repeated.")
@limit_options
@format_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    context: str | None,
    dockerfile: str | None,
    target: str | None,
    build_args: tuple[str, ...],
    platform: str | None,
    builds: tuple[str, ...],
    output_format: str,
    output: str | None,
    **options: object,
) -> None:
    """Check the build context in CONTEXT against limits, and name what breaks them.

    Limits come from the options and from the configuration (see `ctxopt config show`). Without CONTEXT
    and a Dockerfile, all builds of the configuration are checked, or the current directory if it has
    none. Without a limit a build must only work.
    """
    from ctxopt.config.read import limits_from_options, read_config, require_rules
    from ctxopt.findings import rule_ids

    given = limits_from_options({name.replace("_", "-"): value for name, value in options.items()})
    config = read_config(context or ".")
    require_rules(config, rule_ids(), given)
    single = (context, dockerfile, target, platform) != (None, None, None, None) or build_args
    if single and builds:
        raise click.UsageError("--build does not go with CONTEXT, --file, --target, --build-arg and --platform.")
    chosen = _chosen(config, builds)
    if single or not chosen:
        root = context or "."
        results = [_checked(config, None, given, root, dockerfile, target, build_args, platform)]
    else:
        results = [_checked_build(config, build, given) for build in chosen]
    _give(results, output_format, output)
    if not all(result.passed for result in results):
        ctx.exit(1)


def _chosen(config: "Config", names: tuple[str, ...]) -> "list[BuildSettings]":
    """The builds of the configuration of these names, or all. Raises CtxoptError for one that there is not."""
    from ctxopt.config.table import suggestion

    known = {build.name: build for build in config.builds}
    for name in names:
        if name not in known:
            raise CtxoptError(f'there is no build "{name}" in the configuration', hint=suggestion(name, known))
    return [known[name] for name in names] or list(config.builds)


def _checked_build(config: "Config", build: "BuildSettings", options: "LimitSettings") -> "BuildCheck":
    arguments = () if build.build_args is None else tuple(f"{name}={value}" for name, value in build.build_args.value)
    return _checked(
        config,
        build,
        options,
        build.context.value,
        None if build.dockerfile is None else build.dockerfile.value,
        None if build.target is None else build.target.value,
        arguments,
        None if build.platform is None else build.platform.value,
    )


def _checked(
    config: "Config",
    build: "BuildSettings | None",
    options: "LimitSettings",
    context: str,
    dockerfile: str | None,
    target: str | None,
    build_args: tuple[str, ...],
    platform: str | None,
) -> "BuildCheck":
    """One build, checked against what holds for it. Raises CtxoptError."""
    from ctxopt.checks.apply import limits_of
    from ctxopt.checks.check import check
    from ctxopt.context.walk import LeftOut

    settings = config.effective(build, options)
    if settings.max_growth is not None and settings.against is None:
        raise CtxoptError("max-growth needs a revision to compare with", hint="say --against REV")
    opened = open_context(context, dockerfile, target, build_args, platform, LeftOut.MEASURE)
    base = label = None
    notes: tuple[str, ...] = ()
    if settings.against is not None:
        try:
            base, label = open_at(context, settings.against.value, dockerfile, target, build_args, platform)
        except DockerfileError as error:
            notes = (f"nothing to compare with at {settings.against.value}: {error}",)
    return check(
        opened,
        limits_of(settings),
        base,
        name=None if build is None else build.name,
        revision=label,
        notes=notes,
        suppressions=config.suppressions,
    )


def _give(results: "list[BuildCheck]", output_format: str, output: str | None) -> None:
    from ctxopt.render import check as rendering

    if output_format in ANNOTATED:
        from ctxopt.checks.annotate import annotate

        placed = [(result, place_in_repository(result.report.root)) for result in results]
        emit(render(annotate(placed), output_format), output)
    elif output_format == "json":
        emit(rendering.as_json(results), output)
    elif output is not None:
        emit(rendering.plain(results), output)
    else:
        rendering.text(results, console())
