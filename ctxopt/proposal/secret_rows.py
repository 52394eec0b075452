"""The secrets of the builds that a proposal is for, and what becomes of them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.evidence.secret_files import FoundSecret, found_secrets
from ctxopt.proposal.model import SecretRow

#: A build as it is, and with the new ignore file.
_Pair = tuple[BuildContext, BuildContext]


def secret_rows(builds: Iterable[_Pair]) -> tuple[SecretRow, ...]:
    """The secrets of some builds, each once: the farthest ones first."""
    return joined_rows(row for today, after in builds for row in _of_build(today, after))


def joined_rows(given: Iterable[SecretRow]) -> tuple[SecretRow, ...]:
    """The rows for the same secret as one: how far it gets in any build, and whether all of them exclude it."""
    rows: dict[str, SecretRow] = {}
    for row in given:
        known = rows.setdefault(row.path, row)
        farthest = max(known, row, key=lambda one: one.reach)
        rows[row.path] = replace(farthest, excluded=known.excluded and row.excluded)
    return tuple(sorted(rows.values(), key=lambda row: (-row.reach, row.path)))


def _of_build(today: BuildContext, after: BuildContext) -> Iterator[SecretRow]:
    for found in found_secrets(today):
        file = found.file
        taken_by = _taken_by(today, found)
        yield SecretRow(file.path, file.size, found.reach, taken_by, excludes(after, file.path), file.secret.warning)


def _taken_by(build: BuildContext, found: FoundSecret) -> str | None:
    if found.exposure is None:
        return None
    read = found.exposure.read
    return f"{read.kind} ({build.plan.file}:{read.line})"


def excludes(build: BuildContext, path: str) -> bool:
    """Whether BuildKit's ignore file excludes a path, or there is no such file."""
    entry = build.locate(path)
    return entry is None or not entry[0].flags[entry[1]] & View.BUILDKIT
