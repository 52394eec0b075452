"""What a workflow, a development container or Skaffold gives a build and only the run decides."""

from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git

_WORKFLOW = ".github/workflows/b.yml"
_ARG = "ARG B=debian:12\nFROM $B\nCOPY src /app\n"
_PLAIN = "FROM debian:12\nCOPY src /app\n"
_EVIL = {"img.txt": "FROM evil/x:1\n"}
_NOT_APPROVED = "is not an approved image"
_BAKE = {"docker-bake.hcl": 'variable "F" { default = "Dockerfile" }\ntarget "default" {\n  dockerfile = F\n}\n'}


def _steps(*steps: str, env: str = "{}", matrix: str = "{}") -> dict[str, str]:
    lines = "".join(f"  - {step}\n" for step in steps)
    strategy = f"  strategy: {{matrix: {matrix}}}\n" if matrix != "{}" else ""
    text = f"on: push\nenv: {env}\njobs:\n b:\n{strategy}  steps:\n  - uses: actions/checkout@v4\n{lines}"
    return {_WORKFLOW: text}


def _build(given: str, before: str = "") -> tuple[str, ...]:
    return (*([before] if before else []), f"{{uses: docker/build-push-action@v6, with: {{{given}}}}}")


def _args(args: str) -> dict[str, str]:
    return _steps(*_build(f'context: ., build-args: "{args}"'))


def _checked(root: Path, dockerfile: str, files: dict[str, str]) -> tuple[int, str]:
    write(root, {"Dockerfile": dockerfile, "src/a": "x", **_EVIL, **files})
    done = run("check", "--all", "--approved-base-images", "debian:12", cwd=root)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


_STAGE = "ARG B=b\nFROM debian:12 AS b\nFROM $B\nCOPY src /app\n"


@pytest.mark.parametrize(
    ("dockerfile", "args", "code"),
    [
        (_ARG, "B=${{ vars.B }}", 2),
        (_ARG, "${{ vars.ALL }}", 2),
        (_ARG, "${{ vars.NAME }}=x", 2),
        (_ARG, "${{ vars.PRE }}B=x", 2),
        (_ARG.replace("debian:12", "scratch"), "B=${{ vars.B }}", 2),
        (_STAGE, "B=${{ vars.B }}", 2),
        (_ARG.replace("FROM", "ARG C=$B\nFROM").replace("FROM $B", "FROM $C"), "B=${{ vars.B }}", 2),
        (_ARG, "C=${{ vars.B }}", 0),
        (_ARG, "B=debian:12", 0),
        (_ARG, r"\"B=evil/x:1\"", 1),
        (_PLAIN, "BUILDKIT_SYNTAX=${{ vars.B }}", 2),
        (_PLAIN, "B=${{ vars.B }}", 0),
        ("FROM debian:12\nARG D=src\nCOPY $D /app\n", "${{ vars.ALL }}", 2),
    ],
)
def test_an_argument_of_an_unknown_value(dockerfile: str, args: str, code: int, tmp_path: Path) -> None:
    assert _checked(tmp_path, dockerfile, _args(args))[0] == code


def test_unknown_arguments_hinder_nobody_who_uses_none(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _ARG, "src/a": "x", **_args("${{ vars.ALL }}")})
    assert run("check", "--all", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("run: echo F=img.txt >> $GITHUB_ENV", 2),
        ('run: echo "F=img.txt" >> "${GITHUB_ENV}"', 2),
        ("run: echo F=img.txt | tee -a ${{ github.env }}", 2),
        (r"run: printf 'A=1\nF=img.txt\n' >> $GITHUB_ENV", 2),
        ("run: bash ci/env.sh", 2),
        ("uses: ./ci", 2),
        ("run: echo A=$(git rev-parse HEAD) >> $GITHUB_ENV", 0),
        ('run: echo "A=1" >> "$GITHUB_ENV"', 0),
        ("run: echo F=img.txt", 0),
    ],
)
def test_a_variable_that_an_earlier_step_may_set(step: str, code: int, tmp_path: Path) -> None:
    other = {
        "ci/env.sh": "cat x >> $GITHUB_ENV\n",
        "ci/action.yml": "runs: {using: composite, steps: [{run: 'cat x >> $GITHUB_ENV', shell: bash}]}\n",
    }
    steps = _steps(*_build('context: ., file: "${{ env.F }}"', step), env="{F: Dockerfile}")
    assert _checked(tmp_path, _PLAIN, {**other, **steps})[0] == code


def test_an_argument_that_the_variables_of_the_workflow_have(tmp_path: Path) -> None:
    steps = _steps(*_build("context: ., build-args: B"), env="{B: 'evil/x:1'}")
    assert _checked(tmp_path, _ARG, steps)[0] == 1


@pytest.mark.parametrize("version", ["v1", "v1.2", "0123456789abcdef"])
def test_the_inputs_of_the_first_version(version: str, tmp_path: Path) -> None:
    steps = _steps(f"{{uses: docker/build-push-action@{version}, with: {{path: ., dockerfile: img.txt}}}}")
    code, text = _checked(tmp_path, _PLAIN, steps)
    assert (code, _NOT_APPROVED in text) == (1, True)


