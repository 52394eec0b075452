"""Whether a text names a path only to exclude it: in a list of what a copy, a search or a backup excludes."""

from typing import Final

from ctxopt.catalogue.texts import texts
from ctxopt.core.lazy_re import lazy_re

#: How much of a text before a name is looked at, and how many brackets around it.
_BEFORE: Final = 2_000
_BRACKETS: Final = 4
_HEAD: Final = 120
#: The name of a value that follows, with what stands between the two: `exclude: `, `IGNORED: set[str] = `, `skip(`.
_NAME: Final = lazy_re(
    r"([A-Za-z_][\w-]*)[\"']?[ \t]*(?::[ \t]*[\w.\[\], |]{1,40}(?==))?[ \t]*(=>|:=|\+=|[:=])?\s*"
    r"(?:\[\]string|map\[\w+\](?:bool|struct\{\})|vec!|&|new[ \t]+\w+|\w*set|list|tuple)?[ \t]*$"
)
_PART: Final = lazy_re(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
#: A command of a script that does without the files which it names.
_MAKES: Final = lazy_re(r"(?:^|[;&|({])[ \t]*(?:sudo[ \t]+)?(?:touch|mkdir|rm[ \t]+-\w*f\w*)[ \t][^;&|`$]*$")
_CLOSES: Final = {"]": "[", ")": "(", "}": "{"}
_ITEM: Final = lazy_re(r"[ \t]*-[ \t]")
_IN_LIST: Final = lazy_re(r"[ \t]*(?:-[ \t]|#|$)")
_KEY: Final = lazy_re(r"[ \t]*(?:-[ \t]+)?[\"']?([A-Za-z_][\w-]*)[\"']?[ \t]*:[ \t]*$")


def is_excluded_there(text: str, at: int) -> bool:
    """Whether the path that begins at a place of a text, without the quote before it, is one of what is excluded.

    So is what a command of a script only makes, or removes if it is there.
    """
    before = text[max(0, at - _BEFORE) : at].rstrip("\"'`")
    if _MAKES.search(before.rpartition("\n")[2]):
        return True
    return _is_named_so(before, "") or _is_in_brackets(before) or _is_item(before)


def _is_in_brackets(before: str) -> bool:
    """Whether one of the brackets that are open at the end belongs to a list of what is excluded."""
    depth = found = 0
    for at in range(len(before) - 1, -1, -1):
        char = before[at]
        if char in _CLOSES:
            depth += 1
        elif char in "[({":
            if depth:
                depth -= 1
                continue
            if _is_named_so(before[:at], char):
                return True
            found += 1
            if found == _BRACKETS or (char == "{" and not before[:at].rstrip().endswith(("=", ":", "=>", "("))):
                return False
        elif char == ";" and not depth:
            return False
    return False


def _is_named_so(before: str, bracket: str) -> bool:
    """Whether what stands before a value names it as what is excluded; a `bracket` may follow a name at once."""
    found = _NAME.search(before[-_HEAD:])
    return found is not None and bool(found[2] or bracket == "(") and leaves_out(found[1])


def _is_item(before: str) -> bool:
    """Whether a path is an item of such a list in YAML."""
    lines = before.split("\n")
    if not _ITEM.match(lines[-1] + " "):
        return False
    key = next((line for line in reversed(lines[:-1]) if not _IN_LIST.match(line)), "")
    found = _KEY.match(key.rstrip())
    return found is not None and leaves_out(found[1])


def leaves_out(name: str) -> bool:
    """Whether a name says that its value is excluded, and nothing else: `exclude`, `IGNORED_DIRS`."""
    parts = {part.lower() for part in _PART.findall(name)}
    return not parts.isdisjoint(texts().excluded) and parts.issubset((*texts().excluded, *texts().excluded_from))
