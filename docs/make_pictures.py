"""Make the report of a sample project, and the pictures of it that the README shows.

    python docs/make_pictures.py [--report-only]

The report goes to build/report.html. The pictures need Playwright and Chromium and go to docs/images.
"""

import argparse
import io
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_IMAGES = _ROOT / "docs" / "images"
#: Where the sample project lies in the pictures.
_SHOWN = "/home/you/shop"
sys.path.insert(0, str(_ROOT))


def _sample() -> Path:
    """The sample project with its junk, made again."""
    from sample_projects.make_junk import make

    project = _ROOT / "build" / "sample" / "shop"
    shutil.rmtree(project.parent, ignore_errors=True)
    project.parent.mkdir(parents=True)
    make("shop", project)
    return project


def _report(project: Path) -> Path:
    page = _ROOT / "build" / "report.html"
    subprocess.run([sys.executable, "-m", "ctxopt", "report", "--output", str(page)], cwd=project, check=True)
    return page


def _screenshot(page: Path, image: Path) -> None:
    """The upper part of the report, down to the end of the map."""
    import tempfile

    from tests.support.browser import browser

    with tempfile.TemporaryDirectory() as profile, browser(Path(profile), 1400, 760) as opened:
        shown = opened.new_page()
        shown.goto(page.as_uri())
        # The page must not show where this checkout is.
        shown.evaluate(f"document.querySelector('#meta dd bdi').textContent = '{_SHOWN}'")
        shown.mouse.move(0, 0)
        box = shown.locator("section:has(#map)").bounding_box()
        assert box is not None
        shown.screenshot(
            path=image, full_page=True, clip={"x": 0, "y": 0, "width": 1400, "height": box["y"] + box["height"] + 16}
        )


def _terminal(project: Path, image: Path) -> None:
    """What `ctxopt analyze` prints, in colours, as SVG."""
    from rich._export_format import CONSOLE_SVG_FORMAT
    from rich.console import Console
    from rich.terminal_theme import TerminalTheme

    from ctxopt import BuildContext, Request
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.render import text
    from ctxopt.reports.report import report
    from ctxopt.reports.savings import Proposals

    context = BuildContext(str(project), ignored=IgnoredPolicy.MEASURE)
    savings = Proposals(lambda _: Request()).savings(context, "ctxopt generate")
    shown = replace(report(context), root=_SHOWN, savings=savings)
    console = Console(record=True, width=92, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    text.report(shown, console, 8)
    theme = TerminalTheme(
        (24, 30, 39),
        (231, 235, 241),
        [
            (86, 96, 112),
            (224, 82, 112),
            (95, 208, 160),
            (240, 160, 32),
            (122, 184, 245),
            (190, 150, 230),
            (102, 204, 238),
            (231, 235, 241),
        ],
    )
    # Without the fonts that it would fetch from elsewhere.
    form = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    image.write_text(
        console.export_svg(title="ctxopt analyze", theme=theme, code_format=form, unique_id="ctxopt"), encoding="utf-8"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the report of a sample project, and pictures for the README.")
    parser.add_argument("--report-only", action="store_true", help="make no pictures")
    options = parser.parse_args()
    project = _sample()
    page = _report(project)
    print(page)
    if not options.report_only:
        _IMAGES.mkdir(exist_ok=True)
        _terminal(project, _IMAGES / "analyze.svg")
        print(_IMAGES / "analyze.svg")
        try:
            _screenshot(page, _IMAGES / "report.png")
        except pytest.skip.Exception as reason:
            print(f"no picture of the page: {reason}", file=sys.stderr)
            return 1
        print(_IMAGES / "report.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
