from pathlib import Path

import pytest

from ctxopt.findings.model import Severity
from ctxopt.findings.rules.needed_by_manifest import RULE
from tests.findings.support import built

_PYTHON = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN uv sync --locked\n"
_PROJECT = (
    '[project]\nname = "svc"\nreadme = "README.md"\nlicense = { file = "LICENSE" }\n'
    '[build-system]\nbuild-backend = "hatchling.build"\n'
)
_CARGO = "FROM rust\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n"
_GIT = {".git/HEAD": "x", ".git/objects/x": "x", ".git/refs/x": "x", ".git/index": "x", "go.mod": "module x\n"}


def test_a_readme_that_a_manifest_names(tmp_path: Path) -> None:
    files = {"pyproject.toml": _PROJECT, "README.md": "x", "LICENSE": "x"}
    (finding,) = built(tmp_path, RULE, _PYTHON, files, ".git\n*.md\n")
    assert (finding.line, finding.severity, finding.file) == (2, Severity.WARNING, ".dockerignore")
    assert finding.message == (
        "`*.md` excludes README.md, which pyproject.toml names and RUN uv sync --locked (Dockerfile:4) needs"
    )
    assert finding.fix == "add !README.md below the pattern"


@pytest.mark.parametrize("key", ["workspace]\nmembers = [", 'dependencies]\nx = {path="examples/x"}\n[y]\nz = ['])
def test_members_and_paths_of_cargo(tmp_path: Path, key: str) -> None:
    files = {"Cargo.toml": f'[{key}"examples/x"]\n', "examples/x/Cargo.toml": "", "examples/y": ""}
    (finding,) = built(tmp_path, RULE, _CARGO, files, "examples\n")
    assert finding.fix == "add !examples/x below the pattern"


@pytest.mark.parametrize(
    ("dockerfile", "ignore"),
    [
        (_PYTHON.replace("--locked", "--no-install-project"), "*.md\n"),
        (_PYTHON, "*.md\n!README.md\n"),
        (_PYTHON, "docs\n"),
        (_PYTHON, "*.md\npyproject.toml\n"),
        ("FROM python:3.12\nCOPY app /app\nRUN uv sync\n", "*.md\n"),
    ],
)
def test_nothing_needs_it_or_it_is_sent(tmp_path: Path, dockerfile: str, ignore: str) -> None:
    files = {"pyproject.toml": _PROJECT, "README.md": "x", "LICENSE": "x", "app/x": "x"}
    assert built(tmp_path, RULE, dockerfile, files, ignore) == []


def test_a_repository_in_part(tmp_path: Path) -> None:
    dockerfile = "FROM golang\nWORKDIR /src\nCOPY . .\nRUN go build -o /x .\n"
    findings = built(tmp_path, RULE, dockerfile, _GIT, ".git/objects\n.git/index\n")
    assert [(finding.line, finding.fix) for finding in findings] == [
        (1, "exclude .git, or no part of it"),
        (2, "exclude .git, or no part of it"),
    ]
    assert built(tmp_path, RULE, dockerfile, _GIT, ".git\n") == []
    assert built(tmp_path, RULE, dockerfile, _GIT, ".git/hooks\n") == []


@pytest.mark.parametrize("command", ["uv sync --locked", "uv sync --no-dev --frozen"])
def test_a_project_that_no_tool_builds_needs_no_readme(tmp_path: Path, command: str) -> None:
    files = {"pyproject.toml": _PROJECT.replace("[build-system]", ""), "README.md": "x", "LICENSE": "x"}
    dockerfile = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN {command}\n"
    assert built(tmp_path, RULE, dockerfile, files, "*.md\n") == []


def test_a_repository_in_part_that_nothing_asks(tmp_path: Path) -> None:
    """HEAD and refs are sent so that a program can say its version."""
    files = {**_GIT, "package.json": "{}"}
    dockerfile = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    assert built(tmp_path, RULE, dockerfile, files, ".git/objects\n.git/index\n") == []


def test_what_only_a_text_names(tmp_path: Path) -> None:
    files = {"app.py": "open('data/names.txt')\n", "data/names.txt": "x"}
    assert built(tmp_path, RULE, "FROM python:3.12\nCOPY . .\nCMD python app.py\n", files, "data\n") == []


