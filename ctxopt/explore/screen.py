"""The first screen as lines of styled text, for any size."""

from dataclasses import replace
from typing import Final

from rich.cells import cell_len
from rich.text import Text as Line

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import amount, plural, printable
from ctxopt.explore.drawing import Drawn, details, key_line, row_line, title, totals_line, wrapped
from ctxopt.explore.model import Model, Pane, matched, scrolled
from ctxopt.render.glyphs import Glyphs

#: Lines that are no rows: the title, the totals, and the keys or a message.
_AROUND: Final = 3
#: The least width with two panes, and the widths of the right one.
_TWO_PANES: Final = 64
_LEAST_DETAILS, _MOST_DETAILS = 28, 70

#: The keys that the last line names, the most useful first.
KEYS: Final = (
    ("?", "help"),
    ("q", "quit"),
    ("i", "exclude"),
    ("e", "keep"),
    ("/", "filter"),
    ("p", "proposed"),
    ("w", "write"),
    ("f", "findings"),
    ("z", "undo"),
    ("u", "unused"),
    ("s", "sort"),
    ("b", "builder"),
    ("o", "other build"),
    ("v", "verify"),
)


@dataclass(frozen=True, slots=True)
class Screen:
    """The lines of the screen, and the model with its panes scrolled so that what is selected is visible."""

    model: Model
    lines: list[Line]


def widths(width: int) -> tuple[int, int]:
    """The widths of the tree and of the details; 0 for no details."""
    if width < _TWO_PANES:
        return width, 0
    right = min(max(_LEAST_DETAILS, width * 2 // 5), _MOST_DETAILS)
    return width - right - 1, right


def room(height: int) -> int:
    """The number of rows that a screen has room for."""
    return max(1, height - _AROUND)


def drawn(model: Model, root: str, width: int, height: int, glyphs: Glyphs) -> Screen:
    """The screen of a model, `width` cells wide and `height` lines high."""
    left, right = widths(width)
    visible = room(height)
    model = scrolled(model, visible)
    choices = {choice.path: choice for choice in model.text.choices}
    shared = Drawn(model.state, model.state.total, glyphs, choices, model.pending)
    tree = _tree(model, shared, left, visible)
    model, pane = _details(model, shared, right or left, visible)
    if not right:
        body = pane if model.pane is Pane.DETAILS else tree
    else:
        bar = Line("|" if glyphs.bar.startswith("|") else "│", "dim")
        body = [
            Line().append_text(row).append_text(bar).append_text(info) for row, info in zip(tree, pane, strict=True)
        ]
    lines = [_title(model, root, width, glyphs), *body, _totals(model, width, glyphs), _last(model, width, glyphs)]
    return Screen(model, [_cut(line, width) for line in lines])


def _tree(model: Model, shared: Drawn, width: int, height: int) -> list[Line]:
    """The visible rows."""
    lines = []
    for number, row in enumerate(model.rows[model.top : model.top + height], model.top):
        line = row_line(row, shared, width)
        if number == model.cursor:
            # Without the colors of the parts: these would be its background.
            line = Line(line.plain, "reverse" if model.pane is Pane.TREE else "bold underline")
        lines.append(line)
    if not lines:
        lines.append(_filled(Line(" No files match." if model.matching else " No files.", "dim"), width))
    return lines + [Line(" " * width)] * (height - len(lines))


def _details(model: Model, shared: Drawn, width: int, height: int) -> tuple[Model, list[Line]]:
    """The visible lines of the details, and the model with these scrolled no further than they go."""
    row = model.row
    if row is None or row.more:
        return replace(model, details_top=0), [Line()] * height
    note = "collecting ..." if model.learning else ""
    lines = wrapped(details(row, shared, model.evidence, note), width - 2)
    top = min(model.details_top, max(0, len(lines) - height))
    visible = [Line(" ").append_text(line) for line in lines[top : top + height]]
    if top + height < len(lines):
        left = plural(len(lines) - top - height + 1, "more line")
        visible[-1] = Line(f" {left} (Tab)", "dim")
    return replace(model, details_top=top), visible + [Line()] * (height - len(visible))


def _title(model: Model, root: str, width: int, glyphs: Glyphs) -> Line:
    shown = ["proposed" if model.text.proposed else "current", f"by {model.sort.value}"]
    shown += ["only unused"] if model.only_unused else []
    shown += [f"filter {printable(model.filter)}"] if model.filter else []
    position = f"{model.cursor + 1:,}/{len(model.rows):,} " if model.rows else ""
    return title(root, model.view, ", ".join(shown), position, width, glyphs.dots)


def _totals(model: Model, width: int, glyphs: Glyphs) -> Line:
    return totals_line(model.present.totals, model.state.totals, model.view, model.unwritten, width, glyphs)


def _last(model: Model, width: int, glyphs: Glyphs) -> Line:
    """A question, the filter, a message, or the keys."""
    if model.question:
        return _asked(model.question, width, glyphs)
    if model.typing is not None:
        line = Line("/", "bold").append(printable(model.typing)).append(" ", "reverse")
        found = matched(model)
        return line.append(f"  {amount(found.size, found.files)}", "dim") if model.typing else line
    if model.message:
        return _shortened(Line(f" {printable(model.message)}", "bold yellow"), width, glyphs)
    return key_line(KEYS, width)


def _asked(question: str, width: int, glyphs: Glyphs) -> Line:
    """A question with the keys that answer it, whatever does not fit cut out of the question."""
    answers = " y/n"
    line = Line(f" {printable(question)}", "bold yellow")
    return _shortened(line, width - len(answers), glyphs).append(answers, "bold")


def _shortened(line: Line, width: int, glyphs: Glyphs) -> Line:
    if cell_len(line.plain) > width:
        line.truncate(max(0, width - len(glyphs.dots)))
        line.append(glyphs.dots)
    return line


def _filled(line: Line, width: int) -> Line:
    return line.append(" " * max(0, width - cell_len(line.plain)))


def _cut(line: Line, width: int) -> Line:
    if cell_len(line.plain) > width:
        line = line.copy()
        line.truncate(width)
    return line
