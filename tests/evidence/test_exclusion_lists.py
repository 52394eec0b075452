"""Paths that a text only names to leave them out of something."""

from functools import partial
from pathlib import Path

import pytest

from ctxopt.evidence.exclusion_lists import is_excluded_there
from tests.evidence.support import claimed, judged, text, write
from tests.support.steps import assert_linear


@pytest.mark.parametrize(
    "given",
    [
        "'exclude' => [\n base('vendor'),\n base('@'),\n]",
        "IGNORED_DIRS = {'a', '@'}",
        "IGNORE: set[str] = {'@'}",
        "copytree(a, b, ignore=ignore_patterns('@'))",
        "exclude:\n  - a\n  # more\n  - @\n",
        'exclude:\n  - a\n\n  - "@"\n',
        '{"exclude": ["a", "@"]}',
        "exclude: '@',",
        "const ignored = new Set(['@'])",
        'var skipDirs = map[string]bool{"@": true}',
        'let exclude_dirs = vec!["a", "@"];',
    ],
)
def test_what_is_excluded_there(given: str) -> None:
    assert is_excluded_there(given, given.index("@"))


@pytest.mark.parametrize(
    "given",
    [
        "open('@')",
        "function ignore() { read('@'); }",
        "ignored = read(open('@'))",
        "skip_missing(open('@'))",
        "ignore = ['a']; read('@')",
        "ignore = ['a']\nread('@')",
        "exclude:\n  - a\ninclude:\n  - @\n",
        '{"exclude": ["a"], "files": ["@"]}',
        "if (!skip) {\n read('@')\n}",
        "not_ignored = ['@']",
        "exclude = base + [x for x in open('@')]",
    ],
)
def test_what_is_read(given: str) -> None:
    assert not is_excluded_there(given, given.index("@"))


def test_a_backup_that_leaves_it_out_needs_no_directory(tmp_path: Path) -> None:
    write(tmp_path, "node_modules/x/index.js", "index.php", "composer.lock")
    text(tmp_path, "composer.json", "{}")
    dockerfile = 'FROM php:8-apache\nCOPY . /var/www/html\nRUN composer install --no-dev\nCMD ["apache2-foreground"]\n'
    text(tmp_path, "config.php", "<?php return ['exclude' => [base_path('node_modules')]];\n")
    assert "node_modules" in claimed(judged(tmp_path, dockerfile))
    text(tmp_path, "config.php", "<?php return ['include' => [base_path('node_modules')]];\n")
    assert "node_modules" not in claimed(judged(tmp_path, dockerfile))


def test_linear() -> None:
    assert_linear(lambda count: partial(is_excluded_there, "[(" * count, 2 * count), 1_000)
