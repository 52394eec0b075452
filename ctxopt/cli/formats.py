"""The formats that several commands share, and where their output goes."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.options import as_value
from ctxopt.cli.outputs import note_output, read_by_a_build
from ctxopt.cli.terminal import console
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import inert, printable
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from rich.console import Console

    from ctxopt.annotations.model import Annotations

_F = TypeVar("_F", bound=Callable[..., Any])

#: The formats that are made from annotations, each by the module of that name.
ANNOTATED = ("sarif", "github", "gitlab", "markdown", "junit")

#: The variable with the file to which a step of GitHub Actions adds its summary.
_STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
#: Options that name files to read, and names of files that are read without being named.
_READ = ("dockerfile", "dockerfiles", "compose", "bake", "ignore_file")
_SETTINGS = ("ctxopt.toml", "pyproject.toml", ".env")
#: The format that is the text of an ignore file, and how the names of such files end.
_PROPOSED = "dockerignore"
_IGNORE_FILES = (".dockerignore", ".containerignore")
#: Where the files that the command has read are kept, by device and number.
_INPUTS = "ctxopt.inputs"
#: Maximum size of that file in bytes.
_LARGEST_SUMMARY = 1 << 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a result is delivered: its format, a file instead of standard output, and a summary on GitHub."""

    format: str
    file: str | None
    step_summary: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the result is only printed as text."""
        return self.format == "text" and self.file is None and not self.step_summary

    def as_format(self, output_format: str) -> "Delivery":
        """The same in another format, unless one was asked for."""
        return replace(self, format=output_format) if self.format == "text" else self

    def give(
        self,
        *,
        text: "Callable[[Console], None]",
        json: Callable[[], str],
        annotations: "Callable[[], Annotations] | None" = None,
        further: Mapping[str, Callable[[], bytes]] = MappingProxyType({}),
    ) -> None:
        """Deliver a result; each form is computed only if it is needed. Raises CtxoptError.

        `further` are the formats that only this command has; they are bytes, which are delivered unchanged.
        """
        if self.format in ANNOTATED and annotations is not None:
            emit(_rendered(annotations(), self.format), self.file)
        elif self.format == "json":
            emit(json(), self.file)
        elif self.format in further:
            emit_bytes(further[self.format](), self.file)
        elif self.file is None:
            text(console())
        else:
            from ctxopt.render.plain import plain

            emit(plain(text), self.file)
        if self.step_summary and annotations is not None:
            _append_summary(_rendered(annotations(), "markdown"))


def delivery_options(*further: str, annotated: bool = True) -> Callable[[_F], _F]:
    """The options that say in which form a result is given, and where: the command gets a Delivery as `delivery`.

    `further` are formats that the command has in addition to text, JSON and, if `annotated`, those for CI.
    """
    summary = click.option(
        "--step-summary", is_flag=True, help="Also append Markdown to the file named by $GITHUB_STEP_SUMMARY."
    )

    def make(output_format: str | None, as_json: bool, file: str | None, step_summary: bool = False) -> Delivery:
        if as_json and output_format not in (None, "json"):
            raise click.UsageError(f"--json and --format {output_format} are mutually exclusive.")
        if output_format is None and (file or "").endswith(_IGNORE_FILES) and _PROPOSED in further:
            # Where an ignore file is written, nothing else is meant.
            output_format = _PROPOSED
        chosen = "json" if as_json else output_format or "text"
        return Delivery(chosen, note_inputs(file, replaces_ignore_file=chosen == _PROPOSED), step_summary)

    return as_value(
        "delivery",
        make,
        click.option(
            "--format",
            "output_format",
            type=click.Choice(["text", "json", *(ANNOTATED if annotated else ()), *further]),
            help="Output format (default: text).",
        ),
        click.option("--json", "as_json", is_flag=True, help="Same as --format json."),
        click.option("-o", "--output", "file", metavar="FILE", help="Write to FILE instead of standard output."),
        *([summary] if annotated else []),
    )


def note_inputs(file: str | None, *, replaces_ignore_file: bool = False) -> str | None:
    """The file to write, None for "-", after which the command notes what it reads: that must not be written over.

    With `replaces_ignore_file` an ignore file may be.
    """
    from ctxopt.core.context.locate import noting_files

    if file is None or file == "-":
        return None
    context = click.get_current_context()
    inputs: set[tuple[int, int]] = set()
    if not (replaces_ignore_file and file.endswith(_IGNORE_FILES)):
        context.meta[_INPUTS] = inputs
        note_output(context, file)
    context.with_resource(noting_files(inputs))
    return file


def _rendered(annotations: "Annotations", output_format: str) -> str:
    text: str = import_module(f"ctxopt.render.{output_format}").render(annotations)
    return text


def emit(text: str, file: str | None) -> None:
    """Write a text to a file, which is replaced as a whole, or to standard output. Raises CtxoptError.

    A line end is added where the text has none at its end; an empty text stays empty.
    """
    text = text if text.endswith("\n") or not text else text + "\n"
    if file is None:
        click.echo(text, nl=False)
    else:
        _replace(file, text.encode("utf-8", "backslashreplace"))


def emit_lines(some: Iterable[str], file: str | None) -> None:
    """Write lines, which come some at once, like a text. Raises CtxoptError."""
    if file is not None:
        emit("".join(some), file)
        return
    for text in some:
        click.echo(text, nl=False)


def emit_raw(data: bytes, file: str | None) -> None:
    """Write bytes unchanged to a file or to standard output. Raises CtxoptError."""
    if file is None:
        click.echo(data, nl=False)
    else:
        _replace(file, data)


def emit_bytes(data: bytes, file: str | None) -> None:
    """The same, except that what could control a terminal is escaped on one. Raises CtxoptError."""
    if file is None and sys.stdout is not None and sys.stdout.isatty():
        click.echo(inert("\n".join(map(printable, os.fsdecode(data).split("\n")))), nl=False)
    else:
        emit_raw(data, file)


def _replace(file: str, data: bytes) -> None:
    from ctxopt.files import read_for_change, replace_file

    path = os.path.abspath(file)
    directory = os.path.dirname(path)
    if not os.path.isdir(directory):
        raise CtxoptError(f"cannot write {file}: directory not found: {os.path.dirname(file)}")
    if os.path.isdir(path):
        raise CtxoptError(f"cannot write {file}: it is a directory")
    if _is_input(path):
        raise CtxoptError(f"cannot write {file}: it is an input of this command", hint="name another file")
    reader = read_by_a_build(click.get_current_context())
    if reader is not None and not _is_own_result(path):
        raise CtxoptError(f"cannot write {file}: {reader} reads it", hint="name another file")
    if (why := _misplaced(path)) is not None:
        raise CtxoptError(f"cannot write {file}: {why}", hint="name another file")
    replace_file(read_for_change(directory, path), data)


def _misplaced(path: str) -> str | None:
    """Why a result is not written to a path in an existing directory, where links may lead it to another place."""
    from ctxopt.builds.reading import inside
    from ctxopt.git.repository import is_in_git_directory, repository_of

    real = os.path.realpath(path)
    if is_in_git_directory(real) or is_in_git_directory(path):
        return "it is in a git directory"
    here = os.path.realpath(os.curdir)
    for home in (here, repository_of(here) or here):
        if inside(home, path) and not inside(home, real):
            return "a symbolic link leads it out of the project"
    is_ignore_file = path.endswith(_IGNORE_FILES)
    if os.path.islink(path) and not is_ignore_file and os.path.getsize(path) and not _is_own_result(real):
        return "it is a symbolic link to a file that is no result of ctxopt"
    return None


def _is_own_result(path: str) -> bool:
    from ctxopt.evidence.own_results import BEGINNING, is_own_result

    with open(path, "rb") as file:
        return is_own_result(file.read(BEGINNING))


def _is_input(path: str) -> bool:
    """Whether a file that exists declares or describes a build by its name, an option names it, or it was read."""
    from ctxopt.builds.declared import declares_builds
    from ctxopt.builds.dockerfiles import looks_like_dockerfile

    if not os.path.exists(path):
        return False
    name = os.path.basename(path)
    if looks_like_dockerfile(name) or declares_builds(name) or name in _SETTINGS:
        return True
    context = click.get_current_context()
    status = os.stat(path)
    if (status.st_dev, status.st_ino) in context.meta.get(_INPUTS, ()):
        return True
    given = [context.params.get(option) for option in _READ] + [context.meta.get("ctxopt.config")]
    named = [one for value in given for one in ((value,) if isinstance(value, str) else value or ())]
    return any(os.path.exists(one) and os.path.samefile(one, path) for one in named)


def _append_summary(text: str) -> None:
    path = os.environ.get(_STEP_SUMMARY)
    if not path:
        raise CtxoptError(f"${_STEP_SUMMARY} is not set", hint="use --step-summary on GitHub Actions only")
    data = text.encode("utf-8", "backslashreplace")
    try:
        with open(path, "ab") as summary:
            if summary.tell() + len(data) > _LARGEST_SUMMARY:
                # With more, GitHub would drop the summary as a whole.
                click.echo("note: the summary of the step is full; nothing was added", err=True)
                return
            summary.write(data)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a valid path"
        raise CtxoptError(f"cannot write the summary: {reason}", file=path) from None
