"""The page about the commands says what the commands say themselves."""

import re
import runpy
from pathlib import Path

import pytest

from ctxopt.cli import _COMMANDS
from tests.support.cli import run

#: The commands of groups, which have no section of their own.
_INNER = ("config show", "plugin install", "plugin remove")
_DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_is_up_to_date() -> None:
    made = runpy.run_path(str(_DOCS / "make_reference.py"))["page"]()
    assert (_DOCS / "reference.md").read_text(encoding="utf-8") == made


@pytest.mark.parametrize("command", sorted({*_COMMANDS, *_INNER} - {name.split()[0] for name in _INNER}))
def test_every_option_that_the_help_names_is_on_the_page(command: str) -> None:
    page = (_DOCS / "reference.md").read_text(encoding="utf-8")
    _, found, rest = page.partition(f"\n## `ctxopt {command} ")
    assert found
    section = rest.partition("\n## `ctxopt ")[0]
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", run(*command.split(), "--help").stdout))
    assert options >= {"-h", "--help", "--quiet"}
    assert [option for option in options if option not in section] == []
