"""Which pattern leaves each entry out, against what DockerIgnore explains for each path."""

from pathlib import Path

import pytest

from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.context.tree import View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.errors import PatternError
from ctxopt.treemap.deciding import deciders
from tests.support.trees import random_case, temporary_directory, write_case


@pytest.mark.parametrize("seed", range(60))
def test_it_is_the_one_that_explain_names(seed: int) -> None:
    case = random_case(seed)
    lines = [line for text in case["ignore_files"].values() for line in text.splitlines()]
    try:
        patterns = PatternSet(lines)
    except PatternError:
        return
    with temporary_directory() as name:
        write_case(Path(name), case)
        tree = walk_unfiltered(name)
    views = (View.BUILDKIT, View.CLASSIC)
    for view, found in zip(views, deciders(tree.root, patterns, views), strict=True):
        for directory in tree.directories():
            here = found[directory.path]
            for place, entry in enumerate(directory.names):
                decider = here if isinstance(here, int) else here[place]
                try:
                    verdict = DockerIgnore(patterns).explain(directory.child_path(entry), classic=view == View.CLASSIC)
                except PatternError:
                    continue
                if not patterns.fails_on_use:
                    expected = verdict.touches[-1].pattern if verdict.excluded else None
                    assert (patterns.patterns[decider] if decider >= 0 else None) == expected


def test_a_pattern_that_fails_on_some_names_decides_nothing_there() -> None:
    case = {
        "tree": [{"path": path, "type": "file", "size": 1} for path in ("a/b/c", "d/e", "log/x")],
        "ignore_files": {},
        "dockerfile": "FROM scratch\n",
    }
    with temporary_directory() as name:
        write_case(Path(name), case)
        tree = walk_unfiltered(name)
    patterns = PatternSet(["log", "a/*["])
    assert patterns.fails_on_use
    (found,) = deciders(tree.root, patterns, [View.BUILDKIT])
    assert set(found) == {directory.path for directory in tree.directories()}
    assert found["a/b"] == -1
