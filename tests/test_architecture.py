"""The table of layers in docs/architecture.md, held against the contract that is checked."""

import re
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent
_PAGE = (_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
_PACKAGES = sorted(
    path.name.removesuffix(".py")
    for path in (_ROOT / "ctxopt").iterdir()
    # A package that has moved may have left its compiled modules behind.
    if re.fullmatch(r"[a-z]+(\.py)?", path.name) and (path.is_file() or (path / "__init__.py").is_file())
)


def test_the_table_of_layers_is_what_is_checked() -> None:
    settings = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}
    checked = [set(layer.split(" | ")) for layer in reversed(contracts["layers"]["layers"])]
    rows = re.findall(r"^\| (\d+) \| `([a-z]+)(?:/|\.py)` \|", _PAGE, re.MULTILINE)
    assert [{name for number, name in rows if int(number) == layer + 1} for layer in range(len(checked))] == checked
    assert sorted(name for _, name in rows) == _PACKAGES


def test_few_things_stand_at_the_top() -> None:
    assert len(_PACKAGES) <= 24


@pytest.mark.parametrize("package", [name for name in _PACKAGES if (_ROOT / "ctxopt" / name).is_dir()])
def test_a_package_says_what_it_owns_and_what_it_never_does(package: str) -> None:
    first = (_ROOT / "ctxopt" / package / "__init__.py").read_text(encoding="utf-8").split("\n", 1)[0]
    assert first.startswith('"""')
    assert re.search(r"\bnever\b|\bno\b", first)
