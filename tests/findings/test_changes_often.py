from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules.changes_often import RULE
from ctxopt.findings.rules.git_in_image import RULE as GIT_IN_IMAGE
from tests.findings.support import built, costs, named
from tests.support.files import write
from tests.support.programs import git

_FILES = {
    ".git/HEAD": 20,
    ".git/objects/x": 200_000,
    "debug.log": 50_000,
    "api/debug.log": 10,
    "coverage/lcov.info": 1_000,
    "tests/sample.log": 7,
    "src/a.js": 3,
    "src/app.tsbuildinfo": 5,
}


def found(root: Path, *lines: str, **files: int) -> list[Finding]:
    return costs(root, RULE, "FROM x AS base\nWORKDIR /app\n" + "\n".join(lines) + "\n", files or _FILES)


def test_all_kinds_of_entries(tmp_path: Path) -> None:
    # What gets into the image is a finding of CTX103.
    (finding,) = found(tmp_path, "COPY . .", "RUN make", "RUN make test", "FROM x", "COPY --from=base /app/x /x")
    assert (finding.line, finding.severity, finding.confidence) == (3, Severity.WARNING, Confidence.HIGH)
    assert finding.totals == Totals(6, 251_035)
    assert finding.message == (
        ".git/ and 4 more change with every commit, test run, start of the program or build, which rebuilds this "
        "COPY and the 2 RUN after it"
    )
    assert finding.fix == ("add these lines to .dockerignore: `.git`, `coverage`, `**/*.log`, `**/*.tsbuildinfo`")
    assert finding.evidence[1] == ".git/: 200 kB in 2 files"


def test_a_context_that_is_assumed(tmp_path: Path) -> None:
    text = "FROM x AS b\nWORKDIR /app\nCOPY . .\nRUN make\nFROM x\nCOPY --from=b /app/x /x\n"
    files = {".git/HEAD": "x", ".git/objects/x": "x" * 20_000}
    assert len(named(tmp_path, RULE, "api/Dockerfile", text, files)) == 1
    assert named(tmp_path, RULE, "api/Dockerfile", text, files, assumed=True) == []


