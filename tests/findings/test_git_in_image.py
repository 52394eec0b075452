from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules.git_in_image import RULE
from tests.findings.support import built, named
from tests.support.programs import git

_GIT = {".git/HEAD": "ref: x\n", ".git/config": "[core]\n", ".git/objects/ab/cd": "x" * 100, "src/a": "a"}
_BYTES = 7 + 7 + 100


def _found(root: Path, dockerfile: str, ignore: str | None = None, config: str = "[core]\n") -> list[Finding]:
    return built(root, RULE, dockerfile, {**_GIT, ".git/config": config}, ignore)


def test_a_copy_of_everything(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, "FROM alpine:3\nCOPY \\\n  . /srv\n")
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert (finding.file, finding.line, finding.end_line, finding.subject) == ("Dockerfile", 2, 3, ".git")
    assert finding.totals == Totals(3, _BYTES)
    assert finding.message == ".git is copied into the image, with everything that was ever committed"
    assert finding.evidence == (".git/objects: 100 B in 1 file",)
    assert finding.fix == "add .git to .dockerignore"


@pytest.mark.parametrize(
    "config",
    [
        '[remote "origin"]\n\turl = https://x-access-token:abc@github.com/a/b\n',
        '[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic abc\n',
    ],
)
def test_a_password_in_it_is_an_error(tmp_path: Path, config: str) -> None:
    (finding,) = _found(tmp_path, "FROM alpine:3\nCOPY . /srv\n", config=config)
    assert finding.severity is Severity.ERROR
    assert finding.evidence[-1] == ".git/config contains a password or token for a remote"
    assert "abc" not in repr(finding)


def test_it_is_followed_through_stages(tmp_path: Path) -> None:
    text = "FROM alpine:3 AS a\nWORKDIR /src\nCOPY . .\nFROM alpine:3\nCOPY --from=a /src /srv\n"
    (finding,) = _found(tmp_path, text)
    assert (finding.line, finding.confidence) == (5, Confidence.MEDIUM)
    assert finding.evidence[0] == "COPY in line 3 copies it into stage a"


def test_what_is_removed_stays_in_its_layer(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, "FROM alpine:3\nCOPY . /srv\nRUN rm -rf /srv/.git\n")
    assert finding.evidence[0] == "RUN in line 3 removes it, but the layer of line 2 keeps it"


def test_git_is_installed_but_not_asked(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, "FROM alpine:3\nCOPY . /srv\nRUN apk add git bash\n")
    assert finding.fix == "add .git to .dockerignore"


def test_a_run_that_asks_git_is_given_it(tmp_path: Path) -> None:
    (finding,) = _found(
        tmp_path, "FROM alpine:3\nWORKDIR /srv\nCOPY . .\nRUN git describe > VERSION\nCMD cat VERSION\n"
    )
    assert finding.fix == (
        "write COPY --exclude=.git (Dockerfile syntax 1.19 or newer) and mount it for each RUN that needs git "
        "(RUN git describe (Dockerfile:4) needs it): "
        "--mount=type=bind,source=.git,target=.git; or pass the version as a build argument"
    )


_MAKE = {**_GIT, "CMakeLists.txt": "find_package(Git)\n"}


def test_what_builds_needs_git_and_not_what_cleans(tmp_path: Path) -> None:
    text = (
        "FROM alpine:3\nRUN apk add git-core make\nWORKDIR /srv\nCOPY . .\nRUN make -s clean distclean\nRUN make all\n"
        "CMD x\n"
    )
    (finding,) = built(tmp_path, RULE, text, _MAKE)
    assert "and RUN make all (Dockerfile:6) uses it" in finding.fix
    (finding,) = built(tmp_path, RULE, text.replace("make all", "true"), _MAKE)
    assert "and RUN make -s clean distclean (Dockerfile:5) uses it" in finding.fix


