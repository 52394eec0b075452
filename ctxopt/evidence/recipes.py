"""The recipes of Makefiles and justfiles: what a target runs, and what it needs first."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Final

from ctxopt.core.golang.match import BadPattern, has_wildcards, match
from ctxopt.core.lazy_dataclass import dataclass

#: `name := value` and the like, after `export` or `override`.
_ASSIGNMENT: Final = re.compile(r"(?:export[ ]+|override[ ]+)*([\w.-]+)[ \t]*(\?=|:{0,3}=|\+=|!=)[ \t]*(.*)")
#: A variable; what its words end with instead, as in `$(SRC:.c=.o)`, says nothing of what they are made from.
_ENDINGS: Final = r"(?::[^(){}=]*=[^(){}]*)?"
_VARIABLE: Final = re.compile(rf"\$(?:\(([\w.-]+){_ENDINGS}\)|\{{([\w.-]+){_ENDINGS}\}}|([A-Za-z]))")
_JUST_VARIABLE: Final = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")
_SHELL: Final = re.compile(r"\$\(shell[ ]+")
_INCLUDE: Final = re.compile(r"-?s?include[ \t]+(.+)")
_VPATH: Final = re.compile(r"vpath[ \t]+\S+[ \t]+(.+)")
#: What cannot be followed without doing what make does: rules that are made by a macro, and other programs in make.
_OPAQUE: Final = re.compile(r"\$[({](?:eval|guile)\b")
#: A function that stands for lines of the file.
_FUNCTIONS: Final = ("$(call ", "${call ", "$(foreach ", "${foreach ", "$(if ", "${if ")
#: Macros, which a line calls with arguments, and conditions: all of their branches count.
_DEFINE: Final = re.compile(r"(?:override[ ]+)?define[ \t]+([\w.-]+)[ \t]*(?:[:?+]?=)?[ \t]*")
_CALL: Final = re.compile(r"\$[({]call[ \t]+([\w.-]+)[ \t]*(,?)")
_CONDITION: Final = re.compile(r"(?:ifeq|ifneq|ifdef|ifndef|else|endif)\b")
#: The words of a list of files, whatever functions are around them.
_NAMES: Final = re.compile(r"[^\s(),${}]+")
_RULE: Final = re.compile(r"([^:=#\t][^:=#]*?)[ \t]*::?(?!=)[ \t]*([^;#]*)(?:;(.*))?")
_JUST_IMPORT: Final = re.compile(r"(?:import|mod)\??(?:[ \t]+[\w-]+)?[ \t]+['\"]([^'\"]+)['\"][ \t]*")
_JUST_RULE: Final = re.compile(r"@?([A-Za-z_][\w-]*)((?:[ ]+[^:]*)?):(?!=)[ \t]*(.*)")
#: Maximum length of a line in which variables were replaced.
_LONGEST: Final = 8_000
#: Maximum number of calls of macros, or of a shell, in one line.
_MAX_CALLS: Final = 50
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

    `always` are commands that run whatever the target is. `included` are files that have to be read as well, `searched`
    the directories in which make looks for what a target needs. `opaque` says that the file makes rules that are not
    written in it, so that every word of it may be needed.
    """

    by_name: dict[str, Recipe] = field(default_factory=dict)
    always: list[str] = field(default_factory=list)
    included: list[str] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
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
        return match(pattern.replace("%", "*").replace("**", "*").replace("/", "|"), name.replace("/", "|"))
    except BadPattern:
        return False


def makefile(text: str, variables: dict[str, str] | None = None) -> Recipes:
    """The recipes of a Makefile; `variables` are those of a file that includes it, and get those of this one."""
    known = variables if variables is not None else dict(_KNOWN)
    recipes = Recipes()
    current: list[Recipe] = []
    lines = _without_macros(_lines(text), known)
    for line in lines:
        if line.startswith("\t"):
            for recipe in current:
                recipe.lines.append(line.strip().lstrip("@-+ "))
        elif line.strip() and not _CONDITION.match(line.strip()):
            current = _statement(line.strip(), recipes, known)
    for recipe in {id(recipe): recipe for recipe in recipes.by_name.values()}.values():
        # The shell sees one dollar of two.
        recipe.lines = [
            one.replace("$$", "$") for line in recipe.lines for one in _called(_replaced(line, known), known)
        ]
    return recipes


