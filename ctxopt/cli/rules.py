"""`ctxopt rules`: the list of rules, and their explanations."""

import click

from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.rule_names import rules_of
from ctxopt.cli.terminal import terminal_options
from ctxopt.findings import all_rules, example

_EPILOG = f"""\b
Examples:
  ctxopt rules
  ctxopt rules {example().id}
  ctxopt rules {example().name} --json
"""


@click.command("rules", epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[RULE]...")
@delivery_options(annotated=False)
@terminal_options
def command(names: tuple[str, ...], delivery: Delivery) -> None:
    """List the rules, or explain those named by id, by the start of ids, or by name.

    These are the rules for `--select`, `--ignore`, `--fail-on` and suppressions, which `analyze`, `check` and
    `lint` report.
    """
    from ctxopt.render import rules as rendering

    chosen = rules_of(names) or all_rules()
    delivery.give(
        text=lambda terminal: rendering.text(chosen, terminal, explained=bool(names)),
        json=lambda: rendering.as_json(chosen),
    )
