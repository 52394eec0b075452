"""The Textual application: it hands keys to the model, draws what that says, and has threads do what takes long."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text as Line
from textual import events
from textual.app import App, ComposeResult
from textual.screen import Screen

from ctxopt.core.context.tree import View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import plural
from ctxopt.errors import CtxoptError
from ctxopt.explore import model as moves
from ctxopt.explore.canvas import WHEEL, Canvas, Page, name_of, steps
from ctxopt.explore.model import Model, Pane, Shown
from ctxopt.explore.off_loop import off_loop
from ctxopt.explore.screen import drawn, room, widths
from ctxopt.explore.session import Attempt, Builds, Opened, Session, Text
from ctxopt.explore.state import State, refusal
from ctxopt.proposal.by_hand import Choice
from ctxopt.render.glyphs import Glyphs

if TYPE_CHECKING:
    from ctxopt.findings.model import Finding
    from ctxopt.proposal.model import FileProposal, Proposal
    from ctxopt.reports.fixes import ChangedFile


@dataclass(frozen=True, slots=True)
class Actions:
    """What the explorer has others do: write files below a directory, and build with and without a proposal.

    `verify` gets a function to say with what it does at the moment, which raises to end it, and returns the lines of
    the result. Both raise CtxoptError.
    """

    write: "Callable[[str, Sequence[FileProposal | ChangedFile]], None]"
    verify: "Callable[[Opened, Proposal, Callable[[str], object]], Sequence[str]]"


class Explorer(App[None]):
    """The explorer of one build, over the state that its first screen shows; `builds` are all to choose from."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { layout: vertical; overflow: hidden; }"

    def __init__(
        self, session: Session, state: State, actions: Actions, glyphs: Glyphs, builds: Builds | None = None
    ) -> None:
        super().__init__(ansi_color=True)
        self.session = session
        self.builds = builds
        self.actions = actions
        self.glyphs = glyphs
        self._state = state

    def get_default_screen(self) -> Screen[None]:
        return Main(self, self._state)

    async def action_quit(self) -> None:
        """Ctrl+Q."""
        self.exit()

    def action_help_quit(self) -> None:
        """Ctrl+C."""
        self.exit()


