"""What runs of tests, analyses and Symfony leave, and fuzz targets; what only has such a name stays."""

from pathlib import Path

import pytest

from tests.evidence.support import claimed, judged, text, tracked

COPY = "FROM x\nWORKDIR /app\nCOPY . .\n"
GO = {"go.mod": "module x.org/a\n", "cmd/main.go": "package main\n"}
CARGO = {"Cargo.toml": "[package]\nname = 'a'\n", "src/main.rs": ""}
PHP = {"composer.json": "{}", "symfony.lock": "{}"}
NODE = {"package.json": "{}", "server.js": ""}


def is_claimed(root: Path, files: dict[str, str], path: str, ignore: str, run: str = "CMD ./run\n") -> bool:
    """Whether a file can be excluded, alone or with a directory above it."""
    for name, content in {**files, path: files.get(path, "")}.items():
        text(root, name, content)
    text(root, "Dockerfile", COPY + run)
    tracked(root, ignore=ignore)
    entries = claimed(judged(root, COPY + run, git=True))
    return any(f"{path}/".startswith(f"{entry}/") for entry in entries)


@pytest.mark.parametrize(
    ("files", "path", "ignore"),
    [
        (NODE, "playwright-report/index.html", "playwright-report\n"),
        (NODE, "test-results/a.zip", "test-results\n"),
        (NODE, "e2e-app/allure-results/x.json", "allure-*\n"),
        (NODE, "cypress/videos/a.mp4", "cypress/videos\n"),
        (NODE, "stats.html", "stats.html\n"),
        ({}, "reports/a.xml", "reports\n"),
        ({}, "reports/junit/a.xml", "/reports\n"),
        ({}, "junit.xml", "*.xml\n"),
        (PHP, "var/cache/dev/a.php", "/var\n"),
        (PHP, "var/log/dev.log.1", "/var/cache\n/var/log\n"),
        ({}, "app.log.1", "*.log*\n"),
        ({}, "app.log.gz", "*.log*\n"),
        ({}, "backup-2024.sql.gz", "*.sql.gz\n"),
        ({}, "a.py.bak", "*.bak\n"),
        ({}, "a.py~", ""),
        ({**CARGO, "fuzz/Cargo.toml": "[package]\nname = 'f'\n"}, "fuzz/corpus/a", ""),
        ({**GO, "fuzz/fuzz_test.go": "package fuzz\n"}, "fuzz/corpus/a", ""),
        ({"meta/main.yml": "", "tasks/main.yml": ""}, "molecule/default/molecule.yml", ""),
    ],
)
def test_what_is_left(tmp_path: Path, files: dict[str, str], path: str, ignore: str) -> None:
    # An editor's copy is not tracked, whatever is ignored.
    assert is_claimed(tmp_path, files, path, ignore or ("*~\n" if path.endswith("~") else ""))


@pytest.mark.parametrize(
    ("files", "path", "ignore", "run"),
    [
        (NODE, "test-results/a.html", "", "CMD node server.js\n"),
        (
            {**NODE, "server.js": 'express.static("playwright-report")'},
            "playwright-report/a.html",
            "play*\n",
            "CMD run\n",
        ),
        (NODE, "playwright-report/a.html", "play*\n", "CMD npx playwright show-report\n"),
        ({}, "stats.html", "stats.html\n", "CMD ./run\n"),
        ({}, "reports/monthly.py", "reports\n", "CMD ./run\n"),
        ({"reports/a.html": ""}, "reports/monthly.py", "reports\n", "CMD ./run\n"),
        ({"a.py": 'open("reports/a.html")'}, "reports/a.html", "reports\n", "CMD python a.py\n"),
        ({"a.py": "import reports"}, "reports/__init__.py", "", "CMD python a.py\n"),
        ({}, "var/cache/a", "/var\n", "CMD ./run\n"),
        ({"a.py": "import backup"}, "backup/__init__.py", "", "CMD python a.py\n"),
        ({"a.py": "open('a.bak')"}, "a.bak", "", "CMD python a.py\n"),
        ({**CARGO, "Cargo.toml": "[workspace]\nmembers = ['fuzz']\n"}, "fuzz/src/a.rs", "", "RUN cargo build\n"),
        ({**GO, "cmd/main.go": 'package main\nimport "x.org/a/fuzz"\n'}, "fuzz/a.go", "", "RUN go build ./cmd\n"),
        ({**CARGO, "fuzz/Cargo.toml": ""}, "fuzz/corpus/a", "", "RUN cargo fuzz build\n"),
        ({"tasks/main.yml": ""}, "molecule/default/molecule.yml", "", "RUN molecule test\n"),
        ({"a.py": ""}, "molecule/water.xyz", "", "CMD python a.py\n"),
    ],
)
def test_what_only_has_such_a_name(tmp_path: Path, files: dict[str, str], path: str, ignore: str, run: str) -> None:
    assert not is_claimed(tmp_path, files, path, ignore, run)
