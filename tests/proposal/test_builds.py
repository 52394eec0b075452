"""Which builds count for a context, which do not and why, and which share an ignore file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ctxopt.builds.discovery import Request
from ctxopt.core.build_context import BuildContext
from ctxopt.errors import CtxoptError
from ctxopt.proposal.model import ConsideredBuild, Level
from ctxopt.proposal.propose import propose
from tests.proposal.support import FROM, hidden, lines, proposed, sent, some
from tests.support.files import Files, write

_COPY_SRC = FROM + "COPY src /src\n"


def _builds(root: Path, request: Request | None = None) -> dict[str, ConsideredBuild]:
    """What was looked at, by what it is called."""
    builds = propose(str(root), request or Request()).builds
    assert len({(build.origin, build.target) for build in builds}) == len(builds)
    return {build.origin: build for build in builds}


def _counted(root: Path, request: Request | None = None) -> list[str]:
    return [origin for origin, build in _builds(root, request).items() if build.counts]


# -- what was asked for -------------------------------------------------------------------------


def test_the_default_dockerfile(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _COPY_SRC, **some("src", "a")})
    assert _builds(tmp_path) == {
        "Dockerfile": ConsideredBuild("Dockerfile", "Dockerfile", None, ".dockerignore", True),
    }


def test_no_build_at_all(tmp_path: Path) -> None:
    with pytest.raises(CtxoptError, match="no Dockerfile in "):
        propose(str(tmp_path), Request())


def test_only_builds_that_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, {"svc/Dockerfile": FROM + "COPY main.py /\n", "svc/main.py": 1})
    with pytest.raises(CtxoptError, match="no Dockerfile in "):
        propose(str(tmp_path), Request())


def test_a_default_dockerfile_that_is_broken_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "NONSENSE\n", "b.Dockerfile": FROM})
    with pytest.raises(CtxoptError, match="Dockerfile"):
        propose(str(tmp_path), Request())


def test_without_a_default_dockerfile_others_are_enough(tmp_path: Path) -> None:
    write(tmp_path, {"api.Dockerfile": _COPY_SRC, **some("src", "a")})
    assert _counted(tmp_path) == ["api.Dockerfile"]


def test_several_dockerfiles_and_targets(tmp_path: Path) -> None:
    text = "FROM scratch AS one\nCOPY a /\nFROM scratch AS two\nCOPY b /\n"
    write(tmp_path, {"x.Dockerfile": text, "y.Dockerfile": text, "a": 1, "b": 1, "c": 1})
    files = tuple(str(tmp_path / name) for name in ("x.Dockerfile", "y.Dockerfile"))
    assert _counted(tmp_path, Request(files, ("one", "two"))) == [
        *("x.Dockerfile, target one", "x.Dockerfile, target two"),
        *("y.Dockerfile, target one", "y.Dockerfile, target two"),
    ]
    (file,) = proposed(tmp_path, request=Request(files, ("one",), only=True)).files
    assert not {"b", "c"} - set(lines(file))
    assert not {"a"} & set(lines(file))


def test_targets_of_the_default_dockerfile(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch AS one\nCOPY a /\nFROM scratch AS two\nCOPY b /\n", "a": 1, "b": 1})
    builds = _builds(tmp_path, Request(targets=("one", "two")))
    assert [(build.origin, build.target) for build in builds.values()] == [
        ("Dockerfile, target one", "one"),
        ("Dockerfile, target two", "two"),
    ]
    with pytest.raises(CtxoptError, match="three"):
        propose(str(tmp_path), Request(targets=("three",)))


def test_only_what_was_asked_for(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Dockerfile": _COPY_SRC,
            "other.Dockerfile": FROM + "COPY lib /\n",
            "compose.yaml": "services:\n  web:\n    build: .\n",
            **some("src", "a"),
            **some("lib", "b"),
        },
    )
    assert _counted(tmp_path, Request(only=True)) == ["Dockerfile"]
    assert _counted(tmp_path) == ["Dockerfile", "other.Dockerfile"]


def test_a_dockerfile_outside_of_the_context(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile.out": _COPY_SRC, "ctx/src/a": 1, "ctx/b": 1})
    request = Request((str(tmp_path / "Dockerfile.out"),))
    (file,) = proposed(tmp_path / "ctx", request=request).files
    assert (file.name, lines(file)) == (".dockerignore", ["b"])


def test_a_dockerfile_that_is_asked_for_twice_counts_once(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _COPY_SRC, **some("src", "a")})
    path = str(tmp_path / "Dockerfile")
    assert _counted(tmp_path, Request((path, path))) == ["Dockerfile"]


# -- Dockerfiles that lie about -----------------------------------------------------------------


def test_what_is_built_from_its_own_directory(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Dockerfile": _COPY_SRC,
            **some("src", "a"),
            "svc/Dockerfile": FROM + "COPY main.py /\n",
            "svc/main.py": 1,
            "own/Dockerfile": _COPY_SRC,
            "own/.dockerignore": "x\n",
            "own/src/a": 1,
            "gone/Dockerfile": FROM + "COPY nowhere /\n",
        },
    )
    builds = _builds(tmp_path)
    assert [origin for origin, build in builds.items() if build.counts] == ["Dockerfile"]
    assert builds["svc/Dockerfile"].note == "it is built from svc, where all its sources are"
    assert builds["own/Dockerfile"].note == "it is built from own, where all its sources are"
    note = "line 2 reads nowhere, which is not in this context; what it names is kept"
    assert builds["gone/Dockerfile"].note == note


def test_what_may_be_built_from_either_directory_counts_with_a_note(tmp_path: Path) -> None:
    write(
        tmp_path, {"Dockerfile": FROM + "COPY a /\n", "a": 1, "sub/Dockerfile": _COPY_SRC, "src/x": 1, "sub/src/y": 1}
    )
    build = _builds(tmp_path)["sub/Dockerfile"]
    assert build.counts
    assert build.note == "all its sources are in sub as well: if it is built there, exclude it with --only"
    (file,) = proposed(tmp_path).files
    assert hidden(file, "src/x", "src/new") == []


def test_a_dockerfile_of_this_context_in_a_directory(tmp_path: Path) -> None:
    write(tmp_path, {"docker/api.Dockerfile": _COPY_SRC, "docker/README": 1, "src/x": 1})
    build = _builds(tmp_path)["docker/api.Dockerfile"]
    assert (build.counts, build.note) == (True, "")


def test_a_broken_dockerfile_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _COPY_SRC, "src/a": 1, "x.Dockerfile": "FROM\n", "sub/Dockerfile": "COPY a b\n"})
    builds = _builds(tmp_path)
    assert [builds[name].counts for name in ("x.Dockerfile", "sub/Dockerfile")] == [False, False]
    assert builds["x.Dockerfile"].note.startswith("x.Dockerfile:1: ")


@pytest.mark.parametrize(
    ("directory", "searched"),
    [
        *(("node_modules/x", False), (".git/x", False), (".venv/lib", False), ("vendor", False)),
        *(("build", True), ("dist", True), ("deploy/a/b", True)),
    ],
)
def test_where_nobody_keeps_builds(tmp_path: Path, directory: str, searched: bool) -> None:
    write(
        tmp_path,
        {
            "Dockerfile": FROM + "COPY a /\n",
            "a": 1,
            "package.json": "{}",
            "go.mod": "module x\n",
            "src/x": 1,
            f"{directory}/Dockerfile": _COPY_SRC,
        },
    )
    assert (f"{directory}/Dockerfile" in _builds(tmp_path)) is searched


def test_the_output_of_gradle_is_not_searched(tmp_path: Path) -> None:
    files: Files = {"Dockerfile": FROM + "COPY a /\n", "a": 1, "src/x": 1, "build/docker/Dockerfile": _COPY_SRC}
    write(tmp_path, files)
    assert "build/docker/Dockerfile" in _builds(tmp_path)
    write(tmp_path, {"build.gradle": 1})
    assert "build/docker/Dockerfile" not in _builds(tmp_path)


def test_templates_and_backups_are_no_dockerfiles(tmp_path: Path) -> None:
    names = ("Dockerfile.j2", "Dockerfile.md", "Dockerfile.bak", "Dockerfile~")
    write(tmp_path, {"Dockerfile": _COPY_SRC, "src/a": 1, **dict.fromkeys(names, "nonsense")})
    assert list(_builds(tmp_path)) == ["Dockerfile"]


# -- Compose and bake files ---------------------------------------------------------------------


def _compose(context: str = ".", **more: str) -> str:
    build = "".join(f"      {key}: {value}\n" for key, value in {"context": context, **more}.items())
    return f"services:\n  web:\n    build:\n{build}"


def test_services_of_a_compose_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": _compose(dockerfile="web.Dockerfile", target="one"),
            "web.Dockerfile": "FROM scratch AS one\nCOPY a /\nFROM scratch\nCOPY b /\n",
            **dict.fromkeys("abc", 1),
        },
    )
    build = _builds(tmp_path)["compose.yaml: service web"]
    assert (build.dockerfile, build.target, build.counts) == ("web.Dockerfile", "one", True)
    # It is declared with a target, so that nobody builds all of it.
    assert hidden(proposed(tmp_path).files[0], "a", "b", "c") == ["b", "c"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docker-bake.hcl", 'target "app" {\n  context = "."\n  dockerfile = "app.Dockerfile"\n}\n'),
        ("docker-bake.json", '{"target": {"app": {"context": ".", "dockerfile": "app.Dockerfile"}}}'),
    ],
)
def test_targets_of_a_bake_file(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, {name: text, "app.Dockerfile": _COPY_SRC, "src/a": 1, "b": 1})
    assert _counted(tmp_path) == [f"{name}: target app"]
    assert lines(proposed(tmp_path).files[0]) == ["app.Dockerfile.dockerignore", "b", name][1:]


def test_a_compose_file_in_a_subdirectory(tmp_path: Path) -> None:
    write(tmp_path, {"deploy/compose.yaml": _compose("..", dockerfile="deploy/D"), "deploy/D": _COPY_SRC, "src/a": 1})
    assert _counted(tmp_path) == ["deploy/compose.yaml: service web"]


def test_compose_files_above_count_up_to_the_top_of_the_repository(tmp_path: Path) -> None:
    context = tmp_path / "repo" / "apps" / "web"
    write(context, {"D": _COPY_SRC, "src/a": 1})
    write(tmp_path, {"compose.yaml": _compose("repo/apps/web", dockerfile="D")})
    write(tmp_path / "repo", {"compose.yaml": _compose("apps/web", dockerfile="D")})
    with pytest.raises(CtxoptError):
        propose(str(context), Request())
    (tmp_path / "repo" / ".git").mkdir()
    (build,) = _builds(context).values()
    assert (build.counts, build.dockerfile) == (True, "D")
    assert build.origin.endswith("compose.yaml: service web")


def test_what_compose_builds_with_another_context_does_not_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Dockerfile": FROM + "COPY a /\n",
            "a": 1,
            "src/b": 1,
            "svc/Dockerfile": _COPY_SRC,
            "svc/x/src/b": 1,
            "compose.yaml": _compose("svc/x", dockerfile="../Dockerfile"),
        },
    )
    build = _builds(tmp_path)["svc/Dockerfile"]
    assert (build.counts, build.note) == (False, "compose.yaml: service web builds it with another context")


def test_a_broken_compose_file_is_a_note(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _COPY_SRC, "src/a": 1, "compose.yaml": "services: [\n"})
    proposal = propose(str(tmp_path), Request())
    assert [build.origin for build in proposal.builds] == ["Dockerfile"]
    (note,) = proposal.notes[:1]
    assert note.startswith("skipped: compose.yaml")


def test_a_service_whose_dockerfile_is_missing_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _COPY_SRC, "src/a": 1, "compose.yaml": _compose(dockerfile="gone")})
    build = _builds(tmp_path)["compose.yaml: service web"]
    assert not build.counts
    assert "Dockerfile not found" in build.note


def test_an_inline_dockerfile(tmp_path: Path) -> None:
    inline = "|\n        FROM scratch\n        COPY src /src\n"
    write(tmp_path, {"compose.yaml": _compose(dockerfile_inline=inline), "src/a": 1, "b": 1})
    (file,) = proposed(tmp_path).files
    assert (file.builds, file.name) == (("compose.yaml: service web",), ".dockerignore")
    assert lines(file) == ["b", "compose.yaml"]


def test_the_same_build_counts_once_and_other_targets_arguments_and_platforms_do_not(tmp_path: Path) -> None:
    services = {
        "same": "{context: ., dockerfile: D}",
        "again": "{context: ., dockerfile: ./D}",
        "target": "{context: ., dockerfile: D, target: one}",
        "args": "{context: ., dockerfile: D, args: {WHAT: b}}",
    }
    text = "services:\n" + "".join(f"  {name}:\n    build: {build}\n" for name, build in services.items())
    for platform in ("amd64", "arm64"):
        text += f"  {platform}:\n    platform: linux/{platform}\n    build: {{context: ., dockerfile: P}}\n"
    dockerfile = "FROM scratch AS one\nARG WHAT=a\nCOPY $WHAT /\nFROM one\n"
    bins = {"bin/amd64/x": 1, "bin/arm64/x": 1, "bin/s390x/x": 1}
    platforms = FROM + "ARG TARGETARCH\nCOPY bin/$TARGETARCH /\n"
    write(tmp_path, {"compose.yaml": text, "D": dockerfile, "P": platforms, **dict.fromkeys("abc", 1), **bins})
    names = ("same", "target", "args", "amd64", "arm64")
    assert _counted(tmp_path) == [f"compose.yaml: service {name}" for name in names]
    (file,) = proposed(tmp_path).files
    assert hidden(file, "a", "b", "c", *bins) == ["c", "bin/s390x/x"]


# -- groups -------------------------------------------------------------------------------------


def test_what_two_dockerfiles_read_stays_for_both(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", "b.Dockerfile": FROM + "COPY b /\n", **dict.fromkeys("abc", 1)})
    (file,) = proposed(tmp_path).files
    assert lines(file) == ["c"]
    assert file.builds == ("Dockerfile", "b.Dockerfile")


def test_a_dockerfile_with_an_ignore_file_of_its_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Dockerfile": FROM + "COPY a /\n",
            "b.Dockerfile": FROM + "COPY b /\n",
            "b.Dockerfile.dockerignore": "# mine\nc\n",
            **dict.fromkeys("abc", 1),
        },
    )
    shared, own = proposed(tmp_path).files
    # The legacy builder reads the shared file for both.
    assert (shared.name, lines(shared)) == (".dockerignore", ["b.Dockerfile.dockerignore", "c"])
    assert [effect.origin for effect in shared.effects] == ["Dockerfile"]
    assert shared.notes == (
        "the legacy builder reads .dockerignore for b.Dockerfile as well, so what that needs is kept "
        "(not with --split)",
    )
    assert (own.name, own.old) == ("b.Dockerfile.dockerignore", b"# mine\nc\n")
    assert (lines(own), own.effects[0].classic) == (["Dockerfile", "a"], None)


def _sent_by_buildkit(root: Path, dockerfile: str) -> list[str]:
    return BuildContext(str(root), dockerfile).buildkit_entries


def _spoil(root: Path, more: Files) -> None:
    write(root, {"Dockerfile": FROM + "COPY a /\n", "all.Dockerfile": FROM + "COPY . /\n", **dict.fromkeys("abc", 1)})
    write(root, more)


def test_nobody_is_split_off_unless_that_is_asked_for(tmp_path: Path) -> None:
    _spoil(tmp_path, {})
    (file,) = proposed(tmp_path).files
    assert (file.name, file.builds, file.new) == (".dockerignore", ("Dockerfile", "all.Dockerfile"), b"")


def test_what_the_legacy_builder_cannot_build_does_not_count_for_it(tmp_path: Path) -> None:
    mounts = FROM + "RUN --mount=target=/m,source=b true\n"
    files = {"Dockerfile": FROM + "COPY a /\n", "m.Dockerfile": mounts, "m.Dockerfile.dockerignore": "c\n"}
    write(tmp_path, {**files, **dict.fromkeys("abc", 1)})
    shared, _ = proposed(tmp_path).files
    assert hidden(shared, "a", "b") == ["b"]


def test_who_reads_everything_gets_a_file_with_the_users_lines(tmp_path: Path) -> None:
    _spoil(tmp_path, {".dockerignore": "*.log\n", "x.log": 1})
    shared, own = proposed(tmp_path, split=True).files
    assert lines(shared) == ["all.Dockerfile", "all.Dockerfile.dockerignore", "b", "c"]
    assert (own.name, own.old, own.new) == ("all.Dockerfile.dockerignore", None, b"*.log\n")
    assert own.notes == (
        "the legacy builder reads .dockerignore instead of this file: build all.Dockerfile with BuildKit",
    )
    assert {"a", "b", "c"} < set(_sent_by_buildkit(tmp_path, "all.Dockerfile"))


def test_a_file_that_leaves_nothing_out_is_made_all_the_same(tmp_path: Path) -> None:
    _spoil(tmp_path, {})
    shared, own = proposed(tmp_path, split=True).files
    assert lines(shared) == ["all.Dockerfile", "all.Dockerfile.dockerignore", "b", "c"]
    assert (own.changes, own.new) == (
        True,
        b"# Read instead of .dockerignore: this Dockerfile needs what others do not.\n",
    )
    assert {"a", "b", "c"} < set(_sent_by_buildkit(tmp_path, "all.Dockerfile"))


def test_a_file_whose_lines_are_all_tidied_away_is_made_all_the_same(tmp_path: Path) -> None:
    _spoil(tmp_path, {".dockerignore": "nothing-like-this\n"})
    _, own = proposed(tmp_path, tidy=True, split=True).files
    assert own.new.startswith(b"# Read instead")


def test_podman_reads_the_new_file_as_well(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", "Containerfile": FROM + "COPY . /\n", **dict.fromkeys("ab", 1)})
    shared, own = proposed(tmp_path, split=True).files
    assert lines(shared) == ["Containerfile", "Containerfile.dockerignore", "b"]
    assert (own.name, own.notes, own.effects[0].classic is None) == ("Containerfile.dockerignore", (), False)
    assert {"a", "b"} < set(sent(tmp_path, "Containerfile"))


def test_a_containerignore_is_a_group_of_its_own(tmp_path: Path) -> None:
    files = {"Dockerfile": FROM + "COPY a /\n", "Containerfile": FROM + "COPY b /\n", ".containerignore": "x\n"}
    write(tmp_path, {**files, **dict.fromkeys("abx", 1)})
    shared, own = proposed(tmp_path).files
    assert (shared.name, own.name) == (".dockerignore", ".containerignore")
    assert (hidden(shared, "a", "b"), hidden(own, "a", "b", "x")) == (["b"], ["a", "x"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: write(root, {"sub/Dockerfile": FROM + "COPY . /\n", "sub/x": 1}),
        lambda root: write(root, {"compose.yaml": _compose(dockerfile_inline='"FROM scratch\\nCOPY . /\\n"')}),
    ],
)
def test_who_cannot_have_a_file_of_its_own_is_not_split_off(tmp_path: Path, spoil: Callable[[Path], Path]) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", **dict.fromkeys("ab", 1)})
    spoil(tmp_path)
    (file,) = proposed(tmp_path, split=True).files
    assert len(file.builds) == 2
    assert hidden(file, "a", "b", "sub/x") == []


def test_nobody_is_split_off_where_that_helps_nobody(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "b.Dockerfile": FROM + "COPY . /\n", "a": 1})
    (file,) = proposed(tmp_path, split=True).files
    assert file.new == b""
    write(tmp_path, {"b.Dockerfile": FROM + "RUN true\n"})
    (file,) = proposed(tmp_path, split=True).files
    assert file.new == b""


_STAGES = (
    "FROM scratch AS base\nCOPY src /s\nFROM base AS test\nCOPY tests /t\nFROM base AS dev\nCOPY dev /d\nFROM base\n"
)


def test_stages_that_the_default_target_does_not_need_count(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _STAGES, "src/a": 1, "tests/a": 1, "dev/a": 1, "docs/a": 1})
    (file,) = propose(str(tmp_path), Request()).files
    assert [row.pattern for row in file.rows] == ["docs"]
    assert file.builds == ("Dockerfile", "Dockerfile, target dev", "Dockerfile, target test")


@pytest.mark.parametrize("request_", [Request(only=True), Request(targets=("base",))])
def test_only_what_is_asked_for_counts(tmp_path: Path, request_: Request) -> None:
    write(tmp_path, {"Dockerfile": _STAGES, "src/a": 1, "tests/a": 1, "dev/a": 1})
    (file,) = propose(str(tmp_path), request_).files
    assert [row.pattern for row in file.rows] == ["dev", "tests"]


def test_a_stage_that_another_one_needs_is_no_build_of_its_own(tmp_path: Path) -> None:
    dockerfile = "FROM scratch AS a\nCOPY x /\nFROM a AS b\nCOPY y /\nFROM scratch\nCOPY z /\n"
    write(tmp_path, {"Dockerfile": dockerfile, "x": 1, "y": 1, "z": 1, "w": 1})
    (file,) = propose(str(tmp_path), Request()).files
    assert file.builds == ("Dockerfile", "Dockerfile, target b")
    assert [row.pattern for row in file.rows] == ["w"]


def test_a_stage_without_a_name_cannot_be_counted(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY x /\nFROM scratch\nCOPY y /\n", "x": 1, "y": 1})
    passed = [build for build in propose(str(tmp_path), Request()).builds if not build.counts]
    assert [build.note for build in passed] == ["the stage in line 1 has no name to use as --target"]


def test_too_many_builds_to_look_at(tmp_path: Path) -> None:
    write(tmp_path, {"a": 1, **{f"{number}.Dockerfile": FROM + "COPY a /\n" for number in range(201)}})
    with pytest.raises(CtxoptError, match="more than 200 builds have this context; name some with -f and --only"):
        propose(str(tmp_path), Request())
    asked = Request((str(tmp_path / "7.Dockerfile"),), only=True)
    assert [file.builds for file in propose(str(tmp_path), asked).files] == [("7.Dockerfile",)]


def test_a_dockerfile_that_is_a_template_stays(tmp_path: Path) -> None:
    """Only the Dockerfiles of builds that count can be excluded, by their paths."""
    write(
        tmp_path,
        {
            "Dockerfile": FROM + "COPY . .\nRUN python -m app.main\n",
            "app/main.py": "from pathlib import Path\n",
            "app/templates/python/Dockerfile": "FROM python:{{v}}\nCOPY . .\n",
            "app/templates/python/.dockerignore": "__pycache__\n",
            "tests/t.py": 1000,
        },
    )
    (shared,) = proposed(tmp_path, level=Level.LIKELY).files
    assert "tests" in lines(shared)
    assert not any("templates" in line for line in lines(shared))
