"""The cost of a transfer in words."""

from collections.abc import Iterator
from typing import Final

from ctxopt.display import duration, size
from ctxopt.reports.cost.model import Amount, Cost, Transfer

#: The attributes of a Transfer, with the words for them.
SPANS: Final = (("build", "a build"), ("day", "a day"), ("month", "a month"))


def in_span(transfer: Transfer | None, field: str) -> Amount | None:
    """What is transferred in a span, by the name of its attribute."""
    amount: Amount | None = None if transfer is None else getattr(transfer, field)
    return amount


def cells(amount: Amount | None) -> tuple[str, str]:
    """The volume and the time; "-" and "" if they are unknown."""
    if amount is None:
        return "-", ""
    return size(amount.size), "" if amount.seconds is None else duration(amount.seconds)


def speed(bits: int) -> str:
    """Bits per second in decimal units: "100 Mbit/s", "1.5 Gbit/s"."""
    for unit, name in ((10**12, "Tbit/s"), (10**9, "Gbit/s"), (10**6, "Mbit/s"), (10**3, "kbit/s")):
        if bits >= unit:
            return f"{bits / unit:.4g} {name}"
    return f"{bits} bit/s"


def summary(cost: Cost) -> Iterator[tuple[str, str]]:
    """The cost as rows of a label and a value, one for each builder and span."""
    for name, costs in (("BuildKit", cost.buildkit), ("Legacy builder", cost.classic)):
        for field, span in SPANS:
            before = in_span(costs.before, field)
            if before is not None:
                after = in_span(costs.after, field)
                now = _told(before)
                yield f"{name}, {span}", now if after is None else f"{now} now, {_told(after)} with generate"


def _told(amount: Amount) -> str:
    volume, time = cells(amount)
    return f"{volume} in {time}" if time else volume
