"""Random cases by their seeds: some in the suite, and a range of any length by hand."""

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.engine import Engine, engine
from tests.support.engine.session import Session
from tests.support.trees import temporary_directory

#: What the engine does otherwise than expected with the case of a seed, which is made in an empty directory.
Differences = Callable[[Engine, int, Path], Sequence[object]]


def differing(differences: Differences, used: Engine, seeds: range, directory: Path) -> dict[int, Sequence[object]]:
    """The seeds whose cases differ, each with how."""
    found = {}
    for seed in seeds:
        top = directory / str(seed)
        top.mkdir()
        found[seed] = differences(used, seed, top)
        shutil.rmtree(top)
    return {seed: different for seed, different in found.items() if different}


def print_differences(differences: Differences, first: int, end: int) -> None:
    """Try all seeds from the first one up to the end, with an engine of their own, and print what differs."""
    session = Session()
    try:
        different = 0
        for seed in range(first, end):
            with temporary_directory() as name:
                found = differences(engine(), seed, Path(name))
            different += bool(found)
            for one in found:
                sys.stdout.write(f"seed {seed}: {one!a}\n")
        sys.stdout.write(f"seeds {first} to {end - 1}: {different} differences\n")
    finally:
        session.close()
