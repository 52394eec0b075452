"""Reads resolved against a context: what is taken, what is not, and why a source is missing."""

import os
from pathlib import Path

import pytest

from ctxopt import BuildContext, PatternError, ReadError, analyze
from ctxopt.core.context.tree import Totals, View
from ctxopt.core.context.walk import walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.usage.snapshot import Snapshot


def make(root: Path, *names: str, ignore: str = "") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    if ignore:
        (root / ".dockerignore").write_text(ignore)


def read(root: Path, *instructions: str) -> list[list[str]]:
    (root / "Dockerfile").write_text("FROM scratch\n" + "\n".join(instructions) + "\n")
    return BuildContext(str(root)).files_read


def test_sources(tmp_path: Path) -> None:
    make(tmp_path, "a/x.py", "a/y.md", "a/b/z.py", "c.py", ignore="**/y.md\n")
    assert read(
        tmp_path, "COPY a /", "COPY *.py a/*.py /d/", "COPY /a/../c.py /", "RUN --mount=source=a/b,target=/m x"
    ) == [
        ["a/b/z.py", "a/x.py"],
        ["a/x.py", "c.py"],
        ["c.py"],
        ["a/b/z.py"],
    ]


def test_a_wildcard_may_match_nothing(tmp_path: Path) -> None:
    make(tmp_path, "a/x")
    assert read(tmp_path, "COPY *.none /d/", "COPY a a/*.none /d/") == [[], ["a/x"]]


def test_a_wildcard_in_a_directory_that_is_not_sent(tmp_path: Path) -> None:
    make(tmp_path, "a/x")
    with pytest.raises(ReadError, match="no file in it is requested, so BuildKit does not receive it"):
        read(tmp_path, "COPY a/*.none /d/")


def test_links_are_followed_inside_the_context(tmp_path: Path) -> None:
    make(tmp_path, "real/deep/x", "real/y")
    (tmp_path / "one").symlink_to("real/deep")
    (tmp_path / "two").symlink_to("/one")
    (tmp_path / "real/link").symlink_to("y")
    assert read(tmp_path, "COPY two /", "COPY two/x /", "COPY real /", "COPY on? /d/") == [
        ["real/deep/x"],
        ["real/deep/x"],
        ["real/deep/x", "real/y"],
        ["real/deep/x"],
    ]


def test_links_on_the_way_count_as_used(tmp_path: Path) -> None:
    make(tmp_path, "real/x")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY link/x /\n")
    assert analyze(str(tmp_path)).unused == Totals()


