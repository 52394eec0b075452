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
        ("web", None),
        ("web", "other/Dockerfile"),
    ]
    assert declared.builds[0].build_args == (("A", "g"),)
    # What the matrix says of another combination only is empty, so the Dockerfile is the one of the context.
    assert declared.unresolved == ()


_MATRICES = {
    "entries without lists": ("{include: [{a: api}, {a: api, f: X}, {a: web}]}", ["api", "api X", "web"]),
    "over what another entry added": ("{a: [api, web], include: [{f: X}, {a: api, f: Y}]}", ["api Y", "web X"]),
    "more than one of a new value": (
        "{a: [api], include: [{a: web}, {a: web, f: X}, {a: web, f: Y}]}",
        ["api", "web", "web X", "web Y"],
    ),
    "an entry for all": ("{a: [api, web], include: [{f: X}]}", ["api X", "web X"]),
    "all excluded": ("{a: [api], exclude: [{a: api}], include: [{a: api, f: X}]}", ["api X"]),
    "null, and another case": ("{a: [api], F: [null]}", ["api"]),
}


@pytest.mark.parametrize("name", _MATRICES)
def test_combinations_of_a_matrix(tmp_path: Path, name: str) -> None:
    """As GitHub's documentation of `include` has them."""
    matrix, expected = _MATRICES[name]
    write(tmp_path, {"api/": "", "web/": ""})
    job = f"    strategy:\n      matrix: {matrix}\n"
    declared = _read(tmp_path, _step(context="${{ matrix.a }}", file="${{ matrix.f }}"), "", job)
    places = _places(declared, tmp_path)
    assert ([" ".join(filter(None, place)) for place in places], declared.unresolved) == (expected, ())


@pytest.mark.parametrize(
    "matrix",
    ["${{ fromJSON(inputs.m) }}", "{a: ['${{ inputs.a }}']}", "{b: [x], a: '${{ fromJSON(inputs.a) }}'}", "{a: [[x]]}"],
)
def test_a_matrix_that_the_workflow_does_not_say(tmp_path: Path, matrix: str) -> None:
    job = f"    strategy:\n      matrix: {matrix}\n"
    declared = _read(tmp_path, _step(context="${{ matrix.a }}") + _step(context="${{ matrix.a || '.' }}"), "", job)
    assert (declared.builds, len(declared.unresolved)) == ((), 2)


def test_properties_of_a_value(tmp_path: Path) -> None:
    write(tmp_path, {"api/": ""})
    job = "    strategy:\n      matrix: {app: [{dir: api}, '${{ fromJSON(inputs.app) }}']}\n"
    declared = _read(tmp_path, _step(context="${{ matrix.app.dir }}", file="${{ matrix.app.file }}"), "", job)
    assert _places(declared, tmp_path) == [("api", None)]
    assert [one.reason for one in declared.unresolved] == [
        "the expression ${{ matrix.app.dir }} in context is not known"
    ]


def test_cases_of_names(tmp_path: Path) -> None:
    write(tmp_path, {"api/": ""})
    declared = _read(tmp_path, _step("Docker/Build-Push-Action@v6", Context="api"))
    assert _places(declared, tmp_path) == [("api", None)]


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
    assert "docker/bake-action builds from git here" in said(declared)[0]
    unknown = _read(tmp_path, _step(bake, files="${{ inputs.files }}", source="."))
    assert [one.reason for one in unknown.unresolved] == ["the expression ${{ inputs.files }} in files is not known"]
    gone = _read(tmp_path, _step(bake, files="gone.hcl", source="."))
    assert [one.reason for one in gone.unresolved] == ["gone.hcl: there is no such file"]
    assert "docker/bake-action builds from git here" in said(_read(tmp_path, _step(bake)))[0]


@pytest.mark.parametrize(
    "uses",
    [
        '"docker/\\x62uild-push-action@v6"',
        '"docker/build-\\\n          push-action@v6"',
        "docker/build-push-action/@v6",
        "docker//build-push-action@v6",
        "docker\\build-push-action@v6",
        "https://github.com/docker/build-push-action@v6",
        "Docker/Build-Push-Action@v6",
    ],
)
def test_other_spellings_of_the_action(uses: str, tmp_path: Path) -> None:
    write(tmp_path, {"app/Dockerfile": "FROM scratch\n"})
    assert _places(_read(tmp_path, _step(uses, context="app")), tmp_path) == [("app", None)]


def test_a_file_of_a_build_from_git_that_is_not_known(tmp_path: Path) -> None:
    (unknown,) = _read(tmp_path, _step(file="${{ vars.F }}")).unresolved
    assert unknown.reason == "the expression ${{ vars.F }} in file is not known"


