"""The search for excluded entries that patterns match."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.context.tree import KEPT, Directory
from ctxopt.core.dockerignore.pattern import BadPattern, Pattern, compile_pattern
from ctxopt.errors import CtxoptError
from ctxopt.evidence import excluded
from ctxopt.evidence.excluded import excluded_by, first_excluded
from tests.support.trees import random_pattern, random_tree, write_case


def context(root: Path, ignore: str, *files: str) -> BuildContext:
    for name in (*files, "Dockerfile"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("FROM scratch\n", encoding="utf-8")
    (root / ".dockerignore").write_text(ignore, encoding="utf-8")
    return BuildContext(str(root))


def test_each_pattern_has_its_first_path(tmp_path: Path) -> None:
    tree = context(tmp_path, "**/*.x\n", "a/1.x", "b/2.x", "b/c/3.x", "b/c/4.y").tree
    found = first_excluded(tree, ["**/*.x", "b/*", "**/3*", "**/*.y", "!a"])
    assert found.paths == {"**/*.x": "a/1.x", "b/*": "b/2.x", "**/3*": "b/c/3.x"}
    assert found.complete


def test_only_what_is_accepted_is_found(tmp_path: Path) -> None:
    tree = context(tmp_path, "**/x\n", "a/x/1", "b/x").tree

    def is_below_b(directory: Directory, _: int) -> bool:
        return directory.path == "b"

    assert first_excluded(tree, ["**/x"], is_below_b).paths == {"**/x": "b/x"}


def test_the_search_ends_where_too_much_is_excluded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excluded, "_MOST_COMPARED", 3)
    tree = context(tmp_path, "**/*.x\n", "a/1.x", "b/2.x", "b/3.x", "c/4.x", "c/4.z.x").tree
    found = first_excluded(tree, ["**/2*", "**/4*"])
    assert (found.paths, found.complete) == ({"**/2*": "b/2.x"}, False)


def test_builds_that_exclude_the_same_search_once(tmp_path: Path) -> None:
    context(tmp_path, "**/*.x\n", "a/1.x", "a/2.y", "b/3.y")
    whole = walk_unfiltered(str(tmp_path))
    trees = []
    for name in "ab":
        (tmp_path / f"Dockerfile.{name}").write_text(f"FROM scratch\nCOPY {name} /\n", encoding="utf-8")
        trees.append(BuildContext(str(tmp_path), f"Dockerfile.{name}", unfiltered=whole).tree)
    found = excluded_by(trees[0], ["**/*.x"])
    assert found.paths == {"**/*.x": "a/1.x"} == first_excluded(trees[1], ["**/*.x"]).paths
    assert excluded_by(trees[1], ["**/*.x"]) is found


@pytest.mark.parametrize("seed", range(6))
def test_the_search_finds_what_single_comparisons_find(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    hits = 0
    for number in range(40):
        entries = random_tree(rng)
        lines = [random_pattern(rng, entries) for _ in range(4)]
        root = tmp_path / str(number)
        files = {".dockerignore": "\n".join(lines)}
        write_case(root, {"tree": entries, "ignore_files": files, "dockerfile": "FROM scratch\n"})
        patterns = _patterns(random_pattern(rng, entries) for _ in range(5))
        try:
            tree = BuildContext(str(root)).tree
        except CtxoptError:
            continue
        excluded = [
            directory.child_path(name)
            for directory in tree.directories()
            for name, flags in zip(directory.names, directory.flags, strict=True)
            if not flags & KEPT
        ]
        found = first_excluded(tree, patterns)
        for text, pattern in patterns.items():
            path = found.paths.get(text)
            if path is not None:
                hits += 1
                assert path in excluded
                assert pattern.matches(path)
            else:
                missed = [path for path in excluded if pattern.matches(path)]
                assert all(_is_below_a_match(path, patterns) for path in missed), (lines, text, missed)
    assert hits > 20


def _patterns(texts: Iterable[str]) -> dict[str, Pattern]:
    """The valid patterns that are no exceptions, by their text."""
    found = {}
    for text in texts:
        try:
            pattern = compile_pattern(text)
        except BadPattern:
            continue
        if pattern is not None and not pattern.exception and pattern.error is None and pattern.cleaned[0] != "!":
            found[pattern.cleaned] = pattern
    return found


def _is_below_a_match(path: str, patterns: dict[str, Pattern]) -> bool:
    parts = path.split("/")
    parents = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    return any(pattern.matches(parent) for pattern in patterns.values() for parent in parents)
