"""Changes that would have saved rebuilds: what is proposed, what it saves in the replay, and what is not touched."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.builds.discovery import Request
from ctxopt.rebuilds.model import Advice, EditKind
from ctxopt.reports.rebuilds import CacheReport, cache_report
from tests.support.repository import Script
from tests.support.secrets import MANIFESTS, SECRETS

_NODE = {
    "package.json": '{"name": "x"}',
    "package-lock.json": "{}",
    "src/index.js": "1",
    "README.md": "1",
    "docs/guide.md": "1",
    "assets/logo.svg": "1",
}


def _report(root: Path, dockerfile: str, files: dict[str, str], *commits: str, ignore: str = ".git\n") -> CacheReport:
    """The report of a project whose commits change the named files, one after the other."""
    script = Script()
    script.commit({path: ("100644", text) for path, text in files.items()})
    for number, commit in enumerate(commits):
        script.commit({path: ("100644", f"{script.files[path][1]} {number}") for path in commit.split()})
    script.write(root)
    (root / "Dockerfile").write_text(dockerfile)
    (root / ".dockerignore").write_text(ignore)
    return cache_report(BuildContext(str(root)), 100, Request())


def _one(report: CacheReport, kind: EditKind) -> Advice:
    (found,) = (one for one in report.advice if one.kind is kind)
    return found


def _kinds(report: CacheReport) -> set[EditKind]:
    return {one.kind for one in report.advice}


def _counts(advice: Advice) -> dict[int, tuple[int, int]]:
    return {one.line: (one.before, one.after) for one in advice.savings}


_COMMITS = ("src/index.js", "src/index.js", "package.json src/index.js", "README.md", "src/index.js")


def test_dependencies_are_installed_before_everything_is_copied(tmp_path: Path) -> None:
    dockerfile = "FROM node\nWORKDIR /app\nCOPY --chown=node . .\nRUN npm ci\nRUN npm run build\n"
    advice = _one(_report(tmp_path, dockerfile, _NODE, *_COMMITS), EditKind.SPLIT)
    assert advice.lines == (
        "COPY --chown=node package-lock.json package.json ./",
        "RUN npm ci",
        "COPY --chown=node . .",
    )
    assert (advice.file, advice.line, advice.saved) == ("Dockerfile", 4, 4)
    assert _counts(advice) == {4: (5, 1)}
    assert advice.text == (
        "run `npm ci` (line 4) before what line 3 copies: it only needs package-lock.json, package.json"
    )
    assert advice.caution == ""


@pytest.mark.parametrize("form", ["gosu node {}", "sudo -u node sh -c '{}'", "su node -c '{}'", "npx {}", "retry 3 {}"])
def test_a_wrapper_changes_nothing(form: str, tmp_path: Path) -> None:
    run = f"RUN {form.format('npm ci')}"
    dockerfile = f"FROM node\nWORKDIR /app\nCOPY . .\n{run}\nRUN npm run build\n"
    advice = _one(_report(tmp_path, dockerfile, _NODE, *_COMMITS), EditKind.SPLIT)
    assert advice.lines == ("COPY package-lock.json package.json ./", run, "COPY . .")
    assert advice.text.startswith("run `npm ci` (line 4) before what line 3 copies")


@pytest.mark.parametrize(("command", "name", "text", "mount"), SECRETS)
def test_files_with_a_secret_are_mounted(command: str, name: str, text: str, mount: str, tmp_path: Path) -> None:
    dockerfile = f"FROM x\nWORKDIR /app\nCOPY . .\nRUN {command}\n"
    start = {**MANIFESTS, "src/index.js": "1"}
    advice = _one(_report(tmp_path / "a", dockerfile, {**start, name: text}, "src/index.js"), EditKind.SPLIT)
    copy, run, rest = advice.lines
    assert (name in copy.split(), run, rest) == (False, f"RUN {mount} {command}", "COPY . .")
    assert advice.caution.endswith(f"build with docker build --secret {mount[20:].partition(',')[0]},src={name}")
    assert _counts(advice) == {4: (1, 0)}
    advice = _one(_report(tmp_path / "b", dockerfile, {**start, name: "x=y\n"}, "src/index.js"), EditKind.SPLIT)
    assert name in advice.lines[0].split()
    assert advice.lines[1:] == (f"RUN {command}", "COPY . .")
    assert "secret" not in advice.caution


def test_only_the_run_that_reads_a_secret_gets_it(tmp_path: Path) -> None:
    files = {**_NODE, ".npmrc": "_auth=abc\n", "requirements.txt": "flask\n"}
    dockerfile = "FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nrun  npm ci\n"
    advice = _one(_report(tmp_path, dockerfile, files, *_COMMITS), EditKind.SPLIT)
    assert advice.lines == (
        "COPY package-lock.json package.json requirements.txt ./",
        "RUN pip install -r requirements.txt",
        "run  --mount=type=secret,id=npmrc,target=/app/.npmrc npm ci",
        "COPY . .",
    )
    assert advice.caution == "build with docker build --secret id=npmrc,src=.npmrc"


def test_a_directory_is_copied_by_itself(tmp_path: Path) -> None:
    files = {**_NODE, "yarn.lock": "", ".yarn/plugins/a.cjs": "", ".yarn/patches/b.patch": ""}
    dockerfile = "FROM x\nWORKDIR /app\nCOPY . .\nRUN yarn install\n"
    advice = _one(_report(tmp_path, dockerfile, files, *_COMMITS), EditKind.SPLIT)
    assert advice.lines[:2] == ("COPY .yarn/ ./.yarn/", "COPY package.json yarn.lock ./")


def test_what_a_wrapper_reads_of_the_project_is_unknown(tmp_path: Path) -> None:
    dockerfile = "FROM python\nWORKDIR /app\nCOPY . .\nRUN poetry run npm ci\n"
    assert EditKind.SPLIT not in _kinds(_report(tmp_path, dockerfile, _NODE, *_COMMITS))


def test_the_written_lines_save_what_was_predicted(tmp_path: Path) -> None:
    dockerfile = "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n"
    report = _report(tmp_path, dockerfile, _NODE, *_COMMITS)
    lines = list(_one(report, EditKind.SPLIT).lines)
    better = "\n".join(["FROM node", "WORKDIR /app", *lines, "RUN npm run build", ""])
    (tmp_path / "Dockerfile").write_text(better)
    after = cache_report(BuildContext(str(tmp_path)), 100, Request())
    assert {row.text: row.instruction.rebuilds for row in after.rows} == {
        "COPY package-lock.json package.json ./": 1,
        "RUN npm ci": 1,
        "COPY . .": 5,
        "RUN npm run build": 5,
    }
    assert EditKind.SPLIT not in _kinds(after)


@pytest.mark.parametrize(
    ("install", "files", "needed"),
    [
        ("npm install", {}, "package.json"),
        ("pip install --no-cache-dir -r requirements.txt", {"requirements.txt": "flask\n"}, "requirements.txt"),
        ("python3 -m pip install -r req/prod.txt", {"req/prod.txt": "flask\n"}, "req/prod.txt"),
        (
            "pip install -r req.txt --index-url https://x/y --target /deps -c c.txt",
            {"req.txt": "", "c.txt": ""},
            "c.txt req.txt",
        ),
        ("npm --prefix web ci", {"web/package.json": "{}"}, "web/package.json"),
        ("npm config set x y && npm ci && npm cache clean --force", {}, "package.json"),
        ("go mod download", {"go.mod": "module x\n", "go.sum": ""}, "go.mod go.sum"),
        ("mvn -B dependency:go-offline", {"pom.xml": "<project/>"}, "pom.xml"),
        ("bundle install --jobs 4", {"Gemfile": "", "Gemfile.lock": ""}, "Gemfile Gemfile.lock"),
        ("conda env create -f environment.yml", {"environment.yml": "name: x\n"}, "environment.yml"),
        ("dart pub get", {"pubspec.yaml": "", "pubspec.lock": ""}, "pubspec.lock pubspec.yaml"),
        ("mvn -s ci.xml dependency:go-offline", {"pom.xml": "<project/>", "ci.xml": ""}, "ci.xml pom.xml"),
        ("pnpm install --frozen-lockfile", {"pnpm-lock.yaml": ""}, "package.json pnpm-lock.yaml"),
        ("uv sync --frozen --no-install-project", {"pyproject.toml": "", "uv.lock": ""}, "pyproject.toml uv.lock"),
    ],
)
def test_what_tools_need(install: str, files: dict[str, str], needed: str, tmp_path: Path) -> None:
    start = {"package.json": "{}", "src/index.js": "1", **files}
    report = _report(tmp_path, f"FROM x\nWORKDIR /app\nCOPY . .\nRUN {install}\n", start, "src/index.js")
    directory = f"{needed.rpartition('/')[0]}/" if "/" in needed else ""
    assert _one(report, EditKind.SPLIT).lines[0] == f"COPY {needed} ./{directory}"


@pytest.mark.parametrize(
    ("dockerfile", "files"),
    [
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN npm ci\n", {"package.json": '{"workspaces": ["!a"]}'}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN npm ci\n", {"package.json": '{"scripts": {"postinstall": "node x.js"}}'}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n", {"requirements.txt": "-e .\n"}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r missing.txt\n", {}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r $FILE\n", {}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install .\n", {"setup.py": ""}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt .\n", {"requirements.txt": "x\n"}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt -e .\n", {"requirements.txt": "x\n"}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt x.whl\n", {"requirements.txt": "x\n"}),
        (
            "FROM x\nWORKDIR /app\nCOPY . .\nRUN bundle install --gemfile=sub/Gemfile\n",
            {"Gemfile": "", "sub/Gemfile": ""},
        ),
        (
            "FROM x\nWORKDIR /app\nCOPY . .\nRUN poetry run pip install -r requirements.txt\n",
            {"requirements.txt": "x\n"},
        ),
        # Something else may make what is installed.
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN make\nRUN npm ci\n", {}),
        # Where it is copied to, or where it is installed, cannot be told.
        ("FROM x\nCOPY . .\nRUN npm ci\n", {}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN cd $DIR && npm ci\n", {}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nWORKDIR /other\nRUN npm ci\n", {}),
        # Another COPY over it would come before it then.
        ("FROM x\nWORKDIR /app\nCOPY . .\nCOPY package.json /app/src/index.js\nRUN npm ci\n", {}),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN --mount=type=bind,target=/src npm ci\n", {}),
    ],
)
def test_no_split_where_more_may_be_needed(dockerfile: str, files: dict[str, str], tmp_path: Path) -> None:
    start = {**_NODE, **files}
    report = _report(tmp_path, dockerfile, start, "src/index.js", "src/index.js")
    assert report.rebuilding == 2
    assert EditKind.SPLIT not in _kinds(report)


def test_projects_of_a_solution(tmp_path: Path) -> None:
    files = {"all.sln": "", "api/api.csproj": "", "lib/lib.csproj": "", "api/a.cs": "1"}
    dockerfile = "FROM x\nWORKDIR /app\nCOPY . .\nRUN dotnet restore all.sln\n"
    advice = _one(_report(tmp_path, dockerfile, files, "api/a.cs"), EditKind.SPLIT)
    assert advice.lines == (
        "COPY all.sln ./",
        "COPY api/api.csproj ./api/",
        "COPY lib/lib.csproj ./lib/",
        "RUN dotnet restore all.sln",
        "COPY . .",
    )


def test_a_run_that_does_more_than_installing_is_split(tmp_path: Path) -> None:
    dockerfile = "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build && npm prune\n"
    advice = _one(_report(tmp_path, dockerfile, _NODE, *_COMMITS), EditKind.SPLIT)
    assert advice.lines == (
        "COPY package-lock.json package.json ./",
        "RUN npm ci",
        "COPY . .",
        "RUN npm run build && npm prune",
    )
    assert [(one.instruction, one.before, one.after) for one in advice.savings] == [("RUN npm ci", 5, 1)]


def test_manifests_that_are_copied_already(tmp_path: Path) -> None:
    dockerfile = "FROM node\nWORKDIR /app\nCOPY src src\nCOPY package*.json ./\nRUN npm ci\n"
    advice = _one(_report(tmp_path, dockerfile, _NODE, *_COMMITS), EditKind.SPLIT)
    assert advice.lines == ("RUN npm ci", "COPY src src")
    # The COPY of the manifests stands on less as well.
    assert _counts(advice) == {4: (4, 1), 5: (4, 1)}


def test_system_packages_are_installed_before_a_copy(tmp_path: Path) -> None:
    dockerfile = (
        "FROM debian\nWORKDIR /app\nCOPY src src\nEXPOSE 80\nRUN apt-get update \\\n  && apt-get install -y make \\\n"
        "  && rm -rf /var/lib/apt/lists/*\nCOPY assets assets\nRUN useradd app\nRUN make\nRUN apt-get clean\n"
    )
    advice = _one(_report(tmp_path, dockerfile, _NODE, *_COMMITS), EditKind.MOVE)
    assert advice.lines[0] == "RUN apt-get update \\"
    assert advice.lines[-1] == "RUN useradd app"
    assert advice.text == "move the RUN in lines 5 and 9 before the COPY in line 3, which it does not need"
    assert _counts(advice) == {5: (4, 0), 9: (4, 0)}
    assert advice.saved == 8


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM x\nWORKDIR /app\nCOPY src /etc/apt\nRUN apt-get update\n",
        "FROM x\nWORKDIR /\nCOPY . .\nRUN apt-get update\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nRUN apt-get install -y ./x.deb\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nRUN apt-get install -y $(cat packages)\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nENV DEBIAN_FRONTEND=noninteractive\nRUN apt-get update\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nUSER app\nRUN apt-get update\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nRUN make repository\nRUN apt-get update\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nRUN rm -rf src\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nRUN apk add --allow-untrusted x.apk\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nRUN xargs --arg-file=packages apt-get install\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nRUN apt-get install -y < packages\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nRUN pip install --upgrade pip -r requirements\n",
        "FROM x\nWORKDIR /app\nCOPY src .\nRUN unknown\n",
    ],
)
def test_what_may_need_the_files_is_not_moved(dockerfile: str, tmp_path: Path) -> None:
    report = _report(tmp_path, dockerfile, _NODE, "src/index.js")
    assert report.rebuilding == 1
    assert EditKind.MOVE not in _kinds(report)


def test_copies_alone_are_not_worth_a_change(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nCOPY src /src\nCOPY assets /assets\nCOPY package.json /\n"
    assert not _report(tmp_path, dockerfile, _NODE, *_COMMITS).advice


def test_a_commit_that_changes_the_dockerfile_rebuilds_anyway(tmp_path: Path) -> None:
    dockerfile = "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    start = {**_NODE, "Dockerfile": "FROM node\n"}
    report = _report(tmp_path, dockerfile, start, "src/index.js", "Dockerfile src/index.js", "src/index.js")
    advice = _one(report, EditKind.SPLIT)
    # Of three commits that change the sources, one changes the instructions as well.
    assert _counts(advice) == {4: (3, 1)}


def test_each_run_that_is_moved_is_named(tmp_path: Path) -> None:
    files = {**_NODE, "requirements.txt": "flask\n"}
    dockerfile = "FROM x\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN pip install -r requirements.txt\n"
    advice = _one(_report(tmp_path, dockerfile, files, *_COMMITS), EditKind.SPLIT)
    assert advice.text.startswith(
        "run `npm ci` (line 4) and `pip install -r requirements.txt` (line 5) before what line 3 copies: they only need"
    )


def test_documents_that_nothing_needs(tmp_path: Path) -> None:
    files = {**_NODE, ".github/workflows/ci.yml": "1"}
    commits = ("docs/guide.md", ".github/workflows/ci.yml", "src/index.js", "docs/guide.md src/index.js")
    report = _report(tmp_path, "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm run build\n", files, *commits)
    advice = _one(report, EditKind.IGNORE)
    assert (advice.file, advice.line) == (".dockerignore", None)
    assert set(advice.lines) == {".github", "docs"}
    assert _counts(advice) == {3: (4, 2), 4: (4, 2)}
    assert advice.saved == 2


def test_git_itself_is_excluded(tmp_path: Path) -> None:
    dockerfile = "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"
    report = _report(tmp_path, dockerfile, _NODE, "src/index.js", "", "", ignore="x\n")
    advice = _one(report, EditKind.IGNORE)
    assert advice.lines == (".git",)
    assert _counts(advice) == {3: (3, 1), 4: (3, 1)}


def test_no_advice_where_triggers_fire(tmp_path: Path) -> None:
    dockerfile = "FROM node AS base\nONBUILD COPY . /app\nFROM base\nWORKDIR /app\nRUN npm ci\n"
    report = _report(tmp_path, dockerfile, _NODE, "src/index.js")
    assert [(row.instruction.step.line, row.instruction.rebuilds) for row in report.rows] == [(3, 1), (5, 1)]
    assert not _kinds(report) - {EditKind.IGNORE}


def test_instructions_are_moved_as_written(tmp_path: Path) -> None:
    dockerfile = (
        "# escape=`\nFROM debian\nWORKDIR /app\nCOPY src src\n# system\nRUN <<EOF\napt-get update\n"
        "apt-get install -y make\nEOF\nRUN make\n"
    )
    advice = _one(_report(tmp_path, dockerfile, _NODE, "src/index.js"), EditKind.MOVE)
    assert advice.lines == ("RUN <<EOF", "apt-get update", "apt-get install -y make", "EOF")
    assert _counts(advice) == {6: (1, 0)}
    windows = dockerfile.replace("\n", "\r\n").removesuffix("\r\n")
    (tmp_path / "Dockerfile").write_bytes(windows.encode())
    assert _one(cache_report(BuildContext(str(tmp_path)), 100, Request()), EditKind.MOVE).lines == advice.lines
