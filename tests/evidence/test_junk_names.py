"""The names of junk, whatever else is required for excluding it."""

import pytest

from ctxopt.evidence.junk_names import is_installed, is_junk


@pytest.mark.parametrize("name", ["node_modules", "__pycache__", ".env", "x.pyc", ".git", ".DS_Store", "id_rsa"])
def test_junk(name: str) -> None:
    assert is_junk(name)


@pytest.mark.parametrize("name", ["src", "main.py", "gems", "config.json", "cache", "pip"])
def test_no_junk(name: str) -> None:
    assert not is_junk(name)


@pytest.mark.parametrize(
    ("name", "beside", "installed"),
    [
        ("node_modules", (), True),
        (".git", (), True),
        ("build", ("Dockerfile",), False),
        ("build", ("build.gradle",), True),
        ("vendor", ("composer.json",), True),
        ("vendor", (), False),
    ],
)
def test_where_nobody_keeps_builds(name: str, beside: tuple[str, ...], installed: bool) -> None:
    assert is_installed(name, beside) is installed