class Main(Screen[None]):
    """The first screen: the tree, and the details of the selected entry."""

    def __init__(self, explorer: Explorer, state: State) -> None:
        super().__init__()
        self.model: Model = moves.first(state)
        self._explorer = explorer
        self._session = explorer.session
        self._canvas = Canvas()
        #: One change after the other: each starts from the result of the one before.
        self._changing = asyncio.Lock()
        self._answer: asyncio.Future[bool] | None = None
        #: How often a filter was typed: only the result for the last one is shown.
        self._filtering = 0
        #: The number of jobs that run.
        self._working = 0

    def compose(self) -> ComposeResult:
        yield self._canvas

    def on_mount(self) -> None:
        self.redraw()
        # The first screen is drawn before anything else is worked on.
        self.call_after_refresh(self._start)

    def on_resize(self) -> None:
        self.redraw()

    # -- showing --------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw the model."""
        width, height = self.app.size
        screen = drawn(self.model, self._session.opened.title, width, height, self._explorer.glyphs)
        self.model = screen.model
        self._canvas.show(screen.lines)

    def _show(self, model: Model) -> None:
        self.model = model
        self.redraw()

    async def _drawn(self) -> None:
        """Wait until what is shown is drawn: what is worked on then may take the processor for a while."""
        drawn = asyncio.get_running_loop().create_future()
        self.call_after_refresh(lambda: None if drawn.done() else drawn.set_result(None))
        await drawn

    def _say(self, message: str) -> None:
        self._show(replace(self.model, message=message, pending=None))

    # -- keys -----------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        key = name_of(event)
        if key in ("ctrl+c", "ctrl+q"):
            self.app.exit()
        elif self._answer is not None:
            self._answered(key)
        elif self.model.typing is not None:
            self._typed(event, key)
        else:
            self._pressed(event, key)

    def _pressed(self, event: events.Key, key: str) -> None:
        moved = steps(event, room(self.app.size.height))
        if moved is not None:
            self._show(moves.moved(self.model, moved))
        elif key in _MOVES:
            self._show(_MOVES[key](replace(self.model, message="")))
        elif key in _ACTIONS:
            self._say("")
            self._run(_ACTIONS[key](self))
        elif key == "escape":
            self._escape()

    def _escape(self) -> None:
        """Show everything again."""
        self._show(replace(self.model, message="", pane=Pane.TREE))
        if self.model.matching is not None:
            self._run(self._unfiltered())

    def on_mouse_scroll_down(self) -> None:
        self._show(moves.moved(self.model, WHEEL))

    def on_mouse_scroll_up(self) -> None:
        self._show(moves.moved(self.model, -WHEEL))

    def on_click(self, event: events.Click) -> None:
        """Select a row; one that is selected is opened or closed."""
        number = self.model.top + event.y - 1
        left, _ = widths(self.app.size.width)
        if event.x >= left or not 0 <= event.y - 1 < room(self.app.size.height) or number >= len(self.model.rows):
            return
        if number == self.model.cursor and self.model.pane is Pane.TREE:
            self._show(moves.toggled(self.model))
        else:
            self._show(moves.at(replace(self.model, pane=Pane.TREE), number))

    # -- the filter -----------------------------------------------------------------------------

    def _typed(self, event: events.Key, key: str) -> None:
        """A key while the filter is typed."""
        text = self.model.typing or ""
        if key == "enter":
            self._show(replace(self.model, typing=None))
        elif key == "escape":
            self._show(replace(self.model, typing=None))
            self._filtering += 1
            self._run(self._unfiltered())
        elif key == "backspace":
            self._filter(text[:-1])
        elif event.is_printable and event.character is not None:
            self._filter(text + event.character)

    def on_paste(self, event: events.Paste) -> None:
        if self.model.typing is not None:
            self._filter(self.model.typing + "".join(char for char in event.text if char.isprintable()))

    def _filter(self, text: str) -> None:
        self._show(replace(self.model, typing=text))
        self._filtering += 1
        self._run(self._filtered(text, self._filtering))

    async def _filtered(self, text: str, number: int) -> None:
        """Show what a filter matches, unless another one was typed in the meantime."""
        if not text.strip("/"):
            await self._unfiltered()
            return
        from ctxopt.explore.filter import matching

        async with self._changing:
            # Of several that wait only the last one counts.
            if number == self._filtering:
                tree = self.model.state.tree
                mask = await off_loop(lambda: matching(tree, text))
                shown = await off_loop(lambda: Shown.matched(self.model, mask))
                self._show(moves.filtered(self.model, text, shown))

    async def _unfiltered(self) -> None:
        async with self._changing:
            shown = await off_loop(lambda: Shown.of(self.model, filtered=False))
            self._show(moves.showing(self.model, shown))

    async def unused(self) -> None:
        """Only what is unused, or everything again."""
        async with self._changing:
            shown = await off_loop(lambda: Shown.of(self.model, only_unused=not self.model.only_unused))
            self._show(moves.showing(self.model, shown))

    # -- what takes long ------------------------------------------------------------------------

    def _run(self, work: Awaitable[None]) -> None:
        """Do some work beside the keys; what is wrong with the input is a message."""

        async def run() -> None:
            try:
                await work
            except CtxoptError as error:
                self._say(error.text)
            finally:
                self._working -= 1

        self._working += 1
        self.run_worker(run(), exit_on_error=True)

    def _start(self) -> None:
        self._run(self._learn())
        if self._explorer.builds is not None:
            self._run(self.other_build())

    @property
    def is_idle(self) -> bool:
        """Whether nothing is worked on that a key started, or it waits for an answer or for another screen."""
        return not self._working or self._answer is not None or self.app.screen is not self

    async def _learn(self) -> None:
        """Find the builds that read the ignore file, what was chosen before, and the evidence."""
        session = self._session
        try:
            async with self._changing:
                text = await off_loop(session.recorded)
                if not self.model.past and session is self._session:
                    self._show(replace(self.model, text=text, saved=text))
            evidence = await off_loop(session.learn)
            if session is self._session:
                self._show(replace(self.model, evidence=evidence))
        finally:
            # Another build, or the written file, is learned about by itself.
            if session is self._session:
                self._show(replace(self.model, learning=False))

    async def view(self) -> None:
        """The other builder's view."""
        view = View.CLASSIC if self.model.view == View.BUILDKIT else View.BUILDKIT
        refused = refusal(self._session.opened.context, view)
        if refused is not None:
            raise refused
        async with self._changing:
            text = self.model.text
            shown = await off_loop(
                lambda: Shown.of(self.model, self._session.state(text, view), self._session.present_state(view))
            )
            self._show(moves.showing(replace(self.model, view=view), shown))

    async def propose(self) -> None:
        """The ignore file as it is, or as it is proposed."""
        async with self._changing:
            text = replace(self.model.text, proposed=not self.model.text.proposed)
            self._say("computing the proposal ..." if text.proposed else "")
            await self._drawn()
            shown = await self._with_text(text)
            self._show(moves.showing(replace(self.model, text=text, message=""), shown))

    async def _with_text(self, text: Text) -> Shown:
        """What is shown with another text in the ignore file."""
        return await off_loop(lambda: Shown.of(self.model, self._session.state(text, self.model.view)))

    async def exclude(self) -> None:
        """Exclude the selected entry, or take that back."""
        await self._choose(keep=False)

    async def keep(self) -> None:
        """Keep the selected entry, or take that back."""
        await self._choose(keep=True)

    async def _choose(self, *, keep: bool) -> None:
        row = self.model.row
        if row is None or row.more:
            return
        choice = Choice(row.path, keep)
        self._show(replace(self.model, pending=row.path, message=""))
        await self._drawn()
        async with self._changing:
            text, view = self.model.text, self.model.view
            if choice in text.choices:
                attempt = await off_loop(lambda: self._session.without(text, choice.path, view))
            else:
                idle = moves.without_effect(self.model, row, keep=keep)
                if idle:
                    self._say(idle)
                    return
                attempt = await off_loop(lambda: self._session.attempt(text, choice, view))
            await self._take(attempt, choice)

    async def _take(self, attempt: Attempt, choice: Choice) -> None:
        """Make a change, unless it is refused."""
        if attempt.refused:
            self._say(f"refused: {attempt.refused}")
            return
        if attempt.doubt and not await self._ask(f"{attempt.doubt}. {'Keep' if choice.keep else 'Exclude'} it?"):
            self._say("nothing was changed")
            return
        builds = plural(len(self._session.by_hand.group.contexts), "build")
        what = choice.line if choice in attempt.text.choices else f"{choice.line} taken back"
        message = f"{what}: no instruction fails in {builds}"
        shown = await off_loop(lambda: Shown.of(self.model, attempt.state))
        self._show(moves.changed(self.model, attempt.text, shown, message))

    async def undo(self) -> None:
        """Take the last change back."""
        async with self._changing:
            if not self.model.past:
                self._say("there is nothing to undo")
                return
            text = self.model.past[-1]
            shown = await self._with_text(text)
            self._show(moves.undone(self.model, shown))

    async def quit(self) -> None:
        """End, after asking if something was chosen that is not written."""
        if await self._may_lose("Quit"):
            self.app.exit()

    async def _may_lose(self, what: str) -> bool:
        """Whether choices that are not written can be dropped, which is asked; True without such choices."""
        count = self.model.unwritten
        verb = "choice is" if count == 1 else "choices are"
        return not count or await self._ask(f"{count} {verb} not written. {what}?")

    async def _ask(self, question: str) -> bool:
        """Ask a question in the last line, and wait for y or n."""
        self._answer = asyncio.get_running_loop().create_future()
        self._show(replace(self.model, question=question, message=""))
        try:
            return await self._answer
        finally:
            self._answer = None
            self._show(replace(self.model, question="", pending=None))

    def _answered(self, key: str) -> None:
        if self._answer is not None and not self._answer.done() and key in ("y", "n", "escape", "q"):
            self._answer.set_result(key == "y")

    # -- other screens --------------------------------------------------------------------------

    async def help(self) -> None:
        """The keys."""
        await self._page(HelpPage())

    async def _page(self, page: Page) -> str | None:
        return await self.app.push_screen_wait(page)

    async def other_build(self) -> None:
        """Choose another build."""
        builds = self._explorer.builds
        if builds is None:
            self._say("there is one build; `ctxopt explore --all` offers every build")
            return
        from ctxopt.explore.builds_page import BuildsPage

        page = BuildsPage(builds)
        if await self._page(page) != "enter" or page.cursor == builds.current or not await self._may_lose("Drop"):
            return
        self._say(f"opening {builds.names[page.cursor]} ...")
        await self._drawn()
        async with self._changing:
            opened = await off_loop(lambda: builds.open(page.cursor))
            session = Session(opened)
            state = await off_loop(session.present_state)
            self._session = self._explorer.session = session
            self._explorer.builds = replace(builds, current=page.cursor)
            self._filtering += 1
            self._show(moves.first(state))
        self._run(self._learn())

    async def write(self) -> None:
        """Show what would be written, and write it after a confirmation."""
        from ctxopt.explore.change_page import ChangePage
        from ctxopt.explore.pages import diff_lines

        async with self._changing:
            text = self.model.text
            file = await off_loop(lambda: self._session.to_write(text))
            if not file.changes:
                self._say("there is nothing to write")
                return
            change = diff_lines(file.name, file.old, file.new, self._session.notes(file))
            if await self._page(ChangePage(f"Write {file.name}?", change)) == "y":
                await self._written([file])

    async def _written(self, files: "Sequence[FileProposal | ChangedFile]") -> None:
        """Write files, and show the context with them."""
        root = self._session.opened.context.root
        await off_loop(lambda: self._explorer.actions.write(root, files))
        self._session = self._explorer.session = await off_loop(lambda: self._session.written(files))
        text = await off_loop(self._session.recorded)
        shown = await self._unfiltered_with(text)
        names = ", ".join(file.name for file in files)
        self._show(moves.written(self.model, text, shown, f"written: {names}"))
        self._run(self._learn())

    async def _unfiltered_with(self, text: Text) -> Shown:
        """What is shown once files were written, without the filter: the entries may be others."""

        def shown() -> Shown:
            session, view = self._session, self.model.view
            return Shown.of(self.model, session.state(text, view), session.present_state(view), filtered=False)

        return await off_loop(shown)

    async def findings(self) -> None:
        """The findings of the build as it is."""
        from ctxopt.explore.findings_page import FindingsPage

        self._say("checking the rules ...")
        await self._drawn()
        report = await off_loop(self._session.report)
        self._say("")
        page = FindingsPage(report)
        while await self._page(page) == "f":
            message = await self._fix(page.selected)
            if not message:
                report = await off_loop(self._session.report)
            page = FindingsPage(report, page.cursor, message)

    async def _fix(self, finding: "Finding | None") -> str:
        """Show the change that fixes a finding, and write it after a confirmation; returns why it was not written."""
        from ctxopt.explore.change_page import ChangePage
        from ctxopt.explore.pages import diff_lines

        if finding is None or not finding.edits:
            return "no fix to apply: the finding says what to decide"
        fixed = await off_loop(lambda: self._session.fixed(finding))
        if not fixed.files:
            reason = next((one.reason for one in fixed.remaining if one.reason), "it changes nothing")
            return f"not applied: {reason}"
        lines = [line for file in fixed.files for line in diff_lines(file.name, file.old, file.new)]
        if await self._page(ChangePage(f"Fix {finding.rule}?", lines)) != "y":
            return "nothing was written"
        async with self._changing:
            await self._written(fixed.files)
        return ""

    async def verify(self) -> None:
        """Build with and without what is shown."""
        from ctxopt.explore.verify_page import VerifyPage

        if not await self._ask("This builds twice and runs the code of the Dockerfile. Go on?"):
            return
        async with self._changing:
            text = self.model.text
            proposal = await off_loop(lambda: self._session.to_verify(text))
        opened, run = self._session.opened, self._explorer.actions.verify
        await self._page(VerifyPage(lambda show: run(opened, proposal, show)))


class HelpPage(Page):
    """The keys and the letters."""

    def __init__(self) -> None:
        super().__init__("Help", "Esc back", closing=("?",))

    def make_lines(self, width: int) -> list[Line]:
        from ctxopt.explore.pages import help_page

        return help_page(width)


def _filter_started(model: Model) -> Model:
    return replace(model, typing=model.filter, pane=Pane.TREE)


_MOVES: dict[str, Callable[[Model], Model]] = {
    "right": moves.opened,
    "l": moves.opened,
    "enter": moves.toggled,
    "left": moves.closed,
    "h": moves.closed,
    "backspace": moves.upwards,
    "tab": moves.other_pane,
    "shift+tab": moves.other_pane,
    "s": moves.next_sort,
    "/": _filter_started,
}

_ACTIONS: dict[str, Callable[[Main], Awaitable[None]]] = {
    "b": Main.view,
    "p": Main.propose,
    "i": Main.exclude,
    "e": Main.keep,
    "u": Main.unused,
    "z": Main.undo,
    "ctrl+z": Main.undo,
    "w": Main.write,
    "f": Main.findings,
    "o": Main.other_build,
    "v": Main.verify,
    "?": Main.help,
    "q": Main.quit,
}
