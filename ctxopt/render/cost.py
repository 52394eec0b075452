"""The cost of a transfer as a table and as JSON."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from ctxopt.display import plural, printable
from ctxopt.render.prose import Prose
from ctxopt.reports.cost.describe import SPANS, cells, in_span, speed
from ctxopt.reports.cost.model import DAYS, Amount, Cost, Costs, Transfer


def table(cost: Cost) -> RenderableType:
    """The transfer of each builder in each period, now and with the proposal."""
    drawn = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    drawn.add_column("transfer")
    for heading in ("now", "", "with generate", ""):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for name, costs in (("BuildKit", cost.buildkit), ("Legacy builder", cost.classic)):
        if costs.before is None:
            drawn.add_row(name, Prose("fails", style="red"))
            continue
        for field, span in SPANS:
            before = in_span(costs.before, field)
            if before is not None:
                drawn.add_row(f"{name}, {span}", *cells(before), *cells(in_span(costs.after, field)))
    return Group(Prose("Transfer cost", style="bold underline"), drawn, Prose(_assumed(cost), style="dim"))


def _assumed(cost: Cost) -> str:
    """The assumptions behind the figures."""
    parts = []
    if cost.rates.bandwidth is not None:
        parts.append(f"at {speed(cost.rates.bandwidth)}")
    if cost.rates.builds_per_day is not None:
        parts.append(f"with {plural(cost.rates.builds_per_day, 'build')} a day and {DAYS} days a month")
    text = f"Estimated {' '.join(parts)}, for a builder without a cache."
    return f"{text}\nnote: {printable(cost.note)}" if cost.note else text


def as_json(cost: Cost) -> dict[str, Any]:
    """The same as JSON; docs/json.md describes it."""
    return {
        "builds_per_day": cost.rates.builds_per_day,
        "bits_per_second": cost.rates.bandwidth,
        "days_per_month": DAYS,
        "buildkit": _costs(cost.buildkit),
        "classic": _costs(cost.classic),
        "note": cost.note,
    }


def _costs(costs: Costs) -> dict[str, Any]:
    return {"before": _transfer(costs.before), "after": _transfer(costs.after)}


def _transfer(transfer: Transfer | None) -> dict[str, Any] | None:
    if transfer is None:
        return None
    return {field: _amount(in_span(transfer, field)) for field, _ in SPANS}


def _amount(amount: Amount | None) -> dict[str, Any] | None:
    if amount is None:
        return None
    return {"bytes": amount.size, "seconds": None if amount.seconds is None else round(amount.seconds, 3)}
