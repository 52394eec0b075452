"""The secrets of a proposal in a box: how far each gets, and what becomes of it."""

from collections.abc import Sequence

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ctxopt.display import plural, printable
from ctxopt.proposal.model import Proposal, Reach, SecretRow
from ctxopt.render.prose import Prose

#: Maximum number of files to name.
_SHOWN = 10
_PLACES = {
    Reach.IMAGE: "in the final image",
    Reach.STAGE: "in a stage",
    Reach.SENT: "sent to the builder",
    Reach.CONTEXT: "in the context",
}


def box(proposal: Proposal) -> Panel:
    """The secrets of a proposal, of which there must be any, in a box."""
    rows = proposal.secrets
    kept = [row for row in rows if not row.excluded]
    body = [_table(rows[:_SHOWN])]
    lines = [f"and {len(rows) - _SHOWN:,} more"] if len(rows) > _SHOWN else []
    first = {row.warning: row.path for row in reversed(rows[:_SHOWN])}
    lines += [f"{path}: {warning}" for warning, path in reversed(first.items())]
    if kept:
        lines.append(_advice(proposal))
    return Panel(
        Group(*body, *(Prose(printable(line), style="dim") for line in lines)),
        title=Prose(f"Secrets: {plural(len(rows), 'file')}"),
        title_align="left",
        expand=False,
        border_style="red" if kept else "yellow",
    )


def remaining(proposal: Proposal) -> list[str]:
    """A line for each secret that the proposal does not exclude, up to a maximum."""
    kept = [row for row in proposal.secrets if not row.excluded]
    lines = [f"{row.path}: secret {_PLACES[row.reach]}, not excluded" for row in kept[:_SHOWN]]
    return [*lines, f"{len(kept) - _SHOWN:,} more secrets not excluded"] if len(kept) > _SHOWN else lines


def _table(rows: Sequence[SecretRow]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column()
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(Prose(printable(row.path), style="bold"), Prose(_PLACES[row.reach]), _outcome(row))
    return table


def _outcome(row: SecretRow) -> Text:
    if row.excluded:
        return Prose("excluded", style="green")
    by = "" if row.taken_by is None else f": {row.taken_by} copies it"
    return Prose(printable(f"not excluded{by}"), style="red")


def _advice(proposal: Proposal) -> str:
    advice = "Not excluded: pass them to a RUN with --mount=type=secret"
    return f"{advice}." if proposal.likely is None else f"{advice}, or try --level likely."