@pytest.mark.parametrize(
    ("dockerfile", "ignore"),
    [
        ("FROM alpine:3\nCOPY . /srv\n", ".git\n"),
        ("FROM alpine:3\nCOPY src /srv\n", None),
        ("FROM alpine:3\nCOPY --exclude=.git . /srv\n", None),
        ("FROM alpine:3\nRUN --mount=type=bind,target=/src make\n", None),
        ("FROM alpine:3 AS a\nCOPY . /src\nFROM alpine:3\nCOPY --from=a /src/bin /bin\n", None),
        ("FROM alpine:3 AS a\nCOPY . /src\nRUN rm -rf /src/.git\nFROM alpine:3\nCOPY --from=a /src /srv\n", None),
        ("FROM alpine:3\nCOPY $X /srv\n", None),
    ],
)
def test_it_does_not_get_there(tmp_path: Path, dockerfile: str, ignore: str | None) -> None:
    assert _found(tmp_path, dockerfile, ignore) == []


def test_the_file_of_a_work_tree_is_no_history(tmp_path: Path) -> None:
    assert built(tmp_path, RULE, "FROM alpine:3\nCOPY . /srv\n", {".git": "gitdir: ../x\n"}) == []


def test_one_further_down(tmp_path: Path) -> None:
    files = {"lib/a/.git/HEAD": "x", "lib/a/.git/objects/a": "x"}
    (finding,) = built(tmp_path, RULE, "FROM alpine:3\nCOPY lib /srv\n", files)
    assert (finding.fix, finding.totals) == ("add lib/a/.git to .dockerignore", Totals(2, 2))


def test_only_the_commit_is_sent(tmp_path: Path) -> None:
    """HEAD and refs say which commit it is, and have nothing that was committed."""
    files = {".git/HEAD": "x", ".git/refs/heads/main": "x", ".git/objects/a": "x", "a": "a"}
    named = "COPY .git/HEAD .git/ref[s] /srv/.git/"
    for copy in ("COPY . .", named):
        assert built(tmp_path, RULE, f"FROM alpine:3\n{copy}\n", files, ".git/objects\n") == []


def test_git_that_runs_before_anything_is_copied_needs_no_history(tmp_path: Path) -> None:
    files = {".git/HEAD": "x", ".git/objects/x": "x", "a.py": "x"}
    clone = "RUN git clone https://example.org/x && cd x && git checkout v1\n"
    (finding,) = built(tmp_path, RULE, f"FROM python:3.13\n{clone}COPY . .\nRUN pip install x\n", files)
    assert finding.fix == "add .git to .dockerignore"
    (finding,) = built(tmp_path, RULE, "FROM python:3.13\nCOPY . .\nRUN git checkout v1\nCMD x\n", files)
    assert "mount it" in finding.fix


_ARCHIVE = "# Build:\n#   git archive HEAD | docker buildx build - --tag x\nFROM alpine:3\nCOPY . /srv\n"


def test_a_context_that_git_archive_writes_has_no_history(tmp_path: Path) -> None:
    assert _found(tmp_path, _ARCHIVE) == []


def test_a_password_of_a_remote_is_found_all_the_same(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, _ARCHIVE, config="[remote]\nurl = https://u:hunter22@example.com/x\n")
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    "line", ["# git archive HEAD > x.tar", "RUN git archive HEAD | docker build -", "# docker build ."]
)
def test_other_lines_are_about_no_context(tmp_path: Path, line: str) -> None:
    dockerfile = (
        f"{line}\nFROM alpine:3\nCOPY . /srv\n" if line.startswith("#") else f"FROM alpine:3\n{line}\nCOPY . /s\n"
    )
    assert len(_found(tmp_path, dockerfile)) == 1


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("cp -rf Dockerfile ./dist\ncd dist\ndocker build -t x .\n", 0),
        ("sudo cp ./Dockerfile out/ && docker build out\n", 0),
        ("cp Dockerfile .\ndocker build .\n", 1),
        ("cp app.js dist\ndocker build .\n", 1),
        ("cp Dockerfile ./dist\n", 1),
    ],
)
def test_a_script_that_builds_in_another_directory(tmp_path: Path, script: str, count: int) -> None:
    git(tmp_path, "init", "-q")
    files = {"scripts/build.sh": script, ".git/objects/x": "x"}
    assert len(built(tmp_path, RULE, "FROM alpine:3\nCOPY . /srv\n", files)) == count


