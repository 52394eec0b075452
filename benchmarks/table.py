"""Measure every command beside `find` and beside an earlier revision, and write the table of targets.

    python benchmarks/table.py [--against REV] [--repeat 3] [--quick] [--projects DIR] [--output benchmarks/RESULTS.md]

All runs of one tree take turns; what counts is the ratio of their medians, in wall time beside `find` and in the
processor's time beside the other revision, which is checked out and compiled into a temporary directory. --quick leaves
out the tree of 1,000,000 files. --projects names a directory with clones of the repositories in `repositories.toml`.
Behind the table is where the time of `analyze` goes.
"""

import argparse
import datetime
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import machine
from phases import imports, phases
from timing import Subject, environment, peak_memory
from trees import make_tree, patterns

_HERE = Path(__file__).resolve().parent.parent
#: The blob of an empty file: a repository that is only asked which files it tracks needs no other.
_EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


@dataclass(frozen=True, slots=True)
class _Times:
    """The seconds of a run: by the clock, and of the processor with all processes that were waited for."""

    wall: float
    processor: float


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table: a figure, its target, and the processor's time beside the other revision if measured."""

    what: str
    figure: float | None
    target: float
    form: str = "{:.2f}"
    beside: float | None = None

    def shown(self) -> str:
        if self.figure is None:
            return f"| {self.what} | not measured | {self.target:g} | | |"
        beside = "" if self.beside is None else f"{self.beside:.2f}"
        met = "met" if self.figure <= self.target else "missed"
        return f"| {self.what} | {self.form.format(self.figure)} | {self.target:g} | {met} | {beside} |"


def _ctxopt(home: Path, *arguments: str) -> tuple[str, ...]:
    program = f"import sys; sys.path.insert(0, {str(home)!r}); from ctxopt.cli import run; run()"
    return (sys.executable, "-c", program, *arguments)


def _run(command: Sequence[str], cwd: Path) -> _Times:
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return _Times(time.perf_counter() - started, usage.ru_utime + usage.ru_stime)


def _medians(commands: Mapping[str, Sequence[str]], cwd: Path, repeat: int) -> dict[str, _Times]:
    """The medians of runs that take turns, after one that does not count."""
    times: dict[str, list[_Times]] = {name: [] for name in commands}
    for number in range(repeat + 1):
        for name, command in commands.items():
            taken = _run(command, cwd)
            if number:
                times[name].append(taken)
    return {
        name: _Times(statistics.median(one.wall for one in found), statistics.median(one.processor for one in found))
        for name, found in times.items()
    }


