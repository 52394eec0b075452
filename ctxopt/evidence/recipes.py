"""The recipes of Makefiles and justfiles: what a target runs, and what it needs first."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final

from ctxopt.core.golang.match import BadPattern, has_wildcards, match
from ctxopt.core.lazy_dataclass import dataclass

#: `name := value` and the like, after `export` or `override`.
_ASSIGNMENT: Final = re.compile(r"(?:export[ ]+|override[ ]+)*([\w.-]+)[ \t]*(\?=|:{0,3}=|\+=|!=)[ \t]*(.*)")
_VARIABLE: Final = re.compile(r"\$(?:\(([\w.-]+)\)|\{([\w.-]+)\}|([A-Za-z]))")
_JUST_VARIABLE: Final = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")
_SHELL: Final = re.compile(r"\$\(shell[ ]+")
_INCLUDE: Final = re.compile(r"-?s?include[ \t]+(.+)")
#: What cannot be followed without doing what make does.
_OPAQUE: Final = re.compile(r"\$[({](?:eval|call|foreach|wildcard|file|guile)\b|^define\b", re.MULTILINE)
_RULE: Final = re.compile(r"([^:=#\t][^:=#]*?)[ \t]*::?(?!=)[ \t]*([^;#]*)(?:;(.*))?")
_JUST_RULE: Final = re.compile(r"@?([A-Za-z_][\w-]*)((?:[ ]+[^:]*)?):(?!=)[ \t]*(.*)")
#: Maximum length of a line in which variables were replaced.
_LONGEST: Final = 8_000
#: Variables that make sets itself.
_KNOWN: Final = {"MAKE": "make", "CURDIR": ".", "SHELL": "sh", "RM": "rm -f"}


@dataclass(slots=True)
class Recipe:
    """What a target runs, as lines for a shell; `needs` are the targets, and the files, that it needs first."""

    lines: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Recipes:
    """The targets of one file, in their order.

    `always` are commands that run whatever the target is. `included` are files that have to be read as well. `opaque`
    says that the file does more than that, so that every word of it may be needed.
    """

    by_name: dict[str, Recipe] = field(default_factory=dict)
    always: list[str] = field(default_factory=list)
    included: list[str] = field(default_factory=list)
    opaque: bool = False

    def wanted(self, names: list[str]) -> list[str]:
        """The targets that some names mean, and all that these need; without a name the first one."""
        first = next((name for name in self.by_name if not name.startswith(".") and "%" not in name), None)
        waiting = list(names) or ([first] if first is not None else [])
        found: dict[str, None] = {}
        while waiting:
            name = waiting.pop(0)
            if name in found:
                continue
            found[name] = None
            if name in self.by_name:
                waiting += self.by_name[name].needs
            else:
                waiting += [other for other in self._patterns if _fits(other, name)]
        return list(found)

    @property
    def _patterns(self) -> list[str]:
        return [name for name in self.by_name if "%" in name or has_wildcards(name)]


def _fits(pattern: str, name: str) -> bool:
    try:
        return match(pattern.replace("%", "*").replace("**", "*"), name.replace("/", "|"))
    except BadPattern:
        return False


def makefile(text: str, variables: dict[str, str] | None = None) -> Recipes:
    """The recipes of a Makefile; `variables` are those of a file that includes it, and get those of this one."""
    known = variables if variables is not None else dict(_KNOWN)
    recipes = Recipes(opaque=_OPAQUE.search(text) is not None)
    current: list[Recipe] = []
    for line in _lines(text):
        if line.startswith("\t"):
            for recipe in current:
                recipe.lines.append(line.strip().lstrip("@-+ "))
            continue
        current = _statement(line.strip(), recipes, known) if line.strip() else current
    for recipe in {id(recipe): recipe for recipe in recipes.by_name.values()}.values():
        recipe.lines = [_replaced(line, known) for line in recipe.lines]
    return recipes


def _statement(line: str, recipes: Recipes, known: dict[str, str]) -> list[Recipe]:
    """Read a line that is in no recipe; returns the recipes that it begins."""
    assigned = _ASSIGNMENT.fullmatch(line)
    if assigned is not None:
        _assign(assigned[1], assigned[2], assigned[3], recipes, known)
        return []
    included = _INCLUDE.fullmatch(line)
    if included is not None:
        recipes.included += _replaced(included[1], known).split()
        return []
    rule = _RULE.fullmatch(line)
    if rule is None:
        return []
    needs = [word for word in _replaced(rule[2], known).split() if word != "|"]
    begun = []
    for name in _replaced(rule[1], known).split():
        recipe = recipes.by_name.setdefault(name, Recipe())
        recipe.needs += needs
        if rule[3]:
            recipe.lines.append(rule[3].strip().lstrip("@-+ "))
        begun.append(recipe)
    return begun


def _assign(name: str, how: str, value: str, recipes: Recipes, known: dict[str, str]) -> None:
    if how == "?=" and name in known:
        return
    if how == "!=":
        value = f"$(shell {value})"
    elif how in (":=", "::=", ":::="):
        value = _replaced(value, known)
    if how in ("!=", ":=", "::=", ":::="):
        recipes.always += list(shell_texts(value))
    known[name] = f"{known.get(name, '')} {value}"[:_LONGEST] if how == "+=" else value[:_LONGEST]


def shell_texts(text: str) -> Iterator[str]:
    """The texts that `$(shell …)` passes to a shell."""
    for found in _SHELL.finditer(text):
        depth, at = 1, found.end()
        while at < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
        yield text[found.end() : at - (not depth)]


def _lines(text: str) -> Iterator[str]:
    """The lines of a text, joined where a backslash ends them, without comments that are lines of their own."""
    joined = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        joined = f"{joined} {line.strip()}" if joined else line
        if joined.endswith("\\") and len(joined) < _LONGEST:
            joined = joined[:-1]
            continue
        if not joined.lstrip().startswith("#"):
            yield joined
        joined = ""
    if joined:
        yield joined


def _replaced(text: str, known: Mapping[str, str]) -> str:
    """A text with the values of variables in it, as deep as they are nested and as long as a line may become."""
    for _ in range(8):
        if "$" not in text or len(text) > _LONGEST:
            break
        before = text
        text = _VARIABLE.sub(lambda found: _value(found, known), text)
        if text == before:
            break
    return text[:_LONGEST]


def _value(found: re.Match[str], known: Mapping[str, str]) -> str:
    name = found[1] or found[2] or found[3]
    return known.get(name, found[0])


def justfile(text: str) -> Recipes:
    """The recipes of a justfile."""
    recipes = Recipes()
    known: dict[str, str] = {}
    current: Recipe | None = None
    for line in _lines(text):
        if line[:1] in (" ", "\t"):
            if current is not None:
                command = line.strip().lstrip("@-")
                current.lines.append(_JUST_VARIABLE.sub(lambda found: known.get(found[1], found[0]), command))
            continue
        assigned = _ASSIGNMENT.fullmatch(line)
        rule = None if assigned is not None else _JUST_RULE.fullmatch(line)
        if assigned is not None:
            known[assigned[1]] = assigned[3].strip().strip("\"'`")
            if "`" in assigned[3]:
                recipes.always.append(known[assigned[1]])
        elif rule is not None:
            current = recipes.by_name.setdefault(rule[1], Recipe())
            current.needs += [word.strip("()") for word in rule[3].split() if word != "&&"]
    return recipes
