"""All builds of a directory, and which directory a Dockerfile that nothing declares is built from."""

from pathlib import Path

import pytest

from ctxopt.builds.build import Build
from ctxopt.builds.discovery import Contexts, Discovery, DiscoveryPolicy, Request, discover
from ctxopt.builds.opened import walk_unfiltered
from ctxopt.catalogue.installs import is_manifest
from ctxopt.core.dockerignore.pattern import compile_pattern
from ctxopt.errors import CtxoptError
from ctxopt.evidence.fixtures import fixtures_in
from ctxopt.evidence.junk_names import is_installed

_FROM = "FROM scratch\n"


def _make(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _all(root: Path, *known: Build, contexts: Contexts = Contexts.EVERY) -> Discovery:
    policy = DiscoveryPolicy(contexts, is_installed, is_manifest)
    return discover(str(root), walk_unfiltered(str(root)), Request(declared=known), policy)


def _places(root: Path, found: Discovery) -> list[tuple[str, str]]:
    return [(one.build.origin, str(Path(one.build.context).relative_to(root))) for one in found.builds]


def test_declared_builds_come_before_dockerfiles(tmp_path: Path) -> None:
    _make(
        tmp_path,
        {
            "Dockerfile": "FROM scratch\nCOPY a /\n",
            "a": "",
            "api/Dockerfile": "FROM scratch\nCOPY main.py /\n",
            "api/main.py": "",
            "compose.yaml": "services: {web: {build: web}}",
            "web/Dockerfile": "FROM scratch\n",
            "docker-bake.json": '{"target": {"tool": {"context": "tool"}}}',
            "tool/Dockerfile": "FROM scratch\n",
            "build/worker.Dockerfile": "FROM scratch\nCOPY api/main.py /\n",
            "node_modules/x/Dockerfile": "FROM scratch\n",
        },
    )
    found = _all(tmp_path)
    assert (found.notes, found.skipped, found.unresolved) == ((), (), ())
    assert _places(tmp_path, found) == [
        ("compose.yaml: service web", "web"),
        ("docker-bake.json: target tool", "tool"),
        ("Dockerfile", "."),
        ("api/Dockerfile", "api"),
        ("build/worker.Dockerfile", "."),
    ]


def test_what_cannot_be_told_is_a_note(tmp_path: Path) -> None:
    _make(
        tmp_path,
        {
            "a/Dockerfile": "FROM scratch\nCOPY gone /\n",
            "b/Dockerfile": "FRUM scratch\n",
            "compose.yaml": "services: [",
        },
    )
    found = _all(tmp_path)
    assert found.builds == ()
    assert [build.reason.split(";")[0] for build in found.skipped] == [
        "a/Dockerfile:2: gone does not exist",
        "b/Dockerfile:1: unknown instruction FRUM (did you mean FROM?)",
    ]
    assert [(one.file, one.line) for one in found.unresolved] == [
        ("compose.yaml", 2),
        ("a/Dockerfile", 2),
        ("b/Dockerfile", 1),
    ]


def test_what_is_known_already_is_not_taken_again(tmp_path: Path) -> None:
    _make(tmp_path, {"Dockerfile": "FROM scratch\n", "other/Dockerfile": "FROM scratch\n"})
    known = Build("main", str(tmp_path))
    assert _places(tmp_path, _all(tmp_path, known)) == [("other/Dockerfile", "other")]


def test_one_build_declared_twice_counts_once(tmp_path: Path) -> None:
    _make(
        tmp_path,
        {
            "Dockerfile": "FROM scratch\n",
            "compose.yaml": "services: {a: {build: .}, b: {build: {context: ., args: {X: '1'}}}}",
            "compose.prod.yaml": "services: {a: {build: {context: ., dockerfile: Dockerfile}}}",
        },
    )
    assert [found.build.build_args for found in _all(tmp_path).builds] == [(), (("X", "1"),)]


#: The files of a project with a Dockerfile in `api`, the directory that it is built from, and whether that is said.
_HOMES: dict[str, tuple[dict[str, str], str, bool]] = {
    "sources in the root only": ({"api/Dockerfile": _FROM + "COPY src /\n", "src/a": ""}, ".", False),
    "sources beside it only": ({"api/Dockerfile": _FROM + "COPY main.py /\n", "api/main.py": ""}, "api", False),
    "sources in both": ({"api/Dockerfile": _FROM + "COPY src /\n", "src/a": "", "api/src/a": ""}, ".", True),
    "the whole context": ({"api/Dockerfile": _FROM + "COPY . /\n", "src/a": ""}, ".", True),
    "a variable without a value": ({"api/Dockerfile": _FROM + "ARG X\nCOPY $X /\n"}, ".", True),
    "a .dockerignore beside it": (
        {"api/Dockerfile": _FROM + "COPY . /\n", "api/.dockerignore": "x\n", "src/a": ""},
        "api",
        False,
    ),
    "no sources": ({"api/Dockerfile": _FROM + "RUN true\n"}, "api", False),
}


def test_a_dockerfile_may_be_built_from_a_directory_between(tmp_path: Path) -> None:
    files = {"go/deploy/docker/Dockerfile": _FROM + "COPY go.mod cmd /\n", "go/go.mod": "", "go/cmd/a": ""}
    _make(tmp_path, {"Dockerfile": _FROM, **files})
    assert _places(tmp_path, _all(tmp_path)) == [("Dockerfile", "."), ("go/deploy/docker/Dockerfile", "go")]
    searched = _all(tmp_path, contexts=Contexts.SEARCHED)
    assert [build.reason for build in searched.skipped] == ["it is built from go, where all its sources are"]


@pytest.mark.parametrize(
    ("manifests", "context"),
    [
        (("api/package.json",), "api"),
        (("api/package.json", "go.mod"), "api"),
        (("api/package.json", "package.json"), "."),
        (("go.mod",), "."),
    ],
)
def test_a_directory_with_a_manifest_of_its_own_is_the_context(
    manifests: tuple[str, ...], context: str, tmp_path: Path
) -> None:
    _make(tmp_path, {"Dockerfile": _FROM, "api/Dockerfile": _FROM + "COPY . /\n", **dict.fromkeys(manifests, "{}")})
    every = _all(tmp_path)
    assert _places(tmp_path, every) == [("Dockerfile", "."), ("api/Dockerfile", context)]
    other = {"api": "the searched directory", ".": "api"}[context]
    assert every.builds[1].note.endswith(f"if {other} is its context, declare the build")
    # What is proposed for the root breaks neither.
    searched = _all(tmp_path, contexts=Contexts.SEARCHED)
    assert [found.build.origin for found in searched.builds] == ["Dockerfile", "api/Dockerfile"]


@pytest.mark.parametrize(
    ("run", "files", "context"),
    [
        ("RUN javac App.java\n", ("api/App.java",), "api"),
        ('CMD ["python", "./main.py"]\n', ("api/main.py",), "api"),
        ("RUN javac App.java\n", ("api/App.java", "App.java"), "."),
        ("RUN sh api/setup.sh\n", ("api/setup.sh",), "."),
    ],
)
def test_a_dockerfile_that_builds_what_is_beside_it(
    run: str, files: tuple[str, ...], context: str, tmp_path: Path
) -> None:
    _make(tmp_path, {"Dockerfile": _FROM, "api/Dockerfile": f"{_FROM}COPY . /\n{run}", **dict.fromkeys(files, "")})
    assert _places(tmp_path, _all(tmp_path)) == [("Dockerfile", "."), ("api/Dockerfile", context)]


@pytest.mark.parametrize(("files", "context", "said"), _HOMES.values(), ids=_HOMES)
def test_where_a_dockerfile_is_built_that_nothing_declares(
    files: dict[str, str], context: str, said: bool, tmp_path: Path
) -> None:
    _make(tmp_path, {"Dockerfile": _FROM, **files})
    every = _all(tmp_path)
    assert _places(tmp_path, every) == [("Dockerfile", "."), ("api/Dockerfile", context)]
    assert bool(every.builds[1].note) is said
    searched = _all(tmp_path, contexts=Contexts.SEARCHED)
    assert [found.build.origin for found in searched.builds] == ["Dockerfile", "api/Dockerfile"][: 1 + (context == ".")]
    assert [build.origin for build in searched.skipped] == ["api/Dockerfile"] * (context == "api")
    assert [bool(found.note) for found in searched.builds[1:]] == [said] * (context == ".")


_EITHER = {"api/Dockerfile": _FROM + "COPY src /\n", "src/a": "", "api/src/a": ""}
_DECLARATIONS = {
    "compose": {"compose.yaml": "services: {api: {build: api}}"},
    "bake": {"docker-bake.json": '{"target": {"api": {"context": "api"}}}'},
}


@pytest.mark.parametrize("declaration", [*_DECLARATIONS.values(), {}], ids=[*_DECLARATIONS, "configuration"])
def test_a_declaration_takes_precedence(declaration: dict[str, str], tmp_path: Path) -> None:
    _make(tmp_path, {"Dockerfile": _FROM, **_EITHER, **declaration})
    known = () if declaration else (Build("the configuration", str(tmp_path / "api")),)
    every = _places(tmp_path, _all(tmp_path, *known))
    assert [context for _, context in every] == (["api", "."] if declaration else ["."])
    searched = _all(tmp_path, *known, contexts=Contexts.SEARCHED)
    assert _places(tmp_path, searched) == [("Dockerfile", ".")]
    (skipped,) = searched.skipped
    assert skipped.origin == "api/Dockerfile"
    assert skipped.reason.endswith("builds it with another context")


def test_a_declaration_above_the_directory_takes_precedence(tmp_path: Path) -> None:
    _make(
        tmp_path,
        {
            ".git/HEAD": "",
            "compose.yaml": "services: {api: {build: {dockerfile: apps/api/Dockerfile}}, web: {build: apps/web}}",
            "apps/api/Dockerfile": _FROM,
            "apps/web/Dockerfile": _FROM,
            "apps/job/Dockerfile": _FROM,
        },
    )
    found = _all(tmp_path / "apps")
    assert [build.reason for build in found.skipped] == [
        "api/Dockerfile: ../compose.yaml: service api builds it with another context"
    ]
    assert _places(tmp_path / "apps", found) == [
        ("../compose.yaml: service web", "web"),
        ("job/Dockerfile", "job"),
    ]


def test_a_service_is_built_from_the_dockerfile_that_docker_finds(tmp_path: Path) -> None:
    _make(tmp_path, {"compose.yaml": "services: {api: {build: api}}", "api/Containerfile": _FROM})
    assert _places(tmp_path, _all(tmp_path)) == [("compose.yaml: service api", "api")]


def test_a_declared_build_that_cannot_be_planned_counts_with_its_error(tmp_path: Path) -> None:
    _make(tmp_path, {"compose.yaml": "services: {api: {build: {context: ., target: gone}}}", "Dockerfile": _FROM})
    (found,) = _all(tmp_path).builds
    with pytest.raises(CtxoptError, match="gone"):
        _ = found.context
    searched = _all(tmp_path, contexts=Contexts.SEARCHED)
    assert _places(tmp_path, searched) == [("Dockerfile", ".")]
    assert [build.origin for build in searched.skipped] == ["compose.yaml: service api"]


_WITH_ARGUMENT = {
    "Dockerfile": "FROM scratch\nARG APP\nCOPY package.json /\nCOPY dist/apps/${APP} /\n",
    "package.json": "{}",
    "dist/apps/api/main.js": "",
    "dist/apps/web/main.js": "",
}


def test_a_dockerfile_whose_argument_only_services_set_is_no_build_by_itself(tmp_path: Path) -> None:
    services = "{api: {build: {context: ., args: {APP: api}}}, web: {build: {context: ., args: {APP: web}}}}"
    _make(tmp_path, {**_WITH_ARGUMENT, "compose.yaml": f"services: {services}"})
    found = _all(tmp_path, contexts=Contexts.SEARCHED)
    assert _places(tmp_path, found) == [("compose.yaml: service api", "."), ("compose.yaml: service web", ".")]
    assert [skipped.reason for skipped in found.skipped] == [
        "compose.yaml: service api and 1 other build set APP, without which it is not built"
    ]


@pytest.mark.parametrize(
    ("services", "dockerfile"),
    [
        # Without a value there is nothing that the bare Dockerfile lacks.
        ("{api: {build: .}}", _WITH_ARGUMENT["Dockerfile"]),
        ("{api: {build: {context: ., args: {OTHER: api}}}}", _WITH_ARGUMENT["Dockerfile"]),
        # With a default it builds.
        (
            "{api: {build: {context: ., args: {APP: web}}}}",
            _WITH_ARGUMENT["Dockerfile"].replace("ARG APP", "ARG APP=api"),
        ),
        # Another Dockerfile says nothing of this one.
        ("{api: {build: {context: ., dockerfile: D, args: {APP: api}}}}", _WITH_ARGUMENT["Dockerfile"]),
    ],
)
def test_a_dockerfile_that_is_a_build_by_itself(tmp_path: Path, services: str, dockerfile: str) -> None:
    files = {**_WITH_ARGUMENT, "D": _FROM, "Dockerfile": dockerfile, "compose.yaml": f"services: {services}"}
    _make(tmp_path, files)
    assert ("Dockerfile", ".") in _places(tmp_path, _all(tmp_path, contexts=Contexts.SEARCHED))


def test_dockerfiles_with_a_suffix(tmp_path: Path) -> None:
    names = ("Dockerfile", "Dockerfile-worker", "Dockerfile_worker", "Containerfile-x", "Dockerfile.y", "z.Dockerfile")
    _make(tmp_path, {**dict.fromkeys(names, "FROM scratch\nCOPY api/ /app/\n"), "api/a.py": ""})
    for contexts in Contexts:
        places = _places(tmp_path, _all(tmp_path, contexts=contexts))
        assert sorted(places) == sorted((name, ".") for name in names)


def test_what_other_tools_build(tmp_path: Path) -> None:
    _make(
        tmp_path,
        {
            ".git/HEAD": "ref: refs/heads/main\n",
            ".git/objects/x": "",
            ".git/refs/x": "",
            "src/a": "",
            "ci/Dockerfile": "FROM scratch\nCOPY src /\n",
            "dev/Dockerfile": "FROM scratch\nCOPY src /\n",
            "k8s/D": "FROM scratch\nCOPY k8s /\n",
            ".github/workflows/ci.yml": "jobs:\n  b:\n    steps:\n"
            "      - {name: Build, uses: docker/build-push-action@v6, with: {context: ., file: ci/Dockerfile}}\n"
            "      - uses: docker/build-push-action@v6\n",
            ".devcontainer/devcontainer.json": '{"build": {"context": "..", "dockerfile": "../dev/Dockerfile"}}',
            "skaffold.yaml": "build: {artifacts: [{image: x, docker: {dockerfile: k8s/D}}]}\n",
        },
    )
    found = _all(tmp_path)
    assert _places(tmp_path, found) == [
        ("skaffold.yaml: artifact x", "."),
        (".devcontainer/devcontainer.json: development container", "."),
        (".github/workflows/ci.yml: job b, step Build", "."),
    ]
    assert [note.partition(" builds ")[0] for note in found.notes] == [
        ".github/workflows/ci.yml:5: docker/build-push-action"
    ]


def test_directories_that_are_not_searched(tmp_path: Path) -> None:
    _make(
        tmp_path,
        {
            "app/Dockerfile": _FROM,
            "vendor/a/Dockerfile": "not a Dockerfile\n",
            "third/x/compose.yaml": "services: 1\n",
            "deep/testdata/Dockerfile": "FRUM x\n",
        },
    )
    patterns = (compile_pattern(text) for text in ("vendor", "third/**", "**/testdata"))
    exclude = tuple(pattern for pattern in patterns if pattern is not None)
    policy = DiscoveryPolicy(Contexts.EVERY, is_installed)
    found = discover(str(tmp_path), walk_unfiltered(str(tmp_path)), Request(exclude=exclude), policy)
    assert (_places(tmp_path, found), found.unresolved) == ([("app/Dockerfile", "app")], ())
    assert len(_all(tmp_path).unresolved) == 3


@pytest.mark.parametrize(
    ("files", "looked_at"),
    [
        ({}, []),
        (
            {"Makefile": "e2e:\n\tdocker build -t x -f tests/fixtures/app/Dockerfile .\n"},
            ["tests/fixtures/app/Dockerfile"],
        ),
        ({"run.sh": "cd tests/fixtures/app\ndocker build -t x .\n"}, ["tests/fixtures/app/Dockerfile"]),
        ({"run.sh": "for d in tests/fixtures/*; do docker build $d; done\n"}, ["tests/fixtures/app/Dockerfile"]),
        ({"run.sh": "ls tests/fixtures\n"}, []),
        ({"run.sh": "pytest tests/fixtures\ndocker build .\n"}, []),
        ({"tests/compose.yaml": "services: {a: {build: fixtures/app}}"}, ["tests/compose.yaml: service a"]),
    ],
)
def test_data_of_tests_is_no_build(tmp_path: Path, files: dict[str, str], looked_at: list[str]) -> None:
    data = {"tests/fixtures/app/Dockerfile": _FROM, "parser/testdata/Dockerfile": "FRUM x\n"}
    _make(tmp_path, {".git/HEAD": "", "tests/e2e/Dockerfile": _FROM, **data, **files})
    policy = DiscoveryPolicy(Contexts.EVERY, is_installed, is_manifest, fixtures_in(str(tmp_path)))
    found = discover(str(tmp_path), walk_unfiltered(str(tmp_path)), Request(), policy)
    assert sorted(one.build.origin for one in found.builds) == sorted(["tests/e2e/Dockerfile", *looked_at])
    more = "" if looked_at else " and 1 other Dockerfile"
    are, them = ("is", "it") if looked_at else ("are", "them")
    assert found.notes == (
        f"skipped: parser/testdata/Dockerfile{more} {are} data of tests, and nothing here builds {them}; -f names one",
    )
    assert found.unresolved == ()
    # Who searches in such a directory means what is there.
    inside = str(tmp_path / "tests/fixtures")
    policy = DiscoveryPolicy(Contexts.EVERY, is_installed, is_manifest, fixtures_in(inside))
    assert len(discover(inside, walk_unfiltered(inside), Request(), policy).builds) >= 1


@pytest.mark.parametrize(
    ("path", "script", "is_data"),
    [
        ("tests/docker/checks/resources/pass/Dockerfile", "", True),
        ("tests/scan/examples/app/Dockerfile", "", True),
        ("tests/scan/examples/app/Dockerfile", "cd tests/scan/examples/app && docker build .\n", False),
        # Elsewhere these names have other meanings, and a test builds what is beside it.
        ("examples/app/Dockerfile", "", False),
        ("src/main/resources/Dockerfile", "", False),
        ("tests/e2e/Dockerfile", "", False),
        ("resources/tests/Dockerfile", "", False),
        ("test/rules/example_port/failure/Dockerfile", "", True),
    ],
)
def test_data_somewhere_below_the_tests(tmp_path: Path, path: str, script: str, is_data: bool) -> None:
    _make(tmp_path, {".git/HEAD": "", path: _FROM, "run.sh": script, "other.sh": "docker build -f resources/x .\n"})
    assert fixtures_in(str(tmp_path))(path) is is_data


@pytest.mark.parametrize(
    ("stages", "looked_at", "most"), [(60, 50, "50 other stages are"), (60_001, 1, "1 other stage is")]
)
def test_how_many_other_stages_are_looked_at(tmp_path: Path, stages: int, looked_at: int, most: str) -> None:
    text = "".join(f"FROM scratch AS s{number}\n" for number in range(stages))
    _make(tmp_path, {"Dockerfile": text + "COPY a /\n", "a": ""})
    skipped = _all(tmp_path, contexts=Contexts.SEARCHED).skipped
    left = stages - 1 - looked_at
    assert [(one.origin, one.reason) for one in skipped] == [
        (f"Dockerfile, {left:,} more stages", f"at most {most} looked at")
    ]
