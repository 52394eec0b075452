"""Of a directory that could be excluded, only what is named has to stay."""

from pathlib import Path

import pytest

from tests.evidence.support import claimed, judged, text

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\nCMD ./run\n"


def gone(root: Path, files: dict[str, str], dockerfile: str) -> set[str]:
    """Those of some files that can be excluded, alone or with a directory above them."""
    for name, content in files.items():
        text(root, name, content)
    entries = claimed(judged(root, dockerfile))
    return {path for path in files if any(f"{path}/".startswith(f"{entry}/") for entry in entries)}


@pytest.mark.parametrize(
    ("files", "claims"),
    [
        ({"a.rb": 'require_relative "test/support/stub"', "test/support/stub.rb": "", "test/a.rb": ""}, {"test/a.rb"}),
        (
            {
                "a.rb": 'require_relative File.join("test", "support", "stub")',
                "test/support/stub.rb": 'require_relative "../helper"',
                "test/helper.rb": "",
                "test/a.rb": "",
            },
            {"test/a.rb"},
        ),
        ({"src/a.js": "x(require('../tests/data/g'))", "tests/data/g.json": "", "tests/G.elm": ""}, {"tests/G.elm"}),
        (
            {
                "a.py": "from tests.factories import S",
                "tests/__init__.py": "",
                "tests/factories.py": "from .data import X\nopen(join(HERE, 'fix', 'a.json'))",
                "tests/data.py": "",
                "tests/fix/a.json": "",
                "tests/test_a.py": "",
                "tests/big.bin": "",
            },
            {"tests/test_a.py", "tests/big.bin"},
        ),
        (
            {
                "a.py": "from tests.factories import S",
                "tests/factories/__init__.py": "from .a import A",
                "tests/factories/a.py": "",
                "tests/test_a.py": "",
            },
            {"tests/test_a.py"},
        ),
        ({"a.py": 'load("tests/a/X")', "tests/a/X.java": "class X { Y y; }", "tests/a/Y.java": ""}, set()),
        ({"build.zig": '.{ "usage", "docs/usage.txt" },', "docs/usage.txt": "", "docs/a.md": ""}, {"docs/a.md"}),
        ({"CMakeLists.txt": "include(docs/CMakeLists.txt)", "docs/CMakeLists.txt": "", "docs/a.md": ""}, set()),
        ({"a.hs": 'embed ("docs" <> "/help.txt")', "docs/help.txt": "", "docs/a.md": ""}, {"docs/a.md"}),
        ({"a.rs": 'root.join("docs").join("api")', "docs/api/x": "", "docs/a.md": ""}, {"docs/a.md"}),
        ({"src/a.js": 'const d = require("./docs")', "src/docs.js": "", "docs/a.md": ""}, {"docs/a.md"}),
        ({"a.js": 'import d from "./docs"', "docs.js": "", "docs/a.md": ""}, {"docs/a.md"}),
        ({"a.js": 'import d from "./docs"', "docs/index.js": "", "docs/a.md": ""}, set()),
        ({"src/a.js": 'fs.readdirSync("./docs")', "src/docs.js": "", "docs/a.md": ""}, set()),
        ({"a.js": 'import d from "./b.test"', "b.test.js": "", "c.test.js": ""}, {"c.test.js"}),
        ({"export.cfg": 'exclude_filter="tests/test_*"', "tests/a.gd": ""}, {"tests/a.gd"}),
    ],
)
def test_what_is_named(tmp_path: Path, files: dict[str, str], claims: set[str]) -> None:
    assert gone(tmp_path, files, PLAIN) == claims


def test_where_a_command_puts_files(tmp_path: Path) -> None:
    files = {"docs/policies/x": "", "docs/a.md": ""}
    dockerfile = "FROM x\nWORKDIR /build\nCOPY . .\nWORKDIR /out\nRUN mkdir docs && mv /build/docs/policies docs/\n"
    assert gone(tmp_path, files, dockerfile) == {"docs/a.md"}


def test_a_directory_that_has_to_be_there_for_a_command(tmp_path: Path) -> None:
    files = {"x.txt": "", "docs/a.md": ""}
    assert gone(tmp_path, files, "FROM x\nWORKDIR /build\nCOPY . .\nRUN cp x.txt docs/\n") == set()
