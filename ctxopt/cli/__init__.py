"""The command line: one module a command, each loaded only when it is used; never works a result out."""

import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from ctxopt.errors import CtxoptError

#: The commands, each with its line in `ctxopt --help`.
_COMMANDS = {
    "analyze": "Show what the build context holds and which instruction uses it.",
    "cache": "Show what the last commits rebuild, and what would rebuild less.",
    "check": "Fail where a build context breaks a limit.",
    "config": "Show what is configured, and where.",
    "diff": "Show what a revision or the working tree adds and removes.",
    "explain": "Show which patterns and instructions decide about a path.",
    "generate": "Propose a .dockerignore that is proven safe, and write it.",
    "report": "Show the build context as a map, in one HTML file.",
    "rules": "List what is looked for, or explain a rule.",
    "stages": "Show what each stage takes, and what gets into the image.",
    "ls": "List what a builder sends, exactly.",
}

#: The exit code after Ctrl-C, as in a shell.
_INTERRUPTED = 130

#: Other names for commands.
_ALIASES = {"ignore": "generate"}

_EPILOG = """\b
Examples:
  ctxopt analyze                      the context in this directory
  ctxopt analyze app -f app/prod.Dockerfile --target web
  ctxopt ls --view unused --long      what nothing reads, with sizes
  ctxopt explain docs/guide.md        why a file is sent or not
  ctxopt generate                     what may go, as a diff (also: ctxopt ignore)

Exit codes: 0 done, 1 a check failed, 2 the input is not usable (one line on stderr says why).
"""


class _Commands(click.Group):
    """Commands by name, so that a run loads only the one it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = _ALIASES.get(cmd_name, cmd_name)
        if name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"ctxopt.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))

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
            message = error.format_message().removesuffix(".")
            hint = f"see `{error.ctx.command_path} --help`" if error.ctx is not None else ""
            click.echo(f"error: {CtxoptError(message[:1].lower() + message[1:], hint=hint)}", err=True)
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
        except CtxoptError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            ctx.exit(_INTERRUPTED)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            click.echo(f"error: cannot write the output: {error.strerror}", err=True)
            # The rest of the buffer must not fail again when the interpreter exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            ctx.exit(2)
        return result


def run() -> None:
    """The program. A run is short and creates many objects but no cycles, so garbage is seldom collected."""
    gc.set_threshold(100_000, 50, 1000)
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
@click.version_option(None, "-V", "--version", package_name="docker-ctxopt", prog_name="ctxopt")
def main() -> None:
    """See exactly what a docker build sends, which instruction uses it, and what may go."""
