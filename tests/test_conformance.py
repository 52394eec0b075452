"""The recorded answers of the real builders (see conformance/README.md), through the public API."""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from ctxopt import BuildContext, CtxoptError, PatternError, ReadError
from ctxopt.core.context.tree import Directory
from ctxopt.core.golang import match, paths
from ctxopt.core.usage.resolve import Unresolved, copy_sources
from ctxopt.core.usage.snapshot import Node
from tests.support.trees import Case, temporary_directory, write_case

_DATA = Path(__file__).parent / "conformance"

#: Answers that the recording daemon took from its cache, which held more than the cases recorded here:
#: an earlier build with the same cache key had the result given.
_CACHED_BEFORE = {
    "copy-p100905": ["Dockerfile"],
    "copy-p100977": [],
    "copy-n101156": ["Dockerfile"],
}


#: The cases are checked in parts, so that several processes can share them.
_PART = 500


def _recorded(name: str) -> Iterator[Case]:
    with gzip.open(_DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _part(name: str, first: int) -> Iterator[tuple[Case, str]]:
    return _on_disk(islice(_recorded(name), first, first + _PART))


def _on_disk(cases: Iterable[Case]) -> Iterator[tuple[Case, str]]:
    """Each case with the directory that it is written to for a while."""
    for case in cases:
        with temporary_directory() as root:
            write_case(Path(root), case)
            yield case, root


def _open(case: Case, root: str) -> BuildContext:
    return BuildContext(
        root, dockerfile=case.get("dockerfile_path"), target=case.get("target"), build_args=case.get("build_args")
    )


def _entries(case: Case, root: str, view: str) -> Any:
    return getattr(_open(case, root), f"{view}_entries")


def _answer(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except ReadError as error:
        return error.kind
    except PatternError:
        return "bad_pattern"
    except CtxoptError:
        return "error"


def test_all_cases_are_there() -> None:
    assert Counter(view for case in _recorded("context") for view in case["expected"]) == {
        "buildkit": 2000,
        "classic": 1511,
    }
    assert sum(1 for _ in _recorded("plan")) == 1500
    assert Counter(map(_is_plain, _recorded("copy"))) == {True: 771, False: 729}


@pytest.mark.parametrize("first", range(0, 2000, _PART))
def test_context(first: int) -> None:
    wrong = []
    seen = Counter[str]()
    for case, root in _part("context", first):
        for view, expected in case["expected"].items():
            seen[view] += 1
            wanted = "bad_pattern" if "error" in expected else expected["entries"]
            got = _answer(partial(_entries, case, root, view))
            if got != wanted:
                wrong.append((case["id"], view, got, wanted))
    assert not wrong[:3]
    assert seen["buildkit"] == _PART


@pytest.mark.parametrize("first", range(0, 1500, _PART))
def test_plan(first: int) -> None:
    wrong = []
    for case, root in _part("plan", first):
        expected = case["expected"]

        def ask(case: Case = case, root: str = root) -> list[Any]:
            context = _open(case, root)
            return [context.uses_context, context.follow_paths, context.transfer_entries]

        got = _answer(ask)
        if "error" in expected:
            right = isinstance(got, str)
        else:
            right = got == [expected["uses_context"], expected["follow_paths"], expected["transfer"]]
        if not right:
            wrong.append((case["id"], got, expected))
    assert not wrong[:3]


@pytest.mark.parametrize(("plain", "answered_from_cache"), [(True, 17), (False, 6)])
def test_copy(plain: bool, answered_from_cache: int) -> None:
    """What shares a cache key is in the same part: instructions with flags and without are never taken for the same."""
    wrong = []
    cache: dict[Any, list[str]] = {}
    from_cache = set()
    for case, root in _on_disk(case for case in _recorded("copy") if _is_plain(case) is plain):
        expected = case["expected"]
        wanted = expected["error"] if "error" in expected else expected["files"]
        context = _open(case, root)
        got = _answer(partial(getattr, context, "used_files"))
        clean = got
        key = None if got == "bad_pattern" else _cache_key(case, context)
        if case["id"] in _CACHED_BEFORE:
            assert key is not None
            got = _CACHED_BEFORE[case["id"]]
        elif key is not None and key in cache:
            got = cache[key]
        elif key is not None and isinstance(got, list):
            cache[key] = got
        if got != clean:
            from_cache.add(case["id"])
        if isinstance(got, list):
            got = sorted({_recorded_name(case, root, path) for path in got})
        if got != wanted:
            wrong.append((case["id"], case["dockerfile"], got, wanted))
    assert not wrong[:3]
    assert len(from_cache) == answered_from_cache


def _is_plain(case: Case) -> bool:
    """Whether the instruction is a COPY without flags."""
    return _word(case) == "COPY" and not _flags(case)


def _cache_key(case: Case, context: BuildContext) -> object:
    """What BuildKit's cache knows of an instruction that hashes nothing; None for one that hashes something."""
    try:
        sources = copy_sources(context.snapshot, context.instructions[0], _Nothing())
    except (CtxoptError, Unresolved):
        return None
    key: list[object] = [_word(case), *_flags(case), context.instructions[0].destination]
    for source in sources:
        plain = not match.has_wildcards(source.path) and source.include is None and source.exclude is None
        # A required path that is not hashed fails before the cache is asked.
        if plain or source.required or next(source.hashed(), None) is not None:
            return None
        key.append((paths.base(source.path), source.include and source.include.sources))
    return tuple(key)


class _Nothing:
    """Takes no note of what is read."""

    def start(self, name: str, node: Node) -> None: ...

    def follow(self, link: Node) -> None: ...

    def one(self, node: Node) -> None: ...

    def all_in(self, directories: Iterable[Directory]) -> None: ...

    def some(self, directory: Directory, mask: bytes) -> None: ...
    def passed(self, directory: Directory) -> None: ...


def _word(case: Case) -> str:
    word: str = case["dockerfile"].split()[2]
    return word


def _flags(case: Case) -> list[str]:
    return [word for word in case["dockerfile"].splitlines()[1].split() if word.startswith("--")]


def _recorded_name(case: Case, root: str, path: str) -> str:
    """The name under which the recorder knew a file: the path that the file holds."""
    held = (Path(root) / path).read_bytes().decode("utf-8", "replace").removesuffix("\n")
    return held if held in {entry["path"] for entry in case["tree"]} else path