def test_a_bake_file_of_the_checkout(tmp_path: Path) -> None:
    write(tmp_path, {"ci/build.hcl": 'target "app" { context = "app" }\n', "app/": "", "ci/app/": ""})
    bake = "docker/bake-action@v6"
    declared = _read(tmp_path, _step(bake, files="cwd://ci/build.hcl", source="."))
    assert [build.origin for build in declared.builds] == ["ci/build.hcl: target app"]
    below = _read(tmp_path, _step(bake, files="cwd://build.hcl", source=".", workdir="ci"))
    assert [build.origin for build in below.builds] == ["ci/build.hcl: target app"]
    made = _read(tmp_path, _step(bake, files="cwd:///tmp/made.json", source="."))
    assert (made.builds, made.unresolved) == ((), ())
    outside = _read(tmp_path, _step(bake, files="cwd://../out.hcl", source="."))
    assert outside.builds == ()


@pytest.mark.parametrize("where", ["source", "workdir"])
def test_a_bake_file_in_a_directory_that_is_not_known(where: str, tmp_path: Path) -> None:
    bake = "docker/bake-action@v5"
    declared = _read(tmp_path, _step(bake, **{where: "${{ vars.DIR }}"}, files="evil.hcl"))
    assert [one.reason for one in declared.unresolved] == [
        f"the expression ${{{{ vars.DIR }}}} in {where} is not known"
    ]
    assert _read(tmp_path, _step(bake, **{where: "${{ vars.DIR }}"})).unresolved == ()


@pytest.mark.parametrize("name", ["action.yml", "action.yaml"])
def test_the_builds_of_an_action_of_the_repository_are_not_known(name: str, tmp_path: Path) -> None:
    steps = "runs:\n  using: composite\n  steps:\n  - uses: %s\n"
    write(
        tmp_path,
        {
            f"ci/Build/{name}": steps % "Docker/Build-Push-Action@v6",
            f"ci/other/{name}": steps % "./ci/Build",
            f"ci/circle/{name}": steps % "./ci/circle",
            f"ci/none/{name}": steps % "actions/checkout@v4",
        },
    )
    for action, found in (("Build", True), ("other", True), ("circle", False), ("none", False), ("gone", False)):
        reasons = [one.reason for one in _read(tmp_path, _step(f"./ci/{action}")).unresolved]
        said = "the builds of ./ci/Build are not read: declare them in a Compose or bake file"
        assert reasons == [said] * found, action


@pytest.mark.parametrize("version", ["v5", "v5.13.0", "6", "v7", "master", "60f5d53310314dbf8c33f0c8a01042536f2f6c36"])
def test_bake_from_git_by_version(tmp_path: Path, version: str) -> None:
    bake = (
        'target "app" { context = "app" }\ntarget "web" { dockerfile = "w/Dockerfile" }\n'
        'target "inline" { dockerfile-inline = "FROM scratch" }\n'
    )
    write(tmp_path, {"app/": "", "docker-bake.hcl": bake, "w/Dockerfile": "FROM scratch\n"})
    before = "      - run: make\n"
    named = _step(f"docker/bake-action@{version}", targets="web")
    _read(tmp_path, before + named + _step(f"docker/bake-action@{version}", targets="all"))
    found = workflows.git_builds(DeclaringFile(str(tmp_path / _FILE), _FILE), str(tmp_path.resolve()))
    assert [(one.line, one.directory, one.file, one.makes_files, one.fix) for one in found] == (
        []
        if version.startswith("v5")
        else [
            (7, "", "w/Dockerfile", True, "source: ."),
            (10, "app", "Dockerfile", True, "source: ."),
            (10, "", "w/Dockerfile", True, "source: ."),
        ]
    )


def _checkout(**given: str) -> str:
    return _step("actions/checkout@v4", **given)


@pytest.mark.parametrize("name", ["${{ github.event.pull_request.head.repo.full_name }}", "Us/App", ""])
def test_this_repository_in_a_directory(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"app/": "", ".git/config": '[remote "origin"]\n\turl = git@github.com:us/app.git\n'})
    checkout = _checkout(repository=f'"{name}"', path="here")
    text = (
        "on: push\njobs:\n  b:\n    steps:\n"
        + checkout
        + _step(context="./here/app", file="here/app/x.Dockerfile", build_contexts="|\n            c=here/app")
        + _step(context=".")
    )
    declared = workflows.read(DeclaringFile(str(tmp_path / _FILE), _FILE, text), str(tmp_path.resolve()))
    assert _places(declared, tmp_path) == [("app", "app/x.Dockerfile")]
    assert declared.builds[0].contexts == (NamedContext("c", str(tmp_path.resolve() / "app")),)
    assert declared.unresolved == ()
    assert said(declared) == (
        f"{_FILE}:15: docker/build-push-action builds a directory in which this repository is not checked out here: "
        "not counted, since it is not this repository",
    )


