"""`ctxopt help`: the help of a command, as its `--help` shows it."""

import click

from ctxopt.cli.terminal import terminal_options


@click.command("help")
@click.argument("names", nargs=-1, metavar="[COMMAND]")
@terminal_options
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Show the help of COMMAND, or of ctxopt."""
    assert ctx.parent is not None
    inside, shown = ctx.parent, ctx.parent.command
    for name in names:
        if not isinstance(shown, click.Group):
            raise click.UsageError(f"{inside.command_path} has no commands; type `{inside.command_path} --help`")
        _, found, _ = shown.resolve_command(inside, [name])
        assert found is not None
        shown, inside = found, click.Context(found, info_name=found.name, parent=inside)
    click.echo(shown.get_help(inside))
