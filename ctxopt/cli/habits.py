"""Answers to what people type from habit, and usage errors in one line. Loaded only where something is wrong."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

import click

from ctxopt.cli.routing import ALIASES
from ctxopt.errors import CtxoptError

#: Minimum similarity of a suggestion: a wrong one is worse than none.
_SIMILAR = 0.75

#: What other tools call what a command here does, and the command to type.
_COMMANDS = {
    "build": "type `ctxopt analyze`; no image is built",
    "ci": "type `ctxopt check`",
    "format": "type `ctxopt generate --tidy`",
    "scan": "type `ctxopt lint --scan-secrets`",
    "show": "type `ctxopt analyze`",
    "tree": "type `ctxopt ls --tree`",
    "why": "type `ctxopt explain PATH`",
    "write": "type `ctxopt generate --write`",
}

#: What other tools call what an option here does, and the command to type; {} is the one that was typed.
_OPTIONS = {
    "--fix": "type `ctxopt generate --write` to fix the ignore file; `ctxopt lint` shows how to fix the Dockerfile",
    "--ci": "type `ctxopt check`",
    "--yes": "nothing asks for confirmation; type `ctxopt generate --write`",
    "-y": "nothing asks for confirmation; type `ctxopt generate --write`",
    "--stdin": "type `{} -f -` for a Dockerfile on standard input",
    "--tree": "type `ctxopt ls --tree`",
    "--explain": "type `ctxopt rules RULE` for a rule, `ctxopt explain PATH` for a path",
    "--list-rules": "type `ctxopt rules`",
    "--output-format": "type `--format`, as in `{} --format json`",
    "--no-colour": "type `--no-color`, as in `{} --no-color`",
    "--failure-threshold": "type `ctxopt lint --fail-on warning`",
}

#: The same for the options of one command.
_OPTIONS_OF = {
    "analyze": {
        "--fail-on": "type `ctxopt lint --fail-on RULE`",
        "--check": "type `ctxopt check` for limits, `ctxopt generate --check` for the ignore file",
        "--view": "type `ctxopt ls --view VIEW`",
    },
    "diff": {"--against": "type `ctxopt diff REV`"},
    "report": {"--json": "type `ctxopt analyze --json`"},
    "generate": {
        "--all": "type `ctxopt generate`; every build of the context counts, unless --only is given",
        "--report": "type `ctxopt generate -o FILE`",
        "--ignore-file": "type `ctxopt analyze --ignore-file FILE` to see the effect of another ignore file",
    },
}

#: The commands that are named first for an option that several of them have.
_PREFERRED = ("lint", "check", "generate", "ls")


def unknown_command(name: str, known: Collection[str]) -> click.UsageError:
    """The error for a command that does not exist."""
    near = nearest(name, (*known, *ALIASES))
    answer = f"did you mean `ctxopt {ALIASES.get(near, near)}`?" if near else "`ctxopt --help` lists the commands"
    return click.UsageError(f"No such command or directory: {name}; {_COMMANDS.get(name.lower(), answer)}")


def in_one_line(error: click.UsageError) -> CtxoptError:
    """A usage error as one line: what is wrong, and what to type."""
    if isinstance(error, click.NoSuchOption):
        return CtxoptError(f"no such option: {error.option_name}", hint=_answer(error))
    message = error.format_message().removesuffix(".")
    known = error.ctx is not None and "ctxopt " not in message
    hint = f"see `{error.ctx.command_path} --help`" if known and error.ctx is not None else ""
    return CtxoptError(message[:1].lower() + message[1:], hint=hint)


def _answer(error: click.NoSuchOption) -> str:
    """What to type in place of an option that a command does not have."""
    option = error.option_name
    ctx = error.ctx
    own = _OPTIONS_OF.get("" if ctx is None else ctx.info_name or "", {})
    path = "ctxopt" if ctx is None else ctx.command_path
    if option in own or option in _OPTIONS:
        return (own.get(option) or _OPTIONS[option]).format(path)
    near = None if ctx is None else nearest(option, _options(ctx.command, ctx))
    elsewhere = None if ctx is None else _having(option, ctx.find_root())
    if elsewhere is not None:
        return f"type `ctxopt {elsewhere} {option}`"
    return f"did you mean `{path} {near}`?" if near else f"see `{path} --help`"


def _having(option: str, root: click.Context) -> str | None:
    """The command that has an option; of several, the one that is meant most often."""
    group = root.command
    if not isinstance(group, click.Group):
        return None
    names = group.list_commands(root)
    for name in (*_PREFERRED, *(name for name in names if name not in _PREFERRED)):
        command = group.get_command(root, name)
        if command is not None and option in _options(command, click.Context(command, root, name)):
            return name
    return None


def _options(command: click.Command, ctx: click.Context) -> list[str]:
    """The names of the options that the help of a command shows."""
    return [
        name
        for parameter in command.get_params(ctx)
        if isinstance(parameter, click.Option) and not parameter.hidden
        for name in parameter.opts
        if name.startswith("--")
    ]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a name was most likely meant to be; None if none is similar."""
    by_text = {word.lstrip("-"): word for word in known}
    # Only the beginning is compared, since the time grows with the square of the length.
    near = get_close_matches(name.lstrip("-").lower().replace("_", "-")[:60], by_text, 1, _SIMILAR)
    return by_text[near[0]] if near else None
