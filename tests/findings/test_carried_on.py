from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.carried_on import RULE
from tests.findings.support import built, costs

_GO = """FROM golang AS build
WORKDIR /src
COPY . .
RUN go build -o /src/bin/app .
{}FROM scratch
COPY --from=build {} /src
"""
_FILES = {"main.go": 30_000, "a/b.go": 10_000, "tests/data": 50_000, ".git/objects/x": 200_000, "README.md": 100}


def found(root: Path, source: str, between: str = "", files: dict[str, int] | None = None) -> list[Finding]:
    return costs(root, RULE, _GO.format(between, source), _FILES if files is None else files)


@pytest.mark.parametrize("source", ["/src", "/src/", "/"])
def test_what_only_building_needed(tmp_path: Path, source: str) -> None:
    (finding,) = found(tmp_path, source)
    assert (finding.line, finding.severity) == (6, Severity.WARNING)
    assert finding.message.endswith("the history of git, tests, Go sources")
    assert finding.totals is not None
    assert finding.totals.size == 290_000
    above = "src/" if source == "/" else ""
    assert f"--exclude={above}.git --exclude={above}tests --exclude=**/*.go" in finding.fix


@pytest.mark.parametrize(("tool", "count"), [("gdb strace", 1), ("curl", 2)])
def test_a_debugger_shows_the_sources(tmp_path: Path, tool: str, count: int) -> None:
    dockerfile = (
        "FROM golang AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /src/bin/app .\n"
        f"FROM debian\nRUN apt-get update && apt-get install -y {tool}\nCOPY --from=build /src /src\n"
    )
    (finding,) = costs(tmp_path, RULE, dockerfile, {"main.go": 30_000, "tests/data": 50_000})
    assert finding.message.partition("not need: ")[2].count(", ") == count - 1


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("COPY --from=build /go/bin/dlv /usr/bin/dlv\n", 0),
        ('CMD ["dlv", "exec", "/src/bin/app"]\n', 0),
        ('COPY --from=build /go/bin/dlvx /usr/bin/\nCMD ["/src/bin/app"]\n', 1),
    ],
)
def test_a_debugger_that_is_copied_or_started_shows_the_sources(tmp_path: Path, lines: str, count: int) -> None:
    assert len(costs(tmp_path, RULE, _GO.format("", "/src") + lines, {"main.go": 30_000})) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("docker run --rm --workdir /app --entrypoint python a/b -m pytest\n", 1),
        ("docker compose exec web npm test\n", 1),
        ("docker run --rm a/b --latest\npytest\n", 2),
    ],
)
def test_tests_that_a_manual_runs_in_the_image(tmp_path: Path, text: str, count: int) -> None:
    (tmp_path / ".git").mkdir()
    files = {"README.md": text, "main.go": "x" * 50_000, "tests/data": "x" * 50_000}
    (finding,) = built(tmp_path, RULE, _GO.format("", "/src"), files)
    assert finding.message.partition("not need: ")[2].count(", ") == count - 1


@pytest.mark.parametrize(("directory", "count"), [("app/fixtures", 0), ("app/tests/fixtures", 1)])
def test_a_program_may_load_fixtures(tmp_path: Path, directory: str, count: int) -> None:
    assert len(found(tmp_path, "/src", files={f"{directory}/data.json": 50_000})) == count


@pytest.mark.parametrize("source", ["/src/bin", "/src/bin/app", "/out"])
def test_a_result_alone(tmp_path: Path, source: str) -> None:
    assert found(tmp_path, source) == []


def test_what_the_stage_removes_before(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "/src", "RUN rm -rf .git tests\n")
    assert finding.message.endswith(": Go sources")


@pytest.mark.parametrize(
    "command",
    [
        "find ./ -type f -not -name 'requirements*.txt' -print0 | xargs -0 rm -f",
        "find . -type f ! -name '*.txt' -delete",
        "find / -xdev -type f \\! \\( -name bin -o -name '*.txt' \\) -exec rm -f {} +",
    ],
)
def test_what_a_find_removes_but_for_a_few_names(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, "/src", f"RUN {command}\n") == []


@pytest.mark.parametrize(
    "command",
    [
        "find . -type f -name '*.txt' -not -name a -print0 | xargs -0 rm -f",
        "find . -type f -not -name '*.txt' -print0 | xargs -0 chmod 644",
        "find /tmp -type f -not -name '*.txt' -delete",
        "find . -type d -empty -not -name a -delete",
    ],
)
def test_what_a_find_leaves(tmp_path: Path, command: str) -> None:
    (finding,) = found(tmp_path, "/src", f"RUN {command}\n")
    assert finding.message.endswith("the history of git, tests, Go sources")


