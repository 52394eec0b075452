"""The files that the legacy client makes itself are counted with those that it sends."""

from pathlib import Path

import pytest

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, View

_TEXT = "FROM scratch\nCOPY . /\n"


@pytest.mark.parametrize(
    ("ignore", "added"),
    [(None, Totals(2, 22 + 47)), ("", Totals(1, 22 + 34)), ("b\n", Totals(1, 22 + 34)), ("*\n", Totals(1, 22 + 34))],
)
def test_a_dockerfile_that_is_not_in_the_context(tmp_path: Path, ignore: str | None, added: Totals) -> None:
    root = tmp_path / "context"
    root.mkdir()
    (root / "a").write_text("a")
    (root / "b").write_text("bb")
    (tmp_path / "Dockerfile").write_text(_TEXT)
    if ignore is not None:
        (root / ".dockerignore").write_text(ignore)
    outside = BuildContext(str(root), str(tmp_path / "Dockerfile")).sent(View.CLASSIC)
    inline = BuildContext(str(root), inline=_TEXT).sent(View.CLASSIC)
    (root / "Dockerfile").write_text(_TEXT)
    inside = BuildContext(str(root))
    without = inside.sent(View.CLASSIC) + Totals(-1, -len(_TEXT))
    assert outside == inline == without + added