def test_logs_alone_are_a_note(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY api api", "RUN make")
    assert (finding.severity, finding.confidence, finding.totals) == (Severity.NOTE, Confidence.MEDIUM, Totals(1, 10))
    assert finding.message == (
        "api/debug.log changes with every start of the program, which rebuilds this COPY and the RUN after it"
    )


def test_stages_from_this_one_count(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "FROM base", "RUN make")
    assert "the RUN after it" in finding.message


@pytest.mark.parametrize("run", ["git describe > v", "make VERSION=$(git rev-parse HEAD)", "cat .git/HEAD", "if"])
def test_history_that_is_needed(tmp_path: Path, run: str) -> None:
    (finding,) = found(tmp_path, "COPY . .", f"RUN {run}")
    assert ".git" not in finding.message
    assert finding.totals == Totals(4, 51_015)


@pytest.mark.parametrize(
    ("name", "text"),
    [("pyproject.toml", "[tool.setuptools_scm]\n"), ("Makefile", "V := $(shell git describe)\nall:\n")],
)
def test_history_that_a_configuration_needs(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (finding,) = found(tmp_path, "COPY . .", "RUN pip install . && make")
    assert ".git" not in finding.message


@pytest.mark.parametrize(
    ("beside", "names", "text", "count"),
    [
        ("data/package.json", "node . > error.log", "", 0),
        ("data/package.json", "node . > error.log", "\n", 0),
        ("data/package.json", "node . > error.log", "line\n", 1),
        ("data/manage.py", "FILE = 'error.log'", "line\n", 1),
        # A leftover that nothing writes.
        ("data/package.json", "node .", "line\n", 0),
        ("data/manage.py", "FILE = 'errors.log'", "line\n", 0),
        # Nothing that runs there writes it.
        ("data/readme.md", "see error.log", "line\n", 0),
    ],
)
def test_a_log_that_git_tracks(tmp_path: Path, beside: str, names: str, text: str, count: int) -> None:
    dockerfile = "FROM a\nCOPY data /data\nRUN ./build\n"
    write(tmp_path, {"Dockerfile": dockerfile, "data/error.log": text, beside: names, "data/other.log": ""})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "Dockerfile", "data/error.log", beside)
    findings = built(tmp_path, RULE, dockerfile)
    assert len([one for one in findings if "error.log" in one.message]) == count


def test_a_tracked_log_in_a_directory_of_logs(tmp_path: Path) -> None:
    dockerfile = "FROM a\nCOPY . /app\nRUN ./build\n"
    write(tmp_path, {"Dockerfile": dockerfile, "server/logs/a.log": "a\n", "models/run.log": "a\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    (finding,) = built(tmp_path, RULE, dockerfile, ignore=".git\n")
    assert finding.message.startswith("server/logs/a.log changes ")


@pytest.mark.parametrize("lines", ["", "FROM base\nRUN make\n", "FROM y\nCOPY --from=base /app /app\n"])
def test_history_in_the_image_is_left_to_its_own_rule(tmp_path: Path, lines: str) -> None:
    files = {".git/HEAD": "x", ".git/objects/x": "x" * 20_000, "a.js": "x"}
    assert built(tmp_path, RULE, f"FROM node AS base\nWORKDIR /app\nCOPY . .\nRUN make\n{lines}", files) == []
    assert len(built(tmp_path, GIT_IN_IMAGE, f"FROM node AS base\nWORKDIR /app\nCOPY . .\nRUN make\n{lines}")) == 1


def test_the_stage_that_does_not_bring_it_into_the_image(tmp_path: Path) -> None:
    files = {".git/HEAD": "x", ".git/objects/x": "x" * 20_000, "a.js": "x"}
    dockerfile = "FROM node AS a\nCOPY . .\nRUN make\nFROM node\nCOPY . .\nRUN make\nCOPY --from=a /x /x\n"
    (finding,) = built(tmp_path, RULE, dockerfile, files)
    assert finding.line == 2


@pytest.mark.parametrize("target", ["${WHAT}", "app"])
def test_history_that_a_variable_of_make_needs(tmp_path: Path, target: str) -> None:
    (tmp_path / "Makefile").write_text("COMMIT=$(shell git rev-parse HEAD)\napp:\n\techo $(COMMIT) > v\n")
    (finding,) = found(tmp_path, "ARG WHAT=app", "COPY . .", f"RUN GOOS=linux make {target}")
    assert ".git" not in finding.message


def test_the_ignore_file_is_the_place_where_no_instruction_names_it(tmp_path: Path) -> None:
    dockerfile = "FROM node:24 AS a\nCOPY web /web\nRUN ./build\nFROM node:24\nCOPY . /app\nRUN ./build\n"
    files = {"web/test-results/a.xml": "x" * 50_000, "web/a.js": "x"}
    findings = built(tmp_path, RULE, dockerfile, files)
    assert {one.fix for one in findings} == {"add web/test-results to .dockerignore"}


def test_what_an_instruction_names_is_excluded_from_the_other_one(tmp_path: Path) -> None:
    dockerfile = "FROM a\nCOPY . /app\nRUN ./build\nCOPY web/test-results /reports\n"
    (finding,) = built(tmp_path, RULE, dockerfile, {"web/test-results/a.xml": "x" * 50_000, "web/a.js": "x"})
    assert finding.fix.startswith("write COPY --exclude=web/test-results …")
    assert finding.fix.endswith("; line 4 needs the same files")


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN make", "COPY . ."],
        ["COPY src/a.js .", "RUN make"],
        ["COPY debug.log .", "RUN make"],
        ["COPY tests tests", "RUN make"],
        ["RUN --mount=type=bind,target=/x make", "RUN make"],
        ["COPY . .", "FROM x", "RUN make"],
    ],
)
def test_what_is_fine(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_excluded_and_similar_entries_are_not_found(tmp_path: Path) -> None:
    assert found(tmp_path, "COPY . .", "RUN make", **{"coverage/main.go": 1, "node_modules/x/y.log": 1}) == []
    (tmp_path / ".dockerignore").write_text(".git\n**/*.log\ncoverage\n**/*.tsbuildinfo\n")
    assert found(tmp_path, "COPY . .", "RUN make") == []


def test_another_instruction_that_reads_it(tmp_path: Path) -> None:
    lines = ("COPY . .", "RUN make", "FROM x", "COPY .git /git", "COPY --from=base /app/x /x")
    (finding,) = found(tmp_path, *lines)
    assert finding.fix.startswith("write COPY --exclude=.git --exclude=coverage ")


_GIT = "import Git from 'simple-git'\n"


@pytest.mark.parametrize(
    ("config", "imported", "is_needed"),
    [
        ("import { isPreview } from './config/env'\n", "config/env.ts", True),
        ('const { rev } = require("./rev.cjs")\n', "rev.cjs", True),
        ('import "./build/rev"\n', "build/rev.mjs", True),
        ("export * from './env'\n", "env.js", True),
        ("const rev = await import('./rev.mjs')\n", "rev.mjs", True),
        # What the configuration does not import may be the program's own business.
        ("import { isPreview } from './config/env'\n", "src/config/env.ts", False),
        ("import { isPreview } from 'config/env'\n", "config/env.ts", False),
        ("// see ./config/env\n", "config/env.ts", False),
    ],
)
def test_what_the_configuration_of_a_build_imports_asks_git(
    tmp_path: Path, config: str, imported: str, is_needed: bool
) -> None:
    files = {"vite.config.ts": config, imported: _GIT, ".git/HEAD": "x", ".git/objects/x": "x" * 20_000}
    dockerfile = "FROM node AS a\nCOPY . .\nRUN npx vite build\nFROM node\nCOPY --from=a /dist /dist\n"
    findings = built(tmp_path, RULE, dockerfile, files)
    assert bool(findings) is not is_needed


@pytest.mark.parametrize(
    ("run", "files", "count"),
    [
        ("go run build.go -v", {"build.go": 'exec.Command("git", "describe")'}, 0),
        (
            "go test -run Version ./util/a_test.go ./util/system.go",
            {"util/system.go": 'import "github.com/go-git/go-git/v5"'},
            0,
        ),
        ("go run build.go", {"build.go": "package main", "other.go": 'exec.Command("git", "describe")'}, 1),
        ("go vet build.go", {"build.go": 'exec.Command("git", "describe")'}, 1),
    ],
)
def test_programs_of_go_that_ask_git(tmp_path: Path, run: str, files: dict[str, str], count: int) -> None:
    dockerfile = f"FROM golang:1.26 AS a\nCOPY . .\nRUN {run}\nFROM scratch\nCOPY --from=a /x /x\n"
    given = {".git/HEAD": "x", ".git/objects/x": "x" * 20_000, **files}
    assert len(built(tmp_path, RULE, dockerfile, given)) == count


def test_history_that_another_stage_needs_is_excluded_in_one_copy(tmp_path: Path) -> None:
    write(tmp_path, {".git/HEAD": "x", ".git/objects/x": "x" * 100, "a.js": "x"})
    asks = "FROM php AS one\nCOPY . .\nRUN cp .git/HEAD /version\n"
    rest = "FROM node AS two\nCOPY . .\nRUN make\nFROM scratch\nCOPY --from=one /version /\nCOPY --from=two /a.js /\n"
    (finding,) = built(tmp_path, RULE, asks + rest)
    assert finding.line == 5
    assert finding.fix == ("write COPY --exclude=.git … (Dockerfile syntax 1.19 or newer); line 2 needs the same files")
    (finding,) = built(tmp_path, RULE, asks.replace("cp .git/HEAD", "touch") + rest)[:1]
    assert finding.fix == "add .git to .dockerignore"


@pytest.mark.parametrize(("settings", "count"), [("playwright.config.ts", 1), ("vitest.config.ts", 0)])
def test_a_report_that_somebody_committed(tmp_path: Path, settings: str, count: int) -> None:
    files = {"web/test-results/.last-run.json": "{}", f"web/{settings}": "", "a.js": ""}
    text = "FROM node\nCOPY . /app/\nRUN make\n"
    assert len(built(tmp_path, RULE, text, files)) == 1
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    assert len(built(tmp_path, RULE, text, files)) == count


@pytest.mark.parametrize(
    ("other", "needed"),
    [
        ("FROM x\nCOPY . .\nRUN git describe > version\n", True),
        ("FROM x\nCOPY .git .git\n", True),
        ("FROM x\nRUN --mount=type=bind,source=.git,target=.git make\n", True),
        ("FROM x\nCOPY --from=y .git .git\n", False),
        ("FROM x\nCOPY . .\nRUN git clone https://x.io\n", False),
    ],
)
def test_another_dockerfile_that_needs_the_same(tmp_path: Path, other: str, needed: bool) -> None:
    files = {".git/HEAD": "x", ".git/objects/x": "x", "a": "", "docker/b.Dockerfile": other}
    text = "FROM x AS base\nCOPY . .\nRUN make\nFROM x\nCOPY --from=base /x /x\n"
    (finding,) = built(tmp_path, RULE, text, files)
    assert ("docker/b.Dockerfile needs the same files" in finding.fix) is needed
    # One with an ignore file of its own does not read this one.
    (finding,) = built(tmp_path, RULE, text, {**files, "docker/b.Dockerfile.dockerignore": ""})
    assert finding.fix == "add .git to .dockerignore"


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["COPY nosuch .", "COPY . .", "RUN make"], 0),
        (["COPY nosuch .", "FROM base", "COPY . .", "RUN make"], 0),
        (["COPY . .", "RUN make", "COPY nosuch ."], 1),
        (["COPY nosuch .", "FROM x", "COPY . .", "RUN make", "COPY --from=base /x /"], 1),
    ],
)
def test_nothing_is_rebuilt_behind_what_fails(tmp_path: Path, lines: list[str], count: int) -> None:
    assert len(found(tmp_path, *lines)) == count