_STAGES = "FROM node AS assets\nWORKDIR /app\nCOPY . .\nRUN npm run build\nFROM base\nWORKDIR /app\n"


@pytest.mark.parametrize(
    "dockerfile",
    [
        # What a stage makes gets here under the name of a file of the context.
        _STAGES + "COPY --from=assets /app/public /public\nCOPY bin bin\nRUN cp -r /public /srv\n",
        _STAGES + 'COPY --from=assets /app/public /public\nCOPY bin bin\nENTRYPOINT ["sh", "bin/run"]\n',
        _STAGES + "COPY --from=assets /app/public /public\nCOPY . .\nRUN ln -s /public /app/public\n",
        _STAGES + "COPY --from=assets /app/public/ ./public/\nCOPY bin bin\nRUN gzip public/x.css\n",
        # What a command makes is no file that it needs.
        "FROM base\nWORKDIR /app\nCOPY . .\nRUN ln -s /data/public /app/public\n",
        "FROM base\nWORKDIR /app\nCOPY . .\nRUN ln -sf /data public\n",
        "FROM base\nWORKDIR /app\nCOPY . .\nRUN ln -s /data public\nCMD cp -r /x/. /app/public/\n",
    ],
)
def test_what_a_stage_or_a_command_makes(tmp_path: Path, dockerfile: str) -> None:
    files = {"public/x.css": "", "bin/run": "cp -r /public /srv\n"}
    assert built(tmp_path, RULE, dockerfile, files, "public\n") == []


@pytest.mark.parametrize(
    "dockerfile",
    [
        _STAGES + "COPY --from=assets /app/x /x\nCOPY . .\nRUN gzip public/x.css\n",
        "FROM base AS a\nWORKDIR /app\nCOPY . .\nFROM base\nCOPY --from=a /app /app\nRUN gzip /app/public/x.css\n",
        "FROM base\nWORKDIR /app\nCOPY . .\nRUN ln -s /app/public /data\n",
        "FROM base\nWORKDIR /app\nCOPY . .\nRUN ln -s /data/x public/\n",
    ],
)
def test_what_the_context_must_have(tmp_path: Path, dockerfile: str) -> None:
    (finding,) = built(tmp_path, RULE, dockerfile, {"public/x.css": ""}, "public\n")
    assert finding.fix.startswith("add !public")


_SCRIPT = "FROM php\nWORKDIR /app\nCOPY . .\nENTRYPOINT ./start.sh\n"


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        ("chmod -R g+w ./data/\n", True),
        ("mkdir -p ./data/users/_/\nchmod -R g+w ./data/\n", False),
        ("mkdir -p /app/data\nchmod -R g+w data\n", False),
        ("mkdir -p ./datas\nchmod -R g+w ./data/\n", True),
        ("mkdir -p data\nphp run.php data/x.txt\n", True),
    ],
)
def test_a_directory_that_the_script_makes(tmp_path: Path, script: str, wanted: bool) -> None:
    files = {"start.sh": f"#!/bin/sh\n{script}", "data/x.txt": "x", "run.php": "x"}
    assert bool(built(tmp_path, RULE, _SCRIPT, files, "data\n")) is wanted


@pytest.mark.parametrize(("name", "wanted"), [(".gitignore", False), (".gitkeep", False), ("x.txt", True)])
def test_a_directory_for_what_a_program_writes(tmp_path: Path, name: str, wanted: bool) -> None:
    files = {"start.sh": "#!/bin/sh\nchmod -R g+w ./data/\n", f"data/{name}": "*\n"}
    assert bool(built(tmp_path, RULE, _SCRIPT, files, "data\n")) is wanted


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("RUN chmod 770 -R /app/templates_c/", True),
        ("RUN mkdir /app/templates_c/\nRUN chmod 770 -R /app/templates_c/", False),
        ("RUN mkdir -p templates_c/x\nRUN chmod 770 -R /app/templates_c/", False),
        ("RUN cd /tmp && mkdir /app/templates_c\nRUN chmod 770 -R templates_c", False),
        ("RUN chmod 770 -R /app/templates_c/\nRUN mkdir -p /app/templates_c/", True),
        ("RUN mkdir /app/templates\nRUN chmod 770 -R /app/templates_c/", True),
    ],
)
def test_a_directory_that_an_earlier_run_makes(tmp_path: Path, lines: str, wanted: bool) -> None:
    """An exception would even let a `mkdir` without -p fail."""
    dockerfile = f"FROM php\nWORKDIR /app\nCOPY . .\n{lines}\n"
    assert bool(built(tmp_path, RULE, dockerfile, {"templates_c/a": "x", "b": "x"}, "templates_c\n")) is wanted


