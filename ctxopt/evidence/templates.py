"""Names of files that a text puts together: a constant part, and a value in the place of the rest.

`f"docs/{lang}.md"`, `"./" + name + ".test"`, `sprintf("test_%s.py", x)`: what such a name can mean is a file whose
name begins and ends with the constant parts.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.junk_names import is_junk
from ctxopt.evidence.named import follows_path, is_comment

#: Where a value is put into a text in quotes.
_HOLE: Final = lazy_re(
    r"\$\{[^{}\n]{0,80}\}|#\{[^{}\n]{0,80}\}|\{[^{}\n]{0,80}\}|\$[A-Za-z_]\w{0,60}|%[sdvi]|%\(\w{1,60}\)s"
)
_MARK: Final = "\0"
_INTERPOLATED: Final = lazy_re(
    r"""["'`]((?:[\w@./-]|\$\{[^{}\n]{0,80}\}|#\{[^{}\n]{0,80}\}|\{[^{}\n]{0,80}\}|\$[A-Za-z_]|%[sdvi(])"""
    r"""(?:[\w@./)-]|\$\{[^{}\n]{0,80}\}|#\{[^{}\n]{0,80}\}|\{[^{}\n]{0,80}\}|\$[A-Za-z_]|%[sdvi(]){1,200})["'`]"""
)
#: What makes the letters of a value large.
_UPPER: Final = lazy_re(r"[uU]p(?:per|case)")
#: A text in quotes that ends a name, and from its end what stands before it: a value, and maybe another such text.
_END: Final = lazy_re(r"""["'`]([._-][\w@.-]{1,60})["'`]""")
_BEFORE_END: Final = lazy_re(
    r"""[ \t]{0,8}(?:\+|\.{1,2}|~|&|><)[ \t]{0,8}[\])}>\w.$\[({-]{1,60}?[ \t]{0,8}"""
    r"""(?:(?:\+|\.{1,2}|~|&|><)[ \t]{0,8}["'`]([\w@./-]{0,100})["'`]|(?=[^\w.$\])]|$))"""
)
#: A text in quotes that begins a name, where a value follows.
_START: Final = lazy_re(
    r"""["'`]([\w@./-]{0,100}[\w@][._-])["'`][ \t]{0,8}(?:\+|\.{1,2}|~|&|<>)[ \t]{0,8}[A-Za-z_$(][\w.$\[\]()]{0,60}"""
    r"""[ \t]{0,8}(?![ \t]|[+.~&<\w])"""
)
_LOOKED_BACK: Final = 240
#: The parts of a path before the last one, as in `join(root, "docs", "api", name + ".json")`.
_PARTS: Final = lazy_re(r"""(?:["'`][\w@.-]{1,60}["'`][ \t]{0,8},[ \t]{0,8}){1,8}$""")
_PART: Final = lazy_re(r"[\w@.-]+")
#: Names of modules have dots between their parts.
_DOTTED: Final = lazy_re(r"(?:[A-Za-z_\0]\w*\.)+[A-Za-z_\w\0]*")
#: What separates the parts of a name.
_SEPARATOR: Final = lazy_re(r"[._-]+")
#: Maximum number of starts and ends of one name.
_MOST: Final = 12
#: Maximum number of names in one text that are looked at.
_MOST_PLACES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Template:
    """The name of a file with a value in it: the directory that is named, and how the name begins and ends.

    `at` is its place in the text. `free`: a value stands in front, so that it may be in any directory. `up` is the
    number of directories to go up first. `open`: the end of the name may follow, as in that of a module. `whole`: all
    of it is put together, of a text and an end, so that only a name counts that is in quotes somewhere; `upper`: in
    another case.
    """

    at: int
    directory: str
    start: str
    end: str
    free: bool = False
    up: int = 0
    open: bool = False
    whole: bool = False
    upper: bool = False


def templates_in(text: str, python: bool) -> Iterator[Template]:
    """The names of files that a text puts together."""
    for template in islice(_all(text, python), _MOST_PLACES):
        if is_comment(text, template.at):
            continue
        has_end = template.directory or template.whole or "." in template.start + template.end
        # What begins or ends like the name of a test may be that of anything, such as a database.
        if has_end or follows_path(text, template.at):
            yield template


def _all(text: str, python: bool) -> Iterator[Template]:
    for found in _INTERPOLATED.finditer(text):
        marked = _HOLE.sub(_MARK, found[1])
        if _MARK in marked:
            yield from _template(marked, found.start(), python)
            head, _, name = marked.rpartition("/")
            if name.startswith(_MARK) and (name.count(_MARK) > 1 or _UPPER.search(found[1])) and _MARK not in head:
                directory = head.removeprefix("./")
                yield Template(found.start(), directory, "", "", whole=True, upper=_UPPER.search(found[1]) is not None)
    for found in _END.finditer(text):
        line = text[max(0, found.start() - _LOOKED_BACK) : found.start()].rpartition("\n")[2]
        before = _BEFORE_END.match(line[::-1])
        if before is not None:
            name = f"{(before[1] or '')[::-1]}{_MARK}{found[1]}"
            yield from _template(name, found.start(), python)
            parts = _PARTS.search(line[: len(line) - before.end()])
            if parts is not None:
                yield from _template("/".join([*_PART.findall(parts[0]), name]), found.start(), python)
    for found in _START.finditer(text):
        yield from _template(f"{found[1]}{_MARK}", found.start(), python)