@pytest.mark.parametrize(
    ("makefile", "command", "needed"),
    [
        ("REV := $(shell git rev-parse --short HEAD)\n", "make all", True),
        ("all: ; go build .\n", "make all", False),
        ("REV := $(shell git rev-parse --short HEAD)\n", "go build .", False),
    ],
)
def test_another_dockerfile_whose_makefile_asks_git(tmp_path: Path, makefile: str, command: str, needed: bool) -> None:
    write(tmp_path, {".git/HEAD": "x", ".git/objects/x": "x" * 100, "a.go": "x", "Makefile": makefile})
    write(tmp_path, {"cmd/b/Dockerfile": f"FROM golang\nCOPY . .\nRUN {command}\n"})
    text = "FROM golang AS b\nCOPY . .\nRUN go build ./a.go\nFROM x\nCOPY --from=b /a /\n"
    # Whether that task asks git is not known, and so no fix is.
    assert [one.fix for one in built(tmp_path, RULE, text)] == ([] if needed else ["add .git to .dockerignore"])


@pytest.mark.parametrize(
    ("makefile", "command", "count"),
    [
        ("V ?= $(X)\nV ?= $(shell [ -d .git ] && git describe)\nall:\n\tgo build -X=$(V)\n", "make all", 0),
        ("all: ; go build .\nrelease: ; git tag x\n", "make all", 0),
        ("all: ; go build .\nrelease: ; git push\n", "make all", 1),
        ("release: ; git tag x\n", "go build .", 1),
    ],
)
def test_a_makefile_that_asks_git_somewhere(tmp_path: Path, makefile: str, command: str, count: int) -> None:
    text = f"FROM golang AS b\nCOPY . .\nRUN {command}\n{_OUT}"
    assert len(built(tmp_path, RULE, text, {**_REPOSITORY, "Makefile": makefile})) == count


