"""All that the first screen shows, and how keys change it: pure functions from one model to the next."""

from dataclasses import field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from ctxopt.core.context.tree import Totals, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.explore.rows import Order, Row, Sort, rows
from ctxopt.explore.session import Text
from ctxopt.explore.state import Selection, State, select
from ctxopt.reports.uses import Use

if TYPE_CHECKING:
    from ctxopt.explore.evidence import Evidence

#: A filter opens the directories with matches where it matches at most so many files.
_OPENED: Final = 500


class Pane(Enum):
    """The pane that the arrow keys are for."""

    TREE = "tree"
    DETAILS = "details"


@dataclass(frozen=True, slots=True)
class Model:
    """The first screen.

    `present` is the state with the ignore file as it is; `state` is with `text` in it.
    `typing` is the filter that is being typed, None while none is; `matching` are the entries that `filter` matches.
    `question` waits for y or n. `past` are the texts that undo brings back, the last one last.
    """

    state: State
    present: State
    selection: Selection
    rows: tuple[Row, ...] = ()
    view: int = View.BUILDKIT
    text: Text = field(default_factory=Text)
    past: tuple[Text, ...] = ()
    saved: Text = field(default_factory=Text)
    sort: Sort = Sort.SIZE
    open: frozenset[str] = frozenset()
    pages: dict[str, int] = field(default_factory=dict)
    only_unused: bool = False
    filter: str = ""
    typing: str | None = None
    matching: bytes | None = None
    unfiltered_open: frozenset[str] = frozenset()
    cursor: int = 0
    top: int = 0
    pane: Pane = Pane.TREE
    details_top: int = 0
    message: str = ""
    question: str = ""
    pending: str | None = None
    evidence: "Evidence | None" = None
    learning: bool = True

    @property
    def row(self) -> Row | None:
        """The selected row; None if there is none."""
        return self.rows[self.cursor] if self.rows else None

    @property
    def unwritten(self) -> int:
        """The number of choices that are not in the file yet, and of those that are and were taken back."""
        return len({*self.text.choices} ^ {*self.saved.choices})


def first(state: State) -> Model:
    """The model of the first screen."""
    return _ordered(Model(state, state, select(state, state)))


@dataclass(frozen=True, slots=True)
class Shown:
    """What the rows are made of: a state, and which of its files are selected. It takes a while for many files."""

    state: State
    present: State
    selection: Selection
    only_unused: bool
    matching: bytes | None

    @classmethod
    def of(
        cls,
        model: Model,
        state: State | None = None,
        present: State | None = None,
        *,
        only_unused: bool | None = None,
        filtered: bool = True,
    ) -> "Shown":
        """The same as a model shows, but for what is given; not `filtered` drops the filter."""
        state, present = state or model.state, present or model.present
        unused = model.only_unused if only_unused is None else only_unused
        matching = model.matching if filtered else None
        made = select(state, present, only_unused=unused, matching=matching)
        return cls(state, present, made, unused, matching)

    @classmethod
    def matched(cls, model: Model, matching: bytes) -> "Shown":
        """The same as a model shows, but for another filter."""
        made = select(model.state, model.present, only_unused=model.only_unused, matching=matching)
        return cls(model.state, model.present, made, model.only_unused, matching)


def showing(model: Model, shown: Shown) -> Model:
    """The model with other files; the cursor stays on its entry, or on one above it."""
    if shown.matching is None and model.matching is not None:
        model = replace(model, open=model.unfiltered_open, filter="")
    return _ordered(
        replace(
            model,
            state=shown.state,
            present=shown.present,
            selection=shown.selection,
            only_unused=shown.only_unused,
            matching=shown.matching,
        )
    )


def _ordered(model: Model) -> Model:
    """The model with its rows worked out again; the cursor stays on its entry, or on one above it."""
    order = Order(model.open, model.sort, lambda path: model.pages.get(path, 1))
    made = tuple(rows(model.state, model.selection, order))
    before = model.row
    path = None if before is None else before.path
    by_path = {row.path: number for number, row in enumerate(made) if not row.more}
    while path and path not in by_path:
        path = path.rpartition("/")[0]
    cursor = by_path.get(path, 0) if path else 0
    if before is not None and before.more:
        cursor = min(model.cursor, max(0, len(made) - 1))
    return replace(model, rows=made, cursor=cursor)


# -- moving -------------------------------------------------------------------------------------


def moved(model: Model, steps: int) -> Model:
    """The cursor so many rows further down, or the details scrolled by so many lines."""
    if model.pane is Pane.DETAILS:
        return replace(model, details_top=max(0, model.details_top + steps))
    return at(model, model.cursor + steps)


def at(model: Model, cursor: int) -> Model:
    """The cursor at a row, or at the nearest one."""
    cursor = min(max(0, cursor), max(0, len(model.rows) - 1))
    return replace(model, cursor=cursor, details_top=0, message="")


