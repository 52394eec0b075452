"""Proposals for random builds, compared with what they promise.

    python tests/proposal/generated.py [--cases 2000] [--seed 0]

Prints how many bytes and files are kept for each that is needed, and what went wrong, if anything did.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from ctxopt.builds.discovery import Request
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, View
from ctxopt.errors import CtxoptError
from ctxopt.proposal.model import FileProposal, Level, Style
from ctxopt.proposal.propose import propose
from tests.support.trees import random_build, temporary_directory, write_case

#: The files that count for nothing: builders read them whatever the ignore file says.
BUILDER = {"Dockerfile", ".dockerignore"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case: files and bytes kept and needed, and what is wrong with it.

    `works` tells whether the build works at all: what a failing instruction names stays as well.
    """

    kept: tuple[int, int]
    needed: tuple[int, int]
    wrong: tuple[str, ...]
    works: bool

    @property
    def ratios(self) -> tuple[float, float]:
        """Files and bytes kept for each that is needed; 1 where nothing is needed and nothing is kept."""
        pairs = zip(self.kept, self.needed, strict=True)
        return tuple(  # type: ignore[return-value]  # there are two
            kept / needed if needed else 1.0 if kept == 0 else float("inf") for kept, needed in pairs
        )


def outcomes(seed: int) -> dict[Style, Outcome]:
    """Propose for one random build in each style, write it, and look at the result; nothing if Docker refuses it."""
    with temporary_directory() as name:
        write_case(Path(name), random_build(seed))
        try:
            before = BuildContext(name)
            before.tree.check(View.BUILDKIT | View.CLASSIC)
            reads = _reads(before)
        except CtxoptError:
            return {}
        results = {style: _outcome(name, style, before, reads) for style in Style}
    return {style: result for style, result in results.items() if result is not None}


def _outcome(name: str, style: Style, before: BuildContext, reads: list[set[str]]) -> Outcome | None:
    """What comes of a proposal for a directory, which is left as it was; None if Docker refuses the case."""
    root = Path(name)
    try:
        (file,) = propose(name, Request(), style=style, level=Level.PROVEN).files
    except CtxoptError:
        return None
    with _applied(file):
        after = BuildContext(name)
        wrong = list(_wrong(before, reads, after))
        # What changes nothing leaves a second run with what the first one had.
        if file.changes and propose(name, Request(), style=style, level=Level.PROVEN).files[0].changes:
            wrong.append("a second run changes the file")
        works = all(result.error is None for result in before.usage.results)
        needed = set().union(*_reads(after))
        # A link that is read must lead somewhere, even where only the link itself is copied.
        needed |= {os.path.relpath(os.path.realpath(root / path), os.path.realpath(root)) for path in needed}
        needed = (needed & set(_files(before, View.BUILDKIT))) - BUILDER
        kept = set(_files(after, View.BUILDKIT)) - BUILDER
        extra = set(_files(after, View.CLASSIC)) - BUILDER - needed
        if extra and works:
            wrong.append(f"the classic builder would send {sorted(extra)}")
        sizes = {path: _size(after, path) for path in kept | needed}
        return Outcome(
            (len(kept), sum(sizes[path] for path in kept)),
            (len(needed), sum(sizes[path] for path in needed)),
            tuple(wrong),
            works,
        )


@contextmanager
def _applied(file: FileProposal) -> Iterator[None]:
    """Have the proposed file there for a while."""
    path = Path(file.path)
    if file.changes:
        path.write_bytes(file.new)
    try:
        yield
    finally:
        if file.old is not None:
            path.write_bytes(file.old)
        elif file.changes:
            path.unlink()


def _reads(context: BuildContext) -> list[set[str]]:
    """For each instruction all that it reads, links included, if it works."""
    usage = context.usage
    return [
        {d.child_path(d.names[i]) for d, i in usage.entries(View.BUILDKIT, lambda who, n=n: n in who)}  # type: ignore[misc]  # a default binds the number
        if result.error is None
        else set()
        for n, result in enumerate(usage.results)
    ]


def _wrong(before: BuildContext, reads: list[set[str]], after: BuildContext) -> Iterator[str]:
    classic = set(_files(before, View.CLASSIC))
    still_classic = set(_files(after, View.CLASSIC))
    for was, now, old, new in zip(before.usage.results, after.usage.results, reads, _reads(after), strict=True):
        if was.error is None and now.error is not None:
            yield f"it breaks {now.error}"
        if was.error is None and not old <= new | BUILDER:
            yield f"line {was.read.line} does not read {sorted(old - new)} any more"
        if was.error is None and not old & classic <= still_classic:
            yield f"the classic builder would not send {sorted(old & classic - still_classic)}"


def _files(context: BuildContext, view: int) -> Iterator[str]:
    for directory in context.transferred.directories():
        for name, kind, flags in zip(directory.names, directory.kinds, directory.flags, strict=True):
            if kind != EntryKind.DIRECTORY and flags & view:
                yield directory.child_path(name)


def _size(context: BuildContext, path: str) -> int:
    found = context.locate(path)
    return 0 if found is None else found[0].sizes[found[1]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    failed = 0
    cases = Counter[Style]()
    ratios = {style: Counter[str]() for style in Style}
    for seed in range(options.seed, options.seed + options.cases):
        for style, result in outcomes(seed).items():
            cases[style] += 1
            if result.works:
                files, size = result.ratios
                ratios[style].update((f"files {files:.2f}", f"bytes {size:.2f}"))
            if result.wrong:
                failed += 1
                print(f"seed {seed}, {style.value}: {'; '.join(result.wrong)}")
    for style in Style:
        kept = dict(sorted(ratios[style].items()))
        print(f"{style.value}: {cases[style]} cases; kept for each that is needed: {kept}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
