"""How much of what maintainers exclude `ctxopt generate --level likely` finds by itself.

Each project of projects.toml is checked out from a clone in DIRECTORY/NAME, junk is added as its .gitignore files
suggest, the maintainers' ignore files are removed, and `ctxopt generate --level likely` proposes one. Of the files that
instructions read without any ignore file it is compared which ones either excludes:

    python benchmarks/maintainers/compare.py DIRECTORY [--only NAME] [--keep WORK]

Files that only the proposal excludes are listed by --verbose: they are to be judged by reading.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from junk import make_junk

_PROJECTS = Path(__file__).with_name("projects.toml")


@dataclass(frozen=True, slots=True)
class Project:
    """A public project, its commit and the Dockerfile that is built from its root."""

    name: str
    url: str
    commit: str
    ecosystem: str
    dockerfile: str = "Dockerfile"
    target: str = ""

    def options(self, root: Path) -> tuple[object, ...]:
        """The options of ctxopt for its build."""
        target = ("--target", self.target) if self.target else ()
        return (root, "-f", root / self.dockerfile, *target)


@dataclass(frozen=True, slots=True)
class Result:
    """What one project gives: bytes that the maintainers exclude, those of them that are found, and the block.

    `missed` and `more` are what only the maintainers exclude, and only the proposal, as files with sizes.
    """

    project: Project
    curated: int
    found: int
    missed: dict[str, int]
    more: dict[str, int]
    block: tuple[str, ...]
    again: bool

    @property
    def recall(self) -> float:
        """The part of the maintainers' bytes that is found; 1 where they exclude nothing that is read."""
        return self.found / self.curated if self.curated else 1.0

    @property
    def lines(self) -> int:
        """The lines of the block without comments and markers."""
        return sum(1 for line in self.block if line.strip() and not line.startswith("#"))


def main() -> None:
    """Compare the projects, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directory", type=Path, help="where the clones are, one directory a project")
    parser.add_argument("--only", action="append", default=[], help="name of a project (repeatable)")
    parser.add_argument("--head", action="store_true", help="take the newest commit of each clone")
    parser.add_argument("--keep", type=Path, help="directory to leave the checkouts in")
    parser.add_argument("--verbose", action="store_true", help="also show each block, and what differs")
    given = parser.parse_args()
    results = []
    print("| project | ecosystem | read and excluded by maintainers | found | lines | only found, files |")
    print("|---|---|---:|---:|---:|---:|", flush=True)
    for listed in _projects():
        project = replace(listed, commit="HEAD") if given.head else listed
        clone = given.directory / project.name
        if (given.only and project.name not in given.only) or not clone.exists():
            continue
        with tempfile.TemporaryDirectory() as scratch:
            try:
                result = _compared(project, clone, (given.keep or Path(scratch)) / project.name)
            except subprocess.CalledProcessError as error:
                print(f"| {project.name} | cannot be checked out: {error} ||||", flush=True)
                continue
        results.append(result)
        print(_row(result), flush=True)
        if given.verbose:
            print("\n".join(_details(result)), flush=True)
    if results:
        curated, found = sum(one.curated for one in results), sum(one.found for one in results)
        print(f"\nBytes found: {found / curated:.1%} of all; median {_median(results):.1%} a project.")
        print(f"Lines: median {statistics.median(one.lines for one in results)}, most {max(r.lines for r in results)}.")


def _projects() -> Iterator[Project]:
    for row in tomllib.loads(_PROJECTS.read_text())["project"]:
        yield Project(**row)


def _median(results: list[Result]) -> float:
    return statistics.median(result.recall for result in results)


def _compared(project: Project, clone: Path, root: Path) -> Result:
    if not root.exists():
        _check_out(project, clone, root)
        make_junk(root)
    dockerfile = root / project.dockerfile
    ignore = next(file for file in (_own(dockerfile), root / ".dockerignore") if file.exists())
    curated = root.with_name(root.name + ".curated")
    curated.write_bytes(ignore.read_bytes())
    ignore.unlink()
    nothing = root.with_name(root.name + ".nothing")
    nothing.write_bytes(b"")
    build = project.options(root)
    read = _read(root, build, nothing)
    theirs = read.keys() - _read(root, build, curated).keys()
    _ctxopt("generate", *build, "--level", "likely", "--write", "--format", "json")
    written = _own(dockerfile) if _own(dockerfile).exists() else root / ".dockerignore"
    block = written.read_text().splitlines() if written.exists() else []
    ours = read.keys() - _read(root, build, None).keys()
    checked = [sys.executable, "-m", "ctxopt", "generate", *map(str, build), "--check", "--quiet"]
    again = subprocess.run(checked, check=False, capture_output=True)
    written.unlink(missing_ok=True)
    ignore.write_bytes(curated.read_bytes())
    return Result(
        project,
        sum(read[path] for path in theirs),
        sum(read[path] for path in theirs & ours),
        {path: read[path] for path in theirs - ours},
        {path: read[path] for path in ours - theirs},
        tuple(block),
        again.returncode == 0,
    )


def _check_out(project: Project, clone: Path, root: Path) -> None:
    root.mkdir(parents=True)
    for command in (
        ("init", "-q"),
        ("fetch", "-q", "--depth", "1", clone.resolve().as_uri(), project.commit),
        ("checkout", "-q", "FETCH_HEAD"),
    ):
        subprocess.run(["git", *command], cwd=root, check=True)


def _own(dockerfile: Path) -> Path:
    return dockerfile.with_name(dockerfile.name + ".dockerignore")


def _read(root: Path, build: tuple[object, ...], ignore: Path | None) -> dict[str, int]:
    """The files that instructions read with an ignore file, or with the present ones, and their sizes."""
    options = () if ignore is None else ("--ignore-file", ignore)
    listed = _ctxopt("ls", *build, "--view", "used", "--format", "json", *options)
    return {path: os.lstat(root / path).st_size for path in json.loads(listed) if not path.endswith("/")}


def _ctxopt(*arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ctxopt", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"ctxopt {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def _row(result: Result) -> str:
    more = len(result.more)
    return (
        f"| {result.project.name} | {result.project.ecosystem} | {result.curated / 1e6:,.1f} MB | {result.recall:.1%} "
        f"| {result.lines}{'' if result.again else ', not stable'} | {more:,} |"
    )


def _details(result: Result) -> Iterator[str]:
    yield "```"
    yield from result.block
    yield "```"
    for title, files in (("only theirs", result.missed), ("only ours", result.more)):
        tops: dict[str, list[int]] = {}
        for path, size in files.items():
            tops.setdefault(os.sep.join(path.split(os.sep)[:2]), []).append(size)
        yield f"{title}:"
        for top, sizes in sorted(tops.items(), key=lambda item: -sum(item[1]))[:25]:
            yield f"  {sum(sizes) / 1e6:10.2f} MB {len(sizes):6} {top}"


if __name__ == "__main__":
    main()
