"""Named commands in files: the scripts of a package.json, the recipes of a Makefile, the environments of tox."""

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.ecosystems import Scripts
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.make_text import Listed
from ctxopt.evidence.recipes import Recipe, Recipes, justfile, makefile, new_expansion
from ctxopt.evidence.trees import tree_of

if TYPE_CHECKING:
    from configparser import RawConfigParser

#: Reads a file that another one includes; None if there is none.
Include = Callable[[str], str | None]

#: Quoted words of source code, of which those of one line are taken as the words of a command.
_QUOTED: Final = lazy_re(r"""["'`]([^"'`\n]{1,500})["'`]""")
#: Keys whose values are commands, in tables that describe a task.
_COMMANDS: Final = (
    "cmd",
    "cmds",
    "command",
    "commands",
    "shell",
    "script",
    "composite",
    "sequence",
    "interpreter",
    "run",
)
_NEEDS: Final = (
    "deps",
    "depends",
    "depends-on",
    "dependsOn",
    "sequence",
    "composite",
    "chain",
    "dependencies",
    "tasks",
    # What a task of Task goes through, or is made from.
    "for",
    "sources",
)
_MAX_INCLUDED: Final = 20
#: A line of a Procfile, or of a file of supervisor, that says what runs.
_COMMAND: Final = lazy_re(r"(?:([\w-]+):|(command|ExecStart)[ \t]*=)[ \t]*(.+)")


def tasks(scripts: Scripts, text: str, include: Include, listed: Listed = lambda _: ()) -> Recipes:
    """The tasks of a file; none if it is malformed. `listed` finds the files that a pattern in it matches."""
    match scripts.format:
        case "make":
            return _made(text, include, listed)
        case "just":
            return _just(text, include)
        case "lines":
            return _commands_of_lines(text)
        case "ini":
            return _ini(text, scripts)
        case "quoted":
            return _quoted(text)
        case _:
            tree = tree_of(text, scripts.format)
            return _with_includes(_tables(tree, scripts), tree, scripts, include)


def named_tasks(recipes: Recipes, patterns: list[str]) -> list[str]:
    """The names of tasks that some words mean, which may have wildcards."""
    found: dict[str, None] = {}
    for pattern in patterns:
        if "*" in pattern:
            found |= dict.fromkeys(name for name in recipes.by_name if fnmatchcase(name, pattern))
        else:
            found[pattern] = None
    return list(found)


def _made(text: str, include: Include, listed: Listed) -> Recipes:
    expansion = new_expansion(listed)
    recipes = makefile(text, expansion)
    waiting = list(recipes.included)
    for path in waiting[:_MAX_INCLUDED]:
        other = include(path)
        if other is None:
            continue
        more = makefile(other, expansion)
        recipes.by_name = {**recipes.by_name, **{k: v for k, v in more.by_name.items() if k not in recipes.by_name}}
        recipes.always += more.always
        recipes.searched += more.searched
        recipes.opaque |= more.opaque
    if recipes.included:
        # What is defined in an included file counts in this one as well.
        again = makefile(text, expansion)
        again.by_name = {**recipes.by_name, **again.by_name}
        again.searched += recipes.searched
        again.always, again.opaque, again.included = recipes.always, recipes.opaque, recipes.included
        return again
    return recipes


def _just(text: str, include: Include) -> Recipes:
    recipes = justfile(text)
    for path in recipes.included[:_MAX_INCLUDED]:
        other = include(path)
        more = justfile(other) if other is not None else Recipes()
        recipes.by_name = {**more.by_name, **recipes.by_name}
        recipes.always += more.always
    return recipes


def _commands_of_lines(text: str) -> Recipes:
    """The commands of a Procfile, by the names of its processes, or of a file of supervisor."""
    recipes = Recipes()
    for line in text.splitlines():
        found = _COMMAND.fullmatch(line.strip())
        if found is not None and found[1]:
            recipes.by_name.setdefault(found[1], Recipe()).lines.append(found[3])
        elif found is not None:
            recipes.always.append(found[3])
    return recipes