_OUT = "FROM scratch\nCOPY --from=b /a /\n"
_REPOSITORY = {".git/HEAD": "x", ".git/objects/x": "x" * 100}


@pytest.mark.parametrize(
    ("base", "files", "run", "count"),
    [
        # A script that a RUN names somewhere, whatever it is told.
        ("golang", {"do.sh": "#!/bin/sh\nb() {\n  v=$(git describe)\n}\n$*\n"}, "$HERE/do.sh b", 0),
        ("golang", {"do.sh": "#!/bin/sh\nb() {\n  make\n}\n$*\n"}, "$HERE/do.sh b", 1),
        ("golang", {"ci/release.sh": "#!/bin/sh\ngit describe\n"}, "$HERE/do.sh b", 1),
        # A tool of somebody else, which may ask anything, and one that comes with Go.
        ("golang", {"build.sh": "#!/bin/sh\ngo tool maubuild\n"}, "./build.sh", 0),
        ("golang", {"build.sh": "#!/bin/sh\ngo tool vet\n"}, "./build.sh", 1),
        # A program that shows what it was built from.
        ("golang", {"cmd/Main.go": "i, ok := debug.ReadBuildInfo()\n"}, "go build ./cmd", 0),
        ("golang", {"cmd/Main.go": "i, ok := debug.ReadBuildInfo()\n"}, "go build -buildvcs=false ./cmd", 1),
        ("golang", {"cmd/Main_test.go": "i, ok := debug.ReadBuildInfo()\n"}, "go build ./cmd", 1),
        # Without git, nothing is written into it.
        ("golang:1-alpine", {"cmd/Main.go": "i, ok := debug.ReadBuildInfo()\n"}, "go build ./cmd", 1),
        ("golang:1-alpine", {"cmd/Main.go": "debug.ReadBuildInfo()\n"}, "apk add git && go build ./cmd", 0),
    ],
)
def test_git_is_asked_in_a_way_that_the_commands_do_not_show(
    tmp_path: Path, base: str, files: dict[str, str], run: str, count: int
) -> None:
    assert (
        len(built(tmp_path, RULE, f"FROM {base} AS b\nCOPY . .\nRUN {run}\n{_OUT}", {**_REPOSITORY, **files})) == count
    )


