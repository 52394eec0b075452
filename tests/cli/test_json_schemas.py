"""The JSON Schemas of what is printed: that they hold for what the commands print, and for nothing else."""

import json
import os
import re
import sys
from collections.abc import Iterator
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

import ctxopt.render
from ctxopt.cli import main
from ctxopt.findings.model import Confidence, Severity
from sample_projects.make_junk import JUNK
from tests.support.answers import Answers, df
from tests.support.cli import run
from tests.support.fake_docker import fake_docker
from tests.support.files import write
from tests.support.programs import git
from tests.support.repository import Script

_DOCS = Path(__file__).parent.parent.parent / "docs"
_SCHEMAS = Path(ctxopt.render.__file__).parent / "schemas"
_NAMES = sorted(file.name.removesuffix(".schema.json") for file in _SCHEMAS.iterdir())
_VIEWS = ("buildkit", "classic", "transfer", "used", "unused", "ignored")

#: Breaks every limit but that of growth, and fails on every finding.
_LIMITS = ("--max-size=1", "--max-files=0", "--max-unused=0%", "--max-file-size=1", "--fail-on=note")

#: For each schema, commands that print all that it knows of, in the directory `project`.
_EXAMPLES: dict[str, tuple[tuple[str, ...], ...]] = {
    "affected": (("affected", "--against", "first", "-f", "Dockerfile"), ("affected", "--against", "first", "--all")),
    "analyze": (
        ("analyze", ".", "--builds-per-day=3", "--bandwidth=1mbit", "--disk-usage"),
        ("analyze", "--build", "api", "--build", "rest", "--disk-usage"),
        ("analyze", ".", "--build-context", "lib=src", "--build-context", "img=docker-image://x"),
    ),
    "cache": (("cache", "../story"),),
    "check": (("check", ".", *_LIMITS, "--max-growth=0", "--against=first"),),
    "config-show": (("config", "show", "--max-files", "7"),),
    "diff": (("diff", "first"),),
    "digest": (("digest", "-f", "other.Dockerfile", "--build-arg=A=1", "--build-context=x=lib", "--by-instruction"),),
    "explain": (("explain", "src/a.tmp", "logs/deep/x", "nowhere", "."),),
    "fix": (("fix", "."),),
    "generate": (("generate",),),
    "lint": (("lint", ".", "--exit-zero"),),
    "ls": (("ls",), ("ls", "--long")),
    "rules": (("rules",),),
    "stages": (("stages",), ("stages", "--each-target")),
    "verify": (("verify", "--max-builds=60"),),
    "version": (("version",),),
}

_CONFIGURATION = """max-size = "1 GB"
max-files = 1000
max-unused = "100%"
max-file-size = 1000000
fail-on = ["error"]
approved-base-images = ["alpine"]
scan-secrets = false
[[build]]
name = "api"
dockerfile = "Dockerfile"
target = "app"
platform = "linux/arm64"
build-args = { A = "1" }
view = "classic"
max-growth = "1 MB"
against = "first"
[[build]]
name = "rest"
[[suppress]]
rule = "ignore-file-not-read"
path = "docs/**"
reason = "others read it"
[[suppress]]
rule = "ignore-exception-classic"
reason = "nobody has the classic builder"
"""

