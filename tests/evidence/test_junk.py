"""Caches, files of editors and systems, CI settings, and the Docker files themselves."""

from pathlib import Path

import pytest

from tests.evidence.support import claim_of, claimed, judged, text, tracked, why_kept, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"


def test_kinds_of_junk(tmp_path: Path) -> None:
    names = {
        "a/__pycache__/m.cpython-312.pyc": ("a/__pycache__", "cache"),
        "b.pyc": ("b.pyc", "cache"),
        "web/.eslintcache": ("web/.eslintcache", "cache"),
        ".mypy_cache/x.json": (".mypy_cache", "cache"),
        "logs/x.log": ("logs/x.log", "cache"),
        "deep/er/.DS_Store": ("deep/er/.DS_Store", "os"),
        "Thumbs.db": ("Thumbs.db", "os"),
        ".idea/x.xml": (".idea", "editor"),
        "src/.x.py.swp": ("src/.x.py.swp", "editor"),
        "src/x.py~": ("src/x.py~", "editor"),
        ".github/workflows/x.yml": (".github", "ci"),
        "Jenkinsfile": ("Jenkinsfile", "ci"),
        "ctxopt.toml": ("ctxopt.toml", "ci"),
        "compose.yaml": ("compose.yaml", "docker"),
    }
    write(
        tmp_path,
        *names,
        "prod.Dockerfile",
        "templates/go.Dockerfile",
        "templates/.dockerignore",
        "flash/x.swf",
        "src/x.py",
        "src/Jenkinsfile",
        "src/cache.py",
    )
    found = claimed(judged(tmp_path, PLAIN))
    assert found == {**dict(names.values()), "Dockerfile": "docker"}


def test_general_patterns(tmp_path: Path) -> None:
    write(tmp_path, "a/__pycache__/m.pyc", "b/__pycache__/n.pyc", "c.pyc", ".github/x")
    found = judged(tmp_path, PLAIN)
    claim = claim_of(found, "c.pyc")
    assert claim.entries == ("a/__pycache__", "b/__pycache__", "c.pyc")
    assert claim.patterns == ("**/*.py[co]", "**/__pycache__")
    assert claim_of(found, ".github").patterns == (".github",)


def test_a_general_pattern_although_something_with_the_name_stays(tmp_path: Path) -> None:
    write(tmp_path, "a/x.log", "b/y.log")
    found = judged(tmp_path, PLAIN + "RUN cat b/y.log\n")
    claim = claim_of(found, "a/x.log")
    assert (claim.entries, claim.patterns) == (("a/x.log",), ("**/*.log",))


def test_files_that_declare_builds(tmp_path: Path) -> None:
    write(tmp_path, "deploy/stack.yml", "images/web")
    found = judged(tmp_path, PLAIN, build_files=("deploy/stack.yml", "images/web", "missing/x"))
    assert claimed(found) == {"deploy/stack.yml": "docker", "images/web": "docker"}


def test_what_git_tracks(tmp_path: Path) -> None:
    write(tmp_path, "a.log", "b/c.pyc", ".vscode/settings.json", "desktop.ini", ".gitlab-ci.yml")
    tracked(tmp_path)
    found = claimed(judged(tmp_path, PLAIN, git=True))
    assert not {"a.log", "b/c.pyc", "desktop.ini"} & found.keys()
    assert (found[".vscode"], found[".gitlab-ci.yml"]) == ("editor", "ci")


def test_junk_inside_a_source(tmp_path: Path) -> None:
    write(tmp_path, "src/a.py", "src/__pycache__/a.pyc", "src/.DS_Store", "src/x.log", "src/.idea/x", "src/a.py~")
    found = judged(tmp_path, "FROM x\nCOPY src /src\nCOPY . /app\n")
    assert {entry for entry in claimed(found) if entry.startswith("src")} == {
        "src/__pycache__",
        "src/.DS_Store",
        "src/a.py~",
    }
    tracked(tmp_path)
    found = judged(tmp_path, "FROM x\nCOPY src /src\nCOPY . /app\n", git=True)
    assert not [entry for entry in claimed(found) if entry.startswith("src")]


def test_inside_what_is_mentioned(tmp_path: Path) -> None:
    write(tmp_path, "src/a.py", "src/__pycache__/a.pyc", "src/x.log", "other/__pycache__/a.pyc")
    found = judged(tmp_path, PLAIN + "RUN cp -r src /x && cp -r other/__pycache__ /y\n")
    assert {entry for entry in claimed(found) if "/" in entry} == {"src/__pycache__"}


def test_a_file_that_a_source_names_stays(tmp_path: Path) -> None:
    write(tmp_path, ".DS_Store", "a/.DS_Store")
    found = claimed(judged(tmp_path, "FROM x\nCOPY .DS_Store /x\nCOPY . /app\n"))
    assert "a/.DS_Store" in found
    assert ".DS_Store" not in found


def test_what_is_excluded_already_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, "a/x.log", "b/x.log", ".git/HEAD")
    text(tmp_path, ".dockerignore", "b\n.git\n")
    assert claimed(judged(tmp_path, PLAIN)) == {"a/x.log": "cache", "Dockerfile": "docker"}


def test_without_a_broad_read(tmp_path: Path) -> None:
    write(tmp_path, ".git/HEAD", "src/x.pyc")
    found = judged(tmp_path, "FROM x\nCOPY src /src\n")
    assert (found.claims, found.kept, found.warnings) == ((), (), ())


def test_what_is_unused_does_not_prevent_a_general_pattern(tmp_path: Path) -> None:
    write(tmp_path, "src/__pycache__/m.pyc", "tests/__pycache__/n.pyc", "src/x.py")
    found = judged(tmp_path, "FROM x\nCOPY --exclude=tests . .\n")
    assert claim_of(found, "src/__pycache__").patterns == ("**/__pycache__",)


@pytest.mark.parametrize(
    ("name", "run"),
    [
        (".editorconfig", "dotnet build -c Release"),
        (".prettierignore", "npx prettier --check ."),
        (".yamllint", "yamllint ."),
        (".goreleaser.yml", "goreleaser build"),
    ],
)
def test_settings_that_a_command_reads(tmp_path: Path, name: str, run: str) -> None:
    write(tmp_path, name)
    assert name in claimed(judged(tmp_path, PLAIN + "RUN make\n"))
    found = judged(tmp_path, f"{PLAIN}RUN {run}\n")
    assert name not in claimed(found)
    assert "may read it" in why_kept(found, name)
