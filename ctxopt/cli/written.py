"""Writing the files that a command proposes, and the options that say whether."""

import os
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import click

from ctxopt.cli.options import as_value
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class WriteAction:
    """What is done with a proposal: write it, fail if it changes something, show nothing but the change."""

    write: bool
    check: bool
    diff: bool

    def __post_init__(self) -> None:
        if self.write and (self.check or self.diff):
            raise click.UsageError("--write does not go with --check, --diff and --dry-run.")


def write_options(default: str) -> Callable[[_F], _F]:
    """The options of a WriteAction, which the command takes as `action`; `default` is what it does without them."""
    return as_value(
        "action",
        WriteAction,
        click.option("--write", is_flag=True, help=f"Write the files (default: only {default})."),
        click.option("--check", is_flag=True, help="Exit with code 1 if a file would change; change nothing."),
        click.option("--diff", "--dry-run", "diff", is_flag=True, help="Show the change as a patch; change nothing."),
    )


class ProposedFile(Protocol):
    """A file with its text now and as it is proposed; `name` is relative to the context, or absolute."""

    @property
    def name(self) -> str: ...
    @property
    def old(self) -> bytes | None: ...
    @property
    def new(self) -> bytes: ...
    @property
    def changes(self) -> bool: ...


def write_files(root: str, files: Sequence[ProposedFile], *, outside: bool = False) -> None:
    """Write all files that change; with `outside` also those that are not below `root`, beside which no link leads out.

    Raises CtxoptError; files that were written before are kept.
    """
    from ctxopt.files import read_for_change, replace_file

    snapshots = []
    for file in files:
        if file.changes:
            top = os.path.dirname(file.name) if outside and os.path.isabs(file.name) else root
            snapshot = read_for_change(top, file.name)
            if snapshot.data != file.old:
                raise CtxoptError("it changed in the meantime", file=file.name, hint="run the command again")
            snapshots.append((snapshot, file.new))
    for snapshot, data in snapshots:
        replace_file(snapshot, data)