def scrolled(model: Model, height: int) -> Model:
    """The model with the first row that is visible set so that the cursor is among `height` rows."""
    top = min(model.top, model.cursor, max(0, len(model.rows) - height))
    return replace(model, top=max(0, top, model.cursor - height + 1))


def opened(model: Model) -> Model:
    """The directory at the cursor open; one that is open already moves the cursor into it, a file to its details."""
    row = model.row
    if row is None:
        return model
    if row.more:
        pages = {**model.pages, row.path: model.pages.get(row.path, 1) + 1}
        return _ordered(replace(model, pages=pages))
    if row.inside is None:
        return replace(model, pane=Pane.DETAILS)
    if row.is_open:
        return moved(model, 1) if model.cursor + 1 < len(model.rows) else model
    return _ordered(replace(model, open=model.open | {row.path}))


def toggled(model: Model) -> Model:
    """The directory at the cursor closed if it is open; otherwise as `opened`."""
    row = model.row
    if row is not None and row.is_open:
        return _ordered(replace(model, open=model.open - {row.path}))
    return opened(model)


def closed(model: Model) -> Model:
    """The directory at the cursor closed; for anything else the cursor is on the directory above."""
    row = model.row
    if model.pane is Pane.DETAILS:
        return replace(model, pane=Pane.TREE)
    if row is not None and row.is_open:
        return _ordered(replace(model, open=model.open - {row.path}))
    return upwards(model)


def upwards(model: Model) -> Model:
    """The cursor on the directory above."""
    row = model.row
    if model.pane is Pane.DETAILS or row is None:
        return replace(model, pane=Pane.TREE)
    parent = row.path if row.more else row.path.rpartition("/")[0]
    number = next((number for number, other in enumerate(model.rows) if other.path == parent and not other.more), None)
    return model if number is None else at(model, number)


def other_pane(model: Model) -> Model:
    """The arrow keys for the other pane."""
    return replace(model, pane=Pane.DETAILS if model.pane is Pane.TREE else Pane.TREE)


# -- what is shown ------------------------------------------------------------------------------


def next_sort(model: Model) -> Model:
    """The next order."""
    return replace(_ordered(replace(model, sort=model.sort.next)), message=f"sorted by {model.sort.next.value}")


def filtered(model: Model, text: str, shown: Shown) -> Model:
    """Only the entries that a filter matches, of which `shown` is."""
    before = model.open if model.matching is None else model.unfiltered_open
    made = replace(model, filter=text, selection=shown.selection, matching=shown.matching, unfiltered_open=before)
    return _ordered(replace(made, open=before | _with_matches(made), cursor=0, top=0))


def _with_matches(model: Model) -> frozenset[str]:
    """The directories to open for a filter: those with matches, if it matches few files."""
    total = matched(model)
    if total.files > _OPENED:
        return frozenset()
    sums = model.selection
    found, stack = set(), list(model.state.tree.root.subdirectories.values())
    while stack:
        directory = stack.pop()
        if sums.sent.below(directory).files or sums.rest.below(directory).files:
            found.add(directory.path)
            stack += directory.subdirectories.values()
    return frozenset(found)


def matched(model: Model) -> Totals:
    """All files that are selected."""
    root = model.state.tree.root
    return model.selection.sent.below(root) + model.selection.rest.below(root)


# -- choices ------------------------------------------------------------------------------------


def changed(model: Model, text: Text, shown: Shown, message: str = "") -> Model:
    """The model with another text in the ignore file, which undo takes back."""
    past = (*model.past, model.text)
    return replace(showing(replace(model, text=text), shown), past=past, message=message, pending=None)


def undone(model: Model, shown: Shown) -> Model:
    """The model with the text before the last change, of which `shown` is."""
    *past, text = model.past
    return replace(showing(replace(model, text=text), shown), past=tuple(past), message="undone", pending=None)


def written(model: Model, text: Text, shown: Shown, message: str) -> Model:
    """The model after files were written: `text` is the ignore file as it is now, of which `shown` is."""
    made = showing(replace(model, text=text, saved=text, past=()), shown)
    return replace(made, message=message, pending=None, learning=True)


def without_effect(model: Model, row: Row, *, keep: bool) -> str:
    """Why a choice would change nothing, for people; "" if it would not."""
    choices = {choice.path: choice for choice in model.text.choices}
    if row.path in choices:
        return ""
    excluded = _is_excluded(model.state, row)
    if keep:
        return "" if excluded or model.text.proposed else "it is not excluded"
    return "it is excluded already" if excluded else ""


def _is_excluded(state: State, row: Row) -> bool:
    """Whether all of an entry is excluded."""
    if row.inside is None:
        return state.use(row.directory, row.index) is Use.IGNORED
    sums = state.uses(row.inside)
    if sums:
        return set(sums) == {Use.IGNORED}
    return not row.directory.flags[row.index] & state.view
