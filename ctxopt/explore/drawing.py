"""The lines of the explorer's panes as styled text. Names are escaped here, once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text as Line

from ctxopt.core.context.tree import Totals, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import amount, plural, printable, size
from ctxopt.explore.rows import Row
from ctxopt.explore.state import State
from ctxopt.proposal.by_hand import Choice
from ctxopt.render.explanation import lines as explained
from ctxopt.render.glyphs import STYLES, Glyphs
from ctxopt.reports.uses import Use

if TYPE_CHECKING:
    from ctxopt.explore.evidence import Evidence

#: A letter for each use, for terminals without colors; small where only most of a directory has that use.
LETTERS: Final = {
    Use.IMAGE: "I",
    Use.BUILD: "B",
    Use.UNKNOWN: "?",
    Use.BUILDER: "D",
    Use.UNUSED: "U",
    Use.IGNORED: "X",
    Use.SECRET: "S",
}
BUILDERS: Final = {View.BUILDKIT: "BuildKit", View.CLASSIC: "legacy builder"}
#: The width of a bar, and the widths of panes from which there are more columns: the bar, then files.
_BAR: Final = 8
_WITH_BAR, _WITH_FILES = 34, 54


@dataclass(frozen=True, slots=True)
class Drawn:
    """What rows are drawn with: the state, the total of all that is sent, the characters, and what was chosen."""

    state: State
    total: Totals
    glyphs: Glyphs
    choices: dict[str, Choice]
    pending: str | None = None


def row_line(row: Row, drawn: Drawn, width: int) -> Line:
    """One row of the tree, `width` cells wide."""
    uses = _uses(row, drawn.state)
    main = max(uses, key=lambda use: (uses[use], use is not Use.IGNORED), default=None)
    style = "" if main is None else STYLES[main]
    line = Line()
    line.append(*_mark(row, drawn))
    letter = " " if main is None else LETTERS[main]
    line.append((letter if len(uses) == 1 else letter.lower()) + " ", style)
    line.append(f"{size(row.shown.size):>8} ", "" if row.sent.files else "dim")
    if width >= _WITH_BAR:
        line.append_text(_bar(row, uses, drawn.glyphs))
    line.append(_share(row, drawn.total), "" if row.sent.files else "dim")
    if width >= _WITH_FILES:
        line.append(f"{row.shown.files:>8,} ", "dim")
    line.append(" " + "  " * min(row.depth, 12))
    if row.more:
        line.append(f"({row.more:,} more: Enter)", "dim")
    elif row.inside is not None:
        sign = drawn.glyphs.opened if row.is_open else drawn.glyphs.closed
        line.append(f"{sign} ", "dim").append(printable(row.name) + "/", "bold")
    else:
        line.append("  ").append(printable(row.name), style)
    return _fitted(line, width, drawn.glyphs.dots)


def _fitted(line: Line, width: int, dots: str) -> Line:
    """The line, padded or cut to a width."""
    if cell_len(line.plain) > width:
        line.truncate(max(0, width - len(dots)))
        line.append(dots)
    line.append(" " * (width - cell_len(line.plain)))
    return line


def _mark(row: Row, drawn: Drawn) -> tuple[str, str]:
    """The first column: what was chosen for an entry, or that it contains a secret."""
    if row.more:
        return " ", ""
    path = row.path
    if path == drawn.pending:
        return drawn.glyphs.dots[0], "bold"
    choice = drawn.choices.get(path)
    if choice is not None:
        return ("+", "bold green") if choice.keep else ("-", "bold red")
    secret = row.sent.files and drawn.state.is_secret(row.directory, row.index)
    return ("!", STYLES[Use.SECRET]) if secret else (" ", "")


def _uses(row: Row, state: State) -> dict[Use, int]:
    """What becomes of the files of a row that its figures are about, with their bytes."""
    if row.more:
        return {}
    if row.inside is None:
        return {state.use(row.directory, row.index): row.shown.size} if row.shown.files else {}
    sums = state.uses(row.inside)
    if row.sent.files:
        sums.pop(Use.IGNORED, None)
    return {use: totals.size for use, totals in sums.items()}


def _bar(row: Row, uses: dict[Use, int], glyphs: Glyphs) -> Line:
    """A bar for the bytes of a row beside those of the largest entry of its directory, by what becomes of them."""
    line = Line()
    whole = sum(uses.values())
    cells = 0
    if row.largest and row.shown.size:
        cells = max(1, round(_BAR * row.shown.size / row.largest))
    left, above = cells, 0
    for use in (use for use in Use if uses.get(use)):
        above += uses[use]
        drawn = round(cells * above / whole) - (cells - left)
        line.append(glyphs.fills.get(use, glyphs.fills[Use.IMAGE]) * drawn, STYLES[use])
        left -= drawn
    return line.append(" " * (_BAR - cell_len(line.plain)))


def _share(row: Row, total: Totals) -> str:
    """The share of all that is sent, five cells wide."""
    if not row.sent.files or not total.size:
        return "     "
    percent = 100 * row.sent.size / total.size
    return f"{percent:4.0f}%" if percent >= 0.5 or not row.sent.size else "  <1%"


# -- details ------------------------------------------------------------------------------------


def details(row: Row, drawn: Drawn, evidence: "Evidence | None", note: str) -> Iterator[Line]:
    """What is known of an entry, as lines that are still to be wrapped; `note` says what is still worked on."""
    state = drawn.state
    name = row.path + ("/" if row.inside is not None else "")
    yield Line(printable(name), "bold")
    yield Line(_amounts(row))
    choice = drawn.choices.get(row.path)
    if choice is not None:
        yield Line(f"chosen: {printable(choice.line)}", "green" if choice.keep else "red")
    secret = state.secrets.get(row.path)
    if secret is not None:
        yield Line(printable(secret), STYLES[Use.SECRET])
    for text, style in explained(state.explain(row.path)):
        yield Line(text.removeprefix("  "), style)
    yield Line()
    yield Line("Evidence", "bold")
    found = list(evidence.lines(row.path)) if evidence is not None else []
    for supports, text in found:
        yield Line("for: " if supports else "against: ", "green" if supports else "yellow").append(
            printable(text), "default"
        )
    if not found:
        yield Line(note or "none for or against excluding it", "dim")


def _amounts(row: Row) -> str:
    parts = [f"{amount(row.sent.size, row.sent.files)} sent"] if row.sent.files else []
    parts += [f"{amount(row.rest.size, row.rest.files)} not sent"] if row.rest.files else []
    return ", ".join(parts) or "no files"


def wrapped(lines: Iterable[Line], width: int) -> list[Line]:
    """Lines folded to a width; what continues one is indented."""
    from rich.console import Console

    console = Console(width=max(width, 10), file=None)
    found: list[Line] = []
    for line in lines:
        indent = _indent(line)
        first = (line.wrap(console, max(width, 10)) or [line])[0]
        found.append(first)
        rest = line[len(first.plain) :]
        if rest.plain.strip():
            rest = rest[_indent(rest) :]
            for part in rest.wrap(console, max(width - indent - 2, 8)):
                part.rstrip()
                found.append(Line(" " * (indent + 2)).append_text(part))
    return found


def _indent(line: Line) -> int:
    """The number of spaces that a line begins with."""
    return len(line.plain) - len(line.plain.lstrip(" "))


# -- the lines above and below ------------------------------------------------------------------


def title(root: str, view: int, shown: str, position: str, width: int, dots: str) -> Line:
    """The first line of the screen; of a long path the end is shown."""
    right = f"{BUILDERS[view]}, {shown}  {position}"
    path, room = printable(root), max(0, width - cell_len(right) - 3)
    if cell_len(path) > room:
        path = dots + path[max(0, len(path) - room + len(dots)) :] if room > len(dots) else ""
    return Line(set_cell_size(f" {set_cell_size(path, room)}  {right}", width), "reverse")


def totals_line(
    before: Mapping[int, Totals], after: Mapping[int, Totals], view: int, unwritten: int, width: int, glyphs: Glyphs
) -> Line:
    """What the builders are sent, now and with what was chosen, the one of the view first; as much as fits."""
    builders = sorted(after, key=lambda one: one != view)
    if len({(before.get(one), after[one]) for one in builders}) == 1:
        builders = builders[:1]
    changed = [one for one in builders if before.get(one, after[one]) != after[one]] or builders[:1]
    choices = [Line().append(f"{plural(unwritten, 'choice')} not written", "yellow")] if unwritten else []
    line = Line()
    for shown, files, share in (
        (builders, True, True),
        (builders, False, True),
        (changed, False, True),
        (changed[:1], False, True),
        (changed[:1], False, False),
    ):
        names = BUILDERS if len(builders) > 1 or len(after) == 1 else dict.fromkeys(BUILDERS, "both builders")
        parts = [_sent(names[one], before.get(one), after[one], glyphs, files=files, share=share) for one in shown]
        line = Line(" ").append_text(Line("; ").join([*parts, *choices]))
        if cell_len(line.plain) <= width:
            break
    return line


def _sent(builder: str, before: Totals | None, after: Totals, glyphs: Glyphs, *, files: bool, share: bool) -> Line:
    """What a builder is sent, with the number of files and the share of the change."""
    line = Line().append(f"{builder} ")
    shown = amount(after.size, after.files) if files else size(after.size)
    if before is None or before == after:
        return line.append(shown, "bold")
    line.append(f"{size(before.size)} {glyphs.arrow} ").append(shown, "bold green")
    return line.append(f" ({100 * (after.size - before.size) / before.size:+.0f} %)") if share and before.size else line


def key_line(keys: Sequence[tuple[str, str]], width: int) -> Line:
    """As many keys with what they do as fit."""
    line = Line()
    for key, what in keys:
        part = f" {key} {what} "
        if cell_len(line.plain) + cell_len(part) > width:
            break
        line.append(f" {key}", "bold").append(f" {what} ", "dim")
    return line
