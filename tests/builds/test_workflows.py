"""The builds of GitHub workflows."""

import os
from pathlib import Path

import pytest

from ctxopt.builds import workflows
from ctxopt.builds.build import Build, Declared, DeclaringFile
from ctxopt.core.named_context import NamedContext
from ctxopt.errors import CtxoptError
from tests.builds.support import only, said
from tests.support.files import write

_FILE = ".github/workflows/ci.yml"


def _read(root: Path, steps: str, before: str = "", job: str = "") -> Declared:
    """What a workflow with these steps of a job declares."""
    text = f"on: push\n{before}jobs:\n  build:\n{job}    steps:\n      - uses: actions/checkout@v4\n{steps}"
    write(root, {_FILE: text})
    return workflows.read(DeclaringFile(str(root / _FILE), _FILE), str(root.resolve()))


def _step(uses: str = "docker/build-push-action@v6", **given: str) -> str:
    """A step with the action, and what it is given."""
    lines = [f"          {name.replace('_', '-')}: {value}\n" for name, value in given.items()]
    return f"      - uses: {uses}\n" + ("        with:\n" + "".join(lines) if lines else "")


def _places(declared: Declared, root: Path) -> list[tuple[str, str | None]]:
    def shown(path: str) -> str:
        return os.path.relpath(path, root.resolve())

    return [(shown(one.context), one.dockerfile and shown(one.dockerfile)) for one in declared.builds]


def test_a_build(tmp_path: Path) -> None:
    write(tmp_path, {"app/": "", "shared/": ""})
    step = _step(
        context="./app",
        file="docker/app.Dockerfile",
        target="prod",
        build_args="|\n            A=1\n            B=x=y\n            # C=2\n            V=${{ github.sha }}",
        build_contexts="|\n            shared=./shared\n            base=docker-image://alpine",
        tags="x:latest",
    )
    declared = _read(tmp_path, step)
    root = tmp_path.resolve()
    # The path of the Dockerfile counts from the top of the repository as well.
    assert only(declared) == Build(
        f"{_FILE}: job build, step line 6",
        str(root / "app"),
        str(root / "docker/app.Dockerfile"),
        None,
        "prod",
        (("A", "1"), ("B", "x=y")),
        contexts=(NamedContext("shared", str(root / "shared")), NamedContext("base", "docker-image://alpine")),
        unknown_args=("V",),
    )
    assert (said(declared), declared.unresolved) == ((), ())


def test_expressions_that_the_workflow_answers(tmp_path: Path) -> None:
    write(tmp_path, {"api/": "", "web/": "", "web2/": ""})
    matrix = (
        "    strategy:\n      matrix:\n        app: [api, web, gone]\n        exclude: [{app: gone}]\n"
        "        include: [{app: web, file: other/Dockerfile}, {app: web2}]\n    env: {DIR: api}\n"
    )
    steps = (
        _step(context="${{ matrix.app }}", build_args="A=${{ env.GLOBAL }}")
        + _step(context="${{ github.workspace }}/${{ env.DIR }}")
        + _step(context="web", file="${{ matrix.file }}")
    )
    declared = _read(tmp_path, steps, "env: {GLOBAL: g}\n", matrix)
    assert _places(declared, tmp_path) == [
        *(("api", None), ("web", None), ("web2", None)),
        ("api", None),
        ("web", "other/Dockerfile"),
    ]
    assert declared.builds[0].build_args == (("A", "g"),)
    # Where a value is not known, the build cannot be resolved.
    assert {one.reason for one in declared.unresolved} == {"the expression ${{ matrix.file }} in file is not known"}


@pytest.mark.parametrize("context", [{}, {"context": "'{{defaultContext}}:sub'"}])
def test_without_a_context_it_builds_from_git(tmp_path: Path, context: dict[str, str]) -> None:
    declared = _read(tmp_path, _step(push="true", **context) + _step(push="true", **context))
    assert declared.builds == ()
    assert said(declared) == (
        f"{_FILE}:6: docker/build-push-action builds from git here (and 1 other step): files that are not tracked, "
        "also those of earlier steps, are missing, and .dockerignore does not apply; to build from the checkout, add "
        "`context: .`",
    )


def test_bake_files(tmp_path: Path) -> None:
    write(tmp_path, {"ci/build.hcl": 'target "app" { context = "app" }\n', "app/": "", "sub/app/": "", "sub/b.hcl": ""})
    write(tmp_path, {"sub/b.hcl": 'target "sub" { context = "app" }\n'})
    bake = "docker/bake-action@v6"
    files = "|\n            ci/build.hcl\n            ${{ steps.meta.outputs.bake-file }}"
    declared = _read(tmp_path, _step(bake, files=files, source=".") + _step(bake, files="b.hcl", workdir="sub"))
    assert _places(declared, tmp_path) == [("app", None), ("sub/app", None)]
    assert [build.origin for build in declared.builds] == ["ci/build.hcl: target app", "sub/b.hcl: target sub"]
    assert said(declared) == ()
    unknown = _read(tmp_path, _step(bake, files="${{ inputs.files }}", source="."))
    assert [one.reason for one in unknown.unresolved] == ["the expression ${{ inputs.files }} in files is not known"]
    gone = _read(tmp_path, _step(bake, files="gone.hcl", source="."))
    assert [one.reason for one in gone.unresolved] == ["gone.hcl: there is no such file"]
    assert "docker/bake-action builds from git here" in said(_read(tmp_path, _step(bake)))[0]


def test_other_workflows(tmp_path: Path) -> None:
    assert _read(tmp_path, "      - run: make\n") == Declared(())
    write(tmp_path, {_FILE: "{{ not YAML"})
    assert workflows.read(DeclaringFile(str(tmp_path / _FILE), _FILE), str(tmp_path)) == Declared(())
    write(tmp_path, {_FILE: "a: [docker/build-push-action\n"})
    with pytest.raises(CtxoptError, match=r"ci\.yml:\d: not valid YAML"):
        workflows.read(DeclaringFile(str(tmp_path / _FILE), _FILE), str(tmp_path))


def test_a_large_matrix_comes_to_an_end(tmp_path: Path) -> None:
    axes = "".join(f"        a{n}: [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" for n in range(20))
    declared = _read(tmp_path, _step(context="."), job=f"    strategy:\n      matrix:\n{axes}")
    assert len(declared.builds) == 1
