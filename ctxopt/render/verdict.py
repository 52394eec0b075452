"""The first lines of a report and its last one: what can be saved, what stands in the way, and what to type."""

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from ctxopt.core.context.tree import Totals
from ctxopt.display import plural, printable, size
from ctxopt.render.prose import Prose
from ctxopt.reports.report import Reach, Report
from ctxopt.reports.savings import Savings

#: Maximum number of reasons that make a proposal unsafe to name.
_NAMED = 3
#: What becomes of secrets, the worst first, with the verb for one and for several, and its style.
_REACHES: Final = (
    (Reach.IMAGE, "gets", "get", "into the final image", "bold red"),
    (Reach.STAGE, "gets", "get", "into a build stage", "yellow"),
    (Reach.SENT, "is", "are", "sent to the builder", "yellow"),
)


def verdict(report: Report, *, quiet: bool) -> list[Text]:
    """What can be saved, with the command that does it, or why nothing can be; then secrets and what else is unsafe.

    If `quiet`, what the level "likely" would save in addition is not mentioned.
    """
    return [_first(report), *_secrets(report), *([] if quiet else _likely(report)), *_unsafe(report)]


def _first(report: Report) -> Text:
    if report.errors:
        more = f" (and {plural(len(report.errors) - 1, 'more instruction')})" if len(report.errors) > 1 else ""
        return Prose(f"The build fails: {printable(report.errors[0].text)}{more}", style="bold red")
    savings = report.savings
    if savings is None or savings.note:
        return Prose(f"No proposal: {printable(savings.note)}" if savings else _without(report), style="bold")
    pairs = (savings.buildkit, report.transfer, ""), (savings.classic, report.classic, " (legacy builder)")
    for saved, now, where in pairs:
        if saved and isinstance(now, Totals):
            text = Prose(f"You can drop {size(saved)} of {size(now.size)}{where}: ", style="bold green")
            return text.append(f"`{printable(savings.command)}`")
    if savings.likely is not None:
        text = Prose(f"No file is proven unused; {_bytes(savings.likely)} likely are: ", style="bold yellow")
        return text.append(f"`{printable(savings.command)} --level likely`")
    return Prose(_without(report), style="bold")


def _secrets(report: Report) -> Iterator[Text]:
    """One line about the secrets that leave the context, those that get farthest first."""
    parts = []
    for reach, one, many, where, style in _REACHES:
        paths = [secret.path for secret in report.secrets if secret.reach is reach and secret.certain]
        if paths:
            named = ", ".join(map(printable, paths[:_NAMED]))
            more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
            verb = one if len(paths) == 1 else many
            parts.append(Prose(f"{plural(len(paths), 'secret')} {verb} {where}: {named}{more}", style=style))
    if parts:
        yield Prose("; ").join(parts)


def _bytes(totals: Totals) -> str:
    return f"{size(totals.size)} ({plural(totals.files, 'file')})"


def _without(report: Report) -> str:
    """The verdict where nothing can be saved, or was not worked out."""
    unknown = next((result.read for result in report.reads if result.read.unresolved), None)
    if unknown is not None:
        names = ", ".join(f"${printable(name)}" for name in sorted(unknown.unresolved)[:_NAMED])
        return f"Unused files are not known: line {unknown.line} depends on {names}"
    if not report.unused.files:
        return "Nothing to drop: no unused files"
    return f"Nothing to drop: {_bytes(report.unused)} unused, no more than the patterns for it"


def _likely(report: Report) -> Iterator[Text]:
    savings = report.savings
    if savings is not None and savings.likely is not None and _saves(savings) and not report.errors:
        yield Prose(f"{_bytes(savings.likely)} more with --level likely", style="yellow")


def _unsafe(report: Report) -> Iterator[Text]:
    """What makes a proposal unsafe."""
    given = report.savings.warnings if report.savings is not None else ()
    # Why the build fails is said already, and again in the findings.
    failing = tuple(error.text for error in report.errors)
    warnings = [warning for warning in given if not warning.startswith(failing)]
    for warning in warnings[:_NAMED]:
        yield Prose("warning: ", style="yellow").append(printable(warning), style="default")
    if len(warnings) > _NAMED:
        yield Prose(f"and {plural(len(warnings) - _NAMED, 'warning')} more", style="yellow")


def _saves(savings: Savings) -> bool:
    return bool(savings.buildkit or savings.classic)


def next_step(report: Report) -> str:
    """What to do next; "" if nothing is left to do."""
    savings = report.savings
    if report.errors:
        return "fix the failing instructions; `ctxopt explain PATH` shows which pattern excludes a path."
    if savings is None or savings.note:
        return ""
    if _saves(savings):
        command = printable(savings.command)
        return f"`{command}` shows the patterns and their reasons; --write writes them."
    if savings.likely is not None:
        return _about_likely(report, savings)
    return ""


def _about_likely(report: Report, savings: Savings) -> str:
    shows = f"`{printable(savings.command)} --level likely` shows what can be excluded, and why."
    broad = next((result.read for result in report.reads if result.read.broad), None)
    if broad is None:
        return shows
    written = printable(" ".join((broad.kind, *broad.shown_sources, broad.shown_destination)))
    return f"`{written}` (line {broad.line}) takes the whole context; {shows}"