@pytest.mark.parametrize(
    ("backend", "count"), [("hatchling.build", 1), ("poetry.core.masonry.api", 1), ("setuptools.build_meta", 0)]
)
def test_a_backend_that_only_warns_of_a_missing_readme(tmp_path: Path, backend: str, count: int) -> None:
    files = {"pyproject.toml": _PROJECT.replace("hatchling.build", backend), "README.md": "x", "LICENSE": "x"}
    assert len(built(tmp_path, RULE, _PYTHON, files, ".git\n*.md\n")) == count


def test_a_file_for_which_a_makefile_asks(tmp_path: Path) -> None:
    dockerfile = "FROM golang:1.26\nWORKDIR /app\nCOPY . .\nRUN make build\n"
    files = {"Makefile": "include test/bats.mk\nbuild:\n\tgo build\n", "test/bats.mk": "x:\n"}
    assert len(built(tmp_path, RULE, dockerfile, files, ".git\ntest\n")) == 1
    files["Makefile"] = f"ifneq (,$(wildcard test/bats.mk))\n{files['Makefile']}"
    assert built(tmp_path, RULE, dockerfile, files, ".git\ntest\n") == []


def test_a_text_that_make_evaluates(tmp_path: Path) -> None:
    dockerfile = "FROM golang:1.26\nWORKDIR /app\nCOPY . .\nRUN make build\n"
    files = {"Makefile": 'build:\n\t$(eval LDFLAGS += -X "a.Edition=linux")\n\tgo build\n', "linux/main.c": "x"}
    assert built(tmp_path, RULE, dockerfile, files, ".git\nlinux\n") == []


_EXAMPLE = {
    "Cargo.toml": '[workspace]\nmembers = ["examples/x"]\n',
    "examples/x/Cargo.toml": "",
    "src/main.rs": "",
}


@pytest.mark.parametrize(
    ("copies", "count"),
    [
        ("COPY Cargo.toml ./\nCOPY src src\n", 0),
        ("COPY Cargo.toml ./\nCOPY examples examples\n", 1),
        ("COPY Cargo.toml examples/x ./\n", 1),
        ("COPY . .\n", 1),
        ("COPY * ./\n", 1),
    ],
)
def test_what_no_instruction_would_take_is_not_missing(tmp_path: Path, copies: str, count: int) -> None:
    dockerfile = f"FROM rust\nWORKDIR /app\n{copies}RUN cargo build --release\n"
    assert len(built(tmp_path, RULE, dockerfile, _EXAMPLE, "examples\n")) == count


@pytest.mark.parametrize(("needs", "count"), [("$(PARTS)", 0), ("$(PARTS) docs/a.txt", 1)])
def test_what_a_target_with_an_unknown_name_needs(tmp_path: Path, needs: str, count: int) -> None:
    makefile = f"PARTS = $(shell ./parts)\nall: {needs}\n\ttouch a\n$(TOOL): docs/a.txt\n\ttouch b\n"
    dockerfile = "FROM alpine:3\nWORKDIR /app\nCOPY . .\nRUN make all\n"
    found = built(tmp_path, RULE, dockerfile, {"Makefile": makefile, "docs/a.txt": "x"}, "docs\n")
    assert len(found) == count


@pytest.mark.parametrize(
    ("command", "name", "count"),
    [("perl Makefile.PL", "t", 0), ("perl Makefile.PL", "README.md", 0), ("npx patch-package", "patches", 1)],
)
def test_what_a_command_does_without(tmp_path: Path, command: str, name: str, count: int) -> None:
    dockerfile = f"FROM debian:13\nWORKDIR /app\nCOPY . .\nRUN {command}\n"
    files = {f"{name}/x" if "." not in name else name: "", "Makefile.PL": "use ExtUtils::MakeMaker;\n"}
    assert len(built(tmp_path, RULE, dockerfile, files, f"{name}\n")) == count


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("setup () {\n  python seed.py\n}\nsetup\n", 1),
        ("setup () {\n  docker build -f seed.py .\n}\nsetup\n", 0),
        ("case $1 in\n  seed) python seed.py ;;\n  *) echo no ;;\nesac\n", 0),
        ("setup () {\n  python seed.py\n}\n", 0),
    ],
)
def test_what_a_script_may_not_run(tmp_path: Path, script: str, count: int) -> None:
    dockerfile = "FROM python:3\nWORKDIR /work\nCOPY . .\nRUN ./do.sh install\n"
    files = {"do.sh": f"#!/bin/sh\n{script}", "seed.py": ""}
    assert len(built(tmp_path, RULE, dockerfile, files, "seed.py\n")) == count