def _without_macros(lines: Iterable[str], known: dict[str, str]) -> Iterator[str]:
    """The lines that are in no macro; the macros are added to the variables."""
    name, body = "", list[str]()
    for line in lines:
        found = None if name else _DEFINE.fullmatch(line.strip())
        if name and line.strip() == "endef":
            known[name] = "\n".join(body)[:_LONGEST]
            name, body = "", []
        elif name:
            body.append(line.strip().lstrip("@-+ "))
        elif found is not None:
            name = found[1]
        else:
            yield line


def _called(line: str, known: Mapping[str, str]) -> Iterator[str]:
    """A line, and those of the macros that it calls, with its arguments in them."""
    yield from line.split("\n")
    for found in list(_CALL.finditer(line))[:_MAX_CALLS]:
        given = [argument.strip() for argument in _inner(line, found.end()).split(",")] if found[2] else []
        body = known.get(found[1], "")
        for number, argument in enumerate(given, 1):
            body = body.replace(f"$({number})", argument).replace(f"${{{number}}}", argument)
        yield from _replaced(body, known).split("\n")


def _inner(text: str, start: int) -> str:
    """What stands before the bracket that closes the one around a place."""
    depth, at = 1, start
    while at < len(text) and depth:
        depth += (text[at] in "({") - (text[at] in ")}")
        at += 1
    return text[start : at - (not depth)]


def _statement(line: str, recipes: Recipes, known: dict[str, str]) -> list[Recipe]:
    """Read a line that is in no recipe; returns the recipes that it begins."""
    assigned = _ASSIGNMENT.fullmatch(line)
    if assigned is not None:
        _assign(assigned[1], assigned[2], assigned[3], recipes, known)
        return []
    searched = _VPATH.fullmatch(line)
    if searched is not None:
        recipes.searched += _directories(searched[1], known)
        return []
    included = _INCLUDE.fullmatch(line)
    if included is not None:
        recipes.included += _replaced(included[1], known).split()
        return []
    rule = None if _OPAQUE.search(line) else _RULE.fullmatch(line)
    if rule is None or rule[1].startswith(_FUNCTIONS):
        recipes.opaque |= _OPAQUE.search(line) is not None or line.startswith(_FUNCTIONS)
        return []
    needs = [word for word in _NAMES.findall(_replaced(rule[2], known)) if word != "|"]
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
    if name == "VPATH":
        recipes.searched += _directories(value, known)
    if how == "!=":
        value = f"$(shell {value})"
    elif how in (":=", "::=", ":::="):
        value = _replaced(value, known)
    if how in ("!=", ":=", "::=", ":::="):
        recipes.always += list(shell_texts(value))
    known[name] = f"{known.get(name, '')} {value}"[:_LONGEST] if how == "+=" else value[:_LONGEST]


def _directories(text: str, known: Mapping[str, str]) -> list[str]:
    """The directories of a list that is separated by spaces or colons."""
    return [word for word in _NAMES.findall(_replaced(text, known).replace(":", " ")) if word != "."]


def shell_texts(text: str) -> Iterator[str]:
    """The texts that `$(shell …)` passes to a shell."""
    for found in list(_SHELL.finditer(text))[:_MAX_CALLS]:
        yield _inner(text, found.end())


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
        elif (other := _JUST_IMPORT.fullmatch(line)) is not None:
            recipes.included.append(other[1])
        elif rule is not None:
            current = recipes.by_name.setdefault(rule[1], Recipe())
            current.needs += [word.strip("()") for word in rule[3].split() if word != "&&"]
    return recipes