def test_sources_that_nothing_compiles(tmp_path: Path) -> None:
    dockerfile = "FROM python AS build\nCOPY . /src\nRUN pip install x\nFROM python\nCOPY --from=build /src /src\n"
    assert costs(tmp_path, RULE, dockerfile, {"main.c": 50_000, "app.py": 50_000}) == []


def test_little(tmp_path: Path) -> None:
    assert found(tmp_path, "/src", files={"main.go": 5_000, "tests/a": 4_000}) == []


def test_a_small_history_counts(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "/src", files={"main.go": 100, ".git/HEAD": 20})
    assert finding.severity is Severity.WARNING


def test_an_intermediate_stage_is_not_the_image(tmp_path: Path) -> None:
    dockerfile = _GO.format("", "/src") + "FROM scratch\nCOPY --from=1 /src/bin /bin\n"
    assert costs(tmp_path, RULE, dockerfile, _FILES) == []


_NEXT = "FROM node AS build\nWORKDIR /app\nCOPY . .\nRUN {}\nFROM node\nCOPY --from=build {} /app\n"


@pytest.mark.parametrize(
    ("source", "pattern"), [("/app", ".next/cache"), ("/app/.next", "cache"), ("/app/.next/", "cache")]
)
def test_the_cache_of_a_build_that_a_script_runs(tmp_path: Path, source: str, pattern: str) -> None:
    files = {"package.json": '{"scripts": {"build": "next build"}}'}
    (finding,) = built(tmp_path, RULE, _NEXT.format("npm run build", source), files)
    assert finding.severity is Severity.NOTE
    assert finding.totals is None
    assert "/app/.next/cache, a cache" in finding.message
    assert f"--exclude={pattern} " in finding.fix


@pytest.mark.parametrize(
    ("run", "source"),
    [
        ("npm run build", "/app/.next/standalone"),
        ("npm run build && rm -rf .next/cache", "/app"),
        ("npm run lint", "/app"),
    ],
)
def test_no_cache_of_a_build(tmp_path: Path, run: str, source: str) -> None:
    files = {"package.json": '{"scripts": {"build": "next build", "lint": "eslint"}}'}
    assert built(tmp_path, RULE, _NEXT.format(run, source), files) == []


def test_a_cache_that_is_mounted(tmp_path: Path) -> None:
    run = "--mount=type=cache,target=/app/.next/cache npx next build"
    assert built(tmp_path, RULE, _NEXT.format(run, "/app"), {"package.json": "{}"}) == []


def test_an_archive_of_git_has_no_history(tmp_path: Path) -> None:
    dockerfile = "# git archive HEAD | docker build -\n" + _GO.format("", "/src")
    (finding,) = costs(tmp_path, RULE, dockerfile, _FILES)
    assert finding.message.endswith("does not need: tests, Go sources")


def test_an_image_for_development_has_tests_and_sources(tmp_path: Path) -> None:
    dockerfile = _GO.format("", "/src").replace("FROM scratch", "FROM scratch AS development")
    (finding,) = costs(tmp_path, RULE, dockerfile, _FILES)
    assert finding.message.endswith("does not need: the history of git")


def test_a_cache_where_the_package_of_a_workspace_is_built(tmp_path: Path) -> None:
    files = {
        "package.json": '{"private": true, "scripts": {"x": "y"}}',
        "pnpm-workspace.yaml": "packages: [apps/*]\n",
        "apps/web/package.json": '{"name": "@a/web", "scripts": {"build": "next build"}}',
    }
    dockerfile = (
        "FROM node:22 AS build\nWORKDIR /repo\nCOPY . .\nRUN pnpm --filter @a/web build\n"
        "FROM node:22-slim\nCOPY --from=build /repo /repo\n"
    )
    (finding,) = built(tmp_path, RULE, dockerfile, files)
    assert "/repo/apps/web/.next/cache, a cache" in finding.message
    assert "--exclude=apps/web/.next/cache" in finding.fix


@pytest.mark.parametrize(("run", "count"), [("git describe", 0), ("git init", 1)])
def test_the_history_is_asked_in_the_image(tmp_path: Path, run: str, count: int) -> None:
    text = f"FROM alpine:3 AS a\nCOPY . /s\nFROM alpine:3\nCOPY --from=a /s /s\nRUN cd /s && {run}\n"
    assert len(costs(tmp_path, RULE, text, {".git/objects/x": 200_000, "a": 10})) == count
