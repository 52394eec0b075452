"""`ctxopt rules`: the list of rules, and their explanations."""

import click

from ctxopt.cli.terminal import console, terminal_options
from ctxopt.errors import CtxoptError
from ctxopt.findings import all_rules, example

_EPILOG = f"""\b
Examples:
  ctxopt rules
  ctxopt rules {example().id}
  ctxopt rules {example().name} --format json
"""


@click.command("rules", epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[RULE]...")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output."
)
@terminal_options
def command(names: tuple[str, ...], output_format: str) -> None:
    """List the rules, or explain those that are named by their ids or names.

    They are the rules of `--fail-on`, of suppressions, and of what `analyze` and `check` report.
    """
    from ctxopt.config.table import suggestion
    from ctxopt.findings.rule import Rule
    from ctxopt.render import rules as rendering

    known: dict[str, Rule] = {}
    for rule in all_rules():
        known[rule.id] = known[rule.name] = rule
    for name in names:
        if name not in known:
            raise CtxoptError(f'there is no rule "{name}"', hint=suggestion(name, known))
    chosen = [known[name] for name in names] or sorted(set(known.values()), key=lambda rule: rule.id)
    if output_format == "json":
        click.echo(rendering.as_json(chosen))
    else:
        rendering.text(chosen, console(), explained=bool(names))
