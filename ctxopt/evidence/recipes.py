"""The recipes of Makefiles and justfiles: what a target runs, and what it needs first."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Final, NamedTuple

from ctxopt.core.golang.match import BadPattern, has_wildcards, match
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.make_text import LONGEST, Expansion, Listed, automatic, inner, stem_of

#: `name := value` and the like, after `export` or `override`.
_ASSIGNMENT: Final = lazy_re(r"(?:export[ ]+|override[ ]+)*([\w.-]+)[ \t]*(\?=|:{0,3}=|\+=|!=)[ \t]*(.*)")
_JUST_VARIABLE: Final = lazy_re(r"\{\{\s*([\w-]+)\s*\}\}")
_SHELL: Final = lazy_re(r"\$\(shell[ ]+")
_INCLUDE: Final = lazy_re(r"-?s?include[ \t]+(.+)")
_VPATH: Final = lazy_re(r"vpath[ \t]+\S+[ \t]+(.+)")
#: What cannot be followed without doing what make does: rules that are made by a macro, and other programs in make.
_OPAQUE: Final = lazy_re(r"\$[({](?:eval|guile)\b")
#: A function that stands for lines of the file.
_FUNCTIONS: Final = ("$(call ", "${call ", "$(foreach ", "${foreach ", "$(if ", "${if ")
#: Macros, which a line calls with arguments, and conditions: all of their branches count.
_DEFINE: Final = lazy_re(r"(?:override[ ]+)?define[ \t]+([\w.-]+)[ \t]*(?:[:?+]?=)?[ \t]*")
_CALL: Final = lazy_re(r"\$[({]call[ \t]+([\w.-]+)[ \t]*(,?)")
_CONDITION: Final = lazy_re(r"(?:ifeq|ifneq|ifdef|ifndef|else|endif)\b")
#: The words of a list of files, whatever functions are around them.
_NAMES: Final = lazy_re(r"[^\s(),${}]+")
_RULE: Final = lazy_re(r"([^:=#\t][^:=#]*?)[ ]?::?(?!=)[ ]?([^#]*)(?:#.*)?")
_BLANKS: Final = lazy_re(r"[ \t]+")
_JUST_IMPORT: Final = lazy_re(r"(?:import|mod)\??(?:[ \t]+[\w-]+)?[ \t]+['\"]([^'\"]+)['\"][ \t]*")
_JUST_RULE: Final = lazy_re(r"@?([A-Za-z_][\w-]*)((?:[ ]+[^:]*)?):(?!=)[ \t]*(.*)")
#: Maximum number of calls of macros, or of a shell, in one line.
_MAX_CALLS: Final = 50
#: Maximum number of lines and needs of the targets that are wanted.
_MOST: Final = 100_000
#: Variables that make sets itself.
_KNOWN: Final = {"MAKE": "make", "CURDIR": ".", "SHELL": "sh", "RM": "rm -f", "MAKEFILE_LIST": "Makefile"}


@dataclass(slots=True)
class Recipe:
    """What a target runs, as lines for a shell; `needs` are the targets, and the files, that it needs first.

    `every`: which targets it needs is not known, so that it may be any whose name is not known either. `stem` is what
    the `%` of its needs stands for, "" where that depends on the target. `guessed`: only a target of which that is not
    known may need it.
    """

    lines: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    every: bool = False
    stem: str = ""
    guessed: bool = False


class _Names(NamedTuple):
    """The names of targets: the first one, the patterns, and those whose names are not known."""

    first: str | None
    patterns: list[str]
    unknown: list[str]


@dataclass(slots=True)
class Recipes:
    """The targets of one file, in their order.

    `always` are commands that run whatever the target is. `included` are files that have to be read as well, `searched`
    the directories in which make looks for what a target needs. `opaque` says that the file makes rules that are not
    written in it, so that every word of it may be needed. `expansion` is that of a Makefile, with what it knows.
    """

    by_name: dict[str, Recipe] = field(default_factory=dict)
    always: list[str] = field(default_factory=list)
    included: list[str] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    opaque: bool = False
    expansion: Expansion | None = None
    #: The names by their shapes, and of how many that was found out.
    _names: "tuple[int, _Names] | None" = field(default=None, init=False, repr=False, compare=False)

    def wanted(self, names: list[str]) -> dict[str, Recipe]:
        """What some names mean, and all that this needs, each by its name; without a name it is the first target."""
        known = self._by_shape()
        waiting = deque(list(names) or ([known.first] if known.first is not None else []))
        unknown = known.unknown
        found: dict[str, Recipe] = {}
        left = _MOST
        guessed: list[str] = []
        is_guess = False
        while waiting or guessed:
            if not waiting:
                waiting, guessed, is_guess = deque(guessed), [], True
            name = waiting.popleft()
            if name in found:
                continue
            found[name] = recipe = Recipe(guessed=is_guess)
            for rule, stem in self._rules(name, known.patterns):
                recipe.needs += [need.replace("%", stem) if stem else need for need in rule.needs]
                recipe.lines += self._lines(rule, name, stem)
                if rule.every:
                    guessed += unknown
                    unknown = []
                left -= len(rule.needs) + len(rule.lines)
                if left < 0:
                    return self.all()
            waiting += recipe.needs
        return found

    def _by_shape(self) -> "_Names":
        """The names by their shapes: a file of a workspace is asked for each command, and for each package again."""
        if self._names is None or self._names[0] != len(self.by_name):
            names = _Names(
                next((name for name in self.by_name if not name.startswith(".") and "%" not in name), None),
                [name for name in self.by_name if "%" in name or has_wildcards(name)],
                [name for name in self.by_name if "$" in name],
            )
            self._names = len(self.by_name), names
        return self._names[1]

    def all(self) -> dict[str, Recipe]:
        """What all targets mean, by their names."""
        return {name: Recipe(list(self._lines(rule, name, "")), rule.needs) for name, rule in self.by_name.items()}

    def _rules(self, name: str, patterns: list[str]) -> Iterator[tuple[Recipe, str]]:
        """The rules for a target, each with what the `%` of its pattern stands for."""
        own = self.by_name.get(name)
        if own is not None:
            yield own, own.stem
        if own is None or (self.expansion is not None and not own.lines and "%" not in name):
            for pattern in patterns:
                stem = _stem(pattern, name)
                if stem is not None:
                    yield self.by_name[pattern], stem

    def _lines(self, recipe: Recipe, name: str, stem: str) -> Iterator[str]:
        """The lines of a recipe for one target, as the shell sees them."""
        if self.expansion is None or "$" in name:
            # The name of the target, if it is one of a Makefile, is not known.
            yield from (line.replace("$$", "$") if self.expansion is not None else line for line in recipe.lines)
            return
        needs = [need.replace("%", stem or "*") for need in recipe.needs]
        for line in recipe.lines:
            # With the name of the target, the functions that have it as an argument are known as well.
            whole = automatic(line, name.replace("%", "*"), stem or "*" * ("%" in name), needs)
            for part in dict.fromkeys((whole, self.expansion.expanded(whole))):
                yield part.replace("$$", "$")


def _stem(pattern: str, name: str) -> str | None:
    """What the `%` of a pattern stands for in the name of a target; "" for another pattern, None if it does not fit."""
    if "%" not in pattern:
        return "" if _fits(pattern, name) else None
    # A pattern without a directory is one for the last part of a name.
    head = "" if "/" in pattern else name[: name.rstrip("/").rfind("/") + 1]
    stem = stem_of(pattern, name[len(head) :])
    return head + stem if stem is not None else stem_of(pattern, name)


def _fits(pattern: str, name: str) -> bool:
    try:
        return match(pattern.replace("**", "*").replace("/", "|"), name.replace("/", "|"))
    except BadPattern:
        return False


def new_expansion(listed: Listed = lambda _: ()) -> Expansion:
    """The expansion of a Makefile before its first line; `listed` finds the files that a pattern in it matches."""
    return Expansion(dict(_KNOWN), listed)


def makefile(text: str, expansion: Expansion | None = None) -> Recipes:
    """The recipes of a Makefile; `expansion` is that of a file which includes it, and learns what this one defines."""
    expansion = expansion if expansion is not None else new_expansion()
    recipes = Recipes(expansion=expansion)
    current: list[Recipe] = []
    for line in _without_macros(_lines(text), expansion):
        if line.startswith("\t"):
            for recipe in current:
                recipe.lines.append(line.strip().lstrip("@-+ "))
        elif line.strip() and not _CONDITION.match(line.strip()):
            current = _statement(_BLANKS.sub(" ", line.strip()), recipes, expansion)
    for recipe in {id(recipe): recipe for recipe in recipes.by_name.values()}.values():
        recipe.lines = [one for line in recipe.lines for one in _called(expansion.expanded(line), expansion)]
    recipes.opaque |= expansion.spent
    return recipes


def _without_macros(lines: Iterable[str], expansion: Expansion) -> Iterator[str]:
    """The lines that are in no macro; the macros are added to the variables."""
    name, body = "", list[str]()
    for line in lines:
        found = None if name else _DEFINE.fullmatch(line.strip())
        if name and line.strip() == "endef":
            expansion.assign(name, "\n".join(body))
            name, body = "", []
        elif name:
            body.append(line.strip().lstrip("@-+ "))
        elif found is not None:
            name = found[1]
        else:
            yield line


def _called(line: str, expansion: Expansion) -> Iterator[str]:
    """A line, and those of the macros that it calls, with its arguments in them."""
    yield from line.split("\n")
    for found in list(_CALL.finditer(line))[:_MAX_CALLS]:
        given = [argument.strip() for argument in inner(line, found.end()).split(",")] if found[2] else []
        body = expansion.known.get(found[1], "")
        for number, argument in enumerate(given, 1):
            body = body.replace(f"$({number})", argument).replace(f"${{{number}}}", argument)
        yield from expansion.expanded(body[:LONGEST]).split("\n")


def _statement(line: str, recipes: Recipes, expansion: Expansion) -> list[Recipe]:
    """Read a line that is in no recipe; returns the recipes that it begins."""
    assigned = _ASSIGNMENT.fullmatch(line)
    if assigned is not None:
        _assign(assigned[1], assigned[2], assigned[3], recipes, expansion)
        return []
    searched = _VPATH.fullmatch(line)
    if searched is not None:
        recipes.searched += _directories(searched[1], expansion)
        return []
    included = _INCLUDE.fullmatch(line)
    if included is not None:
        recipes.included += expansion.expanded(included[1]).split()
        return []
    before, semicolon, command = line.partition(";")
    rule = None if _OPAQUE.search(line) else _RULE.fullmatch(expansion.expanded(before))
    if rule is None or line.startswith(_FUNCTIONS):
        recipes.opaque |= _OPAQUE.search(line) is not None or line.startswith(_FUNCTIONS)
        return []
    pattern, colon, rest = rule[2].partition(":") if "%" in rule[2] else ("", "", rule[2])
    words = rest if colon else rule[2]
    needs = [word for word in _NAMES.findall(words) if word != "|"]
    begun = []
    names = rule[1].split()
    expansion.spend(len(names) * len(needs))
    for name in names if not expansion.spent else ():
        recipe = recipes.by_name.setdefault(name, Recipe())
        recipe.needs += needs
        recipe.every |= "$" in words
        recipe.stem = (stem_of(pattern.strip(), name) or "") if colon else recipe.stem
        recipe.lines += [*shell_texts(words), *([command.strip().lstrip("@-+ ")] if semicolon else [])]
        begun.append(recipe)
    return begun


def _assign(name: str, how: str, value: str, recipes: Recipes, expansion: Expansion) -> None:
    known = expansion.known
    if how == "?=" and name in known:
        # The other value may be that of another branch.
        recipes.always += list(shell_texts(value))
        return
    if name == "VPATH":
        recipes.searched += _directories(value, expansion)
    if how == "!=":
        value = f"$(shell {value})"
    elif how in (":=", "::=", ":::="):
        value = expansion.expanded(value)
    if how in ("!=", ":=", "::=", ":::="):
        recipes.always += list(shell_texts(value))
    expansion.assign(name, f"{known.get(name, '')} {value}" if how == "+=" else value)


def _directories(text: str, expansion: Expansion) -> list[str]:
    """The directories of a list that is separated by spaces or colons."""
    return [word for word in _NAMES.findall(expansion.expanded(text).replace(":", " ")) if word != "."]


def shell_texts(text: str) -> Iterator[str]:
    """The texts that `$(shell …)` passes to a shell."""
    for found in list(_SHELL.finditer(text))[:_MAX_CALLS]:
        yield inner(text, found.end())


def _lines(text: str) -> Iterator[str]:
    """The lines of a text, joined where a backslash ends them, without comments that are lines of their own."""
    joined = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        joined = f"{joined} {line.strip()}" if joined else line
        if joined.endswith("\\") and len(joined) < LONGEST:
            joined = joined[:-1]
            continue
        if not joined.lstrip().startswith("#"):
            yield joined
        joined = ""
    if joined:
        yield joined


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
