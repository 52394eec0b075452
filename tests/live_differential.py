"""Compare the classic view with the tar that the real `docker` command sends, on random contexts.

    python tests/live_differential.py [--cases 1000] [--seed 1]

Prints each difference with its seed, and a closing line; the exit code is 1 if there was any.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ctxopt.core.build_context import BuildContext
from ctxopt.errors import CtxoptError
from tests.support.classic_client import Engine
from tests.support.trees import Case, random_case, temporary_directory, write_case


def difference(engine: Engine, case: Case) -> str | None:
    """How our classic view of a case differs from what docker sends; None if it does not."""
    with temporary_directory() as name:
        root = Path(name)
        write_case(root, case)
        sent = engine.sent(root, case.get("dockerfile_path"))
        theirs = None if sent is None else sorted(sent)
        try:
            ours: list[str] | None = BuildContext(name, case.get("dockerfile_path")).classic_entries
        except CtxoptError:
            ours = None
    if ours == theirs:
        return None
    if ours is None or theirs is None:
        return f"ours: {'an error' if ours is None else ours}, docker: {'an error' if theirs is None else theirs}"
    return f"only ours: {sorted(set(ours) - set(theirs))}, only docker: {sorted(set(theirs) - set(ours))}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    different = 0
    with Engine() as engine:
        for seed in range(options.seed, options.seed + options.cases):
            case = random_case(seed)
            found = difference(engine, case)
            if found is not None:
                different += 1
                print(f"seed {seed}: {case['ignore_files']}\n  {found}")
    print(f"{options.cases} cases from seed {options.seed}: {different} differences")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
