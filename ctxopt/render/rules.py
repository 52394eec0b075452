"""The rules as text and as JSON."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from ctxopt.findings.model import RuleInfo
from ctxopt.render.dumps import dumps
from ctxopt.render.prose import Prose, put
from ctxopt.reports.report import VERSION


def text(rules: Sequence[RuleInfo], console: Console, *, explained: bool) -> None:
    """Print a line for each rule or, if `explained`, its whole text."""
    if not explained:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        table.add_column(style="dim", no_wrap=True)
        for rule in rules:
            table.add_row(rule.id, rule.title, rule.name if console.width > 90 else "")
        console.print(table)
        return
    for number, rule in enumerate(rules):
        if number:
            console.print()
        console.print(Prose(f"{rule.id} {rule.name}", style="bold"), soft_wrap=True)
        put(console, Prose(f"{rule.title}. {rule.help}"))
        console.print(
            Prose(f"Suppress it with # ctxopt ignore={rule.id} REASON in the Dockerfile, or with [[suppress]].", "dim")
        )
        console.print(Prose(f"More: {rule.page}", "dim"), soft_wrap=True)


def as_json(rules: Sequence[RuleInfo]) -> str:
    """Rules as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "rules": [
                {"rule": rule.id, "name": rule.name, "title": rule.title, "help": rule.help, "page": rule.page}
                for rule in rules
            ],
        }
    )
