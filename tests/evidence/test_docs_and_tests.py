"""Documentation and tests: not needed by builds that neither build nor run them."""

import json
from pathlib import Path

import pytest

from tests.evidence.support import claim_of, claimed, judged, text, why_kept, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"


def project(root: Path) -> None:
    write(root, "docs/a.md", "docs/img/b.png", "README.md", "LICENSE", "src/docs/c.py", "src/a.md")
    write(root, "tests/test_a.py", "pkg/a_test.go", "web/b.test.tsx", "web/__tests__/c.js", "src/tests/d.py")


def test_both(tmp_path: Path) -> None:
    project(tmp_path)
    found = judged(tmp_path, PLAIN + "RUN pip install -r requirements.txt\n")
    assert claimed(found) == {
        "docs": "docs",
        "README.md": "docs",
        "tests": "tests",
        "pkg/a_test.go": "tests",
        "web/b.test.tsx": "tests",
        "web/__tests__": "tests",
        "Dockerfile": "docker",
    }
    assert claim_of(found, "pkg/a_test.go").patterns == ("**/*_test.go",)
    assert claim_of(found, "docs").patterns == ("*.md", "docs")


def test_tests_beside_a_manifest(tmp_path: Path) -> None:
    write(tmp_path, "services/a/pyproject.toml", "services/a/tests/x.py", "services/b/tests/y.py")
    claim = claim_of(judged(tmp_path, PLAIN), "services/a/tests")
    assert (claim.entries, claim.patterns) == (("services/a/tests",), ())


@pytest.mark.parametrize(
    "run",
    [
        "pytest -x",
        "python -m pytest",
        "uv run pytest",
        "gosu app pytest",
        "su app -c 'pytest -x'",
        "hatch run test:unit",
        "pdm run test",
        "npm test",
        "npm run test:unit",
        "yarn jest",
        "go vet ./... && go test ./...",
        "mvn -B verify",
        "mvn package -DskipTests=false",
        "bundle exec rake prep",
        "./gradlew build",
        "make test",
        "dotnet test",
        "if ] pytest 'x",
    ],
)
def test_what_runs_tests(tmp_path: Path, run: str) -> None:
    project(tmp_path)
    found = judged(tmp_path, f"{PLAIN}RUN {run}\n")
    assert "tests" not in claimed(found).values()
    assert "needs it" in why_kept(found, "tests")
    assert claimed(found)["docs"] == "docs"


@pytest.mark.parametrize(
    "run",
    [
        "pip install pytest",
        "mvn package -DskipTests",
        "mvn package -DskipTests=true",
        "./gradlew build -x test",
        "npm ci",
        "rake assets:precompile",
    ],
)
def test_what_runs_none(tmp_path: Path, run: str) -> None:
    project(tmp_path)
    assert claimed(judged(tmp_path, f"{PLAIN}RUN {run}\n"))["tests"] == "tests"


def test_a_script_that_runs_tests(tmp_path: Path) -> None:
    project(tmp_path)
    text(tmp_path, "package.json", '{"scripts": {"prebuild": "npm run lint", "lint": "eslint . && vitest run"}}')
    assert "tests" not in claimed(judged(tmp_path, f"{PLAIN}RUN npm run build\n")).values()
    assert "tests" in claimed(judged(tmp_path, f"{PLAIN}RUN npm run other\n")).values()


@pytest.mark.parametrize(("runs", "kept"), [("build:*", False), ("test:*", True), ("*", True), ("app:test", True)])
def test_scripts_by_the_start_of_their_names(tmp_path: Path, runs: str, kept: bool) -> None:
    project(tmp_path)
    scripts = {"all": f"npm-run-all {runs}", "build:a": "vite build", "test:unit": "vitest run", "test": "vitest run"}
    text(tmp_path, "package.json", json.dumps({"scripts": scripts}))
    assert ("tests" not in claimed(judged(tmp_path, f"{PLAIN}RUN npm run all\n")).values()) == kept


@pytest.mark.parametrize("run", ["sphinx-build -b html . /o", "mkdocs build", "make docs", "npm run docs:build"])
def test_what_builds_documentation(tmp_path: Path, run: str) -> None:
    project(tmp_path)
    found = judged(tmp_path, f"{PLAIN}RUN {run}\n")
    assert "docs" not in claimed(found).values()


def test_a_single_needed_file(tmp_path: Path) -> None:
    project(tmp_path)
    write(tmp_path, "docs/api/schema.json", "docs/api/x.md")
    found = judged(tmp_path, f"{PLAIN}RUN cp docs/api/schema.json /x\n")
    docs = {entry for entry in claimed(found) if entry.startswith("docs")}
    assert docs == {"docs/a.md", "docs/img", "docs/api/x.md"}
    assert why_kept(found, "docs/api/schema.json") == "RUN cp docs/api/schema.json /x (Dockerfile:4) names it"


def test_a_directory_in_which_the_build_writes(tmp_path: Path) -> None:
    project(tmp_path)
    found = judged(tmp_path, f"{PLAIN}RUN touch docs/stamp\n")
    assert {entry for entry in claimed(found) if entry.startswith("docs")} == {"docs/a.md", "docs/img"}


