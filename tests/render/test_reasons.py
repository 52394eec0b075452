"""Reasons that name one script after the other are short where people read them."""

import pytest
from rich.console import Console

from ctxopt.core.context.tree import Totals
from ctxopt.proposal.model import KeptRow
from ctxopt.render.proposal import largest_kept

_LAST = "RUN npm run build (Dockerfile:4) needs it"


@pytest.mark.parametrize(
    ("why", "shown"),
    [
        (f"a in package.json, run by {_LAST}", f"a in package.json, run by {_LAST}"),
        (
            f"a in package.json, run by b in package.json, run by c, run by {_LAST}",
            f"a in package.json, run indirectly by {_LAST}",
        ),
        ("a.py:3 names it", "a.py:3 names it"),
    ],
)
def test_a_chain_of_scripts_is_cut_in_the_middle(why: str, shown: str) -> None:
    console = Console(width=300)
    with console.capture() as found:
        console.print(largest_kept([KeptRow("src", Totals(1, 2), why, True)]))
    assert f"; {shown})" in found.get()
