"""The command line: one module a command, each loaded only when it is used; never works a result out."""

import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from ctxopt.cli.routing import ALIASES, is_bare, with_command
from ctxopt.cli.terminal import clear_progress, is_quiet, terminal_options
from ctxopt.errors import CtxoptError, NoDockerfileError

#: The commands, each with its line in `ctxopt --help`.
_COMMANDS = {
    "affected": "List the builds that a change can alter.",
    "analyze": "Show the size of the build context and what uses it (the default command).",
    "cache": "Show what recent commits rebuild, and what would rebuild less.",
    "check": "Fail where a build context exceeds a limit.",
    "config": "Show the configuration, and where each value is set.",
    "diff": "Show what a revision or the working tree adds and removes.",
    "digest": "Show a digest of all that can change a build.",
    "explain": "Show which patterns and instructions decide about a path.",
    "explore": "Explore the build context in the terminal, and choose what to exclude.",
    "fix": "Apply the fixes of findings that need no decision.",
    "generate": "Propose a .dockerignore that is proven safe, and write it.",
    "help": "Show the help of a command.",
    "init": "Write a ctxopt.toml with limits from the current size.",
    "lint": "List the findings only; fail on warnings.",
    "ls": "List exactly what a builder sends.",
    "plugin": "Add ctxopt to the docker command, as `docker ctxopt`.",
    "report": "Show the build context as a map, in one HTML file.",
    "rules": "List the rules, or explain one.",
    "stages": "Show what each stage uses, and what gets into the image.",
    "verify": "Build with and without the proposed ignore file (runs the project's code).",
    "version": "Show the version.",
}

#: The exit code after Ctrl-C, as in a shell.
_INTERRUPTED = 130

_EPILOG = """\b
Examples:
  ctxopt                              analyze the context in this directory
  ctxopt analyze app -f app/prod.Dockerfile --target web
  ctxopt generate                     what can be excluded, as a diff (--write writes it)
  ctxopt ls --view unused --long      unused files, with sizes
  ctxopt explain docs/guide.md        why a file is sent or not
  ctxopt lint                         findings only

Exit codes: 0 done, 1 a check failed, 2 the input is not usable (one line on stderr says why).
"""
_HINT = "note: `ctxopt --help` lists the other commands"


class _Commands(click.Group):
    """Commands by name, so that a run loads only the one it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"ctxopt.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing:
            # For completion: what comes next may be the name of a command.
            return super().parse_args(ctx, args)
        ctx.obj = is_bare(args)
        return super().parse_args(ctx, with_command(args, _COMMANDS))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None:
            from ctxopt.cli.habits import unknown_command

            raise unknown_command(args[0], _COMMANDS)
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and end the process with the exit code; invalid arguments are reported in one line."""
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.exceptions.NoArgsIsHelpError as help_is_due:
            help_is_due.show()
            code = help_is_due.exit_code
        except click.UsageError as error:
            from ctxopt.cli.habits import in_one_line

            click.echo(f"error: {in_one_line(error)}", err=True)
            code = error.exit_code
        except click.Abort:
            code = _INTERRUPTED
        if standalone_mode:
            sys.exit(code)
        return code

    def invoke(self, ctx: click.Context) -> object:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # What the terminal's encoding does not have is shown as an escape.
                stream.reconfigure(errors="backslashreplace")
        try:
            result = super().invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
            if ctx.obj and not is_quiet() and sys.stderr is not None and sys.stderr.isatty():
                click.echo(_HINT, err=True)
        except CtxoptError as error:
            clear_progress()
            click.echo(f"error: {_explained(error, ctx)}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            clear_progress()
            ctx.exit(_INTERRUPTED)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            click.echo(f"error: cannot write the output: {error.strerror}", err=True)
            # The rest of the buffer must not fail again when the interpreter exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            ctx.exit(2)
        return result


def _explained(error: CtxoptError, ctx: click.Context) -> CtxoptError:
    """The error with what can be done about it, where that takes a search."""
    name = ALIASES.get(ctx.invoked_subcommand or "", ctx.invoked_subcommand or "")
    command = ctx.command.get_command(ctx, name) if isinstance(ctx.command, click.Group) else None
    if command is None or not isinstance(error, NoDockerfileError):
        return error
    from ctxopt.cli.no_dockerfile import with_found

    return with_found(error, command, name)


def _clean_up_when_terminated() -> None:
    """Turn SIGTERM into an exit, so that temporary files are removed as after Ctrl-C."""
    process = os.getpid()

    def end(number: int, _frame: object) -> None:
        if os.getpid() != process:
            # A forked child has nothing to remove, and must not return into the command.
            os._exit(128 + number)
        raise SystemExit(128 + number)

    # Only the main thread may set it.
    with suppress(ValueError):
        signal.signal(signal.SIGTERM, end)


def run() -> None:
    """The program. A run is short and creates many objects but no cycles, so garbage is seldom collected."""
    gc.set_threshold(100_000, 50, 1000)
    _clean_up_when_terminated()
    try:
        code = main(prog_name="ctxopt", standalone_mode=False)
    except SystemExit as end:
        # click raises this when the reader of the output is gone.
        code = end.code
    # All is written and closed. Freeing a large tree object by object would only take time.
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code or 0)


@click.group(cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    None,
    "-V",
    "--version",
    package_name="docker-ctxopt",
    prog_name="ctxopt",
    message="%(prog)s %(version)s (%(package)s)",
)
@terminal_options
def main() -> None:
    """See exactly what a docker build sends, which instruction uses it, and what can be excluded."""
