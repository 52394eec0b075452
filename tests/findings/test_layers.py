"""What the rules about layers share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.findings.context import RuleContext
from ctxopt.findings.layers import Copied, listed, removals, severity
from ctxopt.findings.model import Severity
from ctxopt.findings.rules.copied_twice import RULE as COPIED_TWICE
from ctxopt.image.effects import Target
from tests.support.files import write
from tests.support.steps import assert_linear, lines_run


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, Severity.INFO), (9_999, Severity.INFO), (10_000, Severity.NOTE), (100_000, Severity.WARNING)],
)
def test_how_much_bytes_matter(size: int, expected: Severity) -> None:
    assert severity(Totals(1, size)) is expected


def test_names_in_a_sentence() -> None:
    assert [listed(["a"] * count) for count in (1, 2, 3, 1001)] == ["a", "a and a", "a and 2 more", "a and 1,000 more"]


def _context(root: Path, dockerfile: str, files: dict[str, str]) -> RuleContext:
    write(root, {**files, "Dockerfile": dockerfile})
    return RuleContext(BuildContext(str(root)))


@pytest.mark.parametrize("base", ["scratch", "debian"])
def test_all_that_a_target_is_about_is_among_what_is_found_by_its_path(tmp_path: Path, base: str) -> None:
    places = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/b", ".", "a", "a/b", "/.a", "/a*"]
    copies = "".join(f"COPY {source} {place}\n" for place in places for source in ("d", "f"))
    context = _context(tmp_path, f"FROM {base}\n{copies}RUN true\n", {"d/b/c": "x", "d/x": "x", "f": "x"})
    copied = context.once(Copied)
    unknown = {destination.path for destination in context.destinations if destination.path.startswith("?")}
    assert (base == "debian") == bool(unknown)
    targets = [
        Target(place, whole) for place in {*places[:6], "/*", "/a*", "/a/b/c/d", *unknown} for whole in (True, False)
    ]
    targets += [Target(place, True, ("x", "f")) for place in ("/", "/a", *unknown) if place]
    for target in targets:
        about = copied.about(target.path)
        touching = [destination for destination in context.destinations if any(destination.entries(target))]
        assert [destination for destination in about if any(destination.entries(target))] == touching
    assert {destination.path for destination in copied.about("/ab")} <= {"/", "/ab", "/ab/f"}


def test_twice_the_copies_and_removals_are_twice_the_work(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        lines = "".join(f"COPY d /x{number}\nRUN rm -rf /x{number}\n" for number in range(size))
        context = _context(tmp_path / f"{size}", f"FROM scratch\n{lines}", {"d/a": "x", "d/b": "x"})
        assert len(context.destinations) == size
        for step in context.commands.image_steps:
            context.commands.of(step)
        return lambda: removals(context)

    work(10)()
    assert_linear(work, 100)
    assert (
        len(
            removals(
                _context(
                    tmp_path / "all",
                    "FROM scratch\n" + "".join(f"COPY d /x{number}\nRUN rm -rf /x{number}\n" for number in range(400)),
                    {"d/a": "x"},
                )
            )
        )
        == 400
    )


@pytest.mark.parametrize("command", ["rm -f", "chown 1:1"])
def test_what_changes_files_is_asked_once_for_all_that_are_copied_again(tmp_path: Path, command: str) -> None:
    def work(size: int) -> Callable[[], object]:
        copies = "".join(f"COPY d /x{number}\n" for number in range(30))
        lines = "".join(f"RUN {command} /y{number}\n" for number in range(size))
        context = _context(tmp_path / f"{size}", f"FROM scratch\n{copies}{lines}", {"d/a": "x" * 60_000})
        list(COPIED_TWICE.check(context))
        context.__dict__.pop("_found")
        return lambda: list(COPIED_TWICE.check(context))

    lines_once, lines_more = lines_run(work(10)), lines_run(work(200))
    assert lines_more - lines_once < 190 * 200
