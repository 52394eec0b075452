from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.findings.rules.file_emptied import RULE
from tests.findings.support import built
from tests.support.trees import random_build, temporary_directory, write_case

_COPY_ALL = "FROM scratch\nCOPY . /\n"


def test_a_file_that_is_listed_and_not_opened(tmp_path: Path) -> None:
    files = {"build/a.json": "x", "build/b": "x", "c": "x"}
    (finding,) = built(tmp_path, RULE, _COPY_ALL, files, "build\n!**/*.json\nbuild*\n")
    assert (finding.file, finding.line) == (".dockerignore", None)
    assert finding.message == "empty in the image: BuildKit sends build/a.json without content"


@pytest.mark.parametrize(
    ("copy", "ignore", "text"),
    [
        ("COPY . /", "build\n!**/*.json\n", "x"),
        ("COPY . /", "build*\n!**/*.json\n", "x"),
        ("COPY . /", "build\n!**/*.json\nbuild*\n!build\n", "x"),
        ("COPY c /", "build\n!**/*.json\nbuild*\n", "x"),
        ("COPY . /", "build\n!**/*.json\nbuild*\n", ""),
        ("COPY . /", "build\nbuild*\n", "x"),
    ],
)
def test_the_rest_arrives(tmp_path: Path, copy: str, ignore: str, text: str) -> None:
    assert built(tmp_path, RULE, f"FROM scratch\n{copy}\n", {"build/a.json": text, "c": "x"}, ignore) == []


# What an engine was found to send empty, and neighbours of these.
@pytest.mark.parametrize("seed", [189, 697, 1555, 2178, 3373, 4085, 5649, *range(300, 330)])
def test_each_path_by_itself(seed: int) -> None:
    """The files that are kept by the walk and excluded where they are decided by themselves."""
    with temporary_directory() as name:
        root = Path(name)
        write_case(root, random_build(seed) | {"dockerfile": _COPY_ALL})
        build = BuildContext(name)
        if View.TRANSFER in build.tree.refusals:
            return
        patterns = build.patterns(View.BUILDKIT)
        files = [path for path in build.transfer_entries if (root / path).is_file() and not (root / path).is_symlink()]
        assert build.emptied_files == [path for path in files if patterns.matches_or_parent_matches(path)]
        assert bool(build.emptied_files) == (seed in (189, 697, 1555, 2178, 3373, 4085, 5649))