@pytest.mark.parametrize(
    ("lines", "name", "count"),
    [
        ("COPY . .\nRUN mv app_alerts.py app.py", "app.py", 0),
        ("COPY . .\nRUN cp -f app_alerts.py ./app.py", "app.py", 0),
        ("COPY . .\nRUN mv app_alerts.py start.py && python app.py", "app.py", 1),
        ("COPY req-alerts.txt ./req.txt\nRUN pip install -r req.txt\nCOPY . .", "req.txt", 0),
        ("COPY . .\nRUN pip install -r req.txt", "req.txt", 1),
    ],
)
def test_a_file_that_another_one_takes_the_place_of(tmp_path: Path, lines: str, name: str, count: int) -> None:
    files = {name: "", "app_alerts.py": "", "req-alerts.txt": ""}
    assert len(built(tmp_path, RULE, f"FROM python:3\nWORKDIR /work\n{lines}\n", files, f"{name}\n")) == count


def test_what_a_workflow_runs_is_that_of_a_checkout(tmp_path: Path) -> None:
    workflow = "jobs:\n  a:\n    steps:\n      - run: docker compose up -d && docker compose exec app ./test/run.sh x\n"
    files = {
        ".github/workflows/ci.yml": workflow,
        "test/run.sh": "./test/acceptance/go.sh\n",
        "test/acceptance/go.sh": "",
    }
    dockerfile = 'FROM golang:1\nWORKDIR /app\nCOPY . .\nRUN go build ./...\nENTRYPOINT ["./app"]\n'
    assert built(tmp_path, RULE, dockerfile, files, "test\n") == []
    assert len(built(tmp_path, RULE, f"{dockerfile}RUN ./test/run.sh\n", files, "test\n")) >= 1


@pytest.mark.parametrize(
    ("setting", "count"),
    [
        ("[tool.uv]\npackage = false\n", 0),
        ("[tool.uv]\n# none\n\nindex = 1\npackage = false\n", 0),
        ("[tool.uv]\npackage = true\n", 1),
        ("[tool.poetry]\npackage-mode = false\n", 0),
        ("[tool.poetry]\npackage-mode = true\n", 1),
        ("[tool.uv]\n[tool.other]\npackage = false\n", 1),
    ],
)
def test_uv_builds_no_project_that_is_no_package(tmp_path: Path, setting: str, count: int) -> None:
    files = {"pyproject.toml": _PROJECT.replace('license = { file = "LICENSE" }\n', "") + setting, "README.md": "x"}
    assert len(built(tmp_path, RULE, _PYTHON, files, "*.md\n")) == count


@pytest.mark.parametrize(
    ("first", "count"),
    [
        ("FROM golang:1\nRUN git clone x /x && cd $GOPATH/x && make build\n", 0),
        ("FROM golang:1\nCOPY . .\nRUN make build\n", 1),
    ],
)
def test_a_command_in_a_stage_that_has_nothing_of_the_context(tmp_path: Path, first: str, count: int) -> None:
    files = {"Makefile": "build:\n\ttrue\n", "src/a": "x"}
    assert (
        len(built(tmp_path, RULE, f"{first}FROM golang:1\nCOPY . .\nCOPY --from=0 /x /y\n", files, "Makefile\n"))
        == count
    )


@pytest.mark.parametrize(("exception", "count"), [("bin", 0), ("src", 1)])
def test_one_more_file_helps_only_where_others_are_sent(tmp_path: Path, exception: str, count: int) -> None:
    dockerfile = "FROM python:3\nWORKDIR /work\nCOPY . .\nRUN python seed.py\n"
    files = {"seed.py": "", "src/a": "x"}
    assert len(built(tmp_path, RULE, dockerfile, files, f"*\n!{exception}\n")) == count
