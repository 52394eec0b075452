"""Writing the files that a command proposes."""

import os
from collections.abc import Sequence
from typing import Protocol

from ctxopt.errors import CtxoptError


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