def test_a_manifest_in_it(tmp_path: Path) -> None:
    project(tmp_path)
    write(tmp_path, "docs/package.json", "tests/requirements.txt")
    found = claimed(judged(tmp_path, PLAIN))
    assert not {"docs", "docs/package.json", "tests", "tests/requirements.txt"} & found.keys()
    assert {"docs/a.md", "tests/test_a.py"} <= found.keys()


@pytest.mark.parametrize(
    ("run", "manifest", "goes"),
    [
        ("cargo build --release", "[package]\nname = 'a'\n", True),
        ("cargo build --release --benches", "[package]\nname = 'a'\n", False),
        ("cargo bench", "[package]\nname = 'a'\n", False),
        ("cargo build", "[[bench]]\nname = 'b'\nharness = false\n", False),
        ("cargo build", "[workspace]\nmembers = ['benches']\n", False),
    ],
)
def test_benchmarks_of_cargo(tmp_path: Path, run: str, manifest: str, goes: bool) -> None:
    write(tmp_path, "benches/b.rs", "src/main.rs")
    text(tmp_path, "Cargo.toml", manifest)
    found = claimed(judged(tmp_path, f"{PLAIN}RUN {run}\n"))
    assert ("benches" in found, "benches/b.rs" in found) == (goes, False)


def test_benches_of_others_are_no_benchmarks(tmp_path: Path) -> None:
    write(tmp_path, "benches/oak.json", "package.json")
    assert "benches" not in claimed(judged(tmp_path, PLAIN))


@pytest.mark.parametrize(
    ("run", "name", "settings"),
    [
        ("RUN pytest", "pytest.ini", "[pytest]\ntestpaths = tests README.md docs\n"),
        ("RUN python -m pytest", "pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = ["docs", "README.md"]\n'),
        ("RUN pytest", "setup.cfg", "[tool:pytest]\ntestpaths =\n  docs\n  README.md\n"),
        ("RUN pytest", "tox.ini", "[pytest]\ntestpaths = docs README.md\n"),
        ("RUN pytest docs", "pytest.ini", "[pytest]\naddopts = --doctest-glob=README.md\n"),
    ],
)
def test_what_pytest_collects(tmp_path: Path, run: str, name: str, settings: str) -> None:
    write(tmp_path, "docs/a.rst", "README.md", "CHANGELOG.md")
    text(tmp_path, name, settings)
    found = claimed(judged(tmp_path, f"FROM x\nWORKDIR /app\nCOPY . .\n{run}\n"))
    assert not {"docs", "README.md"} & found.keys()
    assert "CHANGELOG.md" in found


def test_what_pytest_collects_where_it_runs_from_outside(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.rst")
    text(tmp_path, "pytest.ini", "[pytest]\ntestpaths = docs\n")
    dockerfile = "FROM x\nWORKDIR /app\nCOPY . .\nCMD ./run\n"
    assert "docs" in claimed(judged(tmp_path, dockerfile))
    text(tmp_path, "Makefile", "check:\n\tdocker run --rm image pytest -q\n")
    assert "docs" not in claimed(judged(tmp_path, dockerfile))


@pytest.mark.parametrize(("run", "file"), [("dune build @install", "dune"), ("bazel build //...", "BUILD.bazel")])
def test_what_is_described_in_each_directory(tmp_path: Path, run: str, file: str) -> None:
    write(tmp_path, "docs/help/a.txt", "docs/note.md", "tests/x")
    text(tmp_path, f"docs/{file}", 'rule(srcs = glob(["help/*.txt"]))')
    found = claimed(judged(tmp_path, f"FROM x\nWORKDIR /app\nCOPY . .\nRUN {run}\n"))
    assert not {"docs", f"docs/{file}", "docs/help", "docs/help/a.txt"} & found.keys()
    assert found["tests"] == "tests"


@pytest.mark.parametrize(
    "dockerfile",
    [
        'FROM codercom/code-server:4\nCOPY . /home/coder/x\nCMD ["/home/coder/x"]\n',
        "FROM mcr.microsoft.com/devcontainers/python:3\nCOPY . /x\n",
        "FROM python:3\nCOPY . /x\nCMD code-server /x\n",
    ],
)
def test_images_in_which_people_develop(tmp_path: Path, dockerfile: str) -> None:
    write(tmp_path, "course/tests/test_a.py", "docs/a.md", "README.md")
    assert claimed(judged(tmp_path, dockerfile)).keys() == {"Dockerfile"}


@pytest.mark.parametrize(
    ("test", "data", "gone"),
    [
        ("a/a_test.go", "a/testdata/x.json", True),
        ("a/b/b_test.go", "a/testdata/x.json", True),
        ("a_test.go", "testdata/x.json", True),
        ("a/a_test.go", "b/testdata/x.json", False),
        ("a.go", "testdata/x.json", False),
        ("tests/test_a.py", "testdata/x.json", True),
        ("src/a.spec.ts", "src/testdata/x.json", True),
        ("a/testdata/a_test.go", "b/testdata/x.json", False),
    ],
)
def test_data_beside_tests(tmp_path: Path, test: str, data: str, gone: bool) -> None:
    write(tmp_path, test, data)
    directory = data.rpartition("/")[0]
    assert (directory in claimed(judged(tmp_path, "FROM x\nWORKDIR /s\nCOPY . .\nCMD ./run\n"))) is gone
