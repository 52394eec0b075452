"""Draws inputs and reports those for which something that must hold does not."""

import argparse
import faulthandler
import random
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType

from tests.fuzz.kinds import KINDS, missing
from tests.support.trees import temporary_directory

#: Maximum processor time of one answer, in seconds.
_SLOWEST = 1.0
#: Seconds after which an input is given up.
_GIVEN_UP = 20


class TookTooLong(Exception):
    """An input that is not answered in time."""


def check(kind: str, seed: int, number: int) -> None:
    """Draw one input and hold it against what must be true. Raises whatever is wrong with it."""
    rng = random.Random(f"{kind} {seed} {number}")
    with temporary_directory() as name:
        KINDS[kind][0](rng, Path(name))


def _timed_check(kind: str, seed: int, number: int) -> None:
    """The same, which also raises TookTooLong for an input that takes too much of the processor's time."""
    started = time.process_time()
    check(kind, seed, number)
    seconds = time.process_time() - started
    if seconds > _SLOWEST:
        raise TookTooLong(f"{seconds:.1f} s")


def shares(inputs: int, kinds: list[str]) -> dict[str, int]:
    """How many inputs of each kind there are among so many, at least one."""
    whole = sum(KINDS[kind][1] for kind in kinds)
    return {kind: max(1, inputs * KINDS[kind][1] // whole) for kind in kinds}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="The same seed draws the same inputs.")
    parser.add_argument("--inputs", type=int, default=1000, help="How many, over all kinds.")
    parser.add_argument("--kind", choices=sorted(KINDS), action="append", help="Only this kind; may be repeated.")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="The one input of a --kind with this number.")
    options = parser.parse_args()
    kinds = options.kind or [kind for kind in KINDS if kind not in missing()]
    if options.only is not None:
        _timed_check(kinds[0], options.seed, options.only)
        return 0
    failed = 0
    for kind, inputs in shares(options.inputs, kinds).items():
        failed += _run(kind, options.seed, inputs)
    return 1 if failed else 0


def _run(kind: str, seed: int, inputs: int) -> int:
    """Check the inputs of one kind; returns how many are wrong. Each sort of failure is told once."""
    signal.signal(signal.SIGALRM, _give_up)
    found: Counter[str] = Counter()
    started = time.perf_counter()
    for number in range(inputs):
        # Code in C ignores the signal: then the process ends, and shows where.
        faulthandler.dump_traceback_later(3 * _GIVEN_UP, exit=True)
        signal.alarm(_GIVEN_UP)
        try:
            _timed_check(kind, seed, number)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            label = f"{type(error).__name__} in {place.name}, line {place.lineno}"
            if not found[label]:
                print(f"{kind} {number}: {label}: {str(error)[:300]!r}", flush=True)
            found[label] += 1
        finally:
            signal.alarm(0)
    faulthandler.cancel_dump_traceback_later()
    wrong = sum(found.values())
    seconds = time.perf_counter() - started
    print(f"{kind:<12} {inputs:>8,} inputs from seed {seed}, {wrong} wrong, {seconds:.0f} s", flush=True)
    return wrong


def _give_up(number: int, frame: FrameType | None) -> None:
    raise TookTooLong("given up")


if __name__ == "__main__":
    sys.exit(main())