def test_links_do_not_lead_out_of_the_context(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    context = tmp_path / "context"
    make(context, "a")
    (context / "out").symlink_to("../secret")
    with pytest.raises(ReadError, match='COPY source "out" is not in the build context'):
        read(context, "COPY out /")
    # From the root, as the builder sees it, the same link leads to what lies beside it.
    make(context, "secret")
    assert read(context, "COPY out /") == [["secret"]]


def test_a_circle_of_links(tmp_path: Path) -> None:
    make(tmp_path, "a")
    (tmp_path / "x").symlink_to("y")
    (tmp_path / "y").symlink_to("x")
    with pytest.raises(ReadError, match="too many links"):
        read(tmp_path, "COPY x /")


def test_exclude_and_parents(tmp_path: Path) -> None:
    make(tmp_path, "a/b/x.py", "a/b/x.md", "a/c/keep.md", "d/x.py")
    assert read(
        tmp_path,
        "COPY --exclude=**/*.md --exclude=!**/keep.md a /",
        "COPY --parents a/*/*.py /",
        "COPY --parents a/./b/x.py /",
        "COPY --exclude=x.md a/b/x.md /",
    ) == [["a/b/x.py", "a/c/keep.md"], ["a/b/x.py"], ["a/b/x.py"], ["a/b/x.md"]]


@pytest.mark.parametrize(
    ("instruction", "ignore", "problem"),
    [
        ("COPY nope /", "", 'Dockerfile:2: COPY source "nope" is not in the build context; there is no such file'),
        ("ADD a/nope /", "", 'ADD source "a/nope" .*no such file'),
        ("COPY a /", "a\n", "the ignore file excludes it: add an exception"),
        ("COPY a/x.md /", "**/*.md\n", "the ignore file excludes it"),
        ("COPY a/x.py/deeper /", "", "there is no such file"),
        ("COPY none/* /d/", "", 'COPY source "none/[*]" .none. is not in'),
        ("COPY --parents --exclude=a a /", "", "the --exclude patterns exclude it"),
        ("RUN --mount=source=nope,target=/m x", "", 'RUN source "nope"'),
        ("COPY a?[ /d/", "", "bad pattern"),
    ],
)
def test_missing_sources(tmp_path: Path, instruction: str, ignore: str, problem: str) -> None:
    make(tmp_path, "a/x.py", "a/x.md", ignore=ignore)
    with pytest.raises((ReadError, PatternError), match=problem):
        read(tmp_path, instruction)


@pytest.mark.parametrize(
    ("source", "problem", "hint"),
    [
        (
            "../shared",
            'COPY source "../shared" is outside of the build context, where it exists',
            "build from the parent directory: `docker build -f Dockerfile ..`, with shared as the source and app/ "
            "before the others",
        ),
        (
            "../shared/*.py",
            'COPY source "../shared/*.py" is outside of the build context, where it exists',
            "build from the parent directory: `docker build -f Dockerfile ..`, with shared/*.py as the source and "
            "app/ before the others",
        ),
        (
            "sub/../../../nope",
            'COPY source "sub/../../../nope" is outside of the build context, and does not exist there either',
            "build from ../..: `docker build -f Dockerfile ../..`, with nope as the source and mono/app/ before the "
            "others",
        ),
    ],
)
def test_a_source_above_the_context(tmp_path: Path, source: str, problem: str, hint: str) -> None:
    make(tmp_path / "mono", "shared/lib.py", "app/main.py")
    with pytest.raises(ReadError) as error:
        read(tmp_path / "mono/app", f"COPY {source} /shared/")
    assert (error.value.problem, error.value.hint, error.value.kind) == (problem, hint, "not_found")


def test_what_is_transferred(tmp_path: Path) -> None:
    make(tmp_path, "a/x", "b/y", "c", ignore="b\n!b/y\n")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY link b /d/\n")
    context = BuildContext(str(tmp_path))
    assert context.follow_paths == ["b", "link"]
    assert context.transfer_entries == ["a/", "a/x", "b/", "b/y", "link"]


def test_an_unknown_value_counts_as_reading_everything(tmp_path: Path) -> None:
    make(tmp_path, "a", "b", ignore="b\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nARG X\nCOPY $X/a /d/\n")
    report = analyze(str(tmp_path))
    assert report.unused == Totals()
    assert report.errors == ()
    assert BuildContext(str(tmp_path)).files_read == [[".dockerignore", "Dockerfile", "a"]]


def test_totals(tmp_path: Path) -> None:
    make(tmp_path, "used/one", "unused/three", "loose", "out/x", ignore="out\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY used /\n")
    report = analyze(str(tmp_path))
    assert (report.used, report.unused, report.ignored) == (Totals(1, 8), Totals(2, 17), Totals(1, 5))
    # The Dockerfile and the ignore file are in the context, but are no waste.
    assert report.buildkit == Totals(5, 8 + 17 + 4 + len("FROM scratch\nCOPY used /\n"))
    assert [(branch.path, branch.whole) for branch in report.unused_tree.children] == [("unused", True)]
    assert report.unused_tree.files == (("loose", 5),)


def test_two_instructions_may_read_the_same_file(tmp_path: Path) -> None:
    make(tmp_path, "a", "b")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY a /\nCOPY a b /d/\n")
    context = BuildContext(str(tmp_path))
    place = context.locate("a")
    assert place is not None
    assert context.usage.readers(*place) == {0, 1}
    assert [result.totals for result in context.usage.results] == [Totals(1, 1), Totals(2, 2)]


def test_hundreds_of_instructions_may_read_the_same_file(tmp_path: Path) -> None:
    make(tmp_path, "a", "b")
    lines = ["FROM scratch", *["COPY a /"] * 150, *["COPY . /d/"] * 150]
    (tmp_path / "Dockerfile").write_text("\n".join(lines) + "\n")
    context = BuildContext(str(tmp_path))
    readers = [context.usage.readers(*context.locate(name)) for name in ("a", "b")]  # type: ignore[misc]  # both are there
    assert readers == [frozenset(range(300)), frozenset(range(150, 300))]


@pytest.mark.skipif(os.sep != "/", reason="names with backslashes")
def test_special_names(tmp_path: Path) -> None:
    make(tmp_path, "a b", "[x]", "q?", "b\\s", "!bang", "ünï")
    assert read(tmp_path, 'COPY ["a b", "[[]x]", "q\\\\?", "/d/"]', 'COPY ["ünï", "/d/"]') == [
        ["[x]", "a b", "q?"],
        ["ünï"],
    ]


def _rows(context: BuildContext) -> list[tuple[object, ...]]:
    """Every row of the walked tree, by value."""
    return [
        (one.path, tuple(one.names), bytes(one.kinds), tuple(one.sizes), bytes(one.flags), tuple(one.subdirectories))
        for one in context.tree.directories()
    ]


@pytest.mark.parametrize("instruction", ["COPY . /", "COPY a/b /", "COPY a/*.py /d/", "RUN x"])
def test_the_walked_tree_stays_as_it_is(tmp_path: Path, instruction: str) -> None:
    make(tmp_path, "a/x.py", "a/y.md", "a/b/z.py", "c.py", ignore="**/y.md\n")
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\n{instruction}\n")
    context = BuildContext(str(tmp_path))
    tree, before = context.tree, _rows(context)
    context.usage.check()
    context.transferred.entries(View.TRANSFER)
    assert context.tree is tree
    assert _rows(context) == before


def test_a_view_that_is_not_decided_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "a")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    context = BuildContext(str(tmp_path))
    walked = walk(str(tmp_path), PatternSet(()), PatternSet(()))
    with pytest.raises(ValueError, match="ask BuildContext"):
        walked.entries(View.TRANSFER)
    with pytest.raises(ValueError, match="ask BuildContext"):
        Snapshot(walked, View.TRANSFER, context.files)
    assert context.tree.entries(View.TRANSFER) == ["a"]
