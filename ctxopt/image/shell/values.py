"""The values that shell text gives its variables, and the words that a command has with them.

Nothing is run, and no order is followed: a variable has each value that some part of the text gives it.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.shell.model import MOST_VARIANTS
from ctxopt.image.shell.words import source, unquoted

if TYPE_CHECKING:
    from tree_sitter import Node

#: Maximum number of values of a variable, and of words that one word may become.
_MOST: Final = 64
#: Maximum number of replacements for one word, and length of a word with values in it.
_STEPS: Final = 256
_LONGEST: Final = 4096
#: Maximum number of characters that are put together for one word: long values of each other's are no paths.
_CHARACTERS: Final = 50_000
#: A variable, with what follows its name in braces.
_VARIABLE: Final = lazy_re(r"\$\{[!#]?([A-Za-z_]\w*)([^{}]*)\}|\$([A-Za-z_]\w*)")
#: What stands before a value in case that the variable has none, or has one.
_OTHERWISE: Final = lazy_re(r"(?:\[[@*]\])?(?::?[-=+])(.*)", re.DOTALL)
_BRACES: Final = lazy_re(r"(?<!\$)\{([^{},]*(?:,[^{},]*)+)\}")
_KEYED: Final = lazy_re(r"\[[^\]]*\]=")
#: A command that gives a variable what it reads, and those that write their own words.
_READ: Final = lazy_re(rb"\b(?:read|mapfile|readarray)[ \t]+(?:-\w+[ \t]+)*([A-Za-z_]\w*)")
_WRITERS: Final = ("echo", "printf")


class Values:
    """The values of the variables of one text; `given` say which a variable begins with: the first that knows any."""

    def __init__(self, *given: Callable[[str], Sequence[str]]) -> None:
        self._given = given
        self._known: dict[str, dict[str, None]] = {}
        #: The values that variables begin with, of all those that were asked for.
        self._before: dict[str, dict[str, None]] = {}
        self._assigned: dict[str, None] = {}
        self._left = MOST_VARIANTS
        #: What words become with the values that are known by now: most occur many times.
        self._become: dict[str, list[str]] = {}

    @property
    def assigned(self) -> Mapping[str, Sequence[str]]:
        """The values that the text gives by assignments, which a script that it runs, or that runs it, may use."""
        return {name: list(self._known[name]) for name in self._assigned}

    def has(self, name: str, value: str) -> bool:
        """Whether a variable may have a value."""
        return value in self._of(name)

    def see(self, node: "Node") -> None:
        """Note what a node of the text says of values: an assignment, a loop, or a here-document."""
        self._become.clear()
        match node.type:
            case "variable_assignment":
                name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
                if name is not None and value is not None:
                    plain = source(name).partition("[")[0]
                    self._assigned[plain] = None
                    self._give(plain, _values_of(value))
            case "for_statement":
                name = node.child_by_field_name("variable")
                if name is not None:
                    self._give(source(name), map(unquoted, node.children_by_field_name("value")))
            case "pipeline" | "redirected_statement" if _READ.search(node.text or b""):
                words = [word for child in node.children for word in _written(child)][:_MOST]
                for found in _READ.finditer(node.text or b""):
                    self._give(found[1].decode(), words)

    def _give(self, name: str, values: Iterable[str]) -> None:
        known = self._known.setdefault(name, dict(self._of(name)))
        for value in values:
            # A variable that is added to has its own value in front.
            value = _VARIABLE.sub(lambda found: "" if name in (found[1], found[3]) else found[0], value)
            if len(known) < _MOST and len(value) <= _LONGEST:
                known[value] = None

    def _of(self, name: str) -> dict[str, None]:
        """The values that are known of a variable."""
        known = self._known.get(name)
        if known is None:
            known = self._before.get(name)
        if known is None:
            known = self._before[name] = dict.fromkeys(self._given_to(name))
        return known

    def _given_to(self, name: str) -> Sequence[str]:
        """The values that a variable begins with."""
        return next((values for given in self._given if (values := given(name))), ())

    def began_alike(self, *given: Callable[[str], Sequence[str]]) -> bool:
        """Whether the text says the same where others say what its variables begin with."""
        other = Values(*given)
        return all(list(before) == list(other._of(name)) for name, before in self._before.items())

    def variants(self, words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """The words with values in place of variables and braces; as often as each value needs to be in them once."""
        found = self.all_variants(words)[: self._left] if self._left else ()
        self._left -= len(found)
        return found

    def all_variants(self, words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """The same for one command more, however many the others of the text have."""
        if not any("$" in word or "{" in word for word in words):
            return ()
        every = [self.of(word) for word in words]
        count = max(len(others) for others in every)
        made = (
            tuple(part for others in every for part in others[number % len(others)].split() or [""])
            if count > 1
            else tuple(part for word, (other,) in zip(words, every, strict=True) for part in _parts(word, other))
            for number in range(count)
        )
        return tuple(dict.fromkeys(variant for variant in made if variant != tuple(words)))

    def of(self, word: str) -> list[str]:
        """The texts that a word may become: itself, if nothing in it has a value."""
        if "$" not in word and "{" not in word:
            return [word]
        known = self._become.get(word)
        if known is None:
            known = self._become[word] = self._become_of(word)
        return known

    def _become_of(self, word: str) -> list[str]:
        done: dict[str, None] = {}
        waiting = deque([word])
        left = _CHARACTERS
        for _ in range(_STEPS):
            if not waiting or len(done) == _MOST or left < 0:
                break
            text = waiting.popleft()
            others = self._replaced(text)
            if others is None:
                done[text] = None
            else:
                waiting += [other for other in others if len(other) <= _LONGEST]
                left -= sum(map(len, others))
        return list(done) or [word]

    def _replaced(self, text: str) -> list[str] | None:
        """A text with each value of the first variable or braces in it; None without any."""
        braces = _BRACES.search(text)
        if braces is not None:
            return [text[: braces.start()] + part + text[braces.end() :] for part in braces[1].split(",")[:_MOST]]
        for found in _VARIABLE.finditer(text):
            values = list(self._of(found[1] or found[3]))
            otherwise = _OTHERWISE.fullmatch(found[2] or "")
            if otherwise is not None:
                values.append(otherwise[1].strip("\"'"))
            if values:
                return [text[: found.start()] + value + text[found.end() :] for value in values]
        return None


def _parts(word: str, other: str) -> Sequence[str]:
    """The words that a word has become: a value with spaces is several."""
    return (word,) if word == other else other.split()


def _written(node: "Node") -> list[str]:
    """The words that a here-document has, or that a command writes."""
    if node.type == "heredoc_redirect":
        bodies = [child for child in node.children if child.type == "heredoc_body"]
        return [word for body in bodies for word in source(body).split()]
    name = node.child_by_field_name("name") if node.type == "command" else None
    if name is None or source(name) not in _WRITERS:
        return []
    return [word for child in node.children_by_field_name("argument") for word in unquoted(child).split()]


def _values_of(node: "Node") -> Iterator[str]:
    if node.type == "array":
        for item in node.named_children:
            yield _KEYED.sub("", unquoted(item), count=1)
    else:
        yield unquoted(node)
