"""Annotations as workflow commands of GitHub Actions, one line each."""

from collections import Counter

from ctxopt.annotations.model import Annotation, Annotations, Level
from ctxopt.display import printable

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


#: Maximum number of annotations of a level in one step; GitHub drops what is more.
_MOST = 10


def render(annotations: Annotations) -> str:
    """A command for each item, in order, and a summary in which no line can be a command.

    Of more items than GitHub shows, the rest is in lines of the log.
    """
    titles = {rule.id: f"{rule.id} {rule.title}" for rule in annotations.rules}
    counts: Counter[Level] = Counter()
    lines, rest = [], []
    for item in (*annotations.unchecked, *annotations.items):
        counts[item.level] += 1
        if counts[item.level] <= _MOST:
            lines.append(_command(item, titles[item.rule]))
        else:
            rest.append(item)
    # The runner skips space of any kind before a command, so each line begins with something else.
    lines.append(f"Summary of {_shown(annotations.title)}:")
    lines += [f"- {_shown(label)}: {_shown(value)}" for label, value in annotations.summary]
    lines += [
        f"- and {counts[level] - _MOST:,} more of level {level.value}" for level in Level if counts[level] > _MOST
    ]
    lines += [f"- {item.level.value} {item.rule} {item.place}: {_unmarked(_first(item.text))}" for item in rest]
    return "\n".join(lines)


def _first(text: str) -> str:
    return text.partition("\n")[0]


def _command(item: Annotation, title: str) -> str:
    properties = {}
    if item.file is not None:
        properties["file"] = printable(item.file)
        if item.line is not None:
            properties["line"] = str(item.line)
            if item.end_line is not None:
                properties["endLine"] = str(item.end_line)
    properties["title"] = printable(title)
    listed = ",".join(f"{key}={_property(_unmarked(value))}" for key, value in properties.items())
    return f"::{_COMMANDS[item.level]} {listed}::{_data(_unmarked(item.text))}"


def _shown(text: str) -> str:
    return _unmarked(printable(text))


def _unmarked(text: str) -> str:
    """Text without the mark of an older form of commands, which the runner finds anywhere in a line."""
    return text.replace("##[", "## [")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
