"""The public API is complete: each type that a public value contains is exported, and described in docs/api.md."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ctxopt

_PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
_CLASSES = [name for name in ctxopt.__all__ if inspect.isclass(getattr(ctxopt, name))]
#: Their attributes are public only if the page names them: they do work, and what they do it with is internal.
_WORKERS = {"BuildContext", "DockerIgnore", "Pattern"}


def _rows() -> dict[str, list[str]]:
    """The attributes of each type in the table of the page."""
    table = _PAGE.partition("\n## Types\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", table, re.MULTILINE)
    return {name: re.findall(r"`(\w+)`", attributes) for name, attributes in rows}


def _names_for_types(module: types.ModuleType) -> dict[str, Any]:
    """The globals of a module, with what it imports for annotations only."""
    names: dict[str, Any] = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and node.module:
            home = importlib.import_module(node.module)
            names |= {alias.name: getattr(home, alias.name) for alias in node.names if hasattr(home, alias.name)}
    return names | vars(module)


def _annotations(owner: Any) -> dict[str, object]:
    """The types of the public attributes of a class, inherited ones too, and of what its methods return."""
    hints: dict[str, object] = {}
    for cls in reversed(owner.__mro__):
        if not cls.__module__.startswith("ctxopt"):
            continue
        names = _names_for_types(importlib.import_module(cls.__module__))
        for name, member in vars(cls).items():
            function = member.fget if isinstance(member, property) else getattr(member, "func", member)
            if inspect.isfunction(function):
                hints[name] = typing.get_type_hints(function, names).get("return")
        for name, annotation in vars(cls).get("__annotations__", {}).items():
            if not name.startswith("_"):
                hints[name] = eval(annotation, names) if isinstance(annotation, str) else annotation
    return {name: hint for name, hint in hints.items() if not name.startswith("_")}


def _types(hint: object) -> Iterator[type]:
    """Our own types in an annotation."""
    if inspect.isclass(hint) and typing.get_origin(hint) is None:
        if hint.__module__.startswith("ctxopt"):
            yield hint
    elif isinstance(hint, str):
        yield getattr(ctxopt, hint)
    for argument in typing.get_args(hint):
        yield from _types(argument)


def _is_public(owner: str, attribute: str) -> bool:
    if owner not in _WORKERS:
        return True
    section = _PAGE.partition(f"\n## {owner}\n")[2].partition("\n## ")[0]
    return attribute in _rows().get(owner, re.findall(r"`(\w+)`", section))


@pytest.mark.parametrize("name", _CLASSES)
def test_the_types_of_public_attributes_are_public(name: str) -> None:
    attributes = {key: hint for key, hint in _annotations(getattr(ctxopt, name)).items() if _is_public(name, key)}
    internal = {
        f"{key}: {contained.__name__}"
        for key, hint in attributes.items()
        for contained in _types(hint)
        if getattr(ctxopt, contained.__name__, None) is not contained
    }
    assert internal == set()


@pytest.mark.parametrize("name", [name for name in ctxopt.__all__ if name not in _CLASSES])
def test_the_results_of_public_functions_are_public(name: str) -> None:
    function = getattr(ctxopt, name)
    names = _names_for_types(importlib.import_module(function.__module__))
    (result,) = _types(typing.get_type_hints(function, names)["return"])
    assert result.__name__ in ctxopt.__all__


def test_a_type_that_is_not_public_would_be_found() -> None:
    assert [found.__name__ for found in _types(_annotations(ctxopt.BuildContext)["tree"])] == ["Tree"]
    assert {found.__name__ for found in _types(_annotations(ctxopt.Report)["cost"])} == {"Cost"}
    assert not hasattr(ctxopt, "Tree")


def test_the_page_describes_what_is_public_and_nothing_else() -> None:
    headings = re.findall(r"^## (.*)$", _PAGE, re.MULTILINE)
    described = {word for heading in headings for word in re.findall(r"\w+", heading)} | set(_rows())
    errors = set(re.findall(r"`(\w*Error)`", _PAGE))
    verdict = set(re.findall(r"gives a `(\w+)`", _PAGE))
    sections = {"Types", "With", "the", "pathspec", "library", "and"}
    request = {"Request"} & set(re.findall(r"^`(\w+)` has", _PAGE, re.MULTILINE))
    assert (described | errors | verdict | request) - sections == set(ctxopt.__all__)


@pytest.mark.parametrize(("name", "attributes"), _rows().items())
def test_the_attributes_that_the_page_lists_are_there(name: str, attributes: list[str]) -> None:
    owner = getattr(ctxopt, name)
    there = set(_annotations(owner)) | set(getattr(owner, "__members__", ()))
    assert attributes
    assert set(attributes) <= there


def test_dir_shows_what_is_public() -> None:
    assert dir(ctxopt) == sorted(ctxopt.__all__) == ctxopt.__all__
    with pytest.raises(AttributeError, match="has no attribute 'Tree'"):
        _ = ctxopt.Tree


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(inspect.getsource(ctxopt))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    imported = {
        alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert imported == ctxopt._HOMES
    assert sorted({*imported, "analyze"}) == ctxopt.__all__


def test_importing_the_package_loads_nothing_else() -> None:
    # What is interrupted before the command can catch it would show a traceback.
    code = "import sys; before = {*sys.modules}; import ctxopt; print([*{*sys.modules} - before - {'ctxopt'}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
