"""The screen of a verification: what is built at the moment, and then the result."""

from collections.abc import Callable, Sequence

from rich.text import Text as Line

from ctxopt.display import printable
from ctxopt.errors import CtxoptError
from ctxopt.explore.canvas import CLOSING, Page
from ctxopt.explore.off_loop import off_loop
from ctxopt.explore.pages import text_page

#: Maximum number of steps to show.
_STEPS = 200


class VerifyPage(Page):
    """Builds with and without a proposal; leaving it ends the builds.

    `verify` gets a function to say with what it does at the moment, and returns the lines of the result.
    """

    def __init__(self, verify: Callable[[Callable[[str], object]], Sequence[str]]) -> None:
        super().__init__("Verify", "Esc ends the builds")
        self._verify = verify
        self._steps: list[str] = []
        self._result: Sequence[str] | None = None
        self._left = False
        # It stays until the builds have ended: what they made is removed first.
        self.closing_keys = ()

    def on_mount(self) -> None:
        super().on_mount()
        self.run_worker(self._work())

    def on_unmount(self) -> None:
        self._left = True

    def pressed(self, key: str) -> None:
        if key in CLOSING:
            self._left = True
            self._keys = "ending the builds ..."
            self.redraw()

    def make_lines(self, width: int) -> list[Line]:
        lines = [Line(printable(step), "dim") for step in self._steps[-_STEPS:]]
        if self._result is not None:
            lines += [Line(), *text_page(self._result, width)]
        return lines

    async def _work(self) -> None:
        show = self.app.call_later
        last = ""

        def say(step: str) -> None:
            nonlocal last
            if self._left:
                # As Ctrl-C would: the builds end, and what they made is removed.
                raise KeyboardInterrupt
            if step != last:
                last = step
                show(self._add, step)

        try:
            self._result = await off_loop(lambda: self._verify(say))
        except CtxoptError as error:
            if self._left:
                self.dismiss("escape")
                return
            self._result = (f"error: {error.text}",)
        except KeyboardInterrupt:
            self.dismiss("escape")
            return
        self.closing_keys = CLOSING
        self._keys = "Esc back"
        self.top = len(self._steps) + 1
        self.redraw(again=True)

    def _add(self, step: str) -> None:
        self._steps.append(step)
        self.top = len(self._steps)
        self.redraw(again=True)
