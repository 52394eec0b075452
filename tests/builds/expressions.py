"""Expressions of bake files with what buildx makes of them, recorded in tests/data/bake_expressions.json.

    CTXOPT_TEST_SUITE=sid python -m tests.builds.expressions

records them again, each with a file of its own: its value as JSON, or null where buildx refuses the file.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.support.engine.declared import DeclarationError, bake_print
from tests.support.engine.session import Session

_RECORDED = Path(__file__).parents[1] / "data" / "bake_expressions.json"


def recorded() -> Mapping[str, str | None]:
    """What buildx 0.29.1 makes of each expression."""
    found: dict[str, str | None] = json.loads(_RECORDED.read_text(encoding="utf-8"))
    return found


def bake_file(expression: str) -> str:
    """A bake file with this expression, whose target needs nothing else."""
    other = 'target "other" {\n  context = "elsewhere"\n}\n'
    return f'{other}target "t" {{\n  args = {{\n    A = jsonencode({expression}\n)\n  }}\n}}\n'


def by_buildx(expression: str, folder: Path) -> str | None:
    """What buildx makes of an expression; None if it refuses the file."""
    (folder / "docker-bake.hcl").write_text(bake_file(expression), encoding="utf-8")
    try:
        printed = bake_print([folder / "docker-bake.hcl"], None, folder, ["t"])
    except DeclarationError:
        return None
    value: str = printed["target"]["t"]["args"]["A"]
    return value.replace("$${", "${").replace("%%{", "%{")


def main() -> None:
    """Record all of them again."""
    session = Session()
    try:
        with tempfile.TemporaryDirectory() as name:
            found = {expression: by_buildx(expression, Path(name)) for expression in recorded()}
    finally:
        session.close()
    _RECORDED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
