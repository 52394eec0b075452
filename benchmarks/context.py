"""Measure ctxopt on large trees beside `find`, a bare walk in Python, and docker-py, and write PEERS.md.

    python benchmarks/context.py [--files 300000] [--repeat 5] [--scale] [--output benchmarks/PEERS.md]

All runs of one tree take turns; what counts is the ratio of their medians. --scale adds a tree of a third
and one of more than three times the size (100,000 and 1,000,000 files).
"""

import argparse
import datetime
import math
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import machine
from phases import imports, phases
from timing import LONGEST, Subject, medians, peak_memory
from trees import make_tree, patterns

_CTXOPT = (str(Path(sys.executable).with_name("ctxopt")),)
_BARE_WALK = """
import os, sys
files = 0
stack = [sys.argv[1]]
while stack:
    with os.scandir(stack.pop()) as entries:
        for entry in entries:
            entry.stat(follow_symlinks=False)
            files += 1
            if entry.is_dir(follow_symlinks=False):
                stack.append(entry.path)
print(files)
"""
_DOCKER_PY = """
import sys
from docker.utils.build import exclude_paths
lines = [line.strip() for line in open(sys.argv[1] + "/.dockerignore")]
print(len(exclude_paths(sys.argv[1], [line for line in lines if line])))
"""
#: How many patterns, and whether exceptions are among them.
_SETS = ((0, False), (30, False), (30, True), (200, False), (200, True))


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure ctxopt on large trees.")
    parser.add_argument("--files", type=int, default=300_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--scale", action="store_true", help="Also measure 100,000 and 1,000,000 files.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("PEERS.md"))
    options = parser.parse_args()
    lines = [
        "# Results",
        "",
        f"{datetime.date.today()}, revision {machine.revision()}: {machine.described()}.",
        "",
        "Made by `make bench-peers`. Runs take turns; the figures are medians of "
        f"{options.repeat} (docker-py: one run). Files have sizes, but no content. Memory is the most that all "
        "processes of a run take at once.",
    ]
    lines += _small(options.repeat)
    sizes = sorted({100_000, options.files, 1_000_000} if options.scale else {options.files})
    seconds = {}
    for files in sizes:
        with tempfile.TemporaryDirectory() as name:
            made = make_tree(Path(name), files, options.seed)
            if files == options.files:
                lines += _large(Path(name), made, options.repeat)
            if options.scale:
                seconds[made] = _scaled(Path(name), options.repeat)
    if options.scale:
        lines += _growth(seconds)
    text = "\n".join(lines) + "\n"
    print(text, end="")
    options.output.write_text(text)
    return 0


def _small(repeat: int) -> Iterator[str]:
    """A project of 100 files: what one run costs at least."""
    with tempfile.TemporaryDirectory() as name:
        made = make_tree(Path(name), 100)
        (Path(name) / ".dockerignore").write_text("\n".join(patterns(30, exceptions=False)) + "\n")
        subjects = {
            'python -c "import click"': Subject((sys.executable, "-c", "import click")),
            "ctxopt --help": Subject((*_CTXOPT, "--help")),
            "ctxopt analyze": Subject((*_CTXOPT, "analyze", name)),
        }
        found = medians(subjects, repeat * 4)
        loaded = list(imports(name))
    yield from ("", f"## {made} files, 30 patterns", "", "| command | ms | ratio |", "|---|---:|---:|")
    base = found['python -c "import click"']
    for label, taken in found.items():
        yield f"| `{label}` | {taken * 1000:.0f} | {taken / base:.2f} |"
    yield from ("", "| target | figure | |", "|---|---:|---|")
    yield _target("`analyze`, ms", found["ctxopt analyze"] * 1000, 150, "{:.0f}")
    yield _target("`analyze` / `import click`", found["ctxopt analyze"] / base, 2.5)
    yield _target("`--help` / `import click`", found["ctxopt --help"] / base, 2.5)
    yield from ("", "What `analyze` loads, as `python -X importtime` tells it:", "", *loaded)