def test_another_dockerfile_that_a_script_copies(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    script = "cp web/Dockerfile dist\ndocker build dist\n"
    files = {"build.sh": script, ".git/objects/x": "x", "web/Dockerfile": "FROM alpine:3\n"}
    assert len(built(tmp_path, RULE, "FROM alpine:3\nCOPY . /srv\n", files)) == 1


@pytest.mark.parametrize(
    ("file", "text", "count"),
    [
        ("Makefile", "image:\n\tcd web; \\\n\tdocker build -t x:${TAG} .\n", 0),
        ("build.sh", "(cd web && docker build -t x .)\n", 0),
        ("web/build.sh", "cd ../web && docker build -f Dockerfile .\n", 0),
        ("build.sh", "cd web && docker build -f Dockerfile ..\n", 1),
        ("build.sh", "cd api && docker build -t x .\n", 1),
        ("build.sh", "cd web && docker build -t x -f Dockerfile.dev .\n", 1),
        ("build.sh", "# cd web && docker build .\n", 1),
        ("build.sh", "cd web && docker build .\ndocker build -f web/Dockerfile .\n", 1),
        ("pom.xml", "<dockerDirectory>${project.basedir}/web</dockerDirectory>", 0),
        ("pom.xml", "<dockerFileDir>${basedir}/web</dockerFileDir>", 0),
        ("web/pom.xml", "<contextDir>${project.basedir}</contextDir>", 0),
        ("pom.xml", "<contextDir>${project.basedir}</contextDir>", 1),
        ("pom.xml", "<dockerDirectory>${project.basedir}/api</dockerDirectory>", 1),
    ],
)
def test_a_directory_that_is_built_inside(tmp_path: Path, file: str, text: str, count: int) -> None:
    git(tmp_path, "init", "-q")
    files = {file: text, ".git/objects/x": "x"}
    assert len(named(tmp_path, RULE, "web/Dockerfile", "FROM alpine:3\nCOPY . /srv\n", files)) == count


@pytest.mark.parametrize(
    ("run", "config", "count"),
    [
        ("RUN git config --system --add safe.directory '*'", "", 0),
        ("RUN git config --system user.name x", "", 1),
        # A password in it is none of what the program asks.
        ("RUN git config --system --add safe.directory '*'", "[remote]\nurl = https://u:hunter22@example.com/x\n", 1),
    ],
)
def test_an_image_whose_program_asks_git(tmp_path: Path, run: str, config: str, count: int) -> None:
    assert len(_found(tmp_path, f"FROM php:8\nCOPY . /srv\n{run}\n", config=config)) == count


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"api/package.json": "{}"}, 0),
        ({"api/entrypoint.sh": "x"}, 0),
        ({"api/package.json": "{}", "build.sh": "docker build -f api/Dockerfile .\n"}, 1),
        ({"api/package.json": '{"scripts": {"docker": "make-context api"}}', "build.sh": "make-context\n"}, 0),
    ],
)
def test_a_context_that_is_assumed(tmp_path: Path, files: dict[str, str], count: int) -> None:
    given = {**_GIT, **files}
    text = "FROM node\nCOPY . /app\n"
    assert len(named(tmp_path, RULE, "api/Dockerfile", text, given, assumed=True)) == count
    # Who names the context knows it.
    assert len(named(tmp_path, RULE, "api/Dockerfile", text, given)) == 1


@pytest.mark.parametrize(
    ("lines", "target"),
    [
        ("WORKDIR /app\nCOPY . .\n", ".git"),
        ("COPY . /app/\nWORKDIR /app\n", "/app/.git"),
        ("WORKDIR /home\nCOPY . /app\n", "/app/.git"),
    ],
)
def test_a_mount_of_the_history_is_where_the_instruction_put_it(tmp_path: Path, lines: str, target: str) -> None:
    (finding,) = _found(tmp_path, f"FROM python\n{lines}RUN git describe > /version\nCMD x\n")
    assert f"--mount=type=bind,source=.git,target={target};" in finding.fix


_BUILT = "FROM alpine:3 AS build\nRUN apk add git\nCOPY . /srv\nRUN cd /srv && git describe > VERSION\n"