def test_what_a_build_wrote_and_a_program_reads(tmp_path: Path) -> None:
    text = f"FROM node AS b\nCOPY . .\nRUN npm run build\n{_OUT}"
    files = {"public/build-info.json": "{}", "src/a.js": "x"}
    (finding,) = built(tmp_path, RULE, text, files)
    assert finding.message.startswith("public/build-info.json changes with every build")
    assert built(tmp_path, RULE, text, {**files, "src/b.js": "readFile('public/build-info.json')\n"}) == []


def test_another_dockerfile_with_a_context_of_its_own(tmp_path: Path) -> None:
    text = "FROM x AS b\nCOPY . .\nRUN make\n" + _OUT
    files = {**_REPOSITORY, "pooler/x.ini": "x", "pooler/Dockerfile": "FROM x\nCOPY x.ini /\nRUN git describe > v\n"}
    (finding,) = built(tmp_path, RULE, text, files)
    assert finding.fix == "add .git to .dockerignore"
    (finding,) = built(tmp_path, RULE, text, {**files, "x.ini": "x"})
    assert "pooler/Dockerfile needs the same files" in finding.fix


def test_another_dockerfile_whose_program_shows_its_commit(tmp_path: Path) -> None:
    text = "FROM golang:1-alpine AS b\nCOPY . .\nRUN go build ./cli\n" + _OUT
    files = {
        **_REPOSITORY,
        "cmd/Show.go": "debug.ReadBuildInfo()",
        "b.Dockerfile": "FROM golang\nCOPY . .\nRUN go build\n",
    }
    assert built(tmp_path, RULE, text, files) == []
    (finding,) = built(tmp_path, RULE, text, {**files, "cmd/Show.go": "main()"})
    assert finding.fix == "add .git to .dockerignore"


def test_an_instruction_without_the_history_does_not_need_it(tmp_path: Path) -> None:
    text = "FROM node AS b\nCOPY . .\nRUN npm run build\nFROM node\nCOPY a a\nRUN if\nCOPY --from=b /x /x\n"
    (finding,) = built(tmp_path, RULE, text, {**_REPOSITORY, "a/x": "x"})
    assert finding.fix == "add .git to .dockerignore"


@pytest.mark.parametrize(
    ("text", "count"),
    [('requires = ["hatchling", "hatch-vcs"]\n', 0), ('requires = ["hatchling"]\n', 1)],
)
def test_a_tool_that_is_not_known_builds_what_has_its_version_from_git(tmp_path: Path, text: str, count: int) -> None:
    dockerfile = f"FROM ghcr.io/prefix-dev/pixi AS b\nCOPY . .\nRUN pixi install\n{_OUT}"
    assert len(built(tmp_path, RULE, dockerfile, {**_REPOSITORY, "pyproject.toml": text})) == count


@pytest.mark.parametrize(("directory", "count"), [(".next_old/cache", 0), ("web", 1)])
def test_a_build_stamp_that_somebody_once_committed(tmp_path: Path, directory: str, count: int) -> None:
    write(tmp_path, {f"{directory}/.tsbuildinfo": "x" * 10, "a.ts": "x"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    text = f"FROM node AS b\nCOPY . .\nRUN npm run build\n{_OUT}"
    assert len(built(tmp_path, RULE, text, ignore=".git\n")) == count
