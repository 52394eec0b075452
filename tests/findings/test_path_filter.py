from pathlib import Path

import pytest

from ctxopt.builds.build import DeclaringFile
from ctxopt.builds.path_filters import FilterPattern, filtered_workflow
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.path_filter import RULE
from tests.findings.support import built
from tests.support.files import write
from tests.support.programs import git

_FILE = ".github/workflows/image.yml"
_DOCKERFILE = "FROM scratch\nCOPY src /src\nCOPY lib/a /lib\n"
_FILES = {"src/main": "x", "src/deep/more": "x", "lib/a": "x", "README.md": "x"}
_STEP = "uses: docker/build-push-action@v6\n        with: {context: .}\n"


def _workflow(filters: str, step: str = _STEP) -> dict[str, str]:
    return {_FILE: f"on:\n  push:\n{filters}jobs:\n  b:\n    steps:\n      - uses: actions/checkout@v4\n      - {step}"}


def _paths(*patterns: str, key: str = "paths") -> str:
    return f"    {key}:\n" + "".join(f"      - '{pattern}'\n" for pattern in patterns)


def _found(root: Path, workflow: dict[str, str], files: dict[str, str] | None = None) -> list[Finding]:
    given = {**_FILES, **(files or {}), **workflow, ".dockerignore": ".git\n"}
    write(root, {**given, "Dockerfile": _DOCKERFILE})
    git(root, "init", "-q")
    git(root, "add", ".")
    return built(root, RULE, _DOCKERFILE, given, ".git\n")


_ALL = ("Dockerfile", ".dockerignore", "src/**", "lib/**")


def test_a_file_that_a_build_reads_and_no_pattern_matches(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, _workflow(_paths(*_ALL[:3])))
    assert (finding.file, finding.line, finding.severity) == (_FILE, 4, Severity.NOTE)
    assert finding.message == "push.paths does not match lib/a, which COPY in line 3 reads in Dockerfile"
    assert finding.subject == "lib/a"


@pytest.mark.parametrize(
    "filters",
    [
        _paths(*_ALL),
        _paths("**"),
        _paths("**", "!docs/**"),
        _paths("*", "src/**", "lib/*"),
        _paths("docs/**", "*.md", key="paths-ignore"),
        # Whoever lists what is of no account means it, and so does who lists one file of many.
        _paths("lib/**", key="paths-ignore"),
        _paths("**", "!src/deep/**"),
        _paths("Dockerfile"),
        "    branches: [main]\n",
    ],
)
def test_a_filter_that_matches_all_that_is_read(tmp_path: Path, filters: str) -> None:
    assert _found(tmp_path, _workflow(filters)) == []


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (_paths("src/**", "lib/**"), "push.paths does not match .dockerignore and 1 other file, which the builder"),
        (_paths("src/*", *_ALL[:2], "lib/a"), "push.paths does not match src/deep/more, which COPY in line 2 reads"),
    ],
)
def test_what_a_filter_misses(tmp_path: Path, filters: str, message: str) -> None:
    (finding,) = _found(tmp_path, _workflow(filters))
    assert finding.message.startswith(message)


@pytest.mark.parametrize(
    ("more", "patterns", "missed"),
    [
        # Documentation changes nothing, and neither does an ignore file where each COPY names its files.
        ("COPY docs /docs\nCOPY LICENSE README.md /\n", _ALL, 0),
        ("COPY docs /docs\nCOPY other /other\n", _ALL, 1),
        ("", ("Dockerfile", "src/**", "lib/**"), 0),
        ("", (".dockerignore", "src/**", "lib/**"), 1),
    ],
)
def test_what_is_of_no_account(tmp_path: Path, more: str, patterns: tuple[str, ...], missed: int) -> None:
    files = {**_FILES, "docs/a.html": "x", "LICENSE": "x", "other": "x", **_workflow(_paths(*patterns))}
    dockerfile = _DOCKERFILE + more
    write(tmp_path, {**files, ".dockerignore": ".git\n", "Dockerfile": dockerfile})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    assert len(built(tmp_path, RULE, dockerfile, files, ".git\n")) == missed


def test_what_only_a_copy_of_everything_takes_may_be_left_out_on_purpose(tmp_path: Path) -> None:
    files = {**_FILES, **_workflow(_paths(*_ALL[:3])), ".dockerignore": ".git\n"}
    found = []
    for number, dockerfile in enumerate(("FROM scratch\nCOPY . /app\n", "FROM scratch\nCOPY . /app\nCOPY lib /app\n")):
        root = tmp_path / str(number)
        root.mkdir()
        write(root, {**files, "Dockerfile": dockerfile})
        git(root, "init", "-q")
        git(root, "add", ".")
        found.append([one.message for one in built(root, RULE, dockerfile, files, ".git\n")])
    assert found == [[], ["push.paths does not match lib/a, which COPY in line 3 reads in Dockerfile"]]