_FIRST = {
    "Dockerfile": "FROM scratch AS app\nCOPY src /src\nCOPY old /old\nCOPY lib /lib\n",
    ".dockerignore": ".git\nlogs\n",
    "lib/a": "a",
    "src/main": "main",
    "old/a": "a",
}
_SECOND = {
    "Dockerfile": "FROM scratch AS base\nONBUILD COPY src /on\nFROM base AS app\n"
    "COPY --exclude=*.md src /src\nADD new/big /big\nCOPY lib /lib\nCOPY docs /docs\n"
    "RUN --mount=type=bind,source=new,target=/n true\n",
    ".dockerignore": ".git\nlogs # not these\nlogs\n*.tmp\n*.pyc\n!logs/keep\nctxopt.toml\nold\ngone\n",
    "src/main": "main main main",
    "lib/b": "b",
    "src/x.pyc": "x",
    "src/b/x.tmp": "x" * 30,
    "new/big": "x" * 5000,
    "logs/deep/x": "x",
    "docs/.dockerignore": "logs\n",
    "lib/.dockerignore": "logs\n",
    "docs/logs/old": "x" * 60_000,
    "lib/logs/old": "x" * 60_000,
    "notes/a.txt": "x" * 700,
    "node_modules/a/index.js": "x" * 100,
    "other.Dockerfile": "FROM scratch\nCOPY src /\n",
    "ctxopt.toml": _CONFIGURATION,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository whose first commit is tagged, with more in the working tree, a configuration, and an engine."""
    space = tmp_path_factory.mktemp("projects")
    write(_story().write(space / "story"), {".dockerignore": ".git\n"})
    root = write(space / "project", _FIRST)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    git(root, "tag", "first")
    with Answers(*df({"Images": [], "BuildCache": []})) as engine, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DOCKER_HOST", engine.host)
        environment.setenv("PATH", fake_docker(space / "docker", breaks=["lib"]).path)
        environment.setenv("XDG_CACHE_HOME", str(space / "cache"))
        yield write(root, _SECOND)


def _story() -> Script:
    """A history in which one thing is rebuilt that need not be."""
    script = Script()
    dockerfile = "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    files = {"Dockerfile": dockerfile, "package.json": "{}", "a.js": "a"}
    script.commit({path: ("100644", text) for path, text in files.items()})
    script.commit({"a.js": ("100644", "b")})
    return script


@cache
def _schema(name: str) -> Any:
    return json.loads((_SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(_schema(name))


def _is_valid(name: str, document: Any) -> bool:
    return bool(_validator(name).is_valid(document))


def _printed(root: Path, *arguments: str, code: int = 0) -> Any:
    """What a command prints as JSON in a directory. It must hold the command's schema, and be ASCII."""
    output = ("--json",) if arguments[0] in ("ls", "explain") else ("--format", "json")
    done = run(*arguments, *output, cwd=root)
    assert done.returncode == code, done.stderr
    assert done.stdout.isascii()
    document = json.loads(done.stdout)
    name = "config-show" if arguments[0] == "config" else arguments[0]
    error = best_match(_validator(name).iter_errors(document))
    assert error is None, f"{error.json_path}: {error.message}"
    return document


# -- the schemas themselves ---------------------------------------------------------------------


@pytest.mark.parametrize("name", _NAMES)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(_schema(name))
    assert _schema(name)["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert _schema(name)["$id"] == f"{name}.schema.json"
    assert _schema(name)["title"].startswith(f"ctxopt {name.replace('-', ' ')} --")


def test_what_schemas_share_is_the_same_in_each() -> None:
    known: dict[str, Any] = {}
    for name in ("analyze", "check", "diff", "generate"):
        for title, definition in _schema(name)["$defs"].items():
            assert known.setdefault(title, definition) == definition, f"{title} of {name}"


def test_words_for_findings_are_those_of_the_program() -> None:
    fields = _schema("analyze")["$defs"]["finding"]["properties"]
    assert fields["severity"]["enum"] == [severity.value for severity in Severity]
    assert fields["confidence"]["enum"] == [confidence.value for confidence in Confidence]


def test_every_schema_is_of_a_command_that_prints_json() -> None:
    assert set(_NAMES) == set(_commands(main, click.Context(main)))


def _commands(group: click.Group, context: click.Context, above: str = "") -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, click.Context(command), f"{above}{name}-")
        elif any("json" in _words(option) for option in command.params):
            yield above + name


def _words(option: click.Parameter) -> list[str]:
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    return [*map(str, choices), *(word.strip("-") for word in option.opts)]


# -- what they refuse ---------------------------------------------------------------------------


@pytest.fixture
def examples(project: Path, name: str) -> list[Any]:
    """What the commands of a schema print, without what comes again."""
    assert name in _EXAMPLES, "say above which command prints it"
    return _examples(project, name)


@cache
def _examples(root: Path, name: str) -> list[Any]:
    code = 1 if name in ("check", "verify") else 0
    return [_small(_printed(root, *arguments, code=code)) for arguments in _EXAMPLES[name]]


def _small(value: Any) -> Any:
    """The same with the first item of each list, and those that have objects where the ones before have none."""
    if isinstance(value, dict):
        return {key: _small(inner) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    kept: list[Any] = []
    seen: set[tuple[str, ...]] = set()
    for item in map(_small, value):
        shapes = set(_objects(item))
        if not kept or shapes - seen:
            kept.append(item)
            seen |= shapes
    return kept


@pytest.mark.parametrize("name", _NAMES)
def test_a_field_that_is_unknown_is_refused_in_every_object(name: str, examples: list[Any]) -> None:
    for document in examples:
        for place in _objects(document).values():
            changed = _put(document, place, {**_at(document, place), "unknown": 1})
            assert not _is_valid(name, changed), place


@pytest.mark.parametrize("name", _NAMES)
def test_a_field_that_is_missing_is_refused_in_every_object(name: str, examples: list[Any]) -> None:
    for document in examples:
        for shape, place in _objects(document).items():
            one = _at(document, place)
            # The names of build arguments and of contexts are the user's.
            is_users = shape[-2:] == ("build-args", "value") or shape[-1:] in (("args",), ("contexts",))
            for missing in () if is_users else one:
                changed = _put(document, place, {key: value for key, value in one.items() if key != missing})
                assert _is_valid(name, changed) == ((name, missing) == ("check", "origin")), (place, missing)


@pytest.mark.parametrize("name", _NAMES)
def test_a_value_of_another_type_is_refused(name: str, examples: list[Any]) -> None:
    for document in examples:
        for place in _objects(document).values():
            for key in _at(document, place):
                for wrong in (-1, {"unknown": 1}):
                    assert not _is_valid(name, _put(document, [*place, key], wrong)), (place, key, wrong)


@pytest.mark.parametrize("name", _NAMES)
def test_another_version_is_refused(name: str, examples: list[Any]) -> None:
    for document in examples:
        if isinstance(document, list):
            assert not _is_valid(name, {"version": 1, "entries": document})
        else:
            assert document["version"] == 1
            assert not _is_valid(name, {**document, "version": 2})


def test_the_origin_of_a_build_may_be_there(project: Path) -> None:
    document = _printed(project, "check", ".")
    for origin, good in (("compose.yaml: service a", True), (None, True), (1, False)):
        (build,) = document["builds"]
        assert _is_valid("check", {**document, "builds": [{**build, "origin": origin}]}) is good


def _objects(document: Any) -> dict[tuple[str, ...], list[str | int]]:
    """For each place where objects are, whatever their position in lists, the way to the first of them."""
    found: dict[tuple[str, ...], list[str | int]] = {}
    stack: list[list[str | int]] = [[]]
    while stack:
        place = stack.pop()
        value = _at(document, place)
        if isinstance(value, dict):
            found.setdefault(tuple("*" if isinstance(key, int) else key for key in place), place)
            stack += [[*place, key] for key in value]
        elif isinstance(value, list):
            stack += [[*place, number] for number in reversed(range(len(value)))]
    return found


def _at(document: Any, place: list[str | int]) -> Any:
    for key in place:
        document = document[key]
    return document


def _put(document: Any, place: list[str | int], value: Any) -> Any:
    """The document with another value at a place, and nothing changed in the one that was given."""
    if not place:
        return value
    changed = copy(document)
    changed[place[0]] = _put(document[place[0]], place[1:], value)
    return changed


# -- what the commands print --------------------------------------------------------------------


_DOCKERFILES = {"go-monorepo": ("-f", "build/worker.Dockerfile")}


@pytest.mark.parametrize("name", sorted(JUNK))
def test_the_sample_projects(samples: Path, name: str) -> None:
    root, build = samples / name, _DOCKERFILES.get(name, ())
    assert _printed(root, "analyze", *build)["instructions"]
    assert len(_printed(root, "analyze", "--all")["builds"]) >= 1
    assert not _printed(root, "check", *build, *_LIMITS, code=1)["passed"]
    # The demo has a secret in its image.
    assert _printed(root, "check", "--all", code=int(name == "shop"))["passed"] is (name != "shop")
    listed = _printed(root, "ls", *build)
    assert len(_printed(root, "explain", *build, *listed[:40], "new/one")) == min(len(listed), 40) + 1
    for view in _VIEWS:
        entries = _printed(root, "ls", *build, "--view", view)
        assert [row["path"] for row in _printed(root, "ls", *build, "--view", view, "--long")] == entries
    assert _printed(root, "config", "show")["file"] is None


@pytest.mark.parametrize("level", ["proven", "likely"])
@pytest.mark.parametrize("style", ["denylist", "allowlist"])
@pytest.mark.parametrize("name", sorted(JUNK))
def test_what_is_proposed_for_them(samples: Path, name: str, style: str, level: str) -> None:
    proposal = _printed(samples / name, "generate", "--style", style, "--level", level, "--tidy")
    assert (proposal["style"], proposal["level"], proposal["written"]) == (style, level, False)
    # Without a guess, nothing may go where a COPY takes everything.
    takes_all = name in ("node-web", "hidden-not-gone", "go-monorepo", "shop")
    assert any(file["patterns"] for file in proposal["files"]) is not (takes_all and level == "proven")


def test_what_is_proposed_and_written(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY src /src\n", "src/a": "a", "data/b": "b", ".env": "A=1\n"})
    for written in (False, True):
        (file,) = _printed(tmp_path, "generate", *(("--write",) if written else ()))["files"]
        assert (file["file"], file["changes"], file["old"]) == (".dockerignore", True, None)
    (file,) = _printed(tmp_path, "generate", "--write")["files"]
    assert (file["changes"], file["old"]) == (False, file["new"])
    assert _printed(tmp_path, "generate", "--style", "allowlist", "--check", code=1)["files"][0]["changes"]


def test_what_is_proposed_where_nothing_is_needed(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\n", "data/b": "b"})
    for style in ("denylist", "allowlist"):
        assert _printed(tmp_path, "generate", "--style", style)["files"][0]["ratio"] is None


def test_what_is_proposed_for_several_files(tmp_path: Path) -> None:
    """Builds of other targets and contexts, a warning, and a builder that reads another file."""
    compose = "services:\n  a: {build: {context: ., target: one}}\n  b: {build: other}\n"
    write(tmp_path, {"Dockerfile": "FROM scratch AS one\nCOPY . /\nFROM scratch\nCOPY src /\n", "src/a": "a"})
    write(tmp_path, {"compose.yaml": compose, "other/Dockerfile": "FROM scratch\n", ".env": "PASSWORD=hunter2\n"})
    write(tmp_path, {"b.Dockerfile": "FROM scratch\nCOPY src /\n", "b.Dockerfile.dockerignore": "x\n"})
    proposal = _printed(tmp_path, "generate", "--level", "likely")
    assert {build["counts"] for build in proposal["builds"]} == {True, False}
    assert {build["target"] for build in proposal["builds"]} >= {"one", None}
    assert {file["builds"][0]["classic"] is None for file in proposal["files"]} == {True, False}
    rows = [row for file in proposal["files"] for row in file["patterns"]]
    assert any(row["warning"] for row in rows)
    assert _printed(tmp_path, "generate")["likely"]["files"] > 0
    assert len(_printed(tmp_path, "analyze", "--compose", "compose.yaml")["builds"]) == 2


def test_a_build_that_fails(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\nCOPY gone /\nCOPY hidden /\n"})
    write(tmp_path, {".dockerignore": "hidden\n", "hidden": "x"})
    report = _printed(tmp_path, "analyze", code=2)
    assert [one["error"] is None for one in report["instructions"]] == [True, False, False]
    assert len(report["errors"]) == 2
    assert report["findings"]
    assert len(_printed(tmp_path, "check", code=1)["builds"][0]["errors"]) == 2


def test_a_context_that_the_classic_builder_refuses(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore/x": "x"})
    report = _printed(tmp_path, "analyze")
    assert list(report["sizes"]["classic"]) == ["error"]
    assert report["ignore_files"] == {"buildkit": None, "classic": None}
    _printed(tmp_path, "check", *_LIMITS, code=1)
    _printed(tmp_path, "ls", "--long")
    (path,) = _printed(tmp_path, "explain", "Dockerfile")
    assert [builder["error"] is None for builder in path["builders"].values()] == [True, False]
    assert len(path["readers"]) == 1


def test_a_variable_without_a_value(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nARG X\nARG Y\nCOPY $X$Y /\n", "a": "a"})
    report = _printed(tmp_path, "analyze")
    assert [one["unresolved_variables"] for one in report["instructions"]] == [["X", "Y"]]
    assert report["notes"]
    (path,) = _printed(tmp_path, "explain", "a")
    assert len(path["readers"]) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 here")
def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    odd = os.fsdecode(b"byte\xff")
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY byte* /\n", f"{odd}/{odd}": "x"})
    write(tmp_path, {f"unused{odd}/a": "x", f"{odd}.tmp": "x", ".dockerignore": f"*{odd}.tmp\nx{odd}\n"})
    report = _printed(tmp_path, "analyze")
    assert f"unused{odd}" in {directory["path"] for directory in report["unused_directories"]}
    assert odd in json.dumps(report["findings"], ensure_ascii=False)
    breaches = _printed(tmp_path, "check", *_LIMITS, code=1)["builds"][0]["breaches"]
    assert f"{odd}/{odd}" in {culprit["path"] for breach in breaches for culprit in breach["culprits"]}
    assert f"{odd}/{odd}" in _printed(tmp_path, "ls")
    assert _printed(tmp_path, "ls", "--view", "ignored", "--long") == [
        {"context": None, "path": f"{odd}.tmp", "type": "file", "bytes": 1, "lines": []},
    ]
    assert _printed(tmp_path, "explain", f"{odd}.tmp")[0]["builders"]["buildkit"]["excluded"]
    for style in ("denylist", "allowlist"):
        assert odd in _printed(tmp_path, "generate", "--style", style)["files"][0]["new"]


def test_findings(project: Path) -> None:
    findings = _printed(project, "analyze", ".")["findings"]
    assert {finding["line"] is None for finding in findings} == {True, False}
    assert {finding["bytes"] is None for finding in findings} == {True, False}
    assert {finding["severity"] for finding in findings} == {"warning", "note", "info"}


def test_every_limit(project: Path) -> None:
    rules = {"limit-size", "limit-files", "limit-unused", "limit-file-size"}
    (build,) = _printed(project, "check", ".", *_LIMITS, code=1)["builds"]
    assert ({breach["rule"] for breach in build["breaches"]}, build["base"]) == (rules, None)
    growing = (*_LIMITS, "--max-growth=0", "--against=first")
    (build,) = _printed(project, "check", ".", *growing, code=1)["builds"]
    assert {breach["rule"] for breach in build["breaches"]} == {*rules, "limit-growth"}
    assert {breach["unit"] for breach in build["breaches"]} == {"bytes", "files"}
    assert {culprit["new"] for breach in build["breaches"] for culprit in breach["culprits"]} == {True, False}
    _printed(project, "check", ".", *growing, "--view=classic", code=1)


def test_the_builds_of_the_configuration(project: Path) -> None:
    document = _printed(project, "check", code=1)
    assert [(build["name"], build["base"] is None) for build in document["builds"]] == [("api", False), ("rest", True)]
    # The limits of one are about the legacy builder, which does not know --exclude.
    failing = [(build["builder"], bool(build["errors"])) for build in document["builds"]]
    assert failing == [("classic", True), ("buildkit", False)]
    assert any("suppressed" in note for build in document["builds"] for note in build["notes"])


def test_a_dockerfile_that_the_revision_has_not(project: Path) -> None:
    (build,) = _printed(project, "check", "-f", "other.Dockerfile", "--against=first")["builds"]
    assert build["base"] is None
    assert build["notes"][0].startswith("nothing to compare with at first: ")


def test_differences(project: Path) -> None:
    found = _printed(project, "diff", "first")
    came = [one["before"] is None for one in found["instructions"]]
    went = [one["after"] is None for one in found["instructions"]]
    assert {*zip(came, went, strict=True)} == {(True, False), (False, True), (False, False)}
    assert {change["path"] for change in found["context"]["changes"]} >= {"new/", "old/", "src/main"}
    same = _printed(project, "diff", "first", "first")
    assert (same["instructions"], same["context"]["changes"]) == ([], [])


def test_two_revisions(tmp_path: Path) -> None:
    git(write(tmp_path, _FIRST), "init", "-q")
    for files in ({}, _SECOND):
        git(write(tmp_path, files), "add", ".")
        git(tmp_path, "commit", "-qm", "a")
    there, back = _printed(tmp_path, "diff", "main~1", "main"), _printed(tmp_path, "diff", "main", "main~1")
    assert there["context"]["added"] == back["context"]["removed"]
    assert len(there["instructions"]) == len(back["instructions"]) > 2


def test_explanations(samples: Path, tmp_path: Path) -> None:
    paths = ("docs/api/drafts/old.json", "app/new.py", "docs", "shared/schemas", "nowhere/at/all")
    found = [path["builders"]["buildkit"] for path in _printed(samples / "links-and-exceptions", "explain", *paths)]
    assert {one["for_contents"] for one in found} == {True, False}
    assert {pattern["excluded_after"] for one in found for pattern in one["patterns"]} == {True, False}
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore": "Dockerfile\na\n"})
    dockerfile, closed = _printed(tmp_path, "explain", "Dockerfile", "a/b/c")
    assert dockerfile["builders"]["classic"]["forced"]
    assert closed["builders"]["buildkit"]["closed_at"] == "a"


def test_an_empty_list(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\n"})
    for options in ((), ("--long",)):
        assert _printed(tmp_path, "ls", "--view", "used", *options) == []


def test_configurations(tmp_path: Path) -> None:
    options = ("--max-size=1kB", "--max-unused=5%", "--max-growth=7", "--fail-on=error", "--view=classic")
    assert _printed(tmp_path, "config", "show")["file"] is None
    shown = _printed(tmp_path, "config", "show", *options, "--against=main")
    assert shown["limits"]["max-size"]["origin"]["source"] == "option"
    write(tmp_path, {"ctxopt.toml": _CONFIGURATION, "pyproject.toml": "[tool.ctxopt]\n"})
    shown = _printed(tmp_path, "config", "show", *options)
    assert (len(shown["notes"]), len(shown["builds"]), len(shown["suppressions"])) == (1, 2, 2)
    assert {one["path"] is None for one in shown["suppressions"]} == {True, False}


# -- the pages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", _NAMES)
def test_the_page_names_every_field_at_the_top(name: str) -> None:
    pages = "".join((_DOCS / page).read_text(encoding="utf-8") for page in ("json.md", "config.md"))
    sections = re.findall(rf"^## `ctxopt {name.replace('-', ' ')} --.*?(?=^## |\Z)", pages, re.MULTILINE | re.DOTALL)
    assert len(sections) == 1
    fields = _top(_schema(name), _schema(name).get("$defs", {}))
    assert fields
    assert [field for field in fields if f"`{field}`" not in sections[0]] == []


def _top(schema: Any, definitions: Any) -> list[str]:
    """The fields of a document, or of the objects in it if it is a list."""
    inner = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    if "items" in schema:
        inner.append(schema["items"])
    if "$ref" in schema:
        inner.append(definitions[schema["$ref"].removeprefix("#/$defs/")])
    return [*schema.get("properties", ()), *(field for one in inner for field in _top(one, definitions))]