class _Table:
    """Collects the lines; `other` is the directory of the other revision."""

    def __init__(self, repeat: int, other: Path | None) -> None:
        self._repeat = repeat
        self._other = other
        self.rows: list[_Row] = []

    def _add(self, row: _Row) -> None:
        self.rows.append(row)
        print(row.shown(), flush=True)

    def _measured(
        self, root: Path, commands: Mapping[str, Sequence[str]], plain: Mapping[str, Sequence[str]], repeat: int
    ) -> tuple[dict[str, _Times], dict[str, float]]:
        """The medians, and for each command the ratio to the other revision."""
        subjects = {**plain, **{name: _ctxopt(_HERE, *arguments) for name, arguments in commands.items()}}
        if self._other is not None:
            subjects |= {f"{name} before": _ctxopt(self._other, *words) for name, words in commands.items()}
        found = _medians(subjects, root, repeat)
        ratios = {
            name: found[name].processor / found[f"{name} before"].processor
            for name in commands
            if f"{name} before" in found
        }
        return found, ratios

    def small(self) -> None:
        """A project of 100 files."""
        with tempfile.TemporaryDirectory() as name:
            root = _tree(Path(name), 100)
            commands = {one: (one, name) for one in ("analyze", "check", "generate", "ls")}
            found, ratios = self._measured(
                root, commands, {"click": (sys.executable, "-c", "import click")}, self._repeat * 4
            )
            for one in commands:
                figure = found[one].wall / found["click"].wall
                self._add(_Row(f"`{one}`, 100 files / `import click`", figure, 2.5, beside=ratios.get(one)))

    def large(self, files: int) -> None:
        """A tree of which every command is asked, first without git and then with it."""
        with tempfile.TemporaryDirectory() as name:
            root = _tree(Path(name), files)
            find = {"find": ("find", name, "-printf", "%s %p\\n")}
            commands: dict[str, Sequence[str]] = {
                "analyze": ("analyze", name),
                "generate": ("generate", name),
                "check": ("check", name),
                "ls": ("ls", name),
                "report": ("report", name, "--output", os.devnull),
            }
            found, ratios = self._measured(root, commands, find, self._repeat)
            for one, target in (("analyze", 1.25), ("generate", 2.0), ("report", 4.0), ("check", 1.5), ("ls", 1.5)):
                figure = found[one].wall / found["find"].wall
                self._add(_Row(f"`{one}`, {files:,} files / find", figure, target, beside=ratios.get(one)))
            self._memory(root, files, {"analyze": 80, "generate": 120, "ls": 90})
            _as_repository(root)
            likely = {"likely": ("generate", "--level", "likely", name)}
            found, ratios = self._measured(root, likely, find, self._repeat)
            figure = found["likely"].wall / found["find"].wall
            what = f"`generate --level likely`, {files:,} files in git / find"
            self._add(_Row(what, figure, 3.0, beside=ratios.get("likely")))

    def _memory(self, root: Path, files: int, targets: Mapping[str, float]) -> None:
        for one, target in targets.items():
            peak = peak_memory(Subject(_ctxopt(_HERE, one, str(root))))
            self._add(_Row(f"peak MB of `{one}`, {files:,} files", peak, target, "{:.0f}"))

    def growth(self, sizes: Sequence[int]) -> None:
        """The same commands on trees of two sizes."""
        seconds: dict[str, list[float]] = {"analyze": [], "generate": [], "report": []}
        for files in sizes:
            with tempfile.TemporaryDirectory() as name:
                root = _tree(Path(name), files)
                commands = {one: _ctxopt(_HERE, one, name) for one in ("analyze", "generate")}
                commands["report"] = _ctxopt(_HERE, "report", name, "--output", os.devnull)
                for one, times in _medians(commands, root, 1).items():
                    seconds[one].append(times.wall)
                if files >= 1_000_000:
                    self._memory(root, files, {"analyze": 200})
        for one, (few, many) in seconds.items():
            what = f"`{one}`, {sizes[1]:,} files / {sizes[0]:,} files"
            self._add(_Row(what, many / few, 11 * sizes[1] / (10 * sizes[0]), "{:.1f}"))

    def many_builds(self) -> None:
        """A repository with two dozen Dockerfiles, and one context with fifty builds."""
        with tempfile.TemporaryDirectory() as name:
            root = _tree(Path(name), 20_000)
            _with_services(root, 24)
            _as_repository(root)
            self._generate(root, "24 builds, 20,000 files")
        with tempfile.TemporaryDirectory() as name:
            root = _tree(Path(name), 20_000)
            for number in range(50):
                (root / f"Dockerfile.{number}").write_text(f"FROM scratch\nCOPY packages/pkg{number % 9} /app\n")
            commands = {"all": ("check", "--all", name), "one": ("analyze", name)}
            found, ratios = self._measured(root, commands, {}, self._repeat)
            figure = found["all"].wall / found["one"].wall
            self._add(_Row("`check --all`, 50 builds / `analyze` of one", figure, 2.0, beside=ratios.get("all")))

    def _generate(self, root: Path, what: str, file: Sequence[str] = ()) -> None:
        commands = {"generate": ("generate", str(root)), "analyze": ("analyze", *file, str(root))}
        found, ratios = self._measured(root, commands, {}, self._repeat)
        figure = found["generate"].wall / found["analyze"].wall
        self._add(_Row(f"`generate` / `analyze`, {what}", figure, 3.0, beside=ratios.get("generate")))
        self._add(_Row(f"`analyze`, {what}, seconds", found["analyze"].wall, 2.0, beside=ratios.get("analyze")))

    def projects(self, clones: Path) -> None:
        """The real repositories of the list that have a clone."""
        listed = tomllib.loads(Path(__file__).with_name("repositories.toml").read_text())["repository"]
        for repository in listed:
            root = clones / repository["name"]
            if root.is_dir():
                file = ("-f", str(root / repository["dockerfile"])) if "dockerfile" in repository else ()
                self._generate(root, repository["name"], file)

    def links(self) -> None:
        """A history in which a link changes in each commit."""
        from hostile import changing_link

        with tempfile.TemporaryDirectory() as name:
            changing_link(Path(name), 201)
            found, ratios = self._measured(Path(name), {"cache": ("cache", name)}, {}, self._repeat)
            what = "`cache`, 200 commits with a link that changes in each, seconds"
            self._add(_Row(what, found["cache"].processor, 2.0, beside=ratios.get("cache")))


