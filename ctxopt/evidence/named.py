"""What the text of a file names: paths and modules, in any language.

No language is parsed. Of a few names that are searched for, each place where one occurs is looked at: the path around
it, the quotes around that, and what stands before. What is no name of a file, such as a word in a sentence, a URL or a
key, is not reported.
"""

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Final

from ctxopt.catalogue.commands import known_commands
from ctxopt.catalogue.texts import TextKind, texts
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

#: What a name is made of between its other characters: "README" and "md" in README.md.
WORD: Final = lazy_re(r"[\w-]+")
#: For bytes, all that is in no word, as spaces.
_SPACES: Final = bytes(
    code if chr(code).isalnum() or chr(code) in "_-" or code >= 0x80 else 0x20 for code in range(256)
)
_PATH: Final = lazy_re(r"[\w@~.+*%/\\-]*")
_QUOTES: Final = "\"'`"
#: What stands before the name of a directory in code: quotes, slashes, and what a function or a symbol begins with.
_AROUND_PARTS: Final = "\"'`/\\(:"
#: Maximum length of a path, and of what is looked at before it.
_LONGEST: Final = 300
_BEFORE: Final = 100
#: Maximum number of places in one text where a word is looked at.
_MAX_PLACES: Final = 2_000
#: For more words than this, a text is gone through word by word.
_MAX_SEARCHES: Final = 8
#: What a comment begins with.
_COMMENT: Final = lazy_re(r"\s*(?:#|//|/\*|\*|--|;|%(?!w[\[({])|<!--)")
_IMPORT: Final = lazy_re(
    r"^[ \t]*(?:from[ \t]+([.\w]{1,200})[ \t]+import[ \t]*(\([^()]{0,2000}\)|[^\n(#]{0,1000})"
    r"|import[ \t]+([\w., \t]{1,500}))",
    re.MULTILINE,
)
#: What stands before a text in quotes that is only compared.
_COMPARISONS: Final = ("==", "!=", "<>", "startswith(", "endswith(", "includes(", "contains(", "equals(", "===")
#: What is mostly the name of a mode.
_MODE: Final = "test"
#: What stands before the path of a module that a program in JavaScript imports.
_IMPORTED: Final = lazy_re(
    r"""(?:\b(?:require|import)[ \t]{0,8}\([ \t]{0,8}|\bfrom[ \t]{1,8}|\bimport[ \t]{1,8})["'`]$"""
)
#: The option whose value is the path, and what a value is assigned to.
_OPTION: Final = lazy_re(r"""(?<![\w-])(--?[A-Za-z][\w-]{0,40})(?:=|[ \t]{1,8}|["'],[ \t]{0,8})["']?$""")
_TARGET: Final = lazy_re(r"""[ \t]*[\w."'\[\]$@-]{1,80}[ \t]{0,8}[:=]""")
#: What stands before the slashes of an address.
_SCHEME: Final = lazy_re(r"([a-z]{2,20}):$")
#: The variable to which what follows is assigned, or its default: `x := `, `x: &str =`, `x <-`, `define("x",`, `@x`.
_ASSIGNED_TO: Final = lazy_re(
    r"""([A-Za-z_]\w{0,60})[ \t]{0,8}(?::[ \t]{0,8}[\w&<>\[\]' .?]{1,40})?(?::?=|<-)[^=<>\n]{0,60}$"""
    r"""|\bdefine\(["']([A-Za-z_]\w{0,60})["'],[ \t]{0,8}$|@([a-z_]\w{0,60})[ \t]{0,8}$"""
)
#: Names before a path, and the parts that they are made of.
#: What stands before the last part of the name of a variable, as in `$FindBin::Bin`.
_QUALIFIED: Final = lazy_re(r"\$\w+(?:::\w+)*::$")
_NAME: Final = lazy_re(r"\w+")
_PART: Final = lazy_re(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAMES: Final = 5
#: A variable that a path begins with: `base + "/…"`, `${base}/…`, `join(base, …)`.
_BASE: Final = lazy_re(
    r"""\b([A-Za-z_]\w{0,60})[ \t]{0,8}(?:(?:\+|\.{1,2}|~|&|<>)[ \t]{0,8}["'`]/|/[ \t]{0,8}[rf]?["'])"""
    r"""|[{$]([A-Za-z_]\w{0,60})\}?/"""
    r"""|(?:[jJ]oin|[rR]esolve|[cC]ombine|Path(?:::new)?|PathBuf::from|listdir|scandir|opendir|read_?dir(?:Sync)?|File"""
    r"""|[wW]alk(?:Dir)?|ReadDir|[gG]lob|DirFS|\bDir|file\.path|list\.files|exists(?:Sync)?|[sS]tatic(?:Files)?)"""
    r"""\([ \t]{0,8}[@$&]?([A-Za-z_]\w{0,60})\b"""
)
#: The next part of a path, behind the quote that ends the one before.
_NEXT_PART: Final = lazy_re(
    r"""["'`][ \t\n]{0,40}(?:[,/+]|<>|\+\+|</>|\)[ \t]{0,8}\.[ \t]{0,8}\w{1,20}\()"""
    r"""[ \t\n]{0,40}["'`]/?([\w@~.+%-]{1,100})["'`]"""
)
_MAX_PARTS: Final = 8
#: A list of texts in quotes, or of words in Ruby's `%w`, none of which is a sentence.
_LIST: Final = lazy_re(
    r"""[\[({]\s{0,200}(?:["'`][\w@./-]{1,100}["'`]\s{0,200}(?:,\s{0,200}|(?=[\])}]))){2,100}[\])}]"""
    r"""|(?:%[wi]|qw|~w)[ \t]?[\[({/|!<][ \t\n]{0,40}[\w@./-]{1,100}"""
    r"""(?:[ \t\n]{1,40}[\w@./-]{1,100}){1,99}[ \t\n]{0,40}[\])}/|!>]"""
)
#: The start of such a list of words, up to one of them.
_WORDS_BEFORE: Final = lazy_re(r"(?:%[wi]|\bqw|~w)[ \t]?[\[({/|!<][\w@./ \t\n-]*$")
#: What stands before a list of the names that a program takes from a module, as in Perl.
_TAKES: Final = lazy_re(r"[ \t]*use\b")
_ITEM: Final = lazy_re(r"[\w@./-]+")
#: How much of a list is looked at before one of its items.
_LIST_BEFORE: Final = 1_000
#: A pattern for all names with some ends, and what tells that a program walks a tree, with where it begins.
_SEARCH: Final = lazy_re(r"""["'`](?:\./)?(?:\*\*?/){0,8}\*(\.\w{1,12}(?:\.\w{1,12})?|\.\{[\w., ]{1,60}\})["'`]""")
_WALK: Final = lazy_re(r"""(?:[wW]alk|[rR]ecursive)[\w.]{0,30}(?:\([ \t]{0,8}["'`]([^"'`\n]{1,100})["'`])?""")
_COMPARED_END: Final = lazy_re(
    r"""(?:with|[sS]uffix|[eE]xt(?:name|ension)?)\b[^"'`\n]{0,60}["'`](\.\w{1,12})["'`]""", re.IGNORECASE
)
_QUOTED_PATH: Final = lazy_re(r"""["'`]([\w@.*/-]{1,100})["'`]""")
#: What prose includes: a directive of reStructuredText or MyST with its argument or the option that names a file, one
#: of AsciiDoc, a template or a snippet in Markdown, and an image; what mdBook, VitePress and VuePress, docsify, Quarto
#: and Org include, and a block of snippets.
_INCLUDED: Final = lazy_re(
    r"""^[ \t]{0,40}\.\.[ \t]{1,8}(?:\|[^|\n]{1,80}\|[ \t]{1,8})?[\w:-]{1,40}::[ \t]{1,8}([^\s<>]{1,300})"""
    r"""|^[ \t]{0,40}[`:~]{3,8}\{[\w:-]{1,40}\}[ \t]{1,8}([^\s<>]{1,300})"""
    r"""|^[ \t]{0,40}:(?:file|source|path):[ \t]{1,8}(\S{1,300})"""
    r"""|\b(?:include|image)::?([^\s\[]{1,300})\["""
    r"""|\{[%{!][^"'{}\n]{0,100}["']([^"'\n]{1,300})["']"""
    r"""|\{!>?[ \t]{0,8}([^\s"'{}!]{1,300})"""
    r"""|-8<-[-]*[ \t]{0,8}["']([^"'\n]{1,300})["']"""
    r"""|!\[[^\]\n]{0,200}\]\(([^()\s]{1,300})\)"""
    r"""|\{\{#\w{1,30}[ \t]{1,8}(?:\d{1,4}:)?([^\s{}:]{1,300})"""
    r"""|^[ \t]{0,8}<<<[ \t]{1,8}([^\s{}#]{1,300})"""
    r"""|<!--[ \t]{0,8}@include:[ \t]{0,8}([^\s{}#]{1,200}?)(?:[ \t]{0,8}-->|[{#])"""
    r"""|@\[code[^\]\n]{0,80}\]\(([^()\s]{1,300})\)"""
    r"""|\]\(([^()\s"']{1,300})[ \t]{1,8}["']:include"""
    r"""|\{\{[<%][ \t]{0,8}include[ \t]{1,8}([^\s{}"'<>]{1,300})"""
    r"""|^[ \t]{0,8}#\+include:[ \t]{0,8}["']([^"'\n]{1,300})["']"""
    r"""|^-{1,4}8<-{1,4}[ \t]{0,8}\n([^\s]{1,300})[ \t]{0,8}\n""",
    re.MULTILINE | re.IGNORECASE,
)
#: A part of a file that is included, behind its path.
_SECTION: Final = lazy_re(r"(?<=[\w)]):[\w:-]*$")
_ATTRIBUTE: Final = lazy_re(r"^:([\w-]{1,60}):[ \t]{1,8}(\S{1,200})", re.MULTILINE)
_ATTRIBUTE_USE: Final = lazy_re(r"\{([\w-]{1,60})\}")
#: What shows that a text in quotes is a command.
_RUNS: Final = lazy_re(r"exec|spawn|system|run|shell|cmd|popen|call|command|\bsh\b|%x|\$", re.IGNORECASE)
#: What stands before a path without quotes that code takes in: `url(../a.png)`, `include ../a.md`, `{{> parts/a }}`.
_TAKES_IN: Final = lazy_re(
    r"(?:\burl\([ \t]*"
    r"|^[ \t]*[@+%-]?[ \t]*(?:include|import|from|extends|use|forward|require|append|prepend)(?::[\w-]+)?[ \t]+"
    r"|\{\{~?>[ \t]*)$"
)
#: What may follow such a path.
_ENDS_THERE: Final = ("\n", "\r", ";", ")", "}", "?", "#", "!")
#: The value that stands in front of a path in some settings, as in `%workspace%/docs`.
_PLACEHOLDER: Final = lazy_re(r"%[\w.]+%|%~\w+")
_IDENTIFIER: Final = lazy_re(r"[^\W\d]\w*")
_MODULE: Final = lazy_re(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")


@dataclass(frozen=True, slots=True)
class Named:
    """A path in a text, as it is written, with `/`: relative, or with a slash at the start.

    `at` is its place in the text. `module`: it may be the name of a module, without the end of the file's name.
    `exact`: it only counts if there is such a file or directory. `up` is the number of directories to go up first.
    `absolute`: it may be a path in the image. `open`: more may follow, such as the value of a variable. `beside` are
    the items of the list that it is in, where it only counts if there is each of them, and `together` is the path that
    they are together, which counts as well. `written`: what stands before says that it is the path of what is written.
    `beside_only`: it is what a program in JavaScript imports by a relative path, from beside its file if it is there.
    """

    path: str
    at: int
    module: bool = False
    exact: bool = False
    up: int = 0
    absolute: bool = False
    open: bool = False
    beside: tuple[str, ...] = ()
    together: str = ""
    written: bool = False
    beside_only: bool = False


def says_path(name: str) -> bool:
    """Whether the name of a value or a function says that it is, or takes, a path."""
    return not {part.lower() for part in _PART.findall(name)}.isdisjoint(texts().paths_follow)


def says_label(name: str) -> bool:
    """Whether the name of a value says that it is a label or a mode."""
    parts = _PART.findall(name)
    return bool(parts) and parts[-1].lower() in texts().labels_follow


def follows_path(text: str, at: int) -> bool:
    """Whether what stands right before a place in its line shows that a path follows, as in `load("…`."""
    before = text[max(0, at - _BEFORE) : at].rpartition("\n")[2].rpartition(";")[2]
    return any(map(says_path, _NAME.findall(before)[-_NAMES:]))


def is_comment(text: str, at: int) -> bool:
    """Whether a place is in a comment that is a line of its own."""
    return _COMMENT.match(text[max(0, at - _LONGEST) : at].rpartition("\n")[2]) is not None


def parts_in(text: str, kind: TextKind) -> Iterator[str]:
    """The words that may be the names of directories in a path: in no comment, and no beginnings of other names.

    In code they stand in quotes, beside a slash, alone in parentheses, or are symbols.
    """
    for found in WORD.finditer(text):
        at, end = found.span()
        before, after = text[at - 1 : at], text[end : end + 1]
        begins = after == "." and _in_word(text[end + 1 : end + 2])
        around = _is_one_of(before, _AROUND_PARTS) or _is_one_of(after, "/\\")
        if (around or kind is not TextKind.CODE) and not begins and not is_comment(text, at):
            yield found[0]


def words_in(data: bytes) -> list[bytes]:
    """The words in a text, in which names are searched for."""
    return data.translate(_SPACES).split()


def may_search(data: bytes) -> bool:
    """Whether a text may search directories for files by the ends of their names; cheaper than to find out."""
    if b'"*.' in data or b"'*." in data or b"/*." in data or b"`*." in data:
        return True
    return (b"alk" in data or b"ecursive" in data) and (b'".' in data or b"'." in data)


def searched_in(text: str, python: bool = False) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """The ends of names that a program searches for: where in a text, the end, and the names of directories beside it.

    Where one of the directories exists, the program mostly searches there.
    """
    for found in _SEARCH.finditer(text):
        if is_comment(text, found.start()) or (python and text[found.start()] == "`"):
            continue
        start = text.rfind("\n", 0, found.start()) + 1
        end = text.find("\n", found.end())
        line = text[max(start, found.start() - _LONGEST) : min(end if end >= 0 else len(text), found.end() + _LONGEST)]
        near = tuple(path for path in _QUOTED_PATH.findall(line) if "*" not in path)
        for name in found[1].removeprefix(".{").removesuffix("}").split(","):
            yield found.start(), f".{name.strip().removeprefix('.')}", near
    walks = _WALK.findall(text)
    if walks:
        for found in _COMPARED_END.finditer(text):
            if not is_comment(text, found.start()):
                yield found.start(), found[1], tuple(filter(None, walks))


def first_word(name: str) -> str:
    """The word of a name that is searched for, "" for none."""
    found = WORD.search(name)
    return "" if found is None else found[0]


def named_in(text: str, kind: TextKind, python: bool, words: Collection[str]) -> Iterator[Named]:
    """What a text names by paths with one of some words in them."""
    if kind is TextKind.PROSE:
        yield from _included(text, words)
        return
    seen: set[int] = set()
    bases = cache(lambda: frozenset(name for found in _BASE.findall(text) for name in found if name))
    for at, word in words_at(text, words):
        start, end = _path_around(text, at, at + len(word))
        # Python has no strings in backticks: only its docstrings write names like that.
        if start not in seen and not (python and text[start - 1 : start] == "`"):
            seen.add(start)
            named = _Place(text, start, end, bases).named(kind)
            if named is not None:
                yield named
    if python:
        yield from _imports(text, words)


def _included(text: str, words: Collection[str]) -> Iterator[Named]:
    """The paths of files that a prose includes, those of AsciiDoc with the attributes of the text in them."""
    attributes: dict[str, str] = dict(_ATTRIBUTE.findall(text)) if "{" in text else {}
    for found in _INCLUDED.finditer(text):
        path = next(filter(None, found.groups()))
        if "{" in path:
            path = _ATTRIBUTE_USE.sub(lambda use: attributes.get(use[1], ""), path)
        path = _SECTION.sub("", path.strip()).removeprefix("@/")
        parts = [part for part in path.split("/") if part not in ("", ".")]
        up = next((count for count, part in enumerate(parts) if part != ".."), len(parts))
        if "://" not in path and not words_of(parts).isdisjoint(words) and ".." not in parts[up:]:
            yield Named("/".join(parts[up:]), found.start(), exact=True, up=up)


def words_at(text: str, words: Collection[str]) -> Iterator[tuple[int, str]]:
    """Where some words are in a text: each at most so many times as places are looked at."""
    if len(words) > _MAX_SEARCHES:
        # One pass for all of them in place of one for each.
        left = dict.fromkeys(words, _MAX_PLACES)
        for found in WORD.finditer(text):
            if left.get(found[0], 0):
                left[found[0]] -= 1
                yield found.start(), found[0]
        return
    for word in sorted(words):
        at, places = text.find(word), 0
        while at >= 0 and places < _MAX_PLACES:
            end = at + len(word)
            if not _in_word(text[at - 1 : at] if at else "") and not _in_word(text[end : end + 1]):
                places += 1
                yield at, word
            at = text.find(word, end)


def _path_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the path around a word starts and ends."""
    behind = _PATH.match(text, end, end + _LONGEST)
    before = _PATH.match(text[max(0, start - _LONGEST) : start][::-1])
    return start - (0 if before is None else before.end()), end if behind is None else behind.end()


def _is_one_of(char: str, chars: str) -> bool:
    return bool(char) and char in chars


def _in_word(char: str) -> bool:
    return bool(char) and (char.isalnum() or char in "_-")


@dataclass(frozen=True, slots=True)
class _Place:
    """A path in a text, from `start` to `end`; `bases` gives the variables with which paths in it begin."""

    text: str
    start: int
    end: int
    bases: Callable[[], Collection[str]]

    def named(self, kind: TextKind) -> Named | None:
        """What the path names; None where it is no path, or only spoken of."""
        before, after = self._char(self.start - 1), self.text[self.end : self.end + 1]
        path = self.text[self.start : self.end].replace("\\\\", "/").replace("\\", "/").rstrip(".,")
        if before == ":" and path.startswith("//"):
            scheme = _SCHEME.search(self._line())
            if scheme is None or scheme[1] not in texts().schemes:
                return None
            path = path[2:]
        directive = self._directive()
        if directive is False and (before == "`" or not self._is_quoted(before, after)):
            # What is commented out is in quotes; prose has names in backticks.
            return None
        if directive or kind is TextKind.BUILD:
            return self._read(path, before, exact=False)
        if "/" in path.strip("./"):
            return self._of_path(path, before, kind)
        return self._of_word(path, before, after, kind)

    def _char(self, at: int) -> str:
        return self.text[at] if at >= 0 else ""

    def _directive(self) -> bool | None:
        """Whether the line is a comment that is part of the program; False for another comment, None for none."""
        line = self._line()
        if line.lstrip().startswith(texts().directives):
            return True
        return False if _COMMENT.match(line) else None

    def _of_path(self, path: str, before: str, kind: TextKind) -> Named | None:
        """A path with a slash: in code it counts inside of a text in quotes."""
        if kind is TextKind.CODE and not self._in_quotes(path, before):
            return None
        exact = path.startswith("/") and _is_one_of(before, _QUOTES) and not self._is_joined()
        return self._read(path, before, exact)

    def _of_word(self, path: str, before: str, after: str, kind: TextKind) -> Named | None:
        """A single name: of a file, with an end such as `.md`, or a word that stands where a path does."""
        name = path.strip("/")
        if name.startswith("./"):
            name = name[2:]
        is_file = "." in name.strip(".") or name.startswith(".")
        slash = path.endswith("/") or path.startswith(("./", "../"))
        if kind is TextKind.CODE and not self._is_quoted(before, after) and not (is_file and self._is_taken_in()):
            return self._of_list(path)
        if _is_one_of(before, _QUOTES):
            if self._is_compared():
                return None
        elif kind is TextKind.PLAIN and (
            # Behind a value in a text in quotes, as in `"${path.module}/docs"`, is no word of a sentence.
            not self._stands_alone(after) or not (is_file or before == "}" or self._is_outside_quotes())
        ):
            return None
        if not is_file and not slash and (_is_one_of(after, ":=") or self._is_key() or not self._follows_path()):
            return self._of_list(path)
        rooted = path.startswith("/") and _is_one_of(before, _QUOTES) and not self._is_joined()
        if rooted and not is_file:
            return None
        if kind is TextKind.CODE and _is_one_of(before, _QUOTES):
            # The parts of a path may be in quotes one by one, as in `root / "docs" / "a.md"`.
            joined = tuple(_joined_parts(self.text, self.end))
            # They may be other arguments as well, as in `read("a.md", "utf8")`.
            return self._read(
                "/".join((path, *joined)), before, exact=(is_file and not joined) or rooted, joined=bool(joined)
            )
        return self._read(path, before, exact=is_file or rooted)

    def _of_list(self, path: str) -> Named | None:
        """A word in a list of words, such as `["docs", "tests"]`: directories that a program goes through."""
        before = self.text[max(0, self.start - _LIST_BEFORE) : self.start]
        marked = _WORDS_BEFORE.search(before)
        opened = marked.start() if marked is not None else max(before.rfind(char) for char in "[({")
        # The words in parentheses are mostly the arguments of a function, and those in brackets may be a key.
        at = self.start - len(before) + opened
        if opened < 0 or (marked is None and _IDENTIFIER.match(self._char(at - 1)) and self._char(at) == "("):
            return None
        found = _LIST.match(self.text, at)
        if found is None or found.end() < self.end or (marked is not None and _TAKES.match(self._line())):
            return None
        written = found[0][2:] if marked is not None else found[0]
        items = [item.strip("/") for item in _ITEM.findall(written)]
        return Named(
            path.strip("/"),
            self.start,
            exact=True,
            module=True,
            beside=tuple(dict.fromkeys(items)),
            together="/".join(items),
        )

    def _read(self, path: str, before: str, exact: bool, joined: bool = False) -> Named | None:
        is_open = joined or path.endswith("/") or "*" in path or "%" in path or self._goes_on()
        if _is_one_of(before, "$%") or (before == ":" and _QUALIFIED.search(self._line()) is not None):
            # The name of a variable stands at the start.
            path = path.partition("/")[2]
        elif _is_one_of(before, "})"):
            path = path.lstrip("/")
        path = path.split("*")[0] if "*" in path else path
        parts = [part for part in path.split("/") if part not in ("", ".")]
        up = next((count for count, part in enumerate(parts) if part != ".."), len(parts))
        rest = [part for part in parts[up:] if part != ".."]
        while rest and (rest[0] in ("@", "~", "%s", "%") or _PLACEHOLDER.fullmatch(rest[0])):
            del rest[0]
        if not rest:
            return None
        return Named(
            "/".join(rest),
            self.start,
            module=not path.endswith("/"),
            exact=exact,
            up=up,
            absolute=path.startswith("/") and before not in ("}", ")"),
            open=is_open,
            written=self._is_written(),
            beside_only=path.startswith("./") and _IMPORTED.search(self._line()) is not None,
        )

    def _is_written(self) -> bool:
        """Whether the option or the name of the value before the path says that something is written there."""
        line = self._line()
        option = _OPTION.search(line)
        if option is not None:
            return option[1] in known_commands().outputs
        target = _TARGET.match(line)
        parts = _PART.findall(target[0]) if target is not None else ()
        return not {part.lower() for part in parts}.isdisjoint(texts().written_follow)

    def _goes_on(self) -> bool:
        """Whether something is put behind the path: a value in the text, or another text behind the quote."""
        after = self.text[self.end : self.end + 20]
        return after[:1] in tuple("${#<[(") or after[1:].lstrip()[:1] in ("+", ".", "~", "&")

    def _is_quoted(self, before: str, after: str) -> bool:
        """Whether quotes, or brackets like those of `#include <x>`, stand around the path."""
        return _is_one_of(before, "\"'`<})") and (not after or after in "\"'`>?#!:{$%")

    def _in_quotes(self, path: str, before: str) -> bool:
        """Whether the path begins a text in quotes, or is in one that is no sentence: a command, or an address."""
        if _is_one_of(before, _QUOTES):
            return True
        line = self._line()
        if self._is_taken_in():
            return True
        if not any(quote in line for quote in _QUOTES):
            return False
        joined = _is_one_of(before, "})=@<:")
        return joined or path.startswith(("./", "../", "/")) or _RUNS.search(line) is not None

    def _is_taken_in(self) -> bool:
        """Whether what stands before the path says that it is taken in, without quotes."""
        after = self.text[self.end : self.end + 4].lstrip(" ")
        return after.startswith(_ENDS_THERE) == bool(after) and _TAKES_IN.search(self._line()) is not None

    def _line(self) -> str:
        """What stands before the path in its line, as far as it is looked at."""
        return self.text[max(0, self.start - _LONGEST) : self.start].rpartition("\n")[2]

    def _is_joined(self) -> bool:
        """Whether something is put before the text in quotes, as in `root + "/docs"`."""
        return self.text[max(0, self.start - 20) : self.start - 1].rstrip()[-1:] in ("+", ".", ",", ")")

    def _is_key(self) -> bool:
        """Whether the word is the key of a value, as in `"test": …` or `'test' => …`."""
        return self.text[self.end + 1 : self.end + 20].lstrip().startswith((":", "=>"))

    def _follows_path(self) -> bool:
        """Whether what stands before a word shows that it is a path, as in `static("docs")` or `root / "docs"`."""
        before = self.text[max(0, self.start - _BEFORE) : self.start - 1].rstrip()
        if before[-1:] in ("/", "+"):
            return True
        names = _NAME.findall(self._outside_quotes(before).rpartition(";")[2])[-_NAMES:]
        word = self.text[self.start : self.end]
        if before.endswith("=") and names and names[-1].lower() == word and word != _MODE:
            # A constant such as DOCS = "docs".
            return True
        if before.endswith((":", "=")) and names and says_label(names[-1]):
            return False
        if self._is_base(before):
            return True
        return any(map(says_path, names))

    def _outside_quotes(self, before: str) -> str:
        """What stands before a text in quotes, without the other texts of a list: these are no names of functions."""
        quote = self._char(self.start - 1)
        if not _is_one_of(quote, _QUOTES):
            return before
        pieces = before.split(quote)
        # From the end, every second piece is in quotes; a key, as in `"assets": `, says what follows.
        inner = {at for at in range(len(pieces) - 2, -1, -2) if pieces[at + 1].lstrip().startswith(",")}
        return " ".join(piece for at, piece in enumerate(pieces) if at not in inner)

    def _is_base(self, before: str) -> bool:
        """Whether the word is the value of a variable, or a default for it, with which paths in the text begin."""
        found = _ASSIGNED_TO.search(before.rpartition("\n")[2])
        return found is not None and next(filter(None, found.groups())) in self.bases()

    def _is_compared(self) -> bool:
        """Whether the text in quotes is only compared with another one."""
        before = self.text[max(0, self.start - 20) : max(0, self.start - 1)].rstrip().lower()
        return before.endswith(_COMPARISONS)

    def _is_outside_quotes(self) -> bool:
        """Whether no text in quotes, such as a message with several words, has begun before in the line."""
        line = self._line()
        return not any(line.count(quote) % 2 for quote in '"`')

    def _stands_alone(self, after: str) -> bool:
        """Whether an unquoted word is a value, and not part of a sentence."""
        before = self.text[max(0, self.start - 20) : self.start].rstrip(" \t")[-1:]
        return after in ("", "\n", "\r", *";,)]}<&#'", '"') or before in (*":=-[(,>'", '"')


def _joined_parts(text: str, at: int) -> Iterator[str]:
    """The names in quotes that follow a text in quotes which ends at a place."""
    for _ in range(_MAX_PARTS):
        found = _NEXT_PART.match(text, at)
        if found is None:
            return
        yield found[1]
        at = found.end() - 1


def _imports(text: str, words: Collection[str]) -> Iterator[Named]:
    """The modules that a Python text imports with one of the words in their names."""
    for found in _IMPORT.finditer(text):
        module, names, plain = found[1], found[2], found[3]
        imported = _from(module, names) if module else (part.split(" as ")[0].strip() for part in plain.split(","))
        for name in imported:
            parts = name.lstrip(".").split(".")
            if not words_of(parts).isdisjoint(words):
                up = max(0, len(name) - len(name.lstrip(".")) - 1)
                path = "/".join(part for part in parts if part)
                if path:
                    yield Named(path, found.start(), True, True, up)


def _from(module: str, names: str) -> Iterator[str]:
    yield module
    joint = "" if module.endswith(".") else "."
    for name in names.strip("() \t\n").split(","):
        first = _IDENTIFIER.match(name.strip())
        if first is not None:
            yield f"{module}{joint}{first[0]}"


def words_of(parts: Collection[str]) -> set[str]:
    """The words that names are searched for by."""
    return {first_word(part) for part in parts}
