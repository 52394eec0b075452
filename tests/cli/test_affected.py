"""`ctxopt affected` and `ctxopt digest`: a repository with many builds, and what a change does to each."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git
from tests.support.repositories import commit

_DOCKERFILE = "FROM scratch\nCOPY {} /\nCOPY lib /lib\n"
_FILES = {
    "compose.yaml": "services:\n"
    "  api:\n    build: {context: ., dockerfile: api/Dockerfile}\n"
    "  web:\n    build: {context: ., dockerfile: web/Dockerfile, args: {A: '1', B: '2'}, target: app}\n",
    "docker-bake.hcl": 'target "job" {\n  context = "job"\n}\n',
    "api/Dockerfile": _DOCKERFILE.format("api/src"),
    "api/src/main": "api",
    "web/Dockerfile": "FROM scratch AS app\nARG A\nCOPY web/src /\n",
    "web/src/main": "web",
    "job/Dockerfile": "FROM scratch\nCOPY . /\n",
    "job/main": "job",
    "tool/Dockerfile": "FROM scratch\nCOPY main /\n",
    "tool/main": "tool",
    "lib/shared": "shared",
    ".dockerignore": ".git\n",
    "README.md": "read me",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    write(root, _FILES)
    git(root, "init", "-q")
    commit(root)
    return root


def _affected(root: Path, *words: str, code: int = 0) -> Any:
    done = run("affected", "--against", "HEAD", *words, "--json", cwd=root)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def _statuses(root: Path, *words: str, code: int = 0) -> dict[str, str]:
    return {build["name"]: build["status"] for build in _affected(root, *words, code=code)["builds"]}


_API, _WEB, _JOB, _TOOL = (
    "compose.yaml: service api",
    "compose.yaml: service web",
    "docker-bake.hcl: target job",
    "tool/Dockerfile",
)


@pytest.mark.parametrize(
    ("changes", "affected"),
    [
        ({"README.md": "changed"}, set()),
        ({"web/src/main": "changed"}, {_WEB}),
        ({"lib/shared": "changed"}, {_API}),
        ({"job/more": "more"}, {_JOB}),
        ({"tool/unused": "more"}, set()),
        ({"tool/Dockerfile": "# a comment\nFROM scratch\nCOPY main /\n"}, set()),
        ({"tool/Dockerfile": 'FROM scratch\nCOPY main /\nCMD ["x"]\n'}, {_TOOL}),
        ({"compose.yaml": _FILES["compose.yaml"].replace("'1'", "'3'")}, set()),
        ({".dockerignore": ".git\nlib\n"}, {_API}),
        ({".dockerignore": ".git\nnothing\n"}, set()),
    ],
    ids=lambda value: " ".join(value),
)
def test_what_a_change_affects(root: Path, changes: dict[str, str], affected: set[str]) -> None:
    write(root, changes)
    statuses = _statuses(root, "--all")
    assert set(statuses) == {_API, _WEB, _JOB, _TOOL}
    expected = {_API: "unreadable"} if ".dockerignore" in changes and _API in affected else {}
    assert statuses == {name: "affected" if name in affected else "unaffected" for name in statuses} | expected


def test_two_revisions_are_compared_whatever_is_checked_out(root: Path) -> None:
    write(root, {"web/src/main": "changed"})
    commit(root)
    write(root, {"job/main": "changed", "api/Dockerfile": "no Dockerfile"})
    done = run("affected", "--against", "HEAD~1", "HEAD", "--all", "--format", "names", cwd=root)
    assert (done.stdout, done.returncode) == (f"{_WEB}\n", 0)


def test_builds_that_are_new_or_gone(root: Path) -> None:
    write(root, {"new/Dockerfile": "FROM scratch\nCOPY main /\n", "new/main": "new"})
    (root / "tool/Dockerfile").unlink()
    text = _FILES["compose.yaml"].replace("  api:", "  renamed:")
    write(root, {"compose.yaml": text})
    statuses = _statuses(root, "--all")
    assert statuses["new/Dockerfile"] == statuses["compose.yaml: service renamed"] == "new"
    assert statuses[_TOOL] == statuses[_API] == "gone"
    for form in ("names", "paths", "github-matrix"):
        done = run("affected", "--against", "HEAD", "--all", "--format", form, cwd=root)
        assert "tool" not in done.stdout
        assert "new/Dockerfile" in done.stdout


def test_a_build_that_is_added_to_a_declaration_between_two_revisions(root: Path) -> None:
    write(root, {"docker-bake.hcl": _FILES["docker-bake.hcl"] + 'target "more" {\n  context = "tool"\n}\n'})
    commit(root)
    done = run("affected", "--against", "HEAD~1", "HEAD", "--bake", ".", "--json", cwd=root)
    statuses = {build["name"]: build["status"] for build in json.loads(done.stdout)["builds"]}
    assert statuses["docker-bake.hcl: target more"] == "new"
    assert statuses[_JOB] == "unaffected"


def test_an_unreadable_build_counts_as_affected(root: Path) -> None:
    write(root, {"tool/Dockerfile": "FROM scratch\nCOPY nowhere /\n"})
    commit(root)
    (found,) = _affected(root, "-C", "tool")["builds"]
    assert (found["status"], found["affected"], found["change"]) == ("unreadable", True, None)
    assert 'COPY source "nowhere" is not in the build context' in found["error"]


def test_a_declaration_that_cannot_be_read_is_never_passed_over(root: Path) -> None:
    write(root, {"compose.yaml": "services: [\n"})
    document = _affected(root, "--all", code=2)
    assert document["affected"] is True
    assert any("compose.yaml" in one for one in document["unknown"])
    done = run("affected", "--against", "HEAD", "--all", "--format", "names", cwd=root)
    assert done.returncode == 2
    assert "error: compose.yaml" in done.stderr


@pytest.mark.parametrize(("change", "code"), [("README.md", 0), ("tool/main", 1)])
def test_the_exit_code_says_whether_anything_is_affected(root: Path, change: str, code: int) -> None:
    write(root, {change: "changed"})
    words = ("affected", "--against", "HEAD", "--all")
    assert run(*words, cwd=root).returncode == 0
    assert run(*words, "--exit-code", cwd=root).returncode == code


def test_a_matrix_has_the_inputs_of_the_build_action(root: Path) -> None:
    write(root, {"web/src/main": "changed"})
    done = run("affected", "--against", "HEAD", "--all", "--format", "github-matrix", cwd=root)
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == {
        "include": [
            {
                "name": _WEB,
                "context": ".",
                "file": "web/Dockerfile",
                "target": "app",
                "args": "A=1\nB=2",
                "platforms": "",
                "contexts": "",
            }
        ]
    }


def test_a_matrix_of_nothing_is_an_empty_list(root: Path) -> None:
    done = run("affected", "--against", "HEAD", "--all", "--format", "github-matrix", cwd=root)
    assert json.loads(done.stdout) == {"include": []}


def test_paths_are_relative_to_the_repository(root: Path) -> None:
    write(root, {"tool/main": "changed"})
    done = run("affected", "--against", "HEAD", "-f", "Dockerfile", "--format", "paths", cwd=root / "tool")
    assert done.stdout == "tool/Dockerfile\n"


def test_the_text_names_the_instruction_and_the_largest_files(root: Path) -> None:
    write(root, {"job/large": "x" * 3000, "job/small": "x"})
    done = run("affected", "--against", "HEAD", "--all", cwd=root)
    head = git(root, "rev-parse", "--short=12", "HEAD").strip()
    assert done.stdout.splitlines()[:6] == [
        f"1 of 4 builds affected (HEAD ({head}) → the working tree)",
        "",
        _JOB,
        "  job/Dockerfile:2  COPY . /: 2 files changed",
        "    3.0 kB  added     job/large",
        "       1 B  added     job/small",
    ]


def test_a_declaration_in_a_file_of_any_name_is_that_of_each_state(root: Path) -> None:
    base = "services:\n  base:\n    build: {context: ../tool, args: {A: '1'}}\n"
    compose = "services:\n  more:\n    extends: {file: parts/base.txt, service: base}\n"
    dockerfile = "FROM scratch\nARG A\nENV B=$A\nCOPY main /\n"
    write(root, {"parts/base.txt": base, "more.yaml": compose, "tool/Dockerfile": dockerfile})
    commit(root)
    write(root, {"parts/base.txt": base.replace("1", "2")})
    (found,) = _affected(root, "--compose", "more.yaml")["builds"]
    assert (found["status"], found["change"]["first"]["line"]) == ("affected", 3)
    write(root, {"parts/base.txt": base})
    commit(root)
    (found,) = _affected(root, "HEAD~1", "--compose", "more.yaml")["builds"]
    assert found["status"] == "unaffected"


def test_a_build_of_the_result_of_another_one_changes_with_it(root: Path) -> None:
    bake = 'target "low" {\n  context = "low"\n}\ntarget "high" {\n  context = "high"\n'
    bake += '  contexts = { below = "target:low" }\n}\n'
    low = {"low/Dockerfile": "FROM scratch\nCOPY main /\n", "low/main": "low"}
    write(root, {**low, "images.hcl": bake, "high/Dockerfile": "FROM below\nCOPY main /\n", "high/main": "high"})
    commit(root)
    assert set(_statuses(root, "--bake", "images.hcl").values()) == {"unaffected"}
    write(root, {"low/main": "changed"})
    builds = {build["name"][-4:].strip(): build for build in _affected(root, "--bake", "images.hcl")["builds"]}
    assert [builds[name]["status"] for name in ("low", "high")] == ["affected", "affected"]
    assert builds["high"]["change"]["reason"] == "FROM in line 1 changed"


def test_a_named_context_is_compared_by_what_is_read_of_it(root: Path) -> None:
    write(root, {"tool/Dockerfile": "FROM scratch\nCOPY --from=lib shared /\nCOPY main /\n", "lib/unused": "x"})
    commit(root)
    words = ("-C", "tool", "--build-context", "lib=lib")
    write(root, {"lib/unused": "changed"})
    assert list(_statuses(root, *words).values()) == ["unaffected"]
    write(root, {"lib/shared": "changed"})
    (found,) = _affected(root, *words)["builds"]
    assert found["change"]["first"]["line"] == 2
    assert [file["path"] for file in found["change"]["files"]] == ["lib/shared"]


def test_the_configuration_is_that_of_each_state(root: Path) -> None:
    build = '[[build]]\nname = "tool"\ncontext = "tool"\n'
    write(root, {"ctxopt.toml": build})
    commit(root)
    write(root, {"ctxopt.toml": build + 'build-args = { A = "1" }\n[[build]]\nname = "more"\ncontext = "job"\n'})
    assert _statuses(root) == {"tool": "unaffected", "more": "new"}
    write(root, {"tool/Dockerfile": "FROM scratch\nARG A=0\nENV B=$A\nCOPY main /\n"})
    commit(root)
    write(root, {"ctxopt.toml": build})
    assert _statuses(root, "--build", "tool") == {"tool": "affected"}


def test_builds_of_a_matrix_have_names_of_their_own(root: Path) -> None:
    directory = "'${{ matrix.d }}'"
    step = f"uses: docker/build-push-action@v6\n        with: {{context: {directory}, file: {directory}/Dockerfile}}"
    step = step.replace("'/Dockerfile", "/Dockerfile'")
    text = f"on: push\njobs:\n  b:\n    strategy: {{matrix: {{d: [more, tool]}}}}\n    steps:\n      - {step}\n"
    write(root, {".github/workflows/images.yml": text, "more/Dockerfile": _FILES["tool/Dockerfile"], "more/main": ""})
    commit(root)
    write(root, {"tool/main": "changed"})
    done = run("affected", "--against", "HEAD", "--all", "--format", "names", cwd=root)
    assert done.stdout == ".github/workflows/images.yml: job b, step line 6 (tool/Dockerfile)\n"


@pytest.mark.parametrize("words", [("nowhere",), ("HEAD", "nowhere")])
def test_a_revision_that_is_not_here_is_one_line(root: Path, words: tuple[str, ...]) -> None:
    done = run("affected", "--against", *words, "--all", cwd=root)
    assert (done.returncode, done.stdout) == (2, "")
    assert 'no revision "nowhere"' in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_repository_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "a"})
    done = run("affected", "--against", "HEAD", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "not in a git repository" in done.stderr


def test_a_dockerfile_that_is_not_there_is_an_error(root: Path) -> None:
    done = run("affected", "--against", "HEAD", "-f", "nowhere/Dockerfile", cwd=root)
    assert (done.returncode, done.stdout) == (2, "")


# -- base images --------------------------------------------------------------------------------


def test_base_images_can_be_pinned(root: Path) -> None:
    pin = f"sha256:{'1' * 64}"
    write(root, {"tool/Dockerfile": "FROM node:22\nCOPY main /\n", "bases.json": json.dumps({"node:22": pin})})
    commit(root)
    (found,) = _affected(root, "-C", "tool")["builds"]
    assert "base images by tag: node:22" in found["unseen"]
    (found,) = _affected(root, "-C", "tool", "--base-digests", "bases.json")["builds"]
    assert (found["status"], found["unseen"]) == ("unaffected", [])
    write(root, {"bases.json": json.dumps({"docker.io/library/node:22": pin.replace("1", "2")})})
    (found,) = _affected(root, "-C", "tool", "--base-digests", "bases.json")["builds"]
    assert (found["status"], found["change"]["first"]["line"]) == ("affected", 2)
    assert found["change"]["reason"] == "FROM in line 1 changed"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("node:22 latest\n", 'bases:1: "latest" is no digest'),
        ("# x\n\nnode:22\n", "bases:3: it is no image with its digest"),
        ("NODE sha256:" + "1" * 64, 'bases:1: "NODE" is no name of an image'),
        ('{"a": 1}', "bases: the digest of a is no text"),
        ("{", "bases:1: it is not valid JSON"),
        ("a sha256:" + "1" * 64 + "\na sha256:" + "2" * 64, "bases:2: a has two digests"),
    ],
)
def test_a_file_of_digests_that_is_wrong_says_where(root: Path, text: str, problem: str) -> None:
    write(root, {"bases": text})
    done = run("digest", "tool", "--base-digests", "bases", cwd=root)
    assert done.returncode == 2
    assert problem in done.stderr


# -- digest -------------------------------------------------------------------------------------


def _digest(root: Path, *words: str) -> str:
    done = run("digest", *words, cwd=root)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_digest_is_that_of_what_counts(root: Path) -> None:
    before = _digest(root, "--all")
    assert before.count("sha256:") == 4
    write(root, {"README.md": "changed", "tool/unused": "new"})
    (root / "tool/main").touch()
    assert _digest(root, "--all") == before
    write(root, {"tool/main": "changed"})
    assert _digest(root, "--all") != before


def test_a_digest_needs_no_repository(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "plain", {"Dockerfile": "FROM scratch\nCOPY main /\n", "main": "tool"})
    assert _digest(tmp_path, "plain").split()[0] == _digest(root, "tool").split()[0]


def test_the_chain_of_instructions(root: Path) -> None:
    lines = _digest(root, "tool", "--by-instruction").splitlines()
    assert [line[14:] for line in lines[1:]] == ["     1  FROM scratch", "     2  COPY main /"]


def test_a_build_without_a_digest_is_an_error(root: Path) -> None:
    write(root, {"tool/Dockerfile": "FROM scratch\nCOPY nowhere /\n"})
    done = run("digest", "tool", "--json", cwd=root)
    assert done.returncode == 2
    assert json.loads(done.stdout)["builds"][0]["digest"] is None
    assert 'error: tool/Dockerfile: Dockerfile:2: COPY source "nowhere"' in done.stderr
    # The name of a build that is the file's own is not said twice.
    write(root, {"Dockerfile": "FROM scratch\nCOPY nowhere /\n"})
    done = run("digest", cwd=root)
    assert done.stderr.startswith('error: Dockerfile:2: COPY source "nowhere"')
