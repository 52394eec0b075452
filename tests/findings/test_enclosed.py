from pathlib import Path

import pytest

from ctxopt.findings.rules.tool_cache import RULE
from tests.findings.support import named

_PART = "FROM base AS build\nRUN poetry install\n"


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("docker/app.dockerfile", "INCLUDE docker/base.dockerfile\nINCLUDE docker/build.dockerfile\n", 0),
        ("app.Dockerfile", "include ./docker/build.dockerfile\n", 0),
        ("build.sh", "cat docker/base.dockerfile docker/build.dockerfile | docker build -f - .\n", 0),
        ("Makefile", "all:\n\tcat docker/base.dockerfile \\\n\t  docker/build.dockerfile > Dockerfile\n", 0),
        ("build.sh", 'BASE="cat build.dockerfile"\n$BASE $1 > Dockerfile\n', 0),
        # Others are meant, or it is the whole image.
        ("docker/app.dockerfile", "INCLUDE docker/base.dockerfile\n", 1),
        ("docker/app.dockerfile", "# INCLUDE docker/build.dockerfile\n", 1),
        ("build.sh", "docker build -f docker/build.dockerfile .\n", 1),
        ("build.sh", "cat docker/build.dockerfile | docker build -f - .\n", 1),
        ("build.sh", "cat a b; docker build -f docker/build.dockerfile .\n", 1),
        ("build.sh", "cat | sh; cat >a; cat ;cat docker/build.dockerfile\n", 1),
        ("notes.txt", "cat docker/base.dockerfile docker/build.dockerfile\n", 1),
    ],
)
def test_a_part_of_others_is_no_image(tmp_path: Path, name: str, text: str, count: int) -> None:
    assert len(named(tmp_path, RULE, "docker/build.dockerfile", _PART, {name: text})) == count
