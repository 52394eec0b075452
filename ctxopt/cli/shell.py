"""Words of the commands that messages tell people to type."""

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ctxopt.cli.options import BuildOptions


def quoted(word: str) -> str:
    """A word as it is typed in the shell of this system."""
    if os.name == "nt":
        return f'"{word}"' if " " in word else word
    import shlex

    return shlex.quote(word)


def typed(command: click.Command, path: str, *options: str, context: str = "") -> str:
    """The command line of a command for a context, which some commands take as -C; "" is the current directory.

    `path` is the command's name with those of its groups. Names stand for the other arguments that it requires.
    """
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    as_option = [] if any(one.name in ("context", "directory") for one in arguments) else ["-C"]
    others = [(one.metavar or str(one.name).upper()).rstrip(".") for one in arguments if one.required]
    return " ".join([path, *([*as_option, context] if context else []), *options, *others])


def this_command(*options: str, context: str = "") -> str:
    """The command that runs, as it is to be typed with other options or another context."""
    ctx = click.get_current_context()
    return typed(ctx.command, ctx.command_path, *options, context=context)


def has_option(command: click.Command, name: str) -> bool:
    """Whether a command has an option."""
    return any(name in parameter.opts for parameter in command.params)


def shown_directory(root: str) -> str:
    """A directory as people would type it: relative to the current one if it is below that."""
    here = os.getcwd()
    return os.path.relpath(root) if root == here or root.startswith(here + os.sep) else root


def generate_command(context: str, options: "BuildOptions") -> str:
    """The command that proposes an ignore file for a directory, with the options that this one was given.

    Of a build argument only the name is in it, which takes the value from the environment: it may be a secret.
    """
    import shlex

    words = ["ctxopt", "generate", *([] if os.path.normpath(context) == "." else [context])]
    options_given = (
        ("-f", options.dockerfiles),
        ("--target", options.targets),
        ("--build-arg", [text.partition("=")[0] for text in options.build_args]),
        ("--platform", (options.platform,) if options.platform else ()),
        ("--build-context", options.contexts),
    )
    words += [word for option, values in options_given for value in values for word in (option, value)]
    return shlex.join(words)
