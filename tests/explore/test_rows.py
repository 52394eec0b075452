"""The rows against sums made file by file, and what it costs to draw them."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.text import Text as Line

from ctxopt.core.context.tree import Totals, View
from ctxopt.explore.drawing import wrapped
from ctxopt.explore.filter import matching
from ctxopt.explore.model import first, moved, opened
from ctxopt.explore.rows import Order, Row, rows
from ctxopt.explore.screen import drawn
from ctxopt.explore.state import State, select
from ctxopt.render.glyphs import glyphs_in
from ctxopt.reports.uses import Use
from tests.explore.support import opened as open_project
from tests.support.files import write
from tests.support.steps import lines_run

_PATHS = ("a/x.js", "a/b/y.js", "a/b/z.md", "c/d/e/f", "c/g.js", "top", "top.md", "a.b/c")
_DOCKERFILES = (
    "FROM scratch\nCOPY . /app\n",
    "FROM scratch\nCOPY a /app\n",
    "FROM scratch AS one\nCOPY . /app\nFROM scratch\nCOPY --from=one /app/a /\n",
)


def _sent(state: State, path: str) -> bool:
    view = View.TRANSFER if state.view == View.BUILDKIT else View.CLASSIC
    directory, index = state.tree.find(path) or pytest.fail(path)
    return bool(directory.flags[index] & view)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.dictionaries(st.sampled_from(_PATHS), st.integers(0, 3000), min_size=1),
    ignored=st.lists(st.sampled_from(("a", "*.js", "!a/b", "c/d", "**/*.md")), max_size=3),
    dockerfile=st.sampled_from(_DOCKERFILES),
    view=st.sampled_from((View.BUILDKIT, View.CLASSIC)),
    only_unused=st.booleans(),
    text=st.sampled_from(("", "js", "a/b", "*.md", "c")),
)
def test_each_row_is_the_sum_of_its_files(
    tmp_path_factory: pytest.TempPathFactory,
    files: dict[str, int],
    ignored: list[str],
    dockerfile: str,
    view: int,
    only_unused: bool,
    text: str,
) -> None:
    root = write(
        tmp_path_factory.mktemp("project"), {**files, "Dockerfile": dockerfile, ".dockerignore": "\n".join(ignored)}
    )
    state = State.of(open_project(root).context, view)
    mask = matching(state.tree, text) if text else None
    found = rows(state, select(state, state, only_unused=only_unused, matching=mask), Order(frozenset(_above(files))))
    names = [row.path for row in found]
    assert len(set(names)) == len(names)
    chosen = [path for path in (*files, "Dockerfile", ".dockerignore") if _is_shown(state, path, only_unused, mask)]
    assert set(chosen) == {row.path for row in found if row.inside is None}
    for row in found:
        inside = [path for path in chosen if f"{path}/".startswith(f"{row.path}/")]
        sizes = {path: (root / path).stat().st_size for path in inside}
        for totals, wanted in ((row.sent, True), (row.rest, False)):
            some = [path for path in inside if _sent(state, path) is wanted]
            assert totals == Totals(len(some), sum(sizes[path] for path in some))


def _above(paths: dict[str, int]) -> set[str]:
    return {path[:at] for path in paths for at, char in enumerate(path) if char == "/"}


def _is_shown(state: State, path: str, only_unused: bool, mask: bytes | None) -> bool:
    directory, index = state.tree.find(path) or pytest.fail(path)
    is_matched = mask is None or mask[state.tree.start(directory.path) + index]
    return bool(is_matched) and (not only_unused or state.sums.of(directory, index) is Use.UNUSED)


def _directories(root: Path, count: int) -> State:
    files = {f"d{number:05}/f{other}": 10 for number in range(count) for other in range(3)}
    return State.of(
        open_project(write(root, {"Dockerfile": "FROM scratch\nCOPY . /\n", **files})).context, View.BUILDKIT
    )


def test_what_a_move_costs_does_not_grow_with_the_context(tmp_path: Path) -> None:
    def cost(count: int) -> int:
        model = first(_directories(tmp_path / str(count), count))
        drawn(model, "/", 80, 24, glyphs_in("utf-8"))
        return lines_run(lambda: drawn(moved(model, 1), "/", 80, 24, glyphs_in("utf-8")))

    assert cost(400) < 1.2 * cost(100)


def test_opening_a_directory_is_linear_in_what_it_shows(tmp_path: Path) -> None:
    def cost(count: int) -> int:
        model = first(_directories(tmp_path / str(count), count))
        return lines_run(lambda: opened(model))

    assert cost(400) < 5 * cost(100)


def test_rows_are_ranked_by_what_is_sent_as_things_are(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "large": 900, "small": 100, "none": 0})
    project = open_project(tmp_path)
    present = State.of(project.context, View.BUILDKIT)
    without = State.of(project.context.with_ignore_file(None, ".dockerignore", project.tree), View.BUILDKIT)
    found: list[Row] = rows(without, select(without, present), Order())
    assert [row.name for row in found] == ["large", "small", "Dockerfile", "none"]


def test_a_long_line_is_folded_once() -> None:
    text = "  against: .env: RUN bun run build may read it; a secret mount would provide it without leaving it"
    first, *rest = (line.plain for line in wrapped([Line(text)], 30))
    lines = [first.rstrip(), *rest]
    assert " ".join(line.strip() for line in lines) == text.strip()
    assert all(len(line) <= 30 for line in lines)
    assert [len(line) - len(line.lstrip()) for line in lines] == [2, *[4] * (len(lines) - 1)]
    # A line ends only where the next word has no room.
    assert all(len(line) + 1 + len(following.split()[0]) > 30 for line, following in pairwise(lines))
