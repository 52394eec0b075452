"""Paths that are made of constants and settings of other files."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ctxopt.catalogue.texts import TextKind
from ctxopt.evidence.constants import constants_in, is_part_of_path
from tests.evidence.support import claimed, judged, text, write
from tests.support.steps import assert_linear

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\nCMD ./run\n"


def constants_of(part: str, size: int) -> Callable[[], object]:
    return lambda: list(constants_in(part * size, TextKind.PLAIN, {"docs"}))


def project(root: Path, *files: tuple[str, str]) -> dict[str, str]:
    write(root, "docs/a.md", "tests/x.json", "CHANGELOG.md")
    for name, content in files:
        text(root, name, content)
    return claimed(judged(root, PLAIN))


@pytest.mark.parametrize(
    ("constant", "user"),
    [
        (("consts.py", 'HELP = "docs"'), ("a.py", "from consts import HELP\nopen(os.path.join(BASE, HELP, x))")),
        (
            ("app/consts.py", 'HELP: Final = "docs"'),
            ("a.py", "from app import consts\nfor f in (ROOT / consts.HELP).iterdir():"),
        ),
        (("consts.js", "exports.help = 'docs'"), ("a.js", 'const c = require("./consts")\nfs.readdirSync(c.help)')),
        (
            ("consts.ts", 'export const HELP = "docs";'),
            ("a.ts", 'import { HELP } from "./consts";\nread(`${HELP}/a.md`)'),
        ),
        (
            ("config.js", 'export default { help: "docs" }'),
            ("a.js", 'const c = require("./config")\np = c.help + "/a.md"'),
        ),
        (("x/names.go", 'const Help = "docs"'), ("x/a.go", "os.ReadFile(filepath.Join(root, Help, n))")),
        (("Names.java", 'private final String HELP = "docs";'), ("A.java", "new File(base, Names.HELP)")),
        (("names.rs", 'pub const HELP: &str = "docs";'), ("a.rs", "mod names; root.join(names::HELP)")),
        (("names.rb", "HELP = 'docs'.freeze"), ("a.rb", "require './names'\nDir.children(HELP)")),
        (("names.php", "<?php define('HELP', 'docs');"), ("a.php", "<?php require 'names.php'; scandir(HELP);")),
        (("Names.cs", 'internal const string Help = "docs";'), ("A.cs", "Path.Combine(root, Names.Help)")),
        (("names.h", '#define HELP "docs"'), ("a.c", '#include "names.h"\nopendir(HELP)')),
        (("config.json", '{"help": "docs"}'), ("a.js", 'const c = load("config.json")\nuse(express.static(c.help))')),
        (("config.yaml", "help: docs\n"), ("a.py", 'c = load("config.yaml")\nopen(c["help"] + "/a.md")')),
        (("settings.toml", 'help = "docs"\n'), ("a.py", 'c = load("settings.toml")\nPath(c["help"]).iterdir()')),
        (("app.ini", "[a]\nhelp = docs\n"), ("a.py", 'c.read("app.ini")\nos.listdir(c["a"]["help"])')),
        (("app.properties", "help=docs\n"), ("A.java", 'load("app.properties"); Path.of(p.get("help"))')),
    ],
)
def test_constants_of_another_file(tmp_path: Path, constant: tuple[str, str], user: tuple[str, str]) -> None:
    assert project(tmp_path, constant)["docs"] == "docs"
    found = project(tmp_path, constant, user)
    assert "docs" not in found
    assert found["tests"] == "tests"


def test_the_name_of_a_file_without_its_end(tmp_path: Path) -> None:
    constant = ("consts.py", 'NEWS = "CHANGELOG"')
    assert "CHANGELOG.md" in project(tmp_path, constant)
    assert "CHANGELOG.md" not in project(tmp_path, constant, ("a.py", 'import consts\nshow(consts.NEWS + ".md")'))


@pytest.mark.parametrize(
    ("constant", "user"),
    [
        # Nothing makes a path of it.
        (("consts.py", 'HELP = "docs"'), ("a.py", "from consts import HELP\nprint(HELP)")),
        (("config.yaml", "help: docs\n"), ("a.py", 'c = load("config.yaml")\nsay(c["help"])')),
        # Another file has it.
        (("consts.py", 'HELP = "docs"'), ("a.py", "open(HELP)")),
        # It is a label.
        (("config.yaml", "name: docs\ntype: docs\n"), ("a.py", 'c = load("config.yaml")\nopen(c["name"])')),
        (("consts.py", '# HELP = "docs"'), ("a.py", "from consts import HELP\nopen(HELP)")),
        (("consts.py", 'HELP = "docs"'), ("a.py", "from consts import HELP\n# open(HELP)")),
    ],
)
def test_constants_that_are_no_paths(tmp_path: Path, constant: tuple[str, str], user: tuple[str, str]) -> None:
    assert project(tmp_path, constant, user)["docs"] == "docs"


def test_the_time_that_it_takes() -> None:
    for part in ("a = docs\n", "docs: docs\n", '"docs" '):
        assert_linear(partial(constants_of, part), 100)
    assert_linear(lambda size: lambda: is_part_of_path("docs " * size, "docs"), 100)