def _template(marked: str, at: int, python: bool) -> Iterator[Template]:
    if python and "/" not in marked and _DOTTED.fullmatch(marked):
        yield from _template(marked.replace(".", "/"), at, python=False)
    head, _, name = marked.rpartition("/")
    if _MARK not in name or "//" in head:
        # A directory that is put together is named by what stands before it.
        return
    start, end = name[: name.index(_MARK)], name[name.rindex(_MARK) + 1 :]
    parts = [part for part in head.split("/") if part not in ("", ".")]
    up = next((count for count, part in enumerate(parts) if part != ".."), len(parts))
    holes = [count for count, part in enumerate(parts) if _MARK in part]
    # Behind the last value, the directory is known again.
    inside = parts[holes[-1] + 1 :] if holes else parts[up:]
    if _is_telling(start, end) and ".." not in inside:
        yield Template(at, "/".join(inside), start, end, bool(holes), 0 if holes else up, "." not in end.lstrip("."))


def _is_telling(start: str, end: str) -> bool:
    """Whether the parts of a name say more than that it is one."""
    return any(char.isalpha() for char in start + end) and (not start or not end or len(start + end) > 2)


class JunkFiles:
    """Files that have the names of junk, by the directories that they are in and by the parts of their names.

    Only the parts count that show that a file has such a name: of `a.test.js` not the last one alone.
    """

    def __init__(self) -> None:
        #: The parts with which the names begin or end.
        self.marks: set[bytes] = set()
        self._by_part: dict[tuple[str | None, str, str], list[str]] = {}

    def add(self, path: str) -> None:
        """Add a file; one with another name is none of them."""
        directory, _, name = path.rpartition("/")
        if _telling_parts(name) and name[:1].isupper():
            self._by_part.setdefault((directory, "", ""), []).append(path)
        for start, end in _telling_parts(name):
            self.marks.add((start or end).encode("utf-8", "surrogateescape"))
            for where in (directory, None):
                self._by_part.setdefault((where, start, end), []).append(path)

    def matching(self, template: Template, directories: Iterable[str]) -> tuple[Collection[str], int]:
        """The files in some directories that a template can mean, or in any, and how many were looked at."""
        found: dict[str, None] = {}
        count = 0
        for where in (None,) if template.free else directories:
            for part in dict.fromkeys((("", template.end), (template.start, ""))):
                of_part = self._by_part.get((where, *part), ()) if template.whole or part != ("", "") else ()
                count += len(of_part)
                found |= dict.fromkeys(path for path in of_part if _is_meant(path, template))
        return found, count


@lru_cache(maxsize=1 << 14)
def _telling_parts(name: str) -> tuple[tuple[str, str], ...]:
    """The starts and ends of a name that other names of junk have as well, each with "" for the other one."""
    marks = [found.span() for found in _SEPARATOR.finditer(name)][:_MOST]
    stem, dot, ending = name.rpartition(".")
    starts = [name[:end] for _, end in marks if 0 < end < len(name)]
    ends = [name[begin:] for begin, _ in marks if 0 < begin < len(name)]
    # The name of a module is without the end of that of its file.
    modules = [end.removesuffix(dot + ending) for end in ends] if stem else []
    return tuple(
        dict.fromkeys(
            (
                *((start, "") for start in starts if is_junk(f"{start}x") or is_junk(f"{start}x{dot}{ending}")),
                *(("", end) for end in ends if is_junk(f"x{end}")),
                *(("", end) for end in modules if end and is_junk(f"x{end}{dot}{ending}")),
            )
        )
    )


def is_quoted(text: str, template: Template, path: str) -> bool:
    """Whether the first part of the name of a file is in quotes in a text, for a template that needs that."""
    word = path.rpartition("/")[2].partition(".")[0]
    word = word.lower() if template.upper else word
    return not template.whole or any(f"{quote}{word}{quote}" in text for quote in "\"'`")


def _is_meant(path: str, template: Template) -> bool:
    """Whether the name of a file begins and ends as a template says, and its directory is the one that it names."""
    directory, _, name = path.rpartition("/")
    start, end = template.start, template.end
    names = (name, name.rpartition(".")[0]) if template.open else (name,)
    fits = any(one.startswith(start) and one.endswith(end) and len(one) > len(start) + len(end) for one in names)
    return fits and f"/{directory}".endswith(f"/{template.directory}" if template.directory else "")
