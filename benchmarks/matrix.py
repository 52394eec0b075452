"""Time every command on every hostile project, of 64 kB each, in a tree of a thousand files.

    python benchmarks/matrix.py [--only NAME] [--commands NAME,NAME] [--limit SECONDS] [--kilobytes 64] [--at-most 2]

Prints a row for each case of benchmarks/hostile.py: the processor's seconds (of the user and of the system) of each
command. Exits with 1 if one takes more than --at-most, is stopped after --limit seconds, or ends in a traceback.
`verify` is not asked, since engines decide how long that takes.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
from math import ceil
from pathlib import Path

from hostile import CASES, Case, empty_directory, git, processor_seconds

_FILES = 1000

COMMANDS: dict[str, tuple[str, ...]] = {
    "analyze": ("analyze",),
    "ls": ("ls",),
    "explain": ("explain", "d1/name1.txt"),
    "check": ("check",),
    "lint": ("lint",),
    "fix": ("fix",),
    "stages": ("stages",),
    "targets": ("stages", "--each-target"),
    "report": ("report", "-o", "../report.html"),
    "generate": ("generate",),
    "likely": ("generate", "--level", "likely"),
    "cache": ("cache",),
    "diff": ("diff", "HEAD~1"),
    "digest": ("digest",),
    "affected": ("affected", "--against", "HEAD~1"),
    "init": ("init", "--dry-run"),
}

#: The commands that take the options by which a case names a file of builds.
_OF_BUILDS = ("check", "lint", "fix", "digest", "affected")


def _size(root: Path) -> int:
    """What a case consists of; the files of the tree around it are empty."""
    return sum(path.stat().st_size for path in root.iterdir() if path.is_file()) + sum(
        path.stat().st_size for path in root.glob(".github/workflows/*")
    )


def _sized(case: Case, wanted: int) -> int:
    """The size at which what a case writes has so many bytes."""
    size = case.size
    for _ in range(6):
        with empty_directory() as root:
            case.make(root, size)
            measured = _size(root)
        if measured < 1000:
            return min(case.size, _FILES)  # the tree, or the history, is what is hostile
        if abs(measured - wanted) < wanted // 20:
            break
        size = max(1, size * wanted // measured)
    return size


def _fill(root: Path) -> None:
    """Files up to a thousand, and three commits of all of them."""
    # Python's own walk gives up on very deep trees.
    listed = subprocess.run(["find", ".", "-type", "f"], cwd=root, capture_output=True, check=True)
    number = listed.stdout.count(b"\n")
    while number < _FILES:
        path = root / f"d{number % 40}/name{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.touch()
        number += 1
    if not (root / ".git").exists():
        git(root, "init", "--quiet")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", "first")
        for text in ("a", "b"):
            (root / "d1").mkdir(exist_ok=True)
            (root / "d1/changed.md").write_text(text)
            git(root, "add", "--all")
            git(root, "commit", "--quiet", "--message", text)


def _run(root: Path, command: tuple[str, ...], limit: float) -> tuple[float, str]:
    """The processor's seconds of a command, and what is wrong with it."""
    # What is installed is compiled once, and not with every run.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = processor_seconds()
    run = subprocess.Popen(
        [sys.executable, "-m", "ctxopt", *command],
        cwd=root,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (ceil(limit), ceil(limit) + 1)),
    )
    try:
        # What waits for a pipe or for a busy machine takes none of the processor's time.
        _, errors = run.communicate(timeout=limit * 5)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        return limit, ">"
    seconds = processor_seconds() - started
    if run.returncode == -signal.SIGXCPU or seconds >= limit:
        return seconds, ">"
    return seconds, "!" if b"Traceback" in errors or run.returncode not in (0, 1, 2) else ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Time every command on every hostile project.")
    parser.add_argument("--only", default="", help="Cases whose name contains this.")
    parser.add_argument("--after", default="", help="The cases that come after the one of this name.")
    parser.add_argument("--commands", default=",".join(COMMANDS), help="These commands only.")
    parser.add_argument("--limit", type=float, default=60, help="The processor's seconds after which a run is stopped.")
    parser.add_argument("--kilobytes", type=int, default=64, help="The size of what a case writes.")
    parser.add_argument("--at-most", type=float, default=2, help="Seconds that a run may take.")
    options = parser.parse_args()
    commands = options.commands.split(",")
    names = [case.name for case in CASES]
    print(f"{'':<46} {'size':>9} " + " ".join(f"{name:>8}" for name in commands), flush=True)
    slow = 0
    for case in CASES[names.index(options.after) + 1 if options.after else 0 :]:
        if options.only not in case.name or "two megabytes" in case.name:
            continue
        size = _sized(case, options.kilobytes * 1024)
        cells = []
        with empty_directory() as above:
            root = above / "context"
            root.mkdir()
            case.make(root, size)
            _fill(root)
            for name in commands:
                more = case.command[1:] if name in _OF_BUILDS and case.command[0] == "check" else ()
                seconds, wrong = _run(root, (*COMMANDS[name], *more), options.limit)
                slow += bool(wrong) or seconds > options.at_most
                cells.append(f"{wrong}{seconds:.2f}{'*' if seconds > options.at_most else ' '}")
        print(f"{case.name:<46} {size:>9,} " + " ".join(f"{cell:>8}" for cell in cells), flush=True)
    print(f"{slow} of these take more than {options.at_most} s")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