def test_each_combination_has_its_own_checkout(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", "https://github.com/me/self")
    checkout = '{uses: actions/checkout@v4, with: {repository: "${{ matrix.r }}"}}'
    steps = _steps(*_build("context: ., file: img.txt", checkout), matrix="{r: [a/b, me/self]}")
    assert _checked(tmp_path, _PLAIN, steps)[0] == 1


@pytest.mark.parametrize("path", ["${{ vars.NOTHING }}", "x/${{ vars.UP }}"])
def test_a_checkout_at_a_path_that_is_not_known(path: str, tmp_path: Path) -> None:
    checkout = f'{{uses: actions/checkout@v4, with: {{path: "{path}"}}}}'
    files = _steps(*_build("context: ., file: img.txt", checkout))
    files[_WORKFLOW] = files[_WORKFLOW].replace("  - uses: actions/checkout@v4\n", "", 1)
    assert _checked(tmp_path, _PLAIN, files)[0] == 1


def _baked(given: str = "", env: str = "{}", before: str = "") -> dict[str, str]:
    step = f"{{uses: docker/bake-action@v6, env: {env}, with: {{source: .{given}}}}}"
    return {**_steps(*filter(None, (before, step))), **_BAKE}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (_baked(', set: "*.dockerfile=img.txt"'), 1),
        (_baked(', set: "def*.dockerfile=img.txt"'), 1),
        (_baked(', set: "other.dockerfile=img.txt"'), 0),
        (_baked(', set: "*.context=src"'), 2),
        (_baked(', set: "*.contexts.a=src"'), 2),
        (_baked(', set: "*.args.B=x"'), 0),
        (_baked(', set: "${{ vars.T }}.dockerfile=img.txt"'), 2),
        (_baked(', set: "*.dockerfile=${{ vars.F }}"'), 2),
        (_baked(', set: "${{ vars.F }}"'), 2),
        (_baked(', set: "*.cache-to=${{ vars.F }}"'), 0),
        (_baked(', set: "*.tags+=${{ vars.F }}"'), 0),
        (_baked(', set: "*.dockerfile+=img.txt"'), 1),
        (_baked(', set: "*.output=type=image"'), 0),
        (_baked(env="{F: img.txt}"), 1),
        (_baked(env='{F: "${{ vars.F }}"}'), 2),
        (_baked(env='{G: "${{ vars.F }}"}'), 0),
        (_baked(before="run: echo F=img.txt >> $GITHUB_ENV"), 2),
    ],
)
def test_what_a_step_sets_of_a_target(files: dict[str, str], code: int, tmp_path: Path) -> None:
    assert _checked(tmp_path, _PLAIN, files)[0] == code


def _container(text: str) -> dict[str, str]:
    return {".devcontainer.json": text}


_COMPOSE = {"dc.yml": "services: {x: {build: {context: ., dockerfile: img.txt}}}\n"}


@pytest.mark.parametrize(
    ("dockerfile", "files", "code"),
    [
        (
            _PLAIN,
            _container(
                '{"build": {"dockerfile": "Dockerfile", "options": '
                '["--build-context=debian:12=docker-image://evil/x"]}}'
            ),
            1,
        ),
        (_ARG, _container('{"build": {"dockerfile": "Dockerfile", "options": ["--build-arg", "B=evil/x"]}}'), 1),
        (_PLAIN, _container('{"build": {"dockerfile": "Dockerfile", "options": ["-f", "img.txt"]}}'), 2),
        (_PLAIN, _container('{"build": {"dockerfile": "Dockerfile", "options": ["--network=host"]}}'), 0),
        (_ARG, _container('{"build": {"dockerfile": "Dockerfile", "args": {"B": "${localEnv:B:evil/x}"}}}'), 2),
        (_PLAIN, _container('{"build": {"dockerfile": "Dockerfile", "args": {"B": "${localEnv:B}"}}}'), 0),
        (_PLAIN, {**_COMPOSE, **_container('{"dockerComposeFile": ["dc.yml${localEnv:NOPE}"]}')}, 2),
        (_PLAIN, {**_COMPOSE, **_container('{"dockerComposeFile": "${localWorkspaceFolder}/dc.yml"}')}, 1),
    ],
)
def test_a_development_container(dockerfile: str, files: dict[str, str], code: int, tmp_path: Path) -> None:
    assert _checked(tmp_path, dockerfile, files)[0] == code


_OTHER = {"k/other.yaml": "build: {artifacts: [{image: a, context: .., docker: {dockerfile: img.txt}}]}\n"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("requires: [{path: k/other.yaml}]\n", 1),
        ("requires: [{path: k/none.yaml}]\n", 2),
        ("requires: [{path: ../other.yaml}]\n", 2),
        ("requires: [{path: skaffold.yaml}]\n", 0),
        ("requires: [{path: 'https://example.com/other.yaml'}]\n", 2),
        ("build: {artifacts: [{image: a, docker: {cliFlags: [--build-arg=B=evil/x]}}]}\n", 1),
        ("build: {artifacts: [{image: a, docker: {cliFlags: [--build-arg, 'B={{.X}}']}}]}\n", 2),
        ("build: {artifacts: [{image: a, docker: {cliFlags: [--no-cache]}}]}\n", 0),
    ],
)
def test_skaffold(text: str, code: int, tmp_path: Path) -> None:
    assert _checked(tmp_path, _ARG, {**_OTHER, "skaffold.yaml": text})[0] == code


@pytest.mark.parametrize(
    "step", ["{uses: ./ci}", "{uses: ./ci, if: true}", "uses: ./ci", "uses: './ci'", "uses: >-\n      ./ci"]
)
def test_an_action_of_the_repository_in_any_layout(step: str, tmp_path: Path) -> None:
    action = "runs: {steps: [{uses: docker/build-push-action@v6, with: {context: ., file: img.txt}}]}\n"
    code, text = _checked(tmp_path, _PLAIN, {"ci/action.yml": action, **_steps(step)})
    assert (code, "the builds of ./ci are not read" in text) == (2, True)
