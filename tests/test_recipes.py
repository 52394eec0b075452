"""The recipes' commands print what the recipes show."""

import re
from pathlib import Path

import pytest

from sample_projects.make_junk import RECIPES
from tests.support import pages

_RECIPES = pages.ROOT / "docs" / "recipes"
_NAMES = [name.partition("/")[2] for name in RECIPES]


def test_each_sample_has_a_recipe_and_each_recipe_a_sample() -> None:
    assert {path.stem for path in _RECIPES.glob("*.md")} == {*_NAMES, "README"}
    listed = re.findall(
        r"^\| \[[^\]]+\]\((\w+)\.md\)", (_RECIPES / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert listed == _NAMES
    assert {path.name for path in (pages.ROOT / "sample_projects" / "recipes").iterdir()} == {*_NAMES}


@pytest.mark.parametrize("name", _NAMES)
def test_each_command_prints_what_the_recipe_shows(name: str, tmp_path: Path) -> None:
    text = (_RECIPES / f"{name}.md").read_text(encoding="utf-8")
    assert f"make_junk.py recipes/{name} " in text
    assert pages.follow(text, tmp_path) >= 3
    assert any(
        re.match(r"BuildKit: .* → ", line.partition("service api: ")[2] or line)
        for one in pages.typed(text)
        for line in one.shown
    )
