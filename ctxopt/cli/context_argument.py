"""The CONTEXT of a command, as it is typed: a directory, or a Dockerfile in one."""

import os
import stat

import click

from ctxopt.cli.shell import has_option, quoted, this_command
from ctxopt.errors import ContextError, CtxoptError


def split_context(given: str) -> tuple[str, str | None]:
    """The context directory, and the Dockerfile if the argument names one. Raises CtxoptError."""
    if given == "-":
        raise CtxoptError(
            "contexts from standard input are not supported", hint=f"type `{this_command(context='DIR')}`"
        )
    try:
        mode = os.stat(given).st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise _not_found(given) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a valid path"
        raise ContextError(f"cannot use it as a build context: {reason}", file=given) from None
    if stat.S_ISDIR(mode):
        return given, None
    if not _is_dockerfile(os.path.basename(given)):
        raise _not_a_context(given)
    return os.path.dirname(given) or os.curdir, given


def _is_dockerfile(name: str) -> bool:
    from ctxopt.builds.dockerfiles import looks_like_dockerfile

    return looks_like_dockerfile(name) or name.lower().startswith(("dockerfile", "containerfile"))


def _not_found(given: str) -> CtxoptError:
    from ctxopt.builds.partial import is_remote

    if is_remote(given):
        return CtxoptError(
            f"remote contexts are not supported: {given}",
            hint=f"clone the repository and type `{this_command(context='DIR')}`",
        )
    if _is_dockerfile(os.path.basename(given)):
        return ContextError(f"{given} not found")
    ctx = click.get_current_context()
    group = ctx.find_root().command
    if isinstance(group, click.Group) and given in group.list_commands(ctx):
        return ContextError(f"context not found: {given}", hint=f"options follow the command: `ctxopt {given} ...`")
    return ContextError(f"context not found: {given}")


def _not_a_context(given: str) -> CtxoptError:
    from ctxopt.builds.dockerfiles import is_bake_file, is_compose_file

    name = os.path.basename(given)
    known = has_option(click.get_current_context().command, "-f")
    command = this_command(
        *(["-f", quoted(given)] if known else []), context=quoted(os.path.dirname(given) or os.curdir)
    )
    for option, fits in (("--compose", is_compose_file), ("--bake", is_bake_file)):
        if fits(name):
            known = has_option(click.get_current_context().command, option)
            command = this_command(option, quoted(given)) if known else f"ctxopt analyze {option} {quoted(given)}"
    return ContextError("it is not a directory or a Dockerfile", file=given, hint=f"try `{command}`")