def test_another_repository(tmp_path: Path) -> None:
    write(tmp_path, {"app/": "", "docker-bake.hcl": 'target "a" {}\n', "b.hcl": 'target "b" {}\n'})
    steps = (
        _checkout(repository="them/other", path="vendor/other")
        + _step(context="vendor/other")
        + _step(context="vendor/other/deep", file="Dockerfile")
        + _step(context="app", file="vendor/other/Dockerfile")
        + _step("docker/bake-action@v6", source="vendor/other", files="b.hcl")
        + _step(context="app", build_contexts="|\n            c=vendor/other")
    )
    declared = _read(tmp_path, steps)
    assert _places(declared, tmp_path) == [("app", None)]
    assert declared.unresolved == ()
    assert said(declared) == (
        f"{_FILE}:10: docker/build-push-action builds them/other here (and 2 other steps): not counted, since it is "
        "not this repository",
        f"{_FILE}:21: docker/bake-action builds them/other here: not counted, since it is not this repository",
    )
    whole = _read(tmp_path, _checkout(repository="them/other") + _step(context=".") + _step(context="gone"))
    assert (whole.builds, whole.unresolved) == ((), ())
    assert "builds them/other here (and 1 other step)" in said(whole)[0]


def test_another_repository_by_an_expression(tmp_path: Path) -> None:
    """Beside a checkout of this repository an expression stands for another one."""
    write(tmp_path, {"app/": ""})
    other = _checkout(repository="\"${{ vars.KIT || 'them/kit' }}\"", path="kit")
    steps = _checkout(path="here") + other + _step(context="here/app", build_contexts="|\n            c=kit")
    declared = _read(tmp_path, steps)
    assert _places(declared, tmp_path) == [("app", None)]
    # It is there, and which files it has is not known.
    assert declared.builds[0].contexts == (NamedContext("c", ""),)


def test_each_job_has_its_own_checkouts(tmp_path: Path) -> None:
    write(tmp_path, {"app/": ""})
    steps = _checkout(repository="them/other") + _step(context="app") + "  second:\n    steps:\n" + _step(context="app")
    assert _places(_read(tmp_path, steps), tmp_path) == [("app", None)]


def test_other_workflows(tmp_path: Path) -> None:
    assert _read(tmp_path, "      - run: make\n") == Declared(())
    write(tmp_path, {_FILE: "{{ not YAML"})
    assert workflows.read(DeclaringFile(str(tmp_path / _FILE), _FILE), str(tmp_path)) == Declared(())
    write(tmp_path, {_FILE: "a: [docker/build-push-action\n"})
    with pytest.raises(CtxoptError, match=r"ci\.yml:\d: not valid YAML"):
        workflows.read(DeclaringFile(str(tmp_path / _FILE), _FILE), str(tmp_path))


def test_a_large_matrix_comes_to_an_end(tmp_path: Path) -> None:
    axes = "".join(f"        a{n}: [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" for n in range(20))
    with pytest.raises(CtxoptError, match="a matrix has more than 256 combinations"):
        _read(tmp_path, _step(context="."), job=f"    strategy:\n      matrix:\n{axes}")


def test_what_a_matrix_excludes_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, {"app/Dockerfile": "FROM scratch\n"})
    names = [f"d{number}" for number in range(260)]
    excluded = "".join(f"          - place: {name}\n" for name in names)
    matrix = f"        place: [{', '.join([*names, 'app'])}]\n        exclude:\n{excluded}"
    step = _step(context="${{ matrix.place }}")
    declared = _read(tmp_path, step, job=f"    strategy:\n      matrix:\n{matrix}")
    assert _places(declared, tmp_path) == [("app", None)]


_DOWNLOAD = "actions/download-artifact@v4"


@pytest.mark.parametrize(
    ("before", "made"),
    [
        (_step(_DOWNLOAD, path="app/bin/"), ("bin",)),
        (_step(_DOWNLOAD, path="app"), ("",)),
        (_step(_DOWNLOAD), ("",)),
        (_step(_DOWNLOAD, path="${{ matrix.where }}"), ("",)),
        (_step("actions/cache@v4", path="|\n            app/dist\n            ~/.cache"), ("dist",)),
        (_step("./.github/actions/build"), ("",)),
        ("      - run: make web\n", ("",)),
        ("      - run: echo x > app/version\n", ("",)),
        # What makes nothing in the context.
        (_step(_DOWNLOAD, path="other"), ()),
        (_step(_DOWNLOAD, path="${{ runner.temp }}/digests"), ()),
        (_step("docker/setup-buildx-action@v3"), ()),
        ('      - run: echo "v=1" >> "$GITHUB_OUTPUT"\n', ()),
        ("", ()),
    ],
)
def test_what_earlier_steps_make(tmp_path: Path, before: str, made: tuple[str, ...]) -> None:
    write(tmp_path, {"app/Dockerfile": "FROM scratch\n"})
    build = _step(context="app")
    assert only(_read(tmp_path, before + build)).made == made
    assert only(_read(tmp_path, build + before)).made == ()


def test_another_job_makes_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"app/Dockerfile": "FROM scratch\n"})
    job = "    steps:\n      - run: make\n  images:\n"
    assert only(_read(tmp_path, _step(context="app"), job=job)).made == ()
