"""The fast decisions for whole directories held against the plain ones, pattern by pattern."""

from ctxopt.core.dockerignore.patterns import Carried, PatternSet
from ctxopt.core.dockerignore.scope import Scope, scope
from tests.support.trees import Case

#: Names, with what is in them; None for a file.
Tree = dict[str, object]


def agree(patterns: PatternSet, tree: Tree) -> None:
    """Decide all of a tree both ways. Raises AssertionError with the path for which they differ."""
    _agree(patterns, scope(patterns), "", None, tree)
    _same_decider(patterns, scope(patterns), "", None, tree)


def nested(entries: list[Case]) -> Tree:
    """The entries of a case (see tests/conformance/README.md) as a tree."""
    tree: Tree = {}
    for entry in entries:
        here = tree
        *parents, name = entry["path"].split("/")
        for parent in parents:
            inner = here.setdefault(parent, {})
            if not isinstance(inner, dict):
                inner = here[parent] = {}
            here = inner
        here.setdefault(name, {} if entry["type"] == "dir" else None)
    return tree


def _agree(patterns: PatternSet, inside: Scope, prefix: str, carried: Carried | None, tree: Tree) -> None:
    names = list(tree)
    fast = inside.matched(names)
    for i, name in enumerate(names):
        path = prefix + name
        plain, handed = patterns.decide(path, carried)
        assert (fast if isinstance(fast, bool) else fast[i]) == plain, path
        if inside.settled is not None:
            assert inside.settled == plain, path
        entered, within = inside.enter(name)
        assert entered == plain, path
        below = tree[name]
        if isinstance(below, dict):
            _agree(patterns, within, path + "/", handed, below)


def _same_decider(patterns: PatternSet, inside: Scope, prefix: str, carried: Carried | None, tree: Tree) -> None:
    for name, below in tree.items():
        path = prefix + name
        handed = patterns.decide(path, carried)[1]
        assert inside.deciders((name,)) == [max((place for place, hit in enumerate(handed) if hit), default=-1)], path
        if isinstance(below, dict):
            _same_decider(patterns, inside.within(name)[1], path + "/", handed, below)
