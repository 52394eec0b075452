from pathlib import Path

import pytest

from ctxopt.builds import workflows
from ctxopt.builds.build import DeclaringFile
from ctxopt.builds.workflows.model import GitBuild
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.workflow_from_git import RULE
from tests.findings.support import built
from tests.support.files import write
from tests.support.programs import git

_FILE = ".github/workflows/ci.yml"
_COPIES = "FROM scratch\nCOPY dist /srv/\n"


def _workflow(given: str = "", before: str = "") -> dict[str, str]:
    step = "      - uses: docker/build-push-action@v6\n" + (f"        with: {{{given}}}\n" if given else "")
    return {_FILE: f"on: push\njobs:\n  b:\n    steps:\n      - uses: actions/checkout@v4\n{before}{step}"}


def _found(
    root: Path, dockerfile: str, files: dict[str, str], ignore: str | None = None, untracked: str = "dist\n"
) -> list[Finding]:
    write(root, {**files, ".gitignore": untracked, "Dockerfile": dockerfile, ".dockerignore": ignore or ""})
    git(root, "init", "-q")
    git(root, "add", ".")
    return built(root, RULE, dockerfile, files, ignore)


def test_a_source_that_git_does_not_track(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, _COPIES, {**_workflow(), "dist/app.js": "x"})
    assert (finding.file, finding.line, finding.severity) == (_FILE, 6, Severity.WARNING)
    assert finding.message == (
        "builds from git, which does not track dist, needed by COPY in line 2 of Dockerfile: the build fails, "
        "or copies nothing"
    )
    assert finding.fix == "add `context: .` to build from the checkout"


def test_a_target_of_bake_that_is_built_from_git(tmp_path: Path) -> None:
    bake = {"docker-bake.hcl": 'target "app" {}\n', "dist/app.js": "x"}
    workflow = {_FILE: _workflow()[_FILE].replace("build-push-action", "bake-action")}
    (finding,) = _found(tmp_path, _COPIES, {**workflow, **bake})
    assert (finding.line, finding.fix) == (6, "add `source: .` to build from the checkout")


def test_a_source_that_an_earlier_step_makes(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nCOPY --parents out/./*.js /srv/\nCOPY dist /srv/\n"
    (finding,) = _found(tmp_path, dockerfile, _workflow(before="      - run: npm run build\n"))
    assert "out/*.js and 1 other source" in finding.message
    assert finding.evidence == ("dist",)


@pytest.mark.parametrize("given", ["context: .", "context: '${{ github.workspace }}'", "file: other/Dockerfile"])
def test_a_build_from_the_checkout_or_of_another_file(tmp_path: Path, given: str) -> None:
    assert _found(tmp_path, _COPIES, {**_workflow(given), "dist/app.js": "x"}, "docs\n") == []


@pytest.mark.parametrize(
    ("dockerfile", "files"),
    [
        (_COPIES.replace("dist", "src"), {"src/app.js": "x"}),
        ("FROM scratch\nCOPY . /\n", {"dist/app.js": "x", "src/app.js": "x"}),
        ("FROM scratch\nCOPY s*/*.js /\n", {"src/app.js": "x"}),
        ("FROM scratch\nARG D\nCOPY $D /\n", {"src/app.js": "x"}),
        ("FROM scratch\nRUN x\n", {"src/app.js": "x"}),
    ],
)
def test_what_git_has(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> None:
    assert _found(tmp_path, dockerfile, {**_workflow(before="      - run: x\n"), **files}, "") == []


def test_a_source_that_is_not_there_and_that_no_step_makes(tmp_path: Path) -> None:
    assert _found(tmp_path, _COPIES, {**_workflow(), "src/app.js": "x"}) == []


def test_an_ignore_file_that_does_not_apply(tmp_path: Path) -> None:
    files = {**_workflow("context: '{{defaultContext}}'"), "docs/a.md": "x" * 1_000_000, "src/app.js": "x"}
    (finding,) = _found(tmp_path, "FROM scratch\nCOPY . /\n", files, "docs\nDockerfile\ndist\n")
    assert (finding.file, finding.severity, finding.evidence) == (_FILE, Severity.NOTE, ("docs/a.md",))
    assert finding.message == (
        "builds from git, where .dockerignore does not apply and does not keep out 1.0 MB in 1 file"
    )


def test_an_ignore_file_that_keeps_little_out(tmp_path: Path) -> None:
    files = {**_workflow("context: '{{defaultContext}}'"), "docs/a.md": "x" * 50, "src/app.js": "x"}
    assert _found(tmp_path, "FROM scratch\nCOPY . /\n", files, "docs\nDockerfile\ndist\n") == []


def test_a_wildcard_that_may_match_nothing(tmp_path: Path) -> None:
    files = {**_workflow(before="      - run: npm run build\n"), "src/app.js": "x"}
    assert _found(tmp_path, "FROM scratch\nCOPY src/app.js app_local.* /\n", files) == []
    assert len(_found(tmp_path, "FROM scratch\nCOPY app_local.* /\n", files)) == 1


def test_an_ignore_file_for_what_is_not_copied_or_not_in_git(tmp_path: Path) -> None:
    files = {**_workflow(), "docs/a.md": "x", "src/app.js": "x", "dist/x": "x"}
    assert _found(tmp_path, "FROM scratch\nCOPY src /\n", files, "docs\ndist\n") == []
    assert built(tmp_path, RULE, "FROM scratch\nCOPY . /\n", files, "dist\n") == []


def test_a_context_below_the_top_of_the_repository(tmp_path: Path) -> None:
    write(tmp_path, {**_workflow("context: '{{defaultContext}}:app'"), ".gitignore": "dist\n", "app/dist/x": "x"})
    git(tmp_path, "init", "-q")
    write(tmp_path, {"app/src/x": "x", "app/Dockerfile": _COPIES})
    git(tmp_path, "add", ".")
    (finding,) = built(tmp_path / "app", RULE, _COPIES)
    assert finding.file == f"../{_FILE}"


@pytest.mark.parametrize("text", ["jobs: [docker/build-push-action", "docker/build-push-action"])
def test_a_workflow_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    assert _found(tmp_path, _COPIES, {_FILE: text, "dist/x": "x", "src/x": "x"}) == []


def test_outside_of_a_repository(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, _COPIES, {**_workflow(), "dist/x": "x"}) == []


def test_a_workflow_is_read_once_for_many_dockerfiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []

    def counting(file: DeclaringFile, root: str) -> tuple[GitBuild, ...]:
        reads.append(root)
        return ()

    monkeypatch.setattr(workflows, "git_builds", counting)
    for _ in range(3):
        assert _found(tmp_path, _COPIES, {**_workflow(), "dist/x": "x"} if not reads else {}) == []
    assert len(reads) == 1


@pytest.mark.parametrize(("argument", "count"), [("JAR=${{ github.event.url }}", 0), ("OTHER=1", 1)])
def test_a_source_that_the_step_gives(tmp_path: Path, argument: str, count: int) -> None:
    dockerfile = "ARG JAR=dist/app.jar\nFROM scratch\nARG JAR=dist/app.jar\nADD ${JAR} /srv/\n"
    workflow = _workflow(f'build-args: "{argument}"', "      - run: make\n")
    assert len(_found(tmp_path, dockerfile, {**workflow, "dist/app.jar": "x"})) == count
