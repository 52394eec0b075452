"""The formats for machines, which several commands share, and where their output goes."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ctxopt.annotations import Annotations

_F = TypeVar("_F", bound=Callable[..., Any])

#: The formats that are made from annotations, each by the module of that name.
ANNOTATED = ("sarif", "github", "markdown", "junit")


def format_options(function: _F) -> _F:
    """The options that say how a result is given, and where."""
    for option in (
        click.option("-o", "--output", metavar="FILE", help="Write to FILE, and nothing to standard output."),
        click.option(
            "--format",
            "output_format",
            type=click.Choice(["text", "json", *ANNOTATED]),
            default="text",
            show_default=True,
            help="Output.",
        ),
    ):
        function = option(function)
    return function


def render(annotations: "Annotations", output_format: str) -> str:
    """Annotations in one of the formats of ANNOTATED."""
    text: str = import_module(f"ctxopt.render.{output_format}").render(annotations)
    return text


def emit(text: str, output: str | None) -> None:
    """Give out a result: to a file, replaced as a whole, or to standard output. Raises CtxoptError."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    from ctxopt.project.write import read_for_change, replace_file

    path = os.path.abspath(output)
    data = text if text.endswith("\n") else text + "\n"
    replace_file(read_for_change(os.path.dirname(path), path), data.encode("utf-8", "backslashreplace"))


def place_in_repository(root: str) -> str:
    """The path of a context in its repository, "" for its top or where there is no repository."""
    above = root
    while not os.path.lexists(os.path.join(above, ".git")):
        above, below = os.path.dirname(above), above
        if above == below:
            return ""
    relative = os.path.relpath(root, above).replace(os.sep, "/")
    return "" if relative == "." else relative