def test_a_stage_before_asks_git(tmp_path: Path) -> None:
    (finding,) = _found(tmp_path, f"{_BUILT}FROM alpine:3\nCOPY --from=build /srv /srv\n")
    assert finding.fix == "write COPY --exclude=**/.git in line 6 (Dockerfile syntax 1.19 or newer)"


@pytest.mark.parametrize(
    ("dockerfile", "count"),
    [
        ("FROM alpine:3 AS a\nCOPY . /s\nFROM alpine:3\nCOPY --from=a /s /s\nRUN cd /s && git describe\nCMD x\n", 0),
        ("FROM alpine:3 AS a\nCOPY . /s\nFROM alpine:3\nCOPY --from=a /s /s\nRUN cd /s && git init\nCMD x\n", 1),
        ("FROM alpine:3\nCOPY . /srv\nRUN cd /srv && git describe > VERSION\n", 0),
        ("FROM alpine:3\nCOPY . /srv\nRUN cd /srv && git describe > VERSION\nCMD x\n", 1),
        ("FROM alpine:3\nCOPY . /srv\nCMD cd /srv && git log\n", 0),
        ("FROM alpine:3\nCOPY . /srv\nENTRYPOINT git describe\n", 0),
    ],
)
def test_what_asks_git_says_whether_it_is_wanted(tmp_path: Path, dockerfile: str, count: int) -> None:
    assert len(_found(tmp_path, dockerfile)) == count


@pytest.mark.parametrize(
    ("base", "code", "count"),
    [
        ("node:22-slim\nRUN apt-get install -y git", {"lib/change.js": 'execSync("git rev-parse HEAD")'}, 0),
        ("python:3.13", {"app.py": "import subprocess\nsubprocess.run(['git', 'describe'])"}, 0),
        ("node:22-slim\nRUN apt-get install -y git", {"lib/change.js": 'console.log("a repository of git")'}, 1),
        # Without git it can't ask; and what only tests and scripts do is no program.
        ("node:22-slim", {"lib/change.js": 'execSync("git rev-parse HEAD")'}, 1),
        ("python:3.13", {"tests/app.py": "subprocess.run(['git', 'describe'])"}, 1),
        ("python:3.13", {"scripts/release.py": "subprocess.run(['git', 'describe'])"}, 1),
    ],
)
def test_a_program_that_asks_git_when_it_runs(tmp_path: Path, base: str, code: dict[str, str], count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM {base}\nCOPY . /srv\nCMD x\n", {**_GIT, **code})) == count


def test_a_password_counts_where_the_program_asks_git(tmp_path: Path) -> None:
    code = {".git/config": "[remote]\nurl = https://u:hunter22@example.com/x\n", "a.py": "['git', 'log']"}
    assert len(built(tmp_path, RULE, "FROM python:3.13\nCOPY . /srv\n", {**_GIT, **code})) == 1


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("git apply /srv/fix.patch", False),
        ("git clone https://example.com/a/b.git /opt/b && cd /opt/b && git describe --tags", False),
        ("git clone https://example.com/a/b.git && cd b && git log", False),
        ("git clone https://example.com/a/b.git /opt/b && git describe --tags", True),
    ],
)
def test_what_asks_the_history_of_another_project_or_none(tmp_path: Path, command: str, needed: bool) -> None:
    text = f'FROM alpine:3\nWORKDIR /srv\nCOPY . .\nRUN {command}\nCMD ["a"]\n'
    (finding,) = _found(tmp_path, text)
    assert (finding.fix != "add .git to .dockerignore") is needed


def test_an_install_before_everything_is_copied_has_no_history(tmp_path: Path) -> None:
    files = {**_GIT, "pyproject.toml": '[build-system]\nrequires = ["setuptools_scm"]\n', "conf/list.txt": "a\n"}
    text = (
        "FROM python:3.12\nCOPY conf/list.txt /conf/\nRUN pip install -r /conf/list.txt\nCOPY . /code\n"
        'RUN pip install /code\nCMD ["a"]\n'
    )
    (finding,) = built(tmp_path, RULE, text, files)
    assert "RUN pip install /code (Dockerfile:5) uses it" in finding.fix
