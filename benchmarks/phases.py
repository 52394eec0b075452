"""Where the time of `ctxopt analyze` goes: by phase on a large tree, by package for the imports of a small one."""

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from timing import environment

#: The program whose phases are measured.
_PROGRAM = Path(__file__).with_name("run_phases.py")
_IMPORT = re.compile(r"import time: +(\d+) \| +\d+ \| +(\S+)")
_OWN = ("ctxopt", "click", "rich", "tree_sitter", "tree_sitter_bash")


def phases(root: str) -> Iterator[str]:
    """A table of the phases of one run in a process of its own."""
    command = [sys.executable, str(_PROGRAM), root]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    whole = sum(float(seconds) for _, seconds in rows)
    yield from ("| phase | seconds | share |", "|---|---:|---:|")
    for name, seconds in rows:
        yield f"| {name} | {float(seconds):.2f} | {float(seconds) / whole:.0%} |"


def imports(root: str) -> Iterator[str]:
    """A table of what loading the modules of one run takes, by package; measuring makes it slower than it is."""
    command = [sys.executable, "-X", "importtime", "-m", "ctxopt", "analyze", root]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
    taken: defaultdict[str, int] = defaultdict(int)
    count: defaultdict[str, int] = defaultdict(int)
    for microseconds, module in _IMPORT.findall(done.stderr):
        top = module.partition(".")[0]
        package = top if top in _OWN else "the standard library"
        taken[package] += int(microseconds)
        count[package] += 1
    yield from ("| modules of | number | ms |", "|---|---:|---:|")
    for package, microseconds in sorted(taken.items(), key=lambda item: -item[1]):
        yield f"| {package} | {count[package]} | {microseconds / 1000:.0f} |"
