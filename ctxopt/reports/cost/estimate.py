"""The cost of one build: what is sent now, and with the proposed ignore files."""

from ctxopt.reports.cost.model import Cost, Rates, cost
from ctxopt.reports.savings import Savings


def estimate(savings: Savings, rates: Rates) -> Cost:
    """The cost of a build now, and with what `generate` proposes; a note says why there is no proposal."""
    note = f"nothing can be proposed: {savings.note}" if savings.note else ""
    return cost(savings.before, savings.after, rates, note)
