"""The steps of action.yml, run one after the other as a runner does."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.installing import OFFLINE
from tests.support.fake_docker import FakeDocker, fake_docker
from tests.support.programs import git

_ROOT = Path(__file__).parent.parent.parent
_ACTION: dict[str, Any] = yaml.safe_load((_ROOT / "action.yml").read_text(encoding="utf-8"))
_STEPS: list[dict[str, Any]] = _ACTION["runs"]["steps"]
_EXPRESSION = re.compile(r"\$\{\{ *([a-z_.-]+(?: *\|\| *[a-z_.-]+)*) *\}\}")

#: The outputs for what was not asked for.
_NOT_ASKED = {"affected": "", "matrix": ""}

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the steps are written for bash")


@dataclass(frozen=True)
class _Job:
    code: int
    log: str
    outputs: dict[str, str]
    summary: str


class _Runner:
    """Runs the steps; what the first one installs is kept for the jobs after it."""

    def __init__(self, base: Path) -> None:
        self.temporary = base / "temp"
        self.temporary.mkdir()
        self.installed: dict[str, str] = {}

    def job(self, project: Path, event: dict[str, str] | None = None, **given: str) -> _Job:
        """Run the steps with inputs; `event` has parts of `github.event` by their names."""
        inputs = {name: str(spec["default"]) for name, spec in _ACTION["inputs"].items()}
        given = {name.replace("_", "-"): value for name, value in given.items()}
        assert given.keys() <= inputs.keys()
        values = {f"inputs.{name}": value for name, value in (inputs | given).items()}
        values["github.action_path"] = str(_ROOT)
        values |= {f"github.event.{name}": value for name, value in (event or {}).items()}
        log, code = "", 0
        summary = self.temporary / "summary.md"
        summary.write_text("")
        for step in _STEPS:
            if "uses" in step:
                assert step["with"]["update-environment"] is False
                values[f"steps.{step['id']}.outputs.python-path"] = sys.executable
                continue
            if step["id"] == "install" and self.installed:
                values |= self.installed
                continue
            code, text, outputs = self._step(step, values, project, summary)
            log += text
            named = {f"steps.{step['id']}.outputs.{name}": value for name, value in outputs.items()}
            values |= named
            if step["id"] == "install":
                self.installed = named
            if code:
                break
        results = {name: _filled(spec["value"], values) for name, spec in _ACTION["outputs"].items()}
        return _Job(code, log, results, summary.read_text(encoding="utf-8"))

    def _step(
        self, step: dict[str, Any], values: dict[str, str], project: Path, summary: Path
    ) -> tuple[int, str, dict[str, str]]:
        output = self.temporary / "output"
        output.write_text("")
        script = self.temporary / "step.sh"
        script.write_text(step["run"])
        environment = os.environ | OFFLINE | {name: _filled(text, values) for name, text in step["env"].items()}
        environment |= {
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=project / _filled(step.get("working-directory", "."), values),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        pairs = (line.partition("=")[::2] for line in output.read_text().splitlines())
        return done.returncode, done.stdout, dict(pairs)


def _filled(text: str, values: dict[str, str]) -> str:
    """A text with its expressions replaced; of alternatives, the first that is not empty counts."""

    def value(match: re.Match[str]) -> str:
        return next(filter(None, (values.get(name.strip(), "") for name in match[1].split("||"))), "")

    return _EXPRESSION.sub(value, text)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> _Runner:
    return _Runner(tmp_path_factory.mktemp("runner"))


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """A docker whose builds fail without the tests."""
    made = fake_docker(tmp_path / "docker", breaks=["tests"])
    monkeypatch.setenv("PATH", made.path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "src" / "main.py").write_text("print()\n")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY src/ /src/\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return root


def test_nothing_of_an_input_is_put_into_a_script() -> None:
    assert [step["name"] for step in _STEPS if "${{" in step.get("run", "")] == []
    assert [step["name"] for step in _STEPS if step.get("shell", "bash") != "bash"] == []
    assert [step["uses"] for step in _STEPS if "uses" in step] == ["actions/setup-python@v5"]


def test_every_input_is_used_and_described() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(_STEPS)))
    assert used == set(_ACTION["inputs"])
    assert all(spec["description"].endswith(".") for spec in _ACTION["inputs"].values())


def test_it_passes_and_fails_with_annotations_summary_and_sarif(runner: _Runner, project: Path) -> None:
    job = runner.job(project, max_size="1MB")
    assert (job.code, job.outputs) == (0, {**_NOT_ASKED, "passed": "true", "exit-code": "0"}), job.log
    (project / "src" / "big.bin").write_bytes(b"x" * 5000)
    job = runner.job(project, max_size="1 kB", sarif_file="out.sarif")
    assert (job.code, job.outputs) == (1, {**_NOT_ASKED, "passed": "false", "exit-code": "1"}), job.log
    assert "::error " in job.log
    assert "src/big.bin" in job.log
    assert "src/big.bin" in job.summary
    found = json.loads((project / "out.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    assert any("src/big.bin" in result["message"]["text"] for result in found)


def test_the_base_is_fetched_into_a_shallow_checkout(runner: _Runner, project: Path, tmp_path: Path) -> None:
    git(project, "checkout", "-qb", "feature")
    (project / "src" / "new.bin").write_bytes(b"x" * 5000)
    git(project, "add", ".")
    git(project, "commit", "-qm", "second")
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "-q", "--depth=1", "--single-branch", "-b", "feature", project.as_uri(), str(checkout))
    job = runner.job(checkout, max_growth="10%", base="origin/main", format="text")
    assert job.code == 1, job.log
    assert "src/new.bin" in job.log


def _branch(project: Path) -> tuple[str, str]:
    """A commit that adds a large file; returns the commit before, and itself."""
    before = git(project, "rev-parse", "HEAD").strip()
    (project / "src" / "new.bin").write_bytes(b"x" * 5000)
    git(project, "add", ".")
    git(project, "commit", "-qm", "second")
    return before, git(project, "rev-parse", "HEAD").strip()


@pytest.mark.parametrize("name", ["pull_request.base.sha", "merge_group.base_sha", "before"])
def test_the_base_is_that_of_the_event(runner: _Runner, project: Path, name: str) -> None:
    before, _ = _branch(project)
    job = runner.job(project, {name: before}, max_growth="10%", format="text")
    assert job.code == 1, job.log
    assert "src/new.bin" in job.log


@pytest.mark.parametrize(
    ("event", "inputs", "problem"),
    [
        ({"before": "0" * 40}, {"max_growth": "10%"}, "this event has none"),
        ({}, {"max_growth": "10%"}, "this event has none"),
        ({}, {"base": "HEAD"}, "is what is checked out"),
        ({}, {"base": "main"}, "is what is checked out"),
        ({"pull_request.base.sha": "1" * 40}, {}, "there is no base"),
        ({}, {"base": "origin/"}, "there is no base"),
        ({}, {"base": "gone"}, "there is no base gone"),
        ({}, {"base": "::stop-commands::x"}, "there is no base ??stop-commands??x"),
    ],
)
def test_a_base_that_is_missing_or_the_head_fails(
    runner: _Runner, project: Path, event: dict[str, str], inputs: dict[str, str], problem: str
) -> None:
    job = runner.job(project, event, **inputs)
    assert job.code == 2, job.log
    assert problem in job.log
    assert job.outputs == {**_NOT_ASKED, "passed": "", "exit-code": ""}
    assert not any(line.lstrip().startswith("::") for line in job.log.splitlines())


def test_a_tag_by_the_name_of_a_branch_is_no_base(runner: _Runner, project: Path) -> None:
    before, _ = _branch(project)
    git(project, "update-ref", "refs/remotes/origin/main", before)
    assert runner.job(project, base="origin/main", max_growth="10%").code == 1
    git(project, "tag", "origin/main", git(project, "commit-tree", "HEAD^{tree}", "-m", "x").strip())
    job = runner.job(project, base="origin/main", max_growth="10%")
    assert job.code == 2, job.log
    assert "the base origin/main is both a tag and a branch" in job.log


def test_a_first_push_without_growth_needs_no_base(runner: _Runner, project: Path) -> None:
    assert runner.job(project, {"before": "0" * 40}, max_size="1MB").code == 0


def test_a_pull_request_cannot_change_the_rules(runner: _Runner, project: Path) -> None:
    (project / "ctxopt.toml").write_text('max-size = "1kB"\n')
    git(project, "add", ".")
    git(project, "commit", "-qm", "rules")
    before, _ = _branch(project)
    (project / "ctxopt.toml").write_text('max-size = "1GB"\n')
    git(project, "commit", "-qam", "weaker")
    event = {"pull_request.base.sha": before}
    assert runner.job(project, event).code == 1
    assert runner.job(project, event, config="head").code == 0
    assert runner.job(project, event, config="none").code == 0


def test_sarif_is_written_also_where_nothing_could_be_checked(runner: _Runner, project: Path) -> None:
    (project / "Dockerfile").write_text("FRUM x\n")
    job = runner.job(project, sarif_file="out.sarif")
    assert (job.code, job.outputs) == (2, {**_NOT_ASKED, "passed": "", "exit-code": "2"}), job.log
    (run,) = json.loads((project / "out.sarif").read_text(encoding="utf-8"))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_platform_secrets_and_approved_images(runner: _Runner, project: Path) -> None:
    (project / "Dockerfile").write_text("FROM debian:12\nARG TARGETARCH\nCOPY src/$TARGETARCH /\n")
    (project / "src" / "s390x").write_text("x")
    given: Any = {"platform": "linux/s390x", "format": "text", "fail_on": "CTX108\n"}
    assert runner.job(project, approved_base_images="debian:*\n", **given).code == 0
    assert runner.job(project, approved_base_images="ours/*\n", **given).code == 1
    assert runner.job(project, platform="linux/arm64").code == 1


def test_several_builds_and_lines(runner: _Runner, project: Path) -> None:
    (project / "compose.yaml").write_text("services:\n  web:\n    build: .\n")
    (project / "ctxopt.toml").write_text('[[build]]\nname = "one"\n[[build]]\nname = "two"\nmax-size = "1"\n')
    job = runner.job(project, builds="one\n", format="text")
    assert job.code == 0, job.log
    job = runner.job(project, builds="one\r\ntwo\n", compose="compose.yaml", format="text", step_summary="false")
    assert job.code == 1, job.log
    assert "web" in job.log
    assert "two" in job.log
    assert job.summary == ""


def test_nothing_is_built_unless_it_is_asked_for(runner: _Runner, project: Path, docker: FakeDocker) -> None:
    job = runner.job(project)
    assert job.code == 0, job.log
    assert not (docker.directory / "log").exists()


def test_the_builds_that_a_change_affects(runner: _Runner, project: Path) -> None:
    (project / "other").mkdir()
    (project / "other" / "Dockerfile").write_text("FROM scratch\nCOPY own /\n")
    (project / "other" / "own").write_text("own")
    git(project, "add", ".")
    git(project, "commit", "-qm", "other")
    before, _ = _branch(project)
    job = runner.job(project, {"before": before}, affected="true", all="true")
    assert (job.code, job.outputs["affected"]) == (0, "true"), job.log
    assert [build["file"] for build in json.loads(job.outputs["matrix"])["include"]] == ["Dockerfile"]
    assert "COPY src/ /src/: 1 file changed" in job.log
    (project / "README.md").write_text("read me")
    git(project, "add", ".")
    git(project, "commit", "-qm", "unused")
    event = {"pull_request.base.sha": git(project, "rev-parse", "HEAD~1").strip()}
    job = runner.job(project, event, affected="true", all="true")
    assert (job.code, job.outputs["affected"], job.outputs["matrix"]) == (0, "false", '{"include": []}'), job.log


def test_a_directory_of_the_change_is_no_repository(runner: _Runner, project: Path, tmp_path: Path) -> None:
    """Its settings would run programs in the step that looks for the base."""
    before, _ = _branch(project)
    git(project / "src", "init", "-q", "--bare", ".")
    config = f"[core]\n bare = false\n worktree = ..\n fsmonitor = touch {tmp_path}/was-run\n"
    (project / "src" / "config").write_text(config)
    job = runner.job(project, {"before": before}, working_directory="src", max_growth="10%", format="text")
    assert job.code == 2, job.log
    assert not (tmp_path / "was-run").exists()


def test_what_is_affected_needs_a_base(runner: _Runner, project: Path) -> None:
    job = runner.job(project, affected="true")
    assert job.code == 2
    assert "affected needs a base" in job.log


def test_it_verifies_on_request(runner: _Runner, project: Path, docker: FakeDocker) -> None:
    (project / "Dockerfile").write_text("FROM busybox AS one\nCOPY . /app/\n")
    (project / "tests").mkdir()
    (project / "tests" / "test_a.py").write_text("assert True\n")
    job = runner.job(project, verify="true", target="one")
    assert (job.code, job.outputs["passed"]) == (1, "true"), job.log
    assert "tests" in job.log.partition("### ctxopt verify")[2]
    assert "### ctxopt verify" in job.summary
    assert any("--target=one" in words for words in docker.commands)
    assert "### ctxopt verify" not in runner.job(project, verify="true", max_size="1").log
    assert not (project / ".dockerignore").exists()


@pytest.mark.parametrize(
    "given",
    [
        {"context": "$(touch pwned)"},
        {"context": "--help"},
        {"max_size": "1MB; touch pwned"},
        {"max_size": '1MB" && touch pwned #'},
        {"fail_on": "`touch pwned`\n$(touch pwned)"},
        {"base": "--upload-pack=touch pwned"},
        {"base": "$(touch pwned)"},
        {"format": "text --max-size=1"},
        {"file": "-o=pwned"},
    ],
)
def test_hostile_inputs_are_only_text(runner: _Runner, project: Path, given: Any) -> None:
    job = runner.job(project, **given)
    assert job.code not in (0, 1), job.log
    assert job.outputs["passed"] == ""
    assert "Traceback" not in job.log
    assert not (project / "pwned").exists()


def test_installing_loads_nothing_from_the_checkout(tmp_path: Path) -> None:
    """A pull request may bring modules with the names of those that Python and pip load."""
    project = tmp_path / "project"
    evil = "import sys\nopen({!r}, 'a').write(__name__)\nsys.exit(3)\n".format(str(tmp_path / "ran"))
    for name in ("venv.py", "pip/__init__.py", "pip/__main__.py", "ensurepip.py", "subprocess.py", "sitecustomize.py"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(evil)
    runner = _Runner(tmp_path)
    install = next(step for step in _STEPS if step.get("id") == "install")
    values = {"steps.python.outputs.python-path": sys.executable, "github.action_path": str(_ROOT)}
    stale = runner.temporary / "ctxopt" / "lib" / "stale.pth"
    stale.parent.mkdir(parents=True)
    stale.write_text("import os\n")
    code, log, outputs = runner._step(install, values, project, tmp_path / "summary")
    assert code == 0, log
    assert Path(outputs["scripts"], "ctxopt").exists()
    assert not (tmp_path / "ran").exists()
    assert not stale.exists()
