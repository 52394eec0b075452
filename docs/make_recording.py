"""Make the recording of `ctxopt explore` that its page shows: `python docs/make_recording.py`.

Keys are pressed in the explorer itself, on a sample project; each screen becomes a frame of an animated SVG.
"""

import re
import shutil
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_IMAGE = _ROOT / "docs" / "images" / "explore.svg"
_SIZE = (92, 24)
#: Where the sample project lies in the recording.
_SHOWN = "~/shop"
sys.path.insert(0, str(_ROOT))

#: The keys, what is written below the screen once each was pressed, and the seconds that it stays.
_KEYS = (
    ("", "ctxopt explore: what docker sends, the largest first", 3.0),
    ("i", "i: exclude it? A broad COPY takes it, so it asks", 2.5),
    ("y", "y: excluded; the last line but one shows what is saved", 2.5),
    ("down", "", 0.6),
    ("i", "i: .git; evidence says that nothing needs it", 2.5),
    ("down", "", 0.6),
    ("right", "Right: open a directory", 1.5),
    ("left", "", 0.6),
    ("/", "", 0.5),
    ("p", "", 0.3),
    ("u", "", 0.3),
    ("b", "/pub: a filter, with a live count", 1.5),
    ("enter", "", 0.6),
    ("i", "i: what an instruction needs is refused", 3.0),
    ("escape", "", 0.6),
    ("p", "p: what `ctxopt generate` proposes besides", 3.0),
    ("w", "w: the change, before anything is written", 3.5),
    ("y", "y: written", 2.5),
    ("f", "f: findings; f again applies a fix", 3.5),
    ("escape", "", 1.0),
)


def _record(project: Path) -> str:
    """The recording, as SVG."""
    from rich.text import Span, Text

    from ctxopt.explore.canvas import Canvas
    from tests.explore.support import Hand, explore
    from tests.support.terminal_svg import Frame, recording

    frames: list[Frame] = []

    def shown(hand: Hand) -> list[Text]:
        first, *lines = hand.app.screen.query_one(Canvas).shown
        if hand.app.screen is hand.main:
            right = re.sub(r"^ \S+ +", "", first.plain)
            first = Text(f" {_SHOWN}".ljust(_SIZE[0] - len(right)) + right, spans=[Span(0, _SIZE[0], "reverse")])
        return [first, *lines]

    async def act(hand: Hand) -> None:
        for key, caption, seconds in _KEYS:
            if key:
                await hand.press(key)
            # What is pressed without a caption leads to what the next one says.
            frames.append(Frame(shown(hand), seconds, caption))

    explore(project, act, size=_SIZE)
    return recording(frames, _SIZE[0])


def main() -> None:
    """Write the recording."""
    from sample_projects.make_junk import make

    project = _ROOT / "build" / "sample" / "shop"
    shutil.rmtree(project.parent, ignore_errors=True)
    project.parent.mkdir(parents=True)
    make("node-web", project)
    _IMAGE.parent.mkdir(exist_ok=True)
    _IMAGE.write_text(_record(project), encoding="utf-8")
    print(_IMAGE)


if __name__ == "__main__":
    main()
