"""Commands timed in turn, so that what slows the machine down for a while slows all of them down."""

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: Seconds after which a command is given up.
LONGEST = 60.0


@dataclass(frozen=True, slots=True)
class Subject:
    """A command to measure, with what must be done before each run; `rare` if it is so slow that one run must do.

    A rare one is given up after a while; it then counts as taking for ever.
    """

    command: tuple[str, ...]
    prepare: Callable[[], None] = lambda: None
    rare: bool = False


def medians(subjects: Mapping[str, Subject], repeat: int) -> dict[str, float]:
    """The median of the seconds that each takes, run in turn after one run that does not count."""
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(repeat + 1):
        for name, subject in subjects.items():
            if subject.rare and number != 1:
                continue
            subject.prepare()
            taken = _seconds(subject.command, LONGEST if subject.rare else None)
            if number:
                times[name].append(taken)
    return {name: statistics.median(found) for name, found in times.items()}


def _seconds(command: tuple[str, ...], limit: float | None) -> float:
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), check=False, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return math.inf
    taken = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.decode(errors='replace').strip()}")
    return taken


def peak_memory(subject: Subject) -> float:
    """The most memory in MB that a command and its copies take at once; looked at every few milliseconds.

    On Linux pages that two processes share count once. Elsewhere it is what the largest process took.
    """
    subject.prepare()
    process = subprocess.Popen(subject.command, stdout=subprocess.DEVNULL, env=environment())
    peak = 0
    if sys.platform == "linux":
        while process.poll() is None:
            peak = max(peak, sum(_proportional(pid) for pid in _with_children(process.pid)))
            time.sleep(0.005)
        return peak / 1_000
    import resource

    process.wait()
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1_000_000


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except OSError:
            continue
    return found


def _proportional(pid: int) -> int:
    """The kilobytes of a process, with its part of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def environment() -> dict[str, str]:
    """As users have it: compiled modules are kept."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
