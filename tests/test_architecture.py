"""The table of layers in docs/architecture.md, held against the contract that is checked, and how tests are written."""

import ast
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


_CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "default_timer", "timeit", "getrusage"}
#: The fuzzer measures its inputs when it is run as a tool, and a real engine takes a while to start.
_TIMED = ("fuzz/run.py", "support/engine/")


def _clocks(text: str) -> list[int]:
    """The lines that read a clock or import one by name."""
    lines = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            function = ast.unparse(node.func)
            name = function.rpartition(".")[2].removesuffix("_ns")
            if name in _CLOCKS or function in ("time.time", "time.time_ns"):
                lines.append(node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module in ("time", "timeit", "resource"):
            lines.append(node.lineno)
    return lines


def test_no_test_measures_time() -> None:
    found = []
    for path in sorted((_ROOT / "tests").rglob("*.py")):
        name = path.relative_to(_ROOT / "tests").as_posix()
        if not name.startswith(_TIMED):
            found += [f"{name}:{line}" for line in _clocks(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "text", ["start = time.monotonic()", "time.perf_counter_ns()", "time.time()", "from time import process_time"]
)
def test_a_clock_is_recognized(text: str) -> None:
    assert _clocks(f"x = 1\n{text}\n") == [2]


#: Only the name by which the package was imported before it moved into `core/`.
_ALIASES = {"dockerignore"}


def test_few_things_stand_at_the_top() -> None:
    assert len(set(_PACKAGES) - _ALIASES) <= 24


@pytest.mark.parametrize("package", [name for name in _PACKAGES if (_ROOT / "ctxopt" / name).is_dir()])
def test_a_package_says_what_it_owns_and_what_it_never_does(package: str) -> None:
    first = (_ROOT / "ctxopt" / package / "__init__.py").read_text(encoding="utf-8").split("\n", 1)[0]
    assert first.startswith('"""')
    assert re.search(r"\bnever\b|\bno\b", first)
