"""What texts name, and what they only speak of."""

import pytest

from ctxopt.catalogue.texts import TextKind, text_kinds
from ctxopt.evidence.named import named_in, words_in
from tests.support.steps import assert_linear

WORDS = {"docs", "README", "tests", "a"}


def names(text: str, kind: TextKind = TextKind.CODE, python: bool = False) -> list[str]:
    """The paths that a text names."""
    return [named.path for named in named_in(text, kind, python, WORDS)]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('open("docs/x.md")', "docs/x.md"),
        ("open('README.md')", "README.md"),
        ('import x from "../docs/x.md?raw"', "docs/x.md"),
        ('f"{BASE}/docs/{name}"', "docs"),
        ("`${dir}/docs/x.md`", "docs/x.md"),
        ('"$root/docs/x.md"', "docs/x.md"),
        ('join(root, "docs", "x.md")', "docs/x.md"),
        ('root / "docs" / "x.md"', "docs/x.md"),
        ('static("docs")', "docs"),
        ('publicDir: "docs"', "docs"),
        ('root + "/docs"', "docs"),
        ('open("docs\\\\x.md")', "docs/x.md"),
        ('#include "docs/x.h"', "docs/x.h"),
        ('system("cp docs/x.md /out")', "docs/x.md"),
        ('glob("docs/*.md")', "docs"),
        ('load("res://docs/x.gd")', "docs/x.gd"),
        ('Peer="*res://docs/x.gd"', "docs/x.gd"),
        ('load("file://./docs/x.md")', "docs/x.md"),
        ('load("classpath://docs/x.xml")', "docs/x.xml"),
    ],
)
def test_paths_in_code(text: str, path: str) -> None:
    assert names(text) == [path]


@pytest.mark.parametrize(
    "text",
    [
        "# see docs/x.md",
        "// README.md says more",
        '"""Explained in docs/x.md."""',
        'if mode == "docs":',
        'name !== "README.md"',
        'docs_url="/docs"',
        'get("https://example.com/docs/x.md")',
        '{"tests": 1}',
        "docs = 1",
        'x = "the docs of it"',
    ],
)
def test_words_in_code_that_name_nothing(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize("mark", ["`", "``"])
def test_names_in_backticks_are_a_docstring_s_in_python(mark: str) -> None:
    text = f"Explained in\n{mark}docs/x.md{mark}."
    assert names(text, python=True) == []
    assert names(text) == ["docs/x.md"]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("schema: ./docs/x.graphql", ["docs/x.graphql"]),
        ("root /srv/docs;", ["srv/docs"]),
        ("file README.md;", ["README.md"]),
        ('{"assets": ["docs"]}', ["docs"]),
        ("path = docs", ["docs"]),
        ("docs: true", []),
        ("environment: tests", []),
        ("Please read README.md before you start", []),
        ("# docs/x.md", []),
    ],
)
def test_plain_texts(text: str, paths: list[str]) -> None:
    assert names(text, TextKind.PLAIN) == paths


def test_the_description_of_a_build() -> None:
    assert names("set(DIRS src;tests)\nadd_subdirectory(docs)", TextKind.BUILD) == ["docs", "tests"]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("from tests.a import x", ["tests/a", "tests/a/x"]),
        ("from tests import (\n    a,\n    b,\n)", ["tests", "tests/a", "tests/b"]),
        ("import os, tests.a as t", ["tests/a"]),
        ("from ..tests import y", ["tests", "tests/y"]),
        ("import os", []),
    ],
)
def test_imports_of_python(text: str, paths: list[str]) -> None:
    assert names(text, python=True) == paths


def test_many_words_are_searched_for_in_one_pass() -> None:
    words = {f"w{number}" for number in range(20)} | {"docs"}
    assert [named.path for named in named_in('open("docs/x")', TextKind.CODE, False, words)] == ["docs/x"]


def test_the_words_of_a_text() -> None:
    assert words_in("a.b/c-d é\n".encode()) == [b"a", b"b", b"c-d", "é".encode()]


def test_kinds_of_texts() -> None:
    given = [
        "a.py",
        "CMakeLists.txt",
        "b.txt",
        "c.sh",
        "README.txt",
        "types.d.ts",
        "x.conf",
        "package.json",
        "logo.png",
    ]
    unread = dict.fromkeys(["README.txt", "types.d.ts", "package.json", "logo.png"], TextKind.UNREAD)
    when_named = {"b.txt": TextKind.LIST, "c.sh": TextKind.SCRIPT}
    kinds = text_kinds(given)
    named = {name: kinds[name] for name in given if kinds[name] is not TextKind.PLAIN}
    assert named == {"a.py": TextKind.CODE, "CMakeLists.txt": TextKind.BUILD, **when_named, **unread}


@pytest.mark.parametrize("text", ['"docs/', "docs ", "from docs import (", "docs/docs/", '"docs", '])
def test_twice_the_text_is_twice_the_work(text: str) -> None:
    assert_linear(lambda count: lambda: list(named_in(text * count, TextKind.CODE, True, WORDS)), 200)
