"""How two images of one build differ, when the second was built of fewer files of the context."""

from collections.abc import Iterable, Set
from dataclasses import replace

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.verify.contents import Contents, Entry
from ctxopt.verify.model import ImageCounts


@dataclass(frozen=True, slots=True)
class Difference:
    """The paths in which the second image differs from the first: what is excused, and what is a failure.

    `missing` and `new` are absent in one of the two; `changed` differ in type, mode, owner, target or content.
    """

    counts: ImageCounts
    missing: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.new or self.changed)

    @property
    def summary(self) -> str:
        """What differs, in a line."""
        named = ((self.missing, "missing"), (self.changed, "changed"), (self.new, "new"))
        return "; ".join(_some(paths, word) for paths, word in named if paths)


def compare(before: Contents, after: Contents, excluded: Set[str]) -> Difference:
    """The difference of two images; `excluded` are the paths to which a COPY brought what is excluded on purpose.

    A directory that had nothing but excluded files in it is excluded with them.
    """
    gone = [path for path in before if path not in after]
    purpose = _with_directories(before, after, excluded)
    both = [path for path in before if path in after and before[path] != after[path]]
    regenerated = [path for path in both if path in excluded]
    return Difference(
        ImageCounts(
            sum(path in purpose and before[path].type != "directory" for path in gone),
            len([path for path in excluded if path in before and path in after]),
        ),
        tuple(sorted(path for path in gone if path not in purpose)),
        tuple(sorted(path for path in after if path not in before)),
        tuple(sorted(set(both).difference(regenerated))),
    )


def without_noise(difference: Difference, before: Contents, again: Contents, after: Contents) -> Difference:
    """The difference without files whose content also differs between two builds of the same input.

    Only content is excused, never a file that is absent, or another type, mode or owner.
    """
    noise = {path for path in difference.changed if _differs_in_content(before, again, path)}
    excused = {path for path in noise if _differs_in_content(before, after, path)}
    return replace(
        difference,
        counts=replace(difference.counts, excused=len(excused)),
        changed=tuple(path for path in difference.changed if path not in excused),
    )


def without_other_names(difference: Difference, before: Contents, again: Contents) -> tuple[Difference, str]:
    """The difference without names that two builds of the same input choose anew, and one of these names, or "".

    What has such a name cannot be compared: a file that is missing may be there under another name, or not at all.
    """
    others = set(before) ^ set(again)
    where = {_parent(path) for path in _highest(others)}
    missing = [path for path in difference.missing if path not in others]
    named_anew = {path for path in _highest(set(difference.new)) if _parent(path) in where}
    new = [path for path in difference.new if named_anew.isdisjoint((path, *_parents(path)))]
    example = next((path for path in difference.missing if path in others), next(iter(sorted(named_anew)), ""))
    return replace(difference, missing=tuple(missing), new=tuple(new)), example


def _highest(paths: Set[str]) -> list[str]:
    return [path for path in paths if _parent(path) not in paths]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _differs_in_content(one: Contents, other: Contents, path: str) -> bool:
    first, second = one.get(path), other.get(path)
    return (
        first is not None
        and second is not None
        and first.type == "file"
        and first.digest != second.digest
        and _shell(first) == _shell(second)
    )


def _shell(entry: Entry) -> Entry:
    """An entry without its content."""
    return replace(entry, size=0, digest="")


def _with_directories(before: Contents, after: Contents, excluded: Set[str]) -> set[str]:
    """The excluded paths, and the directories in which the first image had nothing else."""
    kept: set[str] = set()
    for path, entry in before.items():
        if path in after or (path not in excluded and entry.type != "directory"):
            kept.update(_parents(path))
    emptied = {parent for path in excluded if path in before for parent in _parents(path) if parent not in kept}
    return emptied | set(excluded)


def _parents(path: str) -> Iterable[str]:
    cut = path.rfind("/")
    while cut > 0:
        yield path[:cut]
        cut = path.rfind("/", 0, cut)


def _some(paths: tuple[str, ...], word: str) -> str:
    more = f" and {len(paths) - 2} more" if len(paths) > 2 else ""
    return f"{', '.join('/' + path for path in paths[:2])}{more} {word}"