def _with_includes(recipes: Recipes, tree: object, scripts: Scripts, include: Include) -> Recipes:
    """The tasks with those of included files, whose names begin with that of the include."""
    for name, value in (one for key in scripts.includes for one in _named(tree, key)):
        written = value.get("taskfile") if isinstance(value, Mapping) else value
        path = paths.clean(written) if isinstance(written, str) else ""
        names = (path, *(f"{path}/{file}" for file in scripts.files)) if path else ()
        if len(recipes.included) == _MAX_INCLUDED:
            break
        file, text = next(((one, text) for one in names if (text := include(one)) is not None), ("", None))
        if text is None:
            continue
        recipes.included.append(file)
        for task, recipe in _tables(tree_of(text, scripts.format), scripts).by_name.items():
            needs = [f"{name}:{need.removeprefix(':')}" for need in recipe.needs]
            recipes.by_name[f"{name}:{task}"] = Recipe(recipe.lines, needs)
    return recipes


def _named(tree: object, key: str) -> Iterator[tuple[str, object]]:
    """The items of a mapping at a key."""
    for value in _at(tree, key.split(".")):
        if isinstance(value, Mapping):
            yield from ((str(name), item) for name, item in value.items())


def _tables(tree: object, scripts: Scripts) -> Recipes:
    recipes = Recipes()
    for table in scripts.tables:
        for values in _at(tree, table.split(".")):
            if isinstance(values, Mapping):
                for name, value in values.items():
                    lines, needs = _task(value)
                    recipe = recipes.by_name.setdefault(str(name), Recipe())
                    recipe.lines += lines
                    recipe.needs += needs
    return recipes


def _at(tree: object, key: list[str]) -> Iterator[object]:
    if not key:
        yield tree
    elif isinstance(tree, Mapping):
        for name, value in tree.items():
            if key[0] in ("*", name):
                yield from _at(value, key[1:])


def _task(value: object) -> tuple[list[str], list[str]]:
    """The commands of a task, and the tasks that it needs."""
    if isinstance(value, str):
        return [value], []
    if isinstance(value, list):
        parts = [_task(item) for item in value]
        return [line for lines, _ in parts for line in lines], [need for _, needs in parts for need in needs]
    if not isinstance(value, Mapping):
        return [], []
    lines, needs = [], []
    for key in _COMMANDS:
        more, others = _task(value.get(key))
        lines += more
        needs += others
    for key in _NEEDS:
        needs += [word for text in _task(value.get(key))[0] for word in text.split()]
    if isinstance(value.get("task"), str):
        needs.append(str(value["task"]))
    return lines, needs


def _ini(text: str, scripts: Scripts) -> Recipes:
    """The environments of tox: a section each, whose commands are lines."""
    # Loaded for the few projects that have such a file.
    from configparser import Error, RawConfigParser

    parser = RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#", ";"), allow_no_value=True)
    try:
        parser.read_string(text)
    except Error:
        return Recipes(opaque=True)
    recipes = Recipes()
    base = next((table for table in scripts.tables if parser.has_section(table)), "")
    shared = _commands(parser, base) if base else []
    for section in parser.sections():
        for table in scripts.tables:
            if section == table or section.startswith(f"{table}:"):
                name = section.removeprefix(table).removeprefix(":") or "*"
                recipes.by_name[name] = Recipe(_commands(parser, section) or shared)
    return recipes


def _commands(parser: "RawConfigParser", section: str) -> list[str]:
    lines = []
    for option in ("commands_pre", "commands", "commands_post"):
        text = parser.get(section, option, fallback="") or ""
        lines += [line.strip().lstrip("-! ") for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return lines


def _quoted(text: str) -> Recipes:
    """All that source code may run, whatever the task: the quoted words of each line are those of a command."""
    recipes = Recipes()
    for line in text.splitlines():
        words = _QUOTED.findall(line[:2000])
        if words and not line.lstrip().startswith("#"):
            recipes.always.append(" ".join(words))
    return recipes
