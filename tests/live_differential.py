"""Compare the classic view with the tar that the real `docker` command sends, on random contexts.

    python tests/live_differential.py [--cases 1000] [--seed 1] [--corners]

With `--corners` the contexts are those in which builders differ most; the Dockerfile may be outside of them.

Prints each difference with its seed, and a closing line; the exit code is 1 if there was any.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ctxopt.core.build_context import BuildContext
from ctxopt.errors import CtxoptError
from tests.support.classic_client import Engine
from tests.support.random_corners import random_corner
from tests.support.trees import Case, random_case, temporary_directory, write_case


def difference(engine: Engine, case: Case) -> str | None:
    """How our classic view of a case differs from what docker sends; None if it does not."""
    with temporary_directory() as name:
        root = Path(name) / "context"
        root.mkdir()
        outside = bool(case.get("outside"))
        write_case(root, case | ({"dockerfile_path": "../Dockerfile"} if outside else {}))
        dockerfile = str(root.parent / "Dockerfile") if outside else case.get("dockerfile_path")
        sent = engine.sent(root, dockerfile)
        theirs = None if sent is None else sorted(_without_copies(sent, root) if outside else sent)
        try:
            ours: list[str] | None = BuildContext(str(root), dockerfile).classic_entries
        except CtxoptError as error:
            if "leads out of the context" in str(error):
                # Docker follows such a link, and we do not.
                return None
            ours = None
    if ours == theirs:
        return None
    if ours is None or theirs is None:
        return f"ours: {'an error' if ours is None else ours}, docker: {'an error' if theirs is None else theirs}"
    return f"only ours: {sorted(set(ours) - set(theirs))}, only docker: {sorted(set(theirs) - set(ours))}"


def _without_copies(sent: Iterable[str], root: Path) -> Iterator[str]:
    """The entries without those that the client makes for a Dockerfile outside of the context."""
    for name in sent:
        made = re.fullmatch(r"\.dockerfile\.[0-9a-f]{20}", name)
        if not made and (name != ".dockerignore" or os.path.lexists(root / name)):
            yield name


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corners", action="store_true")
    options = parser.parse_args()
    draw = random_corner if options.corners else random_case
    different = 0
    with Engine() as engine:
        for seed in range(options.seed, options.seed + options.cases):
            case = draw(seed)
            found = difference(engine, case)
            if found is not None:
                different += 1
                print(f"seed {seed}: {case['ignore_files']}\n  {found}")
    print(f"{options.cases} cases from seed {options.seed}: {different} differences")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
