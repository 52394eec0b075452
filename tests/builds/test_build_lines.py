"""Hints from the lines of Makefiles and scripts that build."""

from pathlib import Path

import pytest

from ctxopt.builds.build_lines import context_hint
from tests.support.files import write
from tests.support.steps import lines_run


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Makefile", "all:\n\tdocker build -t x -f api/Dockerfile ./src\n", "Makefile:2 builds it from ./src"),
        ("build.sh", "docker buildx build --file=api/Dockerfile --build-arg A=b .\n", "build.sh:1 builds it from ."),
        ("build.sh", "a \\\n  b\ndocker build \\\n  --pull \\\n  api && echo\n", "build.sh:3 builds it from api"),
        ("justfile", "b:\n  podman build -f api/Dockerfile . | cat\n", "justfile:2 builds it from ."),
        (
            "package.json",
            '{"scripts": {"b": "docker build -f api/Dockerfile . && x"}}',
            "package.json:1 builds it from .",
        ),
        (
            "build.sh",
            'docker buildx build ./src --file "api/Dockerfile" --tag "${NAME}:1" --progress plain --push\n',
            "build.sh:1 builds it from ./src",
        ),
        (
            "package.json",
            '{"scripts": {"b": "docker build -f api/Dockerfile .", "c": "x"}}',
            "package.json:1 builds it from .",
        ),
        # Nothing is known of these.
        ("Makefile", "all:\n\tdocker build -f $(FILE) $(DIR)\n", ""),
        ("Makefile", "all:\n\tdocker build -f other/Dockerfile .\n", ""),
        ("Makefile", "all:\n\tdocker build -f 'api/Dockerfile\n", ""),
        ("notes.txt", "docker build -f api/Dockerfile .\n", ""),
    ],
)
def test_hints(tmp_path: Path, name: str, text: str, expected: str) -> None:
    write(tmp_path, {name: text})
    assert context_hint(str(tmp_path), [name], "api/Dockerfile") == expected


def test_a_long_file_takes_little_work(tmp_path: Path) -> None:
    write(tmp_path, {"Makefile": "docker build " + "-x " * 100_000 + "\n" + "docker build\n" * 10_000})
    lines_run(lambda: context_hint(str(tmp_path), ["Makefile"], "Dockerfile"), at_most=500_000)
