"""Every build that worked before `generate --write` works after it, with both builders, on a real engine."""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ctxopt import Level, Request, Style, propose
from tests.support.engine import Engine, Entries
from tests.support.files import Files, write

pytestmark = pytest.mark.engine


@dataclass(frozen=True)
class _Build:
    """A build of a project: its context, Dockerfile, target and named contexts, as paths in the project."""

    context: str = "."
    dockerfile: str | None = None
    target: str | None = None
    contexts: Mapping[str, str] = field(default_factory=dict)
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Project:
    """A project, its builds, the directories that get ignore files, and what CI makes later."""

    files: Files
    builds: tuple[_Build, ...]
    directories: tuple[str, ...] = (".",)
    made_later: Files = field(default_factory=dict)


def _compose(**services: Mapping[str, object]) -> str:
    return json.dumps({"services": {name: {"build": build} for name, build in services.items()}})


_ALL = "FROM scratch\nCOPY . /app\n"
_LIB = {"lib/a.py": "a", "lib/sub/b.py": "b", "lib/junk.log": "j", "lib/__pycache__/a.pyc": "p"}
_PROJECTS = {
    "a named context": _Project(
        {
            "compose.yaml": _compose(web={"context": "app", "additional_contexts": {"lib": "./lib"}}),
            "app/Dockerfile": "FROM busybox\nCOPY m.py /\nCOPY --from=lib a.py /\n"
            "RUN --mount=from=lib,source=sub,target=/s ls /s > /l\n",
            "app/m.py": "m",
            "app/unused": "u",
            "app/used-by-lib-only": "u",
            **_LIB,
            ".git/HEAD": "",
        },
        (_Build("app", contexts={"lib": "lib"}),),
        ("app", "lib"),
    ),
    "a stage that a named context replaces": _Project(
        {
            "docker-bake.hcl": 'target "default" {\n  context = "app"\n  contexts = { base = "lib" }\n}\n',
            "app/Dockerfile": "FROM busybox AS base\nCOPY gone /\nFROM base\nCOPY m.py /\n",
            "app/m.py": "m",
            "app/unused": "u",
            **_LIB,
            ".git/HEAD": "",
        },
        (_Build("app", contexts={"base": "lib"}),),
        ("app", "lib"),
    ),
    "a directory that is a context and a named context": _Project(
        {
            "compose.yaml": _compose(
                web={"context": "app", "additional_contexts": {"lib": "./lib"}}, lib={"context": "./lib"}
            ),
            "app/Dockerfile": "FROM scratch\nCOPY --from=lib sub /\n",
            "lib/Dockerfile": "FROM scratch\nCOPY a.py /\n",
            **_LIB,
            ".git/HEAD": "",
        },
        (_Build("app", contexts={"lib": "lib"}), _Build("lib")),
        ("app", "lib"),
    ),
    "an artefact that CI makes": _Project(
        {
            "Dockerfile": "FROM scratch\nCOPY out/app /app\nCOPY conf /conf\n",
            "svc/Dockerfile": "FROM scratch\nCOPY svc/out /o\nCOPY shared/x /x\n",
            "conf/a": "a",
            "shared/x": "x",
            "shared/y": "y",
            "unused": "u",
        },
        (_Build(), _Build(dockerfile="svc/Dockerfile")),
        made_later={"out/app": "made", "svc/out/s": "made"},
    ),
    "Dockerfiles with suffixes": _Project(
        {
            "Dockerfile": "FROM scratch\nCOPY api /app\n",
            "Dockerfile-worker": "FROM scratch\nCOPY worker /app\n",
            "Dockerfile.cron": "FROM scratch\nCOPY cron /app\n",
            "job.Dockerfile": "FROM scratch\nCOPY job /app\n",
            **{f"{name}/a": name for name in ("api", "worker", "cron", "job", "unused")},
        },
        tuple(_Build(dockerfile=name) for name in (None, "Dockerfile-worker", "Dockerfile.cron", "job.Dockerfile")),
    ),
    "Dockerfiles that share a context": _Project(
        {
            ".dockerignore": ".git\n",
            "Dockerfile": _ALL,
            "api.Dockerfile": "FROM scratch\nCOPY api/*.py /\n",
            "tools.Dockerfile": "FROM scratch\nCOPY tools/ci.sh /\n",
            "own.Dockerfile": _ALL,
            "own.Dockerfile.dockerignore": "tools\n",
            "api/a.py": "a",
            "api/__pycache__/a.pyc": "p",
            "tools/ci.sh": "c",
            "README.md": "r",
        },
        tuple(_Build(dockerfile=name) for name in (None, "api.Dockerfile", "tools.Dockerfile", "own.Dockerfile")),
    ),
    "one that reads all, and others": _Project(
        {
            "a.Dockerfile": "FROM scratch\nCOPY a /\n",
            "own.Dockerfile": _ALL,
            "own.Dockerfile.dockerignore": "tools\n",
            **{name: name for name in ("a", "b", "tools/c")},
        },
        (_Build(dockerfile="a.Dockerfile"), _Build(dockerfile="own.Dockerfile")),
    ),
    "stages": _Project(
        {
            "Dockerfile": "FROM scratch AS test\nCOPY tests /t\nFROM scratch\nCOPY unnamed /u\n"
            "FROM scratch\nCOPY src /s\n",
            **{f"{name}/a": name for name in ("tests", "unnamed", "src", "unused")},
        },
        (_Build(), _Build(target="test")),
    ),
    "wildcards that find nothing": _Project(
        {
            "Dockerfile": "FROM scratch\nCOPY k *.none /k/\nCOPY docs/*.md /docs/\nCOPY k *.pyc /p/\n",
            "k": "k",
            "docs/a.md": "d",
            "a.pyc": "p",
            "unused": "u",
        },
        (_Build(),),
    ),
    "an argument that a service gives": _Project(
        {
            "compose.yaml": _compose(
                api={"context": ".", "args": {"APP": "api"}}, web={"context": ".", "args": {"APP": "web"}}
            ),
            "Dockerfile": "FROM scratch\nARG APP\nCOPY dist/apps/${APP} /app\n",
            **{f"dist/apps/{name}/main.js": name for name in ("api", "web", "unused")},
        },
        (_Build(args={"APP": "api"}), _Build(args={"APP": "web"})),
    ),
}


