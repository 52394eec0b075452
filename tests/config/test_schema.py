"""The JSON Schema: what is recorded, and that it says what the reader does."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import ctxopt.config
from ctxopt.config.read import read_config
from ctxopt.config.schema import schema
from ctxopt.errors import CtxoptError
from tests.support.snapshots import check

_DOCS = Path(__file__).parent.parent.parent / "docs"
_PAGE = (_DOCS / "config.md").read_text(encoding="utf-8")

_BUILD = '[[build]]\nname = "a"\n'
_SUPPRESS = '[[suppress]]\nrule = "a-rule"\nreason = "why"\n'

_GOOD = [
    "",
    "max-size = 0",
    "max-size = 9223372036854775807",
    *(f'max-size = "{size}"' for size in ("0", "50MB", "1.5 gib", "3   kB", "12 b")),
    'max-unused = "5%"',
    'max-unused = "2.5 %"',
    'max-growth = "1TB"',
    "max-growth = 5",
    'view = "transfer"',
    'view = "classic"',
    "max-files = 0",
    'against = "HEAD~1"',
    "fail-on = []",
    'fail-on = ["error", "ignore-no-effect"]',
    "build = []",
    "suppress = []",
    "scan-secrets = true",
    "scan-secrets = false",
    "approved-base-images = []",
    'approved-base-images = ["host:5000/a/*", "b:1.2@sha256:0", "[ab]?"]',
    _BUILD,
    _BUILD + 'context = ".."\ndockerfile = "/a"\ntarget = " x "\nplatform = "linux"\nmax-size = 1\nfail-on = ["note"]',
    _BUILD + 'build-args = { A = "", "b.c" = "x\\ny" }',
    _SUPPRESS,
    _SUPPRESS + 'path = "a/**"',
    _SUPPRESS + f'path = "{"a" * 4096}"',
    "\n".join((_BUILD, _SUPPRESS)),
]

_BAD = [
    "unknown = 1",
    "max_size = 1",
    "max-size = -1",
    "max-size = 1.5",
    "max-size = true",
    "max-size = 9223372036854775808",
    "max-size = 2020-01-01",
    *(f'max-size = "{size}"' for size in ("", "-1", "5M", "5%", "1.5", " 1", "1,5MB", "9999999999999999")),
    'max-unused = "%"',
    "max-unused = {}",
    'max-growth = "-5%"',
    'view = "buildkit"',
    "view = 1",
    'max-files = "1"',
    "max-files = -1",
    "max-files = true",
    'against = ""',
    'against = "-x"',
    'against = "a b"',
    'fail-on = "error"',
    "fail-on = [1]",
    'fail-on = ["A"]',
    'fail-on = ["a--b"]',
    "scan-secrets = 1",
    'scan-secrets = "true"',
    'approved-base-images = "a"',
    "approved-base-images = [1]",
    'approved-base-images = [""]',
    'approved-base-images = ["a b"]',
    _BUILD + "scan-secrets = true",
    "build = {}",
    "build = [1]",
    "[[build]]",
    '[[build]]\nname = ""',
    '[[build]]\nname = " \\t"',
    '[[build]]\nname = "a\\u0000"',
    _BUILD + "unknown = 1",
    _BUILD + "context = 1",
    _BUILD + 'max-size = "x"',
    _BUILD + "build-args = []",
    _BUILD + "build-args = { A = 1 }",
    _BUILD + 'build-args = { "A=" = "" }',
    _BUILD + 'build-args = { "" = "" }',
    _BUILD + 'build-args = { A = "\\u0000" }',
    "suppress = 1",
    '[[suppress]]\nrule = "a"',
    '[[suppress]]\nreason = "a"',
    '[[suppress]]\nrule = "a"\nreason = ""',
    '[[suppress]]\nrule = "A"\nreason = "a"',
    _SUPPRESS + "path = 1",
    _SUPPRESS + 'path = ""',
    _SUPPRESS + f'path = "{"*a" * 2049}"',
    _SUPPRESS + "unknown = 1",
]


def test_the_schema_is_recorded() -> None:
    check(Path(ctxopt.config.__file__).with_name("config.schema.json"), json.dumps(schema(), indent=2) + "\n")


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(("text", "good"), [(text, True) for text in _GOOD] + [(text, False) for text in _BAD])
def test_schema_and_reader_agree(tmp_path: Path, text: str, good: bool) -> None:
    assert Draft202012Validator(schema()).is_valid(tomllib.loads(text)) is good
    assert _accepted(tmp_path, "ctxopt.toml", text) is good


def test_the_examples_of_the_page_are_accepted(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", _PAGE, re.DOTALL)
    assert examples
    for text in examples:
        Draft202012Validator(schema()).validate(tomllib.loads(text))
        assert _accepted(tmp_path, "ctxopt.toml", text)
        (tmp_path / "ctxopt.toml").unlink()
        below = re.sub(r"^(\[+)", r"\1tool.ctxopt.", text, flags=re.MULTILINE)
        assert _accepted(tmp_path, "pyproject.toml", "[tool.ctxopt]\n" + below)
        (tmp_path / "pyproject.toml").unlink()


def test_the_examples_of_the_page_use_every_key() -> None:
    examples = [tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", _PAGE, re.DOTALL)]
    assert _keys() - set().union(*map(_used, examples)) == set()


def test_every_key_is_on_the_page() -> None:
    assert [key for key in sorted(_keys()) if f"`{key}`" not in _PAGE and f"`[[{key}]]`" not in _PAGE] == []


def _keys() -> set[str]:
    tables = [schema(), *(table["items"] for name, table in schema()["properties"].items() if "items" in table)]
    return {name for table in tables for name in table["properties"]}


def _used(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_used, value))
    return set(value).union(*map(_used, value.values())) if isinstance(value, dict) else set()


def _accepted(directory: Path, name: str, text: str) -> bool:
    (directory / name).write_text(text, encoding="utf-8")
    try:
        read_config(str(directory))
    except CtxoptError:
        return False
    return True
