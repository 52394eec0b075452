"""The screen of the findings: one of them is selected, and can be fixed."""

from rich.text import Text as Line

from ctxopt.explore.canvas import Page
from ctxopt.explore.pages import finding_blocks
from ctxopt.findings.model import Finding
from ctxopt.render.findings import found
from ctxopt.reports.report import Report


class FindingsPage(Page):
    """The findings of a report; closed with f where the selected one is to be fixed."""

    def __init__(self, report: Report, cursor: int = 0, message: str = "") -> None:
        super().__init__("Findings", "", closing=("f",))
        self.cursor = min(cursor, max(0, len(report.findings) - 1))
        self._report = report
        self._message = message
        #: The findings with the lines that they start and end in.
        self._blocks: list[tuple[Finding, int, int]] = []

    @property
    def selected(self) -> Finding | None:
        """The finding at the cursor; None if there are none."""
        return self._blocks[self.cursor][0] if self._blocks else None

    def heading(self, width: int) -> Line:
        summary = found(self._report.findings).plain
        return Line(f" Findings: {summary[0].lower()}{summary[1:]}".ljust(width)[:width], "reverse")

    def keys(self) -> str:
        if self._message:
            return self._message
        selected = self.selected
        fix = "f fix   " if selected is not None and selected.edits else ""
        return f"{fix}Esc back   Up Down select"

    def make_lines(self, width: int) -> list[Line]:
        lines: list[Line] = []
        self._blocks = []
        blocks = finding_blocks(self._report, width - 2, self.app.console)
        for number, (finding, block) in enumerate(blocks):
            self._blocks.append((finding, len(lines), len(lines) + len(block)))
            mark = "> " if number == self.cursor else "  "
            for index, line in enumerate(block):
                lines.append(Line().append(mark if not index else "  ", "bold").append_text(line))
            lines.append(Line())
        return lines or [Line("No findings.")]

    def move(self, count: int) -> None:
        """Select another finding, and make all of it visible."""
        self._message = ""
        if self._blocks:
            step = count if abs(count) == 1 or abs(count) > len(self.lines) else (1 if count > 0 else -1)
            self.cursor = max(0, min(self.cursor + step, len(self._blocks) - 1))
            _, start, end = self._blocks[self.cursor]
            self.top = min(max(self.top, end - self.page), start)
        self.redraw(again=True)
