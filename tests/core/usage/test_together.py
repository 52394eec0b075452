"""Very many sources of one instruction are resolved together, with what each gives alone."""

from collections.abc import Iterable, Sequence
from itertools import compress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxopt import BuildContext
from ctxopt.core.context.tree import Directory
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.usage import resolve as resolving
from ctxopt.core.usage import snapshot as snapshots
from ctxopt.core.usage.resolve import Unresolved, resolve
from ctxopt.core.usage.snapshot import Node

_SOURCES = (
    *("a", "b/c", "**/c", "**/*.md", "b/./c", "b/./**/d*", "link", "broken", "link/./**", "**", "b/**", "no", "b/no"),
    *("*", "b/[a-d]", "!a", "no/./a", "b/broken", "**/broken", "b/../a", "."),
)
_EXCLUDES = ("", "--exclude=**/c ", "--exclude=b ", "--exclude=**/* --exclude=!**/c ")


class _Taken:
    """Notes what is read, as a set."""

    def __init__(self) -> None:
        self.paths: set[str] = set()

    def start(self, name: str, node: Node) -> None:
        """Nothing."""

    def follow(self, link: Node) -> None:
        self.one(link)

    def one(self, node: Node) -> None:
        self.paths.add(node.path)

    def all_in(self, directories: Iterable[Directory]) -> None:
        self.paths.update(directory.child_path(name) for directory in directories for name in directory.names)

    def some(self, directory: Directory, mask: bytes) -> None:
        self.paths.update(directory.child_path(name) for name in compress(directory.names, mask))

    def passed(self, directory: Directory) -> None:
        self.all_in((directory,))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A context with links, two of them to nothing."""
    made = tmp_path_factory.mktemp("context")
    for name in ("a", "a.md", "b/c", "b/d/c", "b/d/x.md", "e/c/f"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).touch()
    (made / "link").symlink_to("b")
    (made / "broken").symlink_to("nothing")
    (made / "b/broken").symlink_to("nothing")
    return made


def _resolved(root: Path, excludes: str, sources: Sequence[str], *, apart: bool) -> object:
    """What is read and which links lead nowhere, or why it fails."""
    text = f"# syntax=docker/dockerfile:1-labs\nFROM scratch\nCOPY --parents {excludes}{' '.join(sources)} /x/\n"
    build = BuildContext(str(root), inline=text)
    taken = _Taken()
    try:
        nested = resolve(build.snapshot, build.plan.reads[0], taken, apart=apart)
    except Unresolved as failure:
        return failure.kind, failure.source
    return taken.paths - {""}, set(nested)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(_SOURCES), min_size=1, max_size=6), st.sampled_from(_EXCLUDES))
def test_together_they_give_what_they_give_alone(root: Path, sources: list[str], excludes: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(resolving, "_MOST_APART", 1)
        together = _resolved(root, excludes, sources, apart=False)
    assert together == _resolved(root, excludes, sources, apart=True)


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            (
                "c",
                "**/c",
                "**/*.md",
                "b/*",
                "b/**",
                "**/d*",
                "[a-b]",
                "no*",
                "**/no?",
                "b/d",
                "**",
                "**c",
                "a**d",
                "b*k*n",
            )
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from((".", "b", "link", "*")),
)
def test_what_excludes_leave_is_what_each_path_by_itself_says(root: Path, excludes: list[str], source: str) -> None:
    flags = " ".join(f"--exclude={one}" for one in excludes)
    build = BuildContext(
        str(root), inline=f"# syntax=docker/dockerfile:1-labs\nFROM scratch\nCOPY {flags} {source} /x/\n"
    )
    taken = _Taken()
    try:
        resolve(build.snapshot, build.plan.reads[0], taken)
    except Unresolved:
        return
    patterns = PatternSet(excludes)
    tops = {"*": ["a", "a.md", "b", "e", "link", "broken"], ".": [""], "link": ["b"]}.get(source, [source])
    for top in tops:
        inside = "b" if top == "link" else top
        if not (root / inside).is_dir():
            continue
        for path in (root / inside).rglob("*"):
            relative = str(path.relative_to(root / inside))
            is_excluded = patterns.matches_or_parent_matches(relative)
            assert (str(path.relative_to(root)) in taken.paths) is not is_excluded, (relative, source)


_NAMED = st.lists(
    st.sampled_from(["*", "a*", "*a", "b", "[ab]", "?a", "ab*", "\\\\a", "[^a]b"]), min_size=1, max_size=3
)
_BELOW = st.recursive(
    st.none(), lambda below: st.dictionaries(st.text("ab", min_size=1, max_size=3), below, max_size=3), max_leaves=10
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("ab", min_size=1, max_size=3), _BELOW, max_size=3), st.lists(_NAMED, min_size=1))
def test_patterns_are_found_by_an_index_of_names_as_level_by_level(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, object], sources: list[list[str]]
) -> None:
    made = tmp_path_factory.mktemp("context")

    def write(below: dict[str, object], path: Path) -> None:
        for name, inside in below.items():
            if isinstance(inside, dict):
                (path / name).mkdir()
                write(inside, path / name)
            else:
                (path / name).touch()

    write(tree, made)
    (made / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    snapshot = BuildContext(str(made)).snapshot
    for start in filter(None, map(snapshot.find, ("", "a", "ab"))):
        for source in sources:
            pattern = "/".join(source)
            found = []
            for often in (1 << 20, -1):
                with pytest.MonkeyPatch.context() as patched:
                    patched.setattr(snapshots, "_OFTEN", often)
                    found.append([node.path for node in resolving.matching(snapshot, start, pattern)])
            assert found[0] == found[1]