def _made(engine: Engine, root: Path, build: _Build, builder: str) -> Entries | None:
    """What is in the image of a build; None if it fails."""
    done = engine.build(
        root / build.context,
        build.dockerfile,
        builder=builder,
        target=build.target,
        args=build.args,
        contexts={name: root / path for name, path in build.contexts.items()},
    )
    return None if done.image is None else done.image.entries


def _cases() -> Iterator[tuple[str, Level, Style]]:
    yield from itertools.product(_PROJECTS, Level, Style)


@pytest.mark.parametrize(("name", "level", "style"), list(_cases()))
def test_what_worked_works(real_engine: Engine, tmp_path: Path, name: str, level: Level, style: Style) -> None:
    project = _PROJECTS[name]
    before, after = tmp_path / "before", tmp_path / "after"
    for root in (before, after):
        write(root, project.files)
    for directory in project.directories:
        for file in propose(str(after / directory), Request(), level=level, style=style).files:
            if file.changes:
                Path(file.path).write_bytes(file.new)
    for root in (before, after):
        write(root, project.made_later)
    for build, builder in itertools.product(project.builds, ("buildkit", "classic")):
        if builder == "classic" and build.contexts:
            continue
        then, now = (_made(real_engine, root, build, builder) for root in (before, after))
        assert then is not None, (build, builder)
        assert now is not None, (build, builder)
        # The ignore files are what changed.
        old, new = (
            {path: entry for path, entry in entries.items() if not path.endswith(".dockerignore")}
            for entries in (then, now)
        )
        assert level is Level.LIKELY or old.keys() == new.keys(), build
        assert new.items() <= old.items(), build
