"""Bytes and time of transfers, from sizes, a number of builds, and a bandwidth."""

from typing import Final

from ctxopt.core.context.tree import Totals
from ctxopt.core.lazy_dataclass import dataclass

#: Days in a month, by definition.
DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Rates:
    """Builds per day, and the bandwidth in bits per second; None if not given."""

    builds_per_day: int | None
    bandwidth: int | None


@dataclass(frozen=True, slots=True)
class Amount:
    """Logical bytes that are transferred, and the seconds it takes; None without a bandwidth."""

    size: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """What one builder is sent: for one build, and, if builds per day are given, in a day and in 30 days."""

    build: Amount
    day: Amount | None
    month: Amount | None


@dataclass(frozen=True, slots=True)
class Costs:
    """What a builder is sent now and with the proposed ignore file; None where it fails, or nothing is proposed.

    The same transfer before and after means that the proposal changes nothing for it.
    """

    before: Transfer | None
    after: Transfer | None


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a build's transfer, for each builder; `note` explains a missing proposal."""

    rates: Rates
    buildkit: Costs
    classic: Costs
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What each builder is sent; None where it fails."""

    buildkit: Totals | None
    classic: Totals | None


def cost(before: Sizes, after: Sizes | None, rates: Rates, note: str = "") -> Cost:
    """The cost of what is sent now and with the proposal; without one `after` is None."""
    return Cost(
        rates,
        Costs(_transfer(before.buildkit, rates), None if after is None else _transfer(after.buildkit, rates)),
        Costs(_transfer(before.classic, rates), None if after is None else _transfer(after.classic, rates)),
        note,
    )


def _transfer(sent: Totals | None, rates: Rates) -> Transfer | None:
    if sent is None:
        return None
    builds = rates.builds_per_day
    return Transfer(
        _amount(sent.size, rates),
        None if builds is None else _amount(sent.size * builds, rates),
        None if builds is None else _amount(sent.size * builds * DAYS, rates),
    )


def _amount(size: int, rates: Rates) -> Amount:
    return Amount(size, None if rates.bandwidth is None else size * 8 / rates.bandwidth)
