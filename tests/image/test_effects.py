"""What commands do to files."""

import pytest

from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.ids import StepId
from ctxopt.image.commands import Run
from ctxopt.image.effects import Target, changed, found_and_removed, is_forced, moved, removed
from ctxopt.image.steps import StepCommands


def run(text: str) -> Run:
    return StepCommands(plan(f"FROM a\nWORKDIR /w\nRUN {text}\n".encode(), "Dockerfile")).of(StepId(1))[-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rm x /y/", [Target("/w/x", False), Target("/y", False)]),
        ("rm -rf ../x", [Target("/x", True)]),
        ("rm -R -- -x", [Target("/w/-x", True)]),
        ("rm --recursive x", [Target("/w/x", True)]),
        ("cd /a && rm *.md [!b]", [Target("/a/*.md", False), Target("/a/[^b]", False)]),
        ("rm -rf $X ~/x {a,b} `c`", []),
        ("unlink x", [Target("/w/x", False)]),
        ("mv x y", []),
    ],
)
def test_removed(text: str, expected: list[Target]) -> None:
    assert list(removed(run(text))) == expected


def test_is_forced() -> None:
    forced = ["rm -f x", "rm -rf x", "rm --force x", "rm -r x", "rm -- -f", "unlink -f"]
    assert [is_forced(run(text)) for text in forced] == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    ("text", "sources", "into"),
    [
        ("mv a b /c", ["/w/a", "/w/b"], "/c"),
        ("mv -f -- a c", ["/w/a"], "c"),
        ("mv -t c a", ["/w/a"], "c"),
        ("mv --target-directory=c a", ["/w/a"], "c"),
        ("mv $A b", [], "b"),
        ("mv a", [], None),
        ("cp a b", [], None),
    ],
)
def test_moved(text: str, sources: list[str], into: str | None) -> None:
    assert moved(run(text)) == (tuple(Target(source, True) for source in sources), into)


@pytest.mark.parametrize(
    ("text", "targets", "value"),
    [
        ("chown -R a:b x /y", [Target("/w/x", True), Target("/y", True)], "a:b"),
        ("chown a x", [Target("/w/x", False)], "a"),
        ("chmod +x x", [Target("/w/x", False)], "+x"),
        ("chmod -R -w x", [Target("/w/x", True)], "-w"),
        ("chmod -Rv 755 x", [Target("/w/x", True)], "755"),
        ("chgrp --recursive 0 .", [Target("/w", True)], "0"),
        ("chown --reference=a x y", [], None),
        ("chown a $X", [], "a"),
        ("ls x", [], None),
    ],
)
def test_changed(text: str, targets: list[Target], value: str | None) -> None:
    assert changed(run(text)) == (tuple(targets), value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("find . -name '*.md' -delete", [Target("/w", False, ("*.md",))]),
        ("find a /b -type f -name x -delete", [Target(p, False, ("x",), False) for p in ("/w/a", "/b")]),
        ("find . -type d -name x -exec rm -rf {} +", [Target("/w", True, ("x",), True)]),
        ("find -name x -prune -exec rm -r '{}' \\;", [Target("/w", True, ("x",))]),
        ("find . \\( -name a -o -name b \\) -delete", [Target("/w", False, ("a", "b"))]),
        ("find . -name a -o -name b -delete", []),
        ("find . ! -name a -delete", []),
        ("find . -name a -mtime 3 -delete", []),
        ("find . -type f -delete", []),
        ("find . -name a -exec grep {} +", []),
        ("find . -name a -exec rm {} x +", []),
        ("find $X -name a -delete", []),
        ("find . -name a", []),
    ],
)
def test_found_and_removed(text: str, expected: list[Target]) -> None:
    assert list(found_and_removed(run(text))) == expected