def _large(root: Path, made: int, repeat: int) -> Iterator[str]:
    """All commands with all sets of patterns."""
    subjects = {"find": Subject(("find", str(root), "-printf", "%s %p\\n"))}
    subjects["bare Python walk"] = Subject((sys.executable, "-c", _BARE_WALK, str(root)))
    for count, exceptions in _SETS:
        prepare = _writing(root, count, exceptions)
        what = f"{count} patterns" + (" with exceptions" if exceptions else "")
        for command in ("analyze", "ls", "check"):
            subjects[f"ctxopt {command}, {what}"] = Subject((*_CTXOPT, command, str(root)), prepare)
        subjects[f"docker-py exclude_paths, {what}"] = Subject(
            (sys.executable, "-c", _DOCKER_PY, str(root)), prepare, rare=True
        )
    found = medians(subjects, repeat)
    yield from ("", f"## {made:,} files", "")
    yield "| command | seconds | / find | / bare walk | peak MB |"
    yield "|---|---:|---:|---:|---:|"
    for label, taken in sorted(found.items(), key=lambda item: list(subjects).index(item[0])):
        memory = f"{peak_memory(subjects[label]):.0f}" if label.startswith("ctxopt") else ""
        if math.isinf(taken):
            yield f"| {label} | given up after {LONGEST:.0f} | | | |"
            continue
        against = f"{taken / found['find']:.2f} | {taken / found['bare Python walk']:.2f}"
        yield f"| {label} | {taken:.2f} | {against} | {memory} |"
    many, few = found["ctxopt analyze, 200 patterns"], found["ctxopt analyze, 30 patterns"]
    yield from ("", "| target | figure | |", "|---|---:|---|")
    yield _target("`analyze`, 30 patterns / find", few / found["find"], 1.5)
    yield _target("`analyze`, 30 patterns / bare walk", few / found["bare Python walk"], 1.2)
    yield _target("`analyze`, 200 patterns / 30 patterns", many / few, 1.2)
    _writing(root, 30, False)()
    yield from ("", "Where the time of `analyze` with 30 patterns goes:", "", *phases(str(root)))


def _target(what: str, figure: float, most: float, form: str = "{:.2f}") -> str:
    shown = form.format(figure)
    return f"| {what}: at most {most:g} | {shown} | {'met' if figure <= most else 'missed'} |"


def _scaled(root: Path, repeat: int) -> tuple[float, float, float]:
    """The seconds of `find` and of analyze with 30 patterns, and the memory of the latter."""
    analyze = Subject((*_CTXOPT, "analyze", str(root)), _writing(root, 30, False))
    found = medians({"find": Subject(("find", str(root), "-printf", "%s %p\\n")), "analyze": analyze}, repeat)
    return found["find"], found["analyze"], peak_memory(analyze)


def _growth(seconds: dict[int, tuple[float, float, float]]) -> Iterator[str]:
    yield from (
        "",
        "## Growth: `analyze` with 30 patterns",
        "",
        "| files | seconds | / find | peak MB |",
        "|---:|---:|---:|---:|",
    )
    for files, (find, analyze, memory) in seconds.items():
        yield f"| {files:,} | {analyze:.2f} | {analyze / find:.2f} | {memory:.0f} |"
    (few, (_, short, _)), *_, (many, (_, long, _)) = seconds.items()
    yield from ("", "| target | figure | |", "|---|---:|---|")
    yield _target(f"time for {many / few:.1f} times the files", long / short, 11, "{:.1f}")
    for files, most in ((300_000, 100), (1_000_000, 250)):
        if files in seconds:
            yield _target(f"peak MB at {files:,} files", seconds[files][2], most, "{:.0f}")


def _writing(root: Path, count: int, exceptions: bool) -> Callable[[], None]:
    def write() -> None:
        (root / ".dockerignore").write_text("".join(f"{line}\n" for line in patterns(count, exceptions=exceptions)))

    return write


if __name__ == "__main__":
    sys.exit(main())