def _profile(files: int) -> Iterator[str]:
    """Where the time of `analyze` goes: by phase on a large tree, in one process, and by package on a small one."""
    with tempfile.TemporaryDirectory() as name:
        yield from (f"## Where the time of `analyze` goes, {files:,} files", "")
        yield from phases(str(_tree(Path(name), files)))
    with tempfile.TemporaryDirectory() as name:
        yield from ("", "## What loading modules takes, 100 files", "")
        yield from imports(str(_tree(Path(name), 100)))


def _tree(root: Path, files: int) -> Path:
    make_tree(root, files)
    (root / ".dockerignore").write_text("".join(f"{line}\n" for line in patterns(30, exceptions=False)))
    return root


def _with_services(root: Path, count: int) -> None:
    """Dockerfiles of services, each of which reads some packages of the repository."""
    for number in range(count):
        home = root / "services" / f"service{number}"
        home.mkdir(parents=True, exist_ok=True)
        (home / "main.js").write_text("require('./lib')\n")
        text = f"FROM node:22\nWORKDIR /app\nCOPY packages/pkg{number % 5} packages/\nCOPY services/service{number} .\n"
        (home / "Dockerfile").write_text(text + "RUN npm ci\nCMD node main.js\n")


def _as_repository(root: Path) -> None:
    """A repository that tracks all but what is installed, without storing any contents."""
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / ".gitignore").write_text("node_modules/\n*.log\n")
    lines = "".join(f"100644 {_EMPTY_BLOB} 0\t{path}\n" for path in _tracked(root))
    subprocess.run(["git", "update-index", "--add", "--index-info"], cwd=root, input=lines, text=True, check=True)


def _tracked(root: Path) -> Iterator[str]:
    for home, directories, names in os.walk(root):
        directories[:] = [name for name in directories if name not in ("node_modules", ".git")]
        yield from (Path(home, name).relative_to(root).as_posix() for name in names)


def _checked_out(revision: str, into: Path) -> Path:
    """A revision of this repository with compiled modules."""
    into.mkdir()
    archive = subprocess.run(["git", "archive", revision, "ctxopt"], cwd=_HERE, check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", str(into)], input=archive.stdout, check=True)
    return into


def _compiled(home: Path) -> None:
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(home / "ctxopt")], check=True, env=environment())


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure every command beside find and an earlier revision.")
    parser.add_argument("--against", metavar="REV", help="A revision to measure in the same run.")
    parser.add_argument("--files", type=int, default=300_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="Leave out the tree of 1,000,000 files.")
    parser.add_argument("--projects", type=Path, help="A directory with clones of real repositories.")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        other = None if options.against is None else _checked_out(options.against, Path(name) / "other")
        for home in filter(None, (_HERE, other)):
            _compiled(home)
        table = _Table(options.repeat, other)
        table.small()
        table.many_builds()
        table.links()
        table.large(options.files)
        if options.projects is not None:
            table.projects(options.projects)
        if not options.quick:
            table.growth((100_000, 1_000_000))
    beside = f"; beside revision {options.against}: processor time" if options.against else ""
    lines = [
        "# Results",
        "",
        f"{datetime.date.today()}, revision {machine.revision()}: {machine.described()}.",
        "",
        f"Made by `make bench`. Runs take turns; ratios of medians of {options.repeat}{beside}.",
        "",
        f"| what | figure | at most | | / {options.against or 'before'} |",
        "|---|---:|---:|---|---:|",
        *(row.shown() for row in table.rows),
        "",
        *_profile(options.files),
    ]
    text = "\n".join(lines) + "\n"
    print(text, end="")
    options.output.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
