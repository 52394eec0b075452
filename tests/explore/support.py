"""The explorer in this process, driven by Textual's pilot."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from textual import events
from textual.pilot import Pilot

from ctxopt.builds.build import Build
from ctxopt.builds.discovery import Request
from ctxopt.builds.opened import open_build, walk_unfiltered
from ctxopt.cli.written import write_files
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.walk import IgnoredPolicy
from ctxopt.explore.app import Actions, Explorer, Main
from ctxopt.explore.canvas import Page
from ctxopt.explore.model import Model
from ctxopt.explore.session import Builds, Opened, Session
from ctxopt.proposal.model import Level, Proposal
from ctxopt.render.glyphs import glyphs_in
from ctxopt.reports.report import Report, report

#: Seconds after which a test gives up, and between two looks at what it waits for.
_PATIENCE, _STEP = 60, 0.005


def opened(root: Path, level: Level | None = None, analyze: Callable[[BuildContext], Report] = report) -> Opened:
    """The build of a directory, walked."""
    build = Build("", str(root))
    tree = walk_unfiltered(str(root))
    context = open_build(build, IgnoredPolicy.RECORD, unfiltered=tree)
    return Opened(build, context, tree, Request.for_build(build), analyze, level)


@dataclass
class Hand:
    """Somebody at the keyboard: presses keys, and looks at the screen once what they started is done."""

    app: Explorer
    pilot: Pilot[None]
    verified: list[Proposal] = field(default_factory=list)

    @property
    def main(self) -> Main:
        """The first screen."""
        (main,) = (screen for screen in self.app.screen_stack if isinstance(screen, Main))
        return main

    @property
    def model(self) -> Model:
        """What the first screen shows."""
        return self.main.model

    @property
    def page(self) -> Page:
        """The page on top of it."""
        assert isinstance(self.app.screen, Page)
        return self.app.screen

    @property
    def screen(self) -> str:
        """The text of the screen that is on top."""
        return "\n".join(line.plain.rstrip() for line in self.app.screen.query_one("Canvas").shown)  # type: ignore[attr-defined]

    @property
    def shown(self) -> tuple[str, str]:
        """The pane that the arrow keys are for, and the order of the rows."""
        return self.model.pane.value, self.model.sort.value

    def line(self, path: str) -> str:
        """The line of a visible entry."""
        return self.screen.splitlines()[1 + self.names.index(path) - self.model.top]

    @property
    def names(self) -> list[str]:
        """The visible entries."""
        return [row.path for row in self.model.rows]

    async def press(self, *keys: str) -> None:
        """Press keys, each once what the one before started is done, or waits for an answer.

        The pilot's own `press` would wait for each until the process has been idle for a while.
        """
        for key in keys:
            self.app.post_message(events.Key(key, {"space": " "}.get(key, key if len(key) == 1 else None)))
            # The application passes it on to the screen, so both have to come to the end of what waits for them.
            await self.pilot.pause(0)
            await self.until(lambda: self.main.is_idle)

    async def select(self, path: str) -> None:
        """Move to a visible entry with the arrow keys."""
        await self.press("home", *["down"] * self.names.index(path))
        assert self.model.row is not None
        assert self.model.row.path == path

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until something is so."""

        async def wait() -> None:
            while not reached():
                await self.pilot.pause(_STEP)

        await self.pilot.pause(0)
        await asyncio.wait_for(wait(), _PATIENCE)
        await self.pilot.pause(0)


def explore(
    root: Path,
    act: Callable[[Hand], Awaitable[None]],
    *,
    size: tuple[int, int] = (80, 24),
    level: Level | None = None,
    encoding: str = "utf-8",
    verify: Callable[[Callable[[str], object]], Sequence[str]] | None = None,
    actions: Actions | None = None,
    analyze: Callable[[BuildContext], Report] = report,
    builds: Builds | None = None,
) -> None:
    """Start the explorer on a directory, and do something with it; `verify` replaces the builds, `actions` more.

    With `builds`, the current one of them is opened in place of that of the directory.
    """
    proposals: list[Proposal] = []

    def run_builds(_: Opened, proposal: Proposal, show: Callable[[str], object]) -> Sequence[str]:
        proposals.append(proposal)
        assert verify is not None
        return verify(show)

    session = Session(opened(root, level, analyze) if builds is None else builds.open(builds.current))
    actions = actions or Actions(lambda root, files: write_files(root, files, outside=True), run_builds)
    app = Explorer(session, session.present_state(), actions, glyphs_in(encoding), builds)

    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            hand = Hand(app, pilot, proposals)
            await hand.until(lambda: not hand.model.learning)
            await act(hand)

    asyncio.run(main())
