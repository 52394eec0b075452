"""Findings for a terminal: one line each with its id and severity, the code that it is about, and its fix.

Names and messages are escaped and never read as markup.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from ctxopt.display import plural, printable, size
from ctxopt.findings.model import Finding, RuleInfo, Severity
from ctxopt.render.frames import frame
from ctxopt.render.prose import Prose, put

#: Severities of findings that are listed one by one, with their code.
_GRAVE = (Severity.ERROR, Severity.WARNING)
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan", Severity.INFO: "dim"}
_PLURALS = {Severity.INFO: "infos"}
#: Maximum number of notes of one rule in one file to list, and of line numbers in place of the others.
_LISTED = 3
_LINES = 8
#: Maximum number of lines of evidence below a finding.
_EVIDENCE = 11
#: The rule of instructions that fail, and how many of them are listed for a file.
_FAILING = "build-fails"
_MOST_FAILING = 10
#: The same of the errors and warnings of any other rule in a file.
_MOST_OF_A_RULE = 100
#: The text in place of many notes of a rule that has none of its own.
_SUMMARY = "{count} more lines are like that"

#: Terminals that show the address of a link as text, or nothing at all.
_WITHOUT_LINKS = (None, "dumb", "linux", "unknown")

#: The bytes of a file that findings name; None where they are not known.
SourceOf = Callable[[str], bytes | None]


def show(
    console: Console,
    findings: Sequence[Finding],
    source_of: SourceOf,
    rules: Iterable[RuleInfo] = (),
    *,
    verbose: bool = False,
    quiet: bool = False,
) -> None:
    """Print findings by file, and how many there are of each severity; nothing if there are none.

    If `quiet`, only their messages: no code, evidence, fix or count.

    Many notes of a rule in one file are one line, unless `verbose`; then notes have their code as well. The ids link
    to the pages of the rules on terminals that can show links.
    """
    known = {rule.id: rule for rule in rules}
    secret = _secret_lines(findings, known)
    summarized = 0
    for shown, count in _grouped(findings, known, verbose):
        summarized += count if count > 1 else 0
        rule = known.get(shown.rule)
        if quiet:
            lines: Iterable[Text] = _folded(_head(shown, rule, console), console)
        else:
            lines = _finding(shown, console, _source(shown, source_of, secret, verbose), rule, verbose)
        for line in lines:
            console.print(line, soft_wrap=True)
    if findings and not quiet:
        put(console, found(findings, summarized))


def blocks(
    console: Console, findings: Sequence[Finding], source_of: SourceOf, rules: Iterable[RuleInfo]
) -> Iterator[list[Text]]:
    """The lines of each finding as `show` prints it, with its code and fix, in the order of the findings."""
    known = {rule.id: rule for rule in rules}
    secret = _secret_lines(findings, known)
    for one in findings:
        source = _source(one, source_of, secret, verbose=False)
        yield list(_finding(one, console, source, known.get(one.rule), verbose=False))


def _secret_lines(findings: Sequence[Finding], rules: dict[str, RuleInfo]) -> set[tuple[str, int | None]]:
    """The files and lines of which no code is shown, since there is a secret in it."""
    return {(one.file, one.line) for one in findings if (rule := rules.get(one.rule)) and rule.hides_lines}


def _source(finding: Finding, source_of: SourceOf, secret: set[tuple[str, int | None]], verbose: bool) -> SourceOf:
    """Where the code of a finding is taken from; from nowhere if none is shown."""
    has_code = _has_code(finding, verbose) and (finding.file, finding.line) not in secret
    return source_of if has_code else _no_source


def found(findings: Sequence[Finding], summarized: int = 0) -> Text:
    """How many findings there are: "Found 2 warnings, 4 notes (1 with a fix)"; so many have no line of their own."""
    counts = {severity: sum(one.severity is severity for one in findings) for severity in Severity}
    listed = ", ".join(
        plural(number, severity.value, _PLURALS.get(severity)) for severity, number in counts.items() if number
    )
    fixes = sum(bool(one.fix) for one in findings)
    some = [f"{fixes:,} with a fix"] if 0 < fixes < len(findings) else []
    some += [f"{summarized:,} summarized above"] if summarized else []
    return Prose(f"Found {listed or 'no problems'}" + (f" ({'; '.join(some)})" if some else ""), style="bold")


def _grouped(findings: Sequence[Finding], rules: dict[str, RuleInfo], verbose: bool) -> Iterator[tuple[Finding, int]]:
    """The findings to list, each with the number that it stands for.

    Those of a file come one after the other; a file comes where its first finding would.
    """
    files: dict[str, dict[str, list[Finding]]] = {}
    for finding in findings:
        key = str(len(findings)) + finding.rule if finding.severity not in _GRAVE else finding.severity.value
        files.setdefault(finding.file, {}).setdefault(key, []).append(finding)
    for groups in files.values():
        for group in groups.values():
            if not verbose and group[0].severity in _GRAVE:
                yield from _without_the_rest(group)
            elif verbose or len(group) <= _LISTED:
                yield from ((finding, 1) for finding in group)
            else:
                yield from _summarized(group, rules.get(group[0].rule))


def _without_the_rest(group: list[Finding]) -> Iterator[tuple[Finding, int]]:
    """Errors and warnings of a file: of each rule so many as anybody reads."""
    seen: Counter[str] = Counter()
    first: dict[str, Finding] = {}
    for finding in group:
        seen[finding.rule] += 1
        first.setdefault(finding.rule, finding)
        if seen[finding.rule] <= _most(finding.rule):
            yield finding, 1
    for rule, count in seen.items():
        rest = count - _most(rule)
        if rest > 0:
            what = "instructions fail" if rule == _FAILING else "findings of this rule"
            message = f"and {rest:,} more {what} (-v lists them)"
            yield Finding(rule, first[rule].severity, first[rule].file, None, message, fix=""), rest


def _most(rule: str) -> int:
    return _MOST_FAILING if rule == _FAILING else _MOST_OF_A_RULE


def _summarized(group: list[Finding], rule: RuleInfo | None) -> Iterator[tuple[Finding, int]]:
    """Many notes of a rule in one file as one; the first is an example, unless the rule has a text for all."""
    summary = rule.summary if rule is not None else ""
    rest = group if summary else group[1:]
    if not summary:
        yield group[0], 1
    numbers = sorted(finding.line for finding in rest if finding.line is not None)
    lines = ", ".join(map(str, numbers[:_LINES]))
    more = f" and {len(rest) - _LINES:,} more" if len(rest) > _LINES else ""
    text = (summary or _SUMMARY).format(count=len(rest))
    first = group[0]
    message = f"{text}: lines {lines}{more} (-v lists them)"
    yield Finding(first.rule, first.severity, first.file, None, message, fix=""), len(rest)


def _finding(
    finding: Finding, console: Console, source_of: SourceOf, rule: RuleInfo | None, verbose: bool
) -> Iterator[Text]:
    """The lines of one finding."""
    yield from _folded(_head(finding, rule, console), console)
    source = source_of(finding.file)
    code = [] if source is None else list(frame(source, finding, console))
    yield from code
    # The line of the finding itself is not shown twice.
    lines = [line for line in finding.evidence if not (code and line.startswith(f"line {finding.line}: "))]
    shown = len(lines) if verbose or len(lines) <= _EVIDENCE else _EVIDENCE - 1
    for line in lines[:shown]:
        yield from _folded(Prose(f"  {printable(line)}", style="dim"), console)
    if shown < len(lines):
        yield from _folded(Prose(f"  and {len(lines) - shown:,} more (-v lists them)", style="dim"), console)
    if finding.fix:
        yield from _folded(Prose("  ").append("fix: ", style="green").append(printable(finding.fix)), console)


def _no_source(_file: str) -> None:
    """The source of a finding whose code is not shown."""


def _has_code(finding: Finding, verbose: bool) -> bool:
    """Whether the code of a finding is shown; a message about an ignore file quotes its line already."""
    grave = verbose or finding.severity in _GRAVE
    return grave and finding.line is not None and not finding.file.endswith("ignore")


def _head(finding: Finding, rule: RuleInfo | None, console: Console) -> Text:
    return head(finding, rule.page if rule is not None and _shows_links(console) else None)


def head(finding: Finding, page: str | None = None) -> Text:
    """The first line of a finding: its place, its id, which links to `page`, its severity, message and size."""
    text = Prose(printable(f"{finding.file}:{finding.line}" if finding.line else finding.file), style="")
    text.stylize("bold")
    text.append(" ")
    text.append(finding.rule, style=Style(bold=True, link=page))
    text.append(" ").append(finding.severity.value, style=_STYLES[finding.severity])
    text.append(f" {printable(finding.message)}")
    if finding.totals is not None and finding.totals.size:
        text.append(f"  {size(finding.totals.size)}", style="yellow")
    return text


def _shows_links(console: Console) -> bool:
    """Whether links can be clicked: on a real terminal, with or without colors, but not in a log that has colors."""
    return console.file.isatty() and os.environ.get("TERM") not in _WITHOUT_LINKS


def _folded(text: Text, console: Console) -> Iterator[Text]:
    """A text in lines of the console's width, all but the first indented by two or four spaces."""
    indent = 4 if text.plain.startswith("  ") else 2
    if cell_len(text.plain) <= console.width:
        yield text
        return
    lines = text.wrap(console, console.width - indent)
    for number, line in enumerate(lines):
        line.rstrip()
        yield line if not number else Prose(" " * indent).append_text(line)
