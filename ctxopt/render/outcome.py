"""The outcome of a run of checks as text and as JSON: what could not be checked, and the last line."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from ctxopt.checks.describe import excluded, unchecked
from ctxopt.checks.outcome import Outcome
from ctxopt.display import plural, printable

_STYLES = {"passed": "green", "failed": "bold red", "incomplete": "bold red"}
#: Maximum number of lines about what could not be checked.
_SHOWN = 20


def unchecked_lines(outcome: Outcome, *, quiet: bool = False) -> Iterator[Text]:
    """A line for each build or declaration that could not be checked; without the excused ones if `quiet`."""
    shown = [*outcome.incomplete, *(one for one in outcome.unchecked if one.excused and not quiet)]
    for one in shown[:_SHOWN]:
        file, line = one.unresolved.file, one.unresolved.line
        location = file if line is None else f"{file}:{line}"
        style = "dim" if one.excused else "bold red"
        yield Text(printable(location), style=style).append(f": {printable(unchecked(one))}", style="default")
    if len(shown) > _SHOWN:
        yield Text(f"and {len(shown) - _SHOWN:,} more that could not be checked", style="bold red")


def last_line(outcome: Outcome) -> Text:
    """The verdict, what was checked, and what was not."""
    builds = len(outcome.results)
    failed = sum(not result.passed for result in outcome.results)
    parts = [f"{failed} of {plural(builds, 'build')}" if failed else plural(builds, "build")] if builds else []
    if parts:
        parts.append(_what(outcome))
    uncompared = sum(result.is_uncompared for result in outcome.results)
    if uncompared:
        parts.append(f"max-growth not checked in {plural(uncompared, 'build')}: nothing to compare with")
    if outcome.gone:
        parts.append(f"not checked: {plural(len(outcome.gone), 'build')} of the base that {_are(outcome.gone)} gone")
    if outcome.incomplete:
        parts.insert(0, f"{len(outcome.incomplete):,} could not be checked")
    allowed = len(outcome.unchecked) - len(outcome.incomplete)
    if allowed:
        parts.append(f"{allowed:,} not checked, as allowed")
    if outcome.excluded:
        parts.append(f"not searched: {printable(excluded(outcome))}")
    return Text(outcome.verdict, style=_STYLES[outcome.verdict]).append(f" ({'; '.join(parts)})", style="default")


def _are(some: tuple[str, ...]) -> str:
    return "is" if len(some) == 1 else "are"


def _what(outcome: Outcome) -> str:
    """What all builds were checked for, and that there is no limit if none is set."""
    limits = [result.limits for result in outcome.results]
    named = dict.fromkeys(name for one in limits for name in one.fail_on)
    checked = ["instructions", *([f"findings ({', '.join(named)})"] if named else [])]
    sizes = list(dict.fromkeys(name for one in limits for name in one.names))
    # Where one build was not compared, growth was not checked in all.
    uncompared = any(result.is_uncompared for result in outcome.results)
    compared = [name for name in sizes if name != "max-growth" or not uncompared]
    return f"checked: {', '.join([*checked, *compared])}" + ("" if sizes else "; no size limit is set")


def unchecked_json(outcome: Outcome) -> list[dict[str, Any]]:
    """What could not be checked, as docs/json.md describes it."""
    return [
        {
            "name": one.unresolved.origin,
            "file": one.place,
            "line": one.unresolved.line,
            "reason": one.unresolved.reason,
            "allowed": one.excused,
        }
        for one in outcome.unchecked
    ]