def test_a_build_by_a_command(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, _workflow(_paths(*_ALL[:3]), "run: docker build -t x .\n"))
    assert "lib/a" in finding.message


@pytest.mark.parametrize("step", ["run: make\n", "uses: docker/build-push-action@v6\n        with: {context: other}\n"])
def test_a_workflow_that_builds_something_else(tmp_path: Path, step: str) -> None:
    assert _found(tmp_path, _workflow(_paths("src/**"), step)) == []


def test_a_pattern_for_many_files_that_the_only_build_does_not_read(tmp_path: Path) -> None:
    docs = {f"docs/{number}.md": "x" for number in range(12)}
    (finding,) = _found(tmp_path, _workflow(_paths(*_ALL, "docs/**")), docs)
    assert (finding.line, finding.severity) == (8, Severity.NOTE)
    assert finding.message == ("push.paths: `docs/**` matches 12 files that the build does not read, such as docs/0.md")


def test_a_workflow_that_does_more_than_build_may_name_other_files(tmp_path: Path) -> None:
    docs = {f"docs/{number}.md": "x" for number in range(12)}
    step = f"run: make docs\n      - {_STEP}"
    assert _found(tmp_path, _workflow(_paths(*_ALL, "docs/**"), step), docs) == []


@pytest.mark.parametrize(
    ("pattern", "matched", "others"),
    [
        ("*", ["a", "a.b"], ["a/b"]),
        ("**", ["a", "a/b/c"], []),
        ("docs/**", ["docs/a", "docs/a/b"], ["docs", "other/docs/a"]),
        ("**/docs/**", ["docs/a", "x/docs/a"], ["xdocs/a"]),
        ("**.js", ["a.js", "x/a.js"], ["a.jsx"]),
        ("*.jsx?", ["a.js", "a.jsx"], ["a.jsxx", "b/a.js"]),
        ("a+", ["a", "aaa"], ["", "b"]),
        ("[ab]/[0-9].c", ["a/1.c", "b/9.c"], ["c/1.c", "a/x.c"]),
        ("**/README.md", ["README.md", "x/y/README.md"], ["xREADME.md"]),
        ("*" * 300 + "x", ["x", "a/x"], ["y" * 2000]),
    ],
)
def test_patterns_are_those_of_github(pattern: str, matched: list[str], others: list[str]) -> None:
    found = FilterPattern(pattern, 1, positive=True)
    assert [path for path in (*matched, *others) if found.matches(path)] == matched


def test_a_workflow_without_a_filter_is_not_read_further() -> None:
    assert filtered_workflow(DeclaringFile("x", "x", "on: push\njobs: {a: {steps: [{run: paths}]}}\n"), "/") is None


@pytest.mark.parametrize("key", ["tags", "tags-ignore"])
def test_github_evaluates_no_path_filter_for_tags(tmp_path: Path, key: str) -> None:
    assert _found(tmp_path, _workflow(f"    {key}: ['v*']\n" + _paths(*_ALL[:3]))) == []


@pytest.mark.parametrize("key", ["branches", "branches-ignore"])
def test_a_filter_for_tags_and_branches_counts_for_branches(tmp_path: Path, key: str) -> None:
    given = f"    tags: ['v*']\n    {key}: [main]\n" + _paths(*_ALL[:3])
    assert [finding.subject for finding in _found(tmp_path, _workflow(given))] == ["lib/a"]


def test_a_filter_of_another_event_counts(tmp_path: Path) -> None:
    given = "    tags: ['v*']\n" + _paths(*_ALL[:3]) + "  pull_request:\n" + _paths(*_ALL[:3])
    (finding,) = _found(tmp_path, _workflow(given))
    assert finding.message.startswith("pull_request.paths does not match lib/a")


@pytest.mark.parametrize(
    "step",
    [
        "uses: docker/build-push-action@v6\n        with: {context: ., target: build}\n",
        "run: docker build --target build .\n",
    ],
)
def test_a_workflow_that_builds_another_stage_says_nothing_of_the_last(tmp_path: Path, step: str) -> None:
    assert _found(tmp_path, _workflow(_paths(*_ALL[:3]), step)) == []
