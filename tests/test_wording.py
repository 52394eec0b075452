"""The words that no output, help or documentation contains: a native reader stumbles over them."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import pytest

from ctxopt.cli import main
from ctxopt.findings import all_rules

_TOP: Final = Path(__file__).parents[1]
_PACKAGE: Final = _TOP / "ctxopt"

#: What not to write, with what to write.
_WORDS: Final = {
    r"mend(?:s|ed|ing)?": "fix",
    r"heed(?:s|ed|ing)?": "respect",
    r"stands? for": "is set, means, replaces",
    r"c[oa]mes? to": "totals, is",
    r"(?:may|could) go": "can be excluded",
    r"(?:made|taken|filled|makes? \w+|recorded) anew|anew": "regenerated, again",
    r"do(?:es)? alike": "are equivalent",
    r"as before": "unchanged",
    r"leav(?:e|es|ing)(?: [^\s.,;:]+){0,3} out|left out": "exclude",
    r"what could be better": "Findings",
    r"read by no instruction": "Unused",
    r"to its end": "append",
    r"tells?|telling|told": "show, derive",
    r"holds?|holding|held": "contain, apply",
    r"as many": "at most",
}
_PATTERNS: Final = {re.compile(rf"(?<![\w-]){word}(?![\w-])", re.IGNORECASE): good for word, good in _WORDS.items()}

#: The right uses: fields of the JSON output, which stay as they are.
_ALLOWED: Final = re.compile(r'`holds`|"holds"')


def _bad(text: str) -> list[str]:
    """The words in a text that should be others, each with what to write."""
    text = " ".join(_ALLOWED.sub("", text).split())
    return [
        f"{text[max(found.start() - 40, 0) : found.end() + 40]!r}: write {good}"
        for pattern, good in _PATTERNS.items()
        for found in pattern.finditer(text)
    ]


def _documents() -> Iterator[Path]:
    yield from sorted(_TOP.glob("*.md"))
    yield from sorted((_TOP / "docs").rglob("*.md"))
    yield _TOP / "sample_projects" / "README.md"
    yield _TOP / "action.yml"
    yield from sorted((_PACKAGE / "render" / "schemas").glob("*.json"))


def _recorded() -> Iterator[Path]:
    yield from sorted(path for path in (_TOP / "tests").rglob("snapshots/*") if path.is_file())
    yield from sorted((_TOP / "tests" / "data").glob("*findings.txt"))


@pytest.mark.parametrize("path", [*_documents(), *_recorded()], ids=lambda path: str(path.relative_to(_TOP)))
def test_documents_and_recorded_output(path: Path) -> None:
    assert not _bad(path.read_text(encoding="utf-8", errors="replace"))


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_rules(rule: Any) -> None:
    assert not _bad(f"{rule.title}. {rule.help} {rule.summary}")


@pytest.mark.parametrize("path", sorted((_PACKAGE / "catalogue").rglob("*.toml")), ids=lambda path: path.name)
def test_the_catalogue(path: Path) -> None:
    for text in _texts(tomllib.loads(path.read_text())):
        assert not _bad(text)


def _texts(value: Any) -> Iterator[str]:
    """The sentences in a table: texts with a space."""
    if isinstance(value, str) and " " in value:
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _contexts(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[click.Context]:
    """The contexts of a command and of all below it; they have parents, as click keeps the help option of the first."""
    context = click.Context(command, parent=parent, info_name=name, **command.context_settings)
    yield context
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from _contexts(found, inner, context)


@pytest.mark.parametrize("context", _contexts(main, "ctxopt"), ids=lambda context: str(context.command_path))
def test_help(context: click.Context) -> None:
    assert not _bad(context.command.get_help(context))


@pytest.mark.parametrize("path", sorted(_PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(_PACKAGE)))
def test_texts_in_the_code(path: Path) -> None:
    """Messages, notes, reasons, errors and hints: all texts with a space but docstrings."""
    for text in _literals(ast.parse(path.read_text(encoding="utf-8"))):
        assert not _bad(text)


def _literals(tree: ast.AST) -> Iterator[str]:
    """The texts in a module, with … for what is filled in; no docstrings, and no regular expressions."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    ignored = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if node in ignored:
            continue
        if isinstance(node, ast.JoinedStr):
            ignored.update(node.values)
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value


@pytest.mark.parametrize(
    "text",
    [
        "mend the instructions",
        "BuildKit transfers 36.5 kB as before",
        "write **/x to leave it\nout on every level",
        "what the transfer comes to",
        "add && rm x to its end",
        "Tell how long it takes",
        "it holds passwords",
        "As many files are read",
    ],
)
def test_a_wrong_word_is_found(text: str) -> None:
    assert _bad(text)


@pytest.mark.parametrize("text", ["the threshold of a limit", "it leaves its cache in a layer", "amend", "`holds`"])
def test_right_words_are_not(text: str) -> None:
    assert not _bad(text)
