"""The formats that several commands share, and where their output goes."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.options import as_value
from ctxopt.cli.terminal import console
from ctxopt.display import printable
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from rich.console import Console

    from ctxopt.annotations.model import Annotations

_F = TypeVar("_F", bound=Callable[..., Any])

#: The formats that are made from annotations, each by the module of that name.
ANNOTATED = ("sarif", "github", "markdown", "junit")

#: The variable with the file to which a step of GitHub Actions adds its summary.
_STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a result is delivered: its format, a file instead of standard output, and a summary on GitHub."""

    format: str
    file: str | None
    step_summary: bool

    def give(
        self,
        *,
        text: "Callable[[Console], None]",
        json: Callable[[], str],
        annotations: "Callable[[], Annotations]",
        diff: Callable[[], str] | None = None,
    ) -> None:
        """Deliver a result; each form is computed only if it is needed. Raises CtxoptError."""
        if self.format in ANNOTATED:
            emit(_rendered(annotations(), self.format), self.file)
        elif self.format == "json":
            emit(json(), self.file)
        elif self.format == "diff" and diff is not None:
            _emit_diff(diff(), self.file)
        elif self.file is None:
            text(console())
        else:
            from ctxopt.render.plain import plain

            emit(plain(text), self.file)
        if self.step_summary:
            _append_summary(_rendered(annotations(), "markdown"))


def delivery_options(*further: str, file: str = "--output") -> Callable[[_F], _F]:
    """The options that say in which form a result is given, and where: the command gets a Delivery as `delivery`.

    `further` are formats that the command has in addition; `file` is the name of the option for the file.
    """

    def make(output_format: str, delivered_to: str | None, step_summary: bool) -> Delivery:
        return Delivery(output_format, delivered_to, step_summary)

    return as_value(
        "delivery",
        make,
        click.option(
            "--format",
            "output_format",
            type=click.Choice(["text", "json", *ANNOTATED, *further]),
            default="text",
            show_default=True,
            help="Output.",
        ),
        click.option(
            *(["-o", file] if file == "--output" else [file]),
            "delivered_to",
            metavar="FILE",
            help="Write to FILE, and nothing to standard output.",
        ),
        click.option(
            "--step-summary", is_flag=True, help="Also add the Markdown to the file that $GITHUB_STEP_SUMMARY names."
        ),
    )


def _rendered(annotations: "Annotations", output_format: str) -> str:
    text: str = import_module(f"ctxopt.render.{output_format}").render(annotations)
    return text


def emit(text: str, file: str | None) -> None:
    """Write a text to a file, which is replaced as a whole, or to standard output. Raises CtxoptError."""
    if file is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    data = text if text.endswith("\n") else text + "\n"
    _replace(file, data.encode("utf-8", "backslashreplace"))


def _replace(file: str, data: bytes) -> None:
    from ctxopt.files import read_for_change, replace_file

    path = os.path.abspath(file)
    replace_file(read_for_change(os.path.dirname(path), path), data)


def _emit_diff(text: str, file: str | None) -> None:
    """Write a diff with the bytes of the files unchanged, except on a terminal."""
    if file is None and sys.stdout is not None and sys.stdout.isatty():
        text = "\n".join(map(printable, text.split("\n")))
    data = os.fsencode(text)
    if file is None:
        click.echo(data, nl=False)
    else:
        _replace(file, data)


def _append_summary(text: str) -> None:
    path = os.environ.get(_STEP_SUMMARY)
    if not path:
        raise CtxoptError(f"${_STEP_SUMMARY} is not set", hint="leave --step-summary out, except on GitHub Actions")
    try:
        with open(path, "ab") as summary:
            summary.write(text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a valid path"
        raise CtxoptError(f"cannot write the summary: {reason}", file=path) from None
