"""Write docs/reference.md from the command line itself.

python docs/make_reference.py
"""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from ctxopt.cli import main

PAGE = Path(__file__).with_name("reference.md")
_HEAD = """# Commands

Made from the commands' own help by `python docs/make_reference.py`; a test compares the two.

Exit codes: 0 done, 1 a check failed, 2 the input is not usable (one line on standard error says why).
"""


def page() -> str:
    """The whole page."""
    top = click.Context(main, info_name="ctxopt", **main.context_settings)
    return _HEAD + "".join(_sections(main, top))


def _sections(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inside = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield f"\n## `{inside.command_path}`\n\n{_prose(command.help)}"
            yield from _sections(command, inside)
        else:
            yield _section(command, inside)


def _section(command: click.Command, context: click.Context) -> str:
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"\n## `{context.command_path} {usage}`\n", _prose(command.help), "| option | meaning |", "|---|---|"]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            option, meaning = record
            lines.append(f"| {_code(option)} | {_cell(meaning)} |")
    epilog = command.epilog
    if epilog:
        lines += ["", "```text", re.sub(r"^\b\n", "", epilog.replace("\b\n", "")).rstrip(), "```"]
    return "\n".join(lines) + "\n"


def _prose(text: str | None) -> str:
    """Paragraphs of help, with those that click leaves as they are as blocks of text."""
    parts = []
    for part in re.split(r"\n\s*\n", (text or "").strip()):
        if part.startswith("\b"):
            parts.append("```text\n" + part.removeprefix("\b").strip("\n") + "\n```")
        else:
            parts.append(" ".join(part.split()))
    return "\n\n".join(parts) + "\n"


def _code(option: str) -> str:
    return "`" + _cell(option) + "`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
