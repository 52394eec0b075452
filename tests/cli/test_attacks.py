"""A stranger who wants a red check green: the exit code, and the word that gives it away, in every format.

Each attack is a repository with a commit and a change to it; what the check says of the change must be in every format
that somebody may read in place of the text.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import Files, write
from tests.support.inert import FORMATS, assert_inert
from tests.support.programs import git

_ALL = "FROM scratch\nCOPY . /\n"
_ALPINE = "FROM alpine\n"
_REASON = "# ctxopt ignore=CTX105 Reviewed.\n"
#: Suppressed findings: an image that a variable names, and a secret that is copied.
_ACCEPTED = "# ctxopt ignore=CTX108 Reviewed.\nFROM $BASE\n"
_ACCEPTED_COPY = "# ctxopt ignore=CTX101 Reviewed.\nCOPY src /app\n"
_ENV = "PASSWORD=hunter22\n"
_SERVICE = {"compose.yaml": "services: {a: {build: .}}\n"}
_EVIL = "services: {a: {build: {context: ., args: {BASE: evil/x:1}}}}\n"
_API = {"api/Dockerfile": "FROM scratch\nCOPY src /src\n", "api/src/main": "m" * 100}
#: A build whose Dockerfile is called by a name that nobody looks for, and another one that takes its place.
_DECOY: dict[str, str | None] = {
    "api/Dockerfile": None,
    "api/build.txt": "# What really builds it.\nFROM debian:12 AS other\nWORKDIR /elsewhere\nADD . ./\nRUN make all\n",
    "api/src/large": "x" * 900,
    "Dockerfile": "FROM alpine:3.20 AS decoy\nLABEL a=b c=d e=f\nRUN apk add --no-cache curl git\nCOPY README /a\n",
    "README": "r",
}
_POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1000\n"
_WORKFLOW = """on: push
jobs:
 b:
  steps:
  - uses: actions/checkout@v4
  - uses: docker/build-push-action@v6
    {}
"""
_BASE = ("--config-from", "main")
_GROWTH = ("--against", "main", "--max-growth", "0")
_SUPPRESSED = """[[suppress]]
rule = "CTX101"
path = "made/**"
reason = "Made up."
[[suppress]]
rule = "CTX102"
path = "made/**"
reason = "Made up."
"""


@dataclass(frozen=True)
class Attack:
    """What is there, what the change makes of it, how it is checked, and what must be seen of that.

    A file that is None in `change` is removed. `also` is done to the repository after the change.
    """

    base: Files
    change: dict[str, str | None]
    arguments: tuple[str, ...]
    code: int
    seen: str
    also: Callable[[Path], object] = field(default=lambda root: None)


def _as_submodule(root: Path) -> None:
    """Make a submodule of `app`: a repository with a larger limit and a branch main of its own."""
    inner = write(root.parent / "inner", {"Dockerfile": _ALL, "large": 5_000, "ctxopt.toml": "max-size = 9000\n"})
    _commit(inner)
    git(root, "rm", "-qr", "app")
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "app")


def _as_empty_submodule(root: Path) -> None:
    """Make a submodule of `app/lib` that nobody checked out."""
    git(root, "rm", "-qr", "app/lib")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},app/lib")
    git(root, "commit", "-q", "-m", "change")
    (root / "app" / "lib").mkdir()


def _checked_out_again(root: Path, name: str) -> None:
    (root / name).unlink()
    git(root, "checkout", "-q", name)


_SWAPS: dict[str, dict[str, str | None]] = {
    "in a Compose file": {"compose.yaml": "services: {one: {build: b}, other: {build: a}}\n"},
    "with other Dockerfiles": {
        "compose.yaml": "services: {one: {build: {context: b, dockerfile: D}}, "
        "other: {build: {context: a, dockerfile: D}}}\n",
        "a/D": "FROM scratch\nADD  . /\n",
        "b/D": "FROM scratch\nADD  . /\n",
        "a/Dockerfile": None,
        "b/Dockerfile": None,
    },
}


def _swapped(change: dict[str, str | None]) -> Attack:
    """Two services of which one grows and one shrinks, and whose names change their places."""
    base: Files = {
        "a/Dockerfile": _ALL,
        "a/data": "a" * 100,
        "b/Dockerfile": f"{_ALL}# b\n",
        "b/data": "b" * 5000,
        "compose.yaml": "services: {one: {build: a}, other: {build: b}}\n",
    }
    options = ("--compose", "compose.yaml", "--against", "main", "--max-growth", "10%")
    return Attack(base, {**change, "a/data": "a" * 900, "b/data": "b" * 100}, options, 1, "max-growth: 800 B")


ATTACKS: dict[str, Attack] = {
    # -- the rules ------------------------------------------------------------------------------
    "a higher limit": Attack(
        {"ctxopt.toml": "max-size = 100\n", "Dockerfile": _ALL},
        {"ctxopt.toml": "max-size = 90000\n", "large": "x" * 500},
        (*_BASE, "."),
        1,
        "max-size",
    ),
    "no configuration any more": Attack(
        {"ctxopt.toml": "max-size = 100\n", "Dockerfile": _ALL},
        {"ctxopt.toml": None, "large": "x" * 500},
        (*_BASE, "."),
        1,
        "max-size",
    ),
    "a configuration that takes precedence": Attack(
        {"pyproject.toml": "[tool.ctxopt]\nmax-size = 100\n", "Dockerfile": _ALL},
        {"ctxopt.toml": "", "large": "x" * 500},
        (*_BASE, "."),
        1,
        "max-size",
    ),
    "a nearer configuration": Attack(
        {"ctxopt.toml": "max-size = 100\n", "app/Dockerfile": _ALL},
        {"app/ctxopt.toml": "max-size = 90000\n", "app/large": "x" * 500},
        ("app",),
        1,
        "max-size",
    ),
    "a nearer configuration that suppresses": Attack(
        {"ctxopt.toml": "fail-on = ['CTX105']\n", "app/Dockerfile": _ALPINE},
        {"app/ctxopt.toml": '[[suppress]]\nrule = "CTX105"\nreason = "x"\n'},
        ("app",),
        1,
        "CTX105",
    ),
    "a configuration of a submodule's own": Attack(
        {"ctxopt.toml": "max-size = 1000\n", "app/Dockerfile": _ALL}, {}, ("app", *_BASE), 1, "max-size", _as_submodule
    ),
    "a limit of the command line that a file raises": Attack(
        {"Dockerfile": _ALL, "ctxopt.toml": ""},
        {"ctxopt.toml": "max-size = 90000\n[[build]]\nname = 'a'\ncontext = '.'\nmax-size = 90000\n", "a": "x" * 500},
        ("--max-size", "100"),
        1,
        "max-size",
    ),
    "an exception for the history": Attack(
        {"Dockerfile": "FROM alpine:3.23\nCOPY . /app\nUSER 1\n", ".dockerignore": ".git\n"},
        {".dockerignore": ".git\n!.git\n"},
        (*_BASE, "--fail-on", "CTX103", "."),
        1,
        "CTX103",
    ),
    "a directory in place of an approved image": Attack(
        {"api/Dockerfile": "FROM golden/py:1\n", "compose.yaml": "services: {a: {build: api}}\n"},
        {
            "compose.yaml": "services: {a: {build: {context: api, additional_contexts: {'golden/py:1': ./own}}}}\n",
            "own/a": "a",
        },
        ("--compose", "compose.yaml", "--approved-base-images", "golden/*"),
        1,
        "is not an approved image",
    ),
    "a front end of another registry": Attack(
        {"Dockerfile": "FROM golden/py:1\n"},
        {"Dockerfile": "# syntax=evil.example/docker/dockerfile:1\nFROM golden/py:1\n"},
        (".", "--approved-base-images", "golden/*"),
        1,
        "is not an approved image",
    ),
    "a name that podman gives a Dockerfile": Attack(
        {"a/Dockerfile": "FROM scratch\nCOPY . /\n", "compose.yaml": "services: {a: {build: a}}\n"},
        {
            "a/Dockerfile": None,
            "a/Containerfile": "FROM scratch\nCOPY . /\n",
            "a/.containerignore": "large\n",
            "a/large": "x" * 900,
            "compose.yaml": "services: {a: {build: {context: a, dockerfile: Containerfile}}}\n",
        },
        ("--compose", "compose.yaml", "--max-size", "500"),
        1,
        "max-size",
    ),
    "a file of any name that a workflow builds from git": Attack(
        {"Dockerfile": _ALPINE},
        {"w.txt": "FROM evil/x:1\n", ".github/workflows/b.yml": _WORKFLOW.format("with: {file: w.txt}")},
        ("--all", "--approved-base-images", "alpine"),
        1,
        "is not an approved image",
    ),
    "a checkout that does not happen": Attack(
        {"Dockerfile": _ALPINE},
        {
            "x/i.txt": "FROM evil/x:1\nCOPY . /\n",
            ".github/workflows/b.yml": _WORKFLOW.format("with: {context: x, file: x/i.txt}").replace(
                "  - uses: docker",
                "  - uses: actions/checkout@v4\n    if: false\n    with: {repository: a/b}\n  - uses: docker",
            ),
        },
        ("--all", "--approved-base-images", "alpine"),
        1,
        "is not an approved image",
    ),
    "a comment": Attack(
        {"Dockerfile": _ALPINE},
        {"Dockerfile": _REASON + _ALPINE},
        (*_BASE, "--fail-on", "CTX105", "--against", "main", "."),
        1,
        "suppression added: CTX105: Reviewed.",
    ),
    "a comment whose stage is the image's now": Attack(
        {"Dockerfile": f"FROM scratch AS b\n{_ACCEPTED_COPY}FROM scratch\nCOPY bin /\n", "src/.env": _ENV, "bin": "b"},
        {"Dockerfile": f"FROM scratch\nCOPY bin /\n{_ACCEPTED_COPY}"},
        (*_BASE, "."),
        1,
        "src/.env is copied into the image",
    ),
    "a comment whose stage another one copies now": Attack(
        {"Dockerfile": f"FROM scratch AS b\n{_ACCEPTED_COPY}FROM scratch\nCOPY --from=b /app/x /\n", "src/.env": _ENV},
        {"Dockerfile": f"FROM scratch AS b\n{_ACCEPTED_COPY}FROM scratch\nCOPY --from=b /app /app\n"},
        (*_BASE, "."),
        1,
        "CTX101",
    ),
    "a comment whose source is another one now": Attack(
        {"Dockerfile": f"FROM scratch\nARG S=a\n{_ACCEPTED_COPY.replace('src', '$S')}", "a/.env": _ENV, "b/.env": _ENV},
        {"Dockerfile": f"FROM scratch\nARG S=b\n{_ACCEPTED_COPY.replace('src', '$S')}"},
        (*_BASE, "."),
        1,
        "b/.env is copied into the image",
    ),
    **{
        f"a comment whose image is another one now, by {how}": Attack(
            {"Dockerfile": f"ARG BASE=debian:11\n{_ACCEPTED}", **base},
            {**change},
            ("--all", *_BASE, "--approved-base-images", "golden", *against),
            1,
            "evil/x:1 is not an approved image",
        )
        for how, base, change, against in (
            ("its default", {}, {"Dockerfile": f"ARG BASE=evil/x:1\n{_ACCEPTED}"}, ()),
            ("a service", _SERVICE, {"compose.yaml": _EVIL}, ()),
            ("a service that is compared", _SERVICE, {"compose.yaml": _EVIL}, ("--against", "main")),
            ("a new service", {}, {"compose.yaml": _EVIL}, ()),
            ("a new service that is compared", {}, {"compose.yaml": _EVIL}, ("--against", "main")),
        )
    },
    "a named context in place of an image that a comment accepts": Attack(
        {"Dockerfile": _ACCEPTED.replace("$BASE", "debian:11"), **_SERVICE},
        {
            "compose.yaml": "services: {a: {build: {context: ., additional_contexts: "
            "{'debian:11': docker-image://evil/x}}}}\n"
        },
        ("--all", *_BASE, "--approved-base-images", "golden"),
        1,
        "is docker-image://evil/x, which is not an approved image",
    ),
    "a tag by the name of the base": Attack(
        {"Dockerfile": _ALPINE, "ctxopt.toml": "fail-on = ['CTX105']\n"},
        {"ctxopt.toml": ""},
        (*_BASE, "."),
        2,
        "main is ambiguous: refs/heads/main and refs/tags/main; write refs/heads/main",
        lambda root: git(root, "tag", "main", git(root, "commit-tree", "HEAD^{tree}", "-m", "x").strip()),
    ),
    "a comment that counts": Attack(
        {"Dockerfile": _ALPINE},
        {"Dockerfile": _REASON + _ALPINE},
        ("--fail-on", "CTX105", "--against", "main", "."),
        0,
        "suppression added: CTX105: Reviewed.",
    ),
    "a comment where none counts": Attack(
        {"Dockerfile": _ALPINE},
        {"Dockerfile": "# ctxopt global ignore=all Reviewed.\n" + _ALPINE},
        ("--no-inline-suppressions", "--fail-on", "CTX105", "."),
        1,
        "CTX105",
    ),
    "a suppression in the configuration": Attack(
        {"Dockerfile": _ALPINE, "ctxopt.toml": "fail-on = ['CTX105']\n"},
        {"ctxopt.toml": "[[suppress]]\nrule = 'CTX105'\nreason = 'x'\n"},
        (*_BASE, "--against", "main", "."),
        1,
        "configuration changed",
    ),
    "an image that only the file approves": Attack(
        {"Dockerfile": _ALPINE},
        {"ctxopt.toml": "approved-base-images = ['*']\n"},
        ("--approved-base-images", "debian*", "--fail-on", "base-not-approved", "."),
        1,
        "alpine",
    ),
    "another image by the name of an approved one": Attack(
        {"Dockerfile": "FROM debian:12\n", "compose.yaml": "services: {a: {build: .}}\n"},
        {
            "compose.yaml": "services: {a: {build: {context: ., additional_contexts: {'debian:12': docker-image://evil/x}}}}\n"
        },
        ("--compose", "compose.yaml", "--approved-base-images", "debian", "--fail-on", "base-not-approved"),
        1,
        "is docker-image://evil/x, which is not an approved image",
    ),
    # -- what is not checked --------------------------------------------------------------------
    "a declaration that nobody can read": Attack(
        {"Dockerfile": _ALL, "compose.yaml": "services: {a: {build: .}}\n"},
        {"compose.yaml": "services: {a: {build: {context: $NOPE}}}\n"},
        ("--all",),
        2,
        "NOPE",
    ),
    "a directory in which no builds are looked for": Attack(
        {"Dockerfile": _ALPINE, "out-of-sight/Dockerfile": _ALL},
        {"ctxopt.toml": "exclude = ['out-of-sight']\n", "out-of-sight/Dockerfile": "FROM scratch\nCOPY gone /\n"},
        ("--all",),
        0,
        "out-of-sight",
    ),
    "a build that is declared no more": Attack(
        {"compose.yaml": "services: {a: {build: a}, b: {build: b}}\n", "a/Dockerfile": _ALL, "b/Dockerfile": _ALL},
        {"compose.yaml": "services: {b: {build: b}}\n"},
        ("--compose", "compose.yaml", "--against", "main"),
        0,
        "compose.yaml: service a: not declared like this any more: checked as it was at main",
    ),
    "a build that is declared no more and whose context is gone": Attack(
        {"compose.yaml": "services: {a: {build: a}, b: {build: b}}\n", "a/Dockerfile": _ALL, "b/Dockerfile": _ALL},
        {"compose.yaml": "services: {b: {build: b}}\n", "a/Dockerfile": None},
        ("--compose", "compose.yaml", "--against", "main"),
        0,
        "compose.yaml: service a: built at main, and not found here: not checked",
    ),
    "a decoy in place of a build that is found no more": Attack(
        _API, _DECOY, ("--all", *_GROWTH), 2, "which may be the same build"
    ),
    "a decoy in place of a build that is found no more, and a size": Attack(
        _API, _DECOY, ("--all", "--against", "main", "--max-size", "500"), 2, "which may be the same build"
    ),
    "a decoy in place of a service": Attack(
        {**_API, "compose.yaml": "services: {a: {build: api}}\n"},
        {**_DECOY, "compose.yaml": "services: {b: {build: .}}\n"},
        ("--compose", "compose.yaml", *_GROWTH),
        2,
        "built at main, and not found here, and new here is compose.yaml: service b",
    ),
    "a decoy in place of a target": Attack(
        {
            "Dockerfile": "FROM scratch AS prod\nCOPY . /\n",
            "compose.yaml": "services: {a: {build: {context: ., target: prod}}}\n",
        },
        {
            "Dockerfile": "FROM scratch AS tiny\nCOPY Dockerfile /\n",
            "compose.yaml": "services: {b: {build: {context: z, dockerfile: ../Dockerfile, target: tiny}}}\n",
            "z/Dockerfile": "",
        },
        ("--compose", "compose.yaml", *_GROWTH),
        2,
        "as it was declared at main it cannot be built any more",
    ),
    "a base of which the builds are not known": Attack(
        {**_API, "ctxopt.toml": "what = 1\n"},
        {"ctxopt.toml": None, "api/src/large": "x" * 900},
        ("--all", *_GROWTH),
        2,
        "what was built at main is not known",
    ),
    "a smaller context in the configuration": Attack(
        {**_API, "ctxopt.toml": "[[build]]\nname = 'a'\ncontext = 'api'\n"},
        {
            "ctxopt.toml": "[[build]]\nname = 'a'\ncontext = 'z'\ndockerfile = 'api/Dockerfile'\n",
            "z/src/main": "",
            "api/src/large": "x" * 900,
        },
        _GROWTH,
        1,
        "a: not declared like this any more: checked as it was at main",
    ),
    "a build that the configuration has no more": Attack(
        {**_API, "ctxopt.toml": "[[build]]\nname = 'a'\ncontext = 'api'\n"},
        {"ctxopt.toml": "[[build]]\nname = 'b'\ncontext = 'z'\n", "z/Dockerfile": _ALL, "api/src/large": "x" * 900},
        _GROWTH,
        1,
        "a: not declared like this any more: checked as it was at main",
    ),
    "a configuration without any build": Attack(
        {**_API, "ctxopt.toml": "[[build]]\nname = 'a'\ncontext = 'api'\n"},
        {"ctxopt.toml": None, "Dockerfile": _ALPINE, "api/src/large": "x" * 900},
        _GROWTH,
        1,
        "a: not declared like this any more: checked as it was at main",
    ),
    "a smaller context that somebody declares": Attack(
        _API,
        {
            "compose.yaml": "services: {x: {profiles: [x], build: {context: z, dockerfile: ../api/Dockerfile}}}\n",
            "z/src/main": "",
            "api/src/large": "x" * 900,
        },
        ("--all", "--against", "main", "--max-size", "500"),
        1,
        "api/Dockerfile: not declared like this any more: checked as it was at main",
    ),
    "a named context in place of a stage": Attack(
        {"api/Dockerfile": "FROM scratch AS s\nCOPY src /src\nFROM scratch\nCOPY --from=s / /\n", "api/src/main": "m"},
        {
            "docker-bake.hcl": 'target "x" { \ncontext = "api"\ncontexts = { s = "docker-image://alpine" }\n}\n',
            "api/src/large": "x" * 900,
        },
        ("--all", *_GROWTH),
        1,
        "api/Dockerfile: not declared like this any more: checked as it was at main",
    ),
    "an empty directory that could be the context's": Attack(
        _API,
        {"src/main": "", "api/src/large": "x" * 900},
        ("--all", *_GROWTH),
        1,
        "api/Dockerfile is assumed to be built from the searched directory",
    ),
    "an empty directory, and no base": Attack(
        {"README": ""},
        {**_API, "src/main": "", "api/src/large": "x" * 900},
        ("--all", "--max-size", "500"),
        1,
        "api/Dockerfile is assumed to be built from the searched directory",
    ),
    "a Dockerfile for another front end": Attack(
        {"Dockerfile": _ALL}, {"Dockerfile": "# syntax=evil/front-end\nHELLO\n"}, (".",), 2, "evil/front-end"
    ),
    # -- growth ---------------------------------------------------------------------------------
    "a context that moved": Attack(
        {"app/Dockerfile": _ALL, "app/main": "m" * 300},
        {
            "app/Dockerfile": None,
            "app/main": None,
            "new/Dockerfile": _ALL,
            "new/main": "m" * 300,
            "new/more": "x" * 500,
        },
        ("new", *_GROWTH),
        1,
        "context moved from app to new",
    ),
    "a context that moved and is another one": Attack(
        {"app/Dockerfile": _ALL},
        {"app/Dockerfile": None, "new/Dockerfile": "FROM debian\nWORKDIR /x\nCOPY . ./\n", "new/large": "x" * 500},
        ("new", *_GROWTH),
        0,
        "nothing to compare with at main",
    ),
    "a pointer to a larger file": Attack(
        {"Dockerfile": _ALL, ".gitattributes": "*.bin filter=lfs -text\n", "a.bin": _POINTER},
        {"a.bin": _POINTER.replace("1000", "9000")},
        (".", *_GROWTH),
        1,
        "with 1 Git LFS pointer counted in full",
    ),
    "a pointer to a file over the limit": Attack(
        {"Dockerfile": _ALL, ".gitattributes": "*.bin filter=lfs -text\n"},
        {"a.bin": _POINTER.replace("1000", "900000")},
        (".", "--max-size", "500kB"),
        1,
        "with 1 Git LFS pointer counted in full",
    ),
    "a submodule that nobody checks out": Attack(
        {"app/Dockerfile": _ALL, "app/lib/code": "c" * 500},
        {},
        ("app", *_GROWTH),
        2,
        "submodule lib is another one than at the base and is not checked out",
        _as_empty_submodule,
    ),
    "a submodule that nobody checks out, and no base": Attack(
        {"app/Dockerfile": _ALL, "app/lib/code": "c" * 500},
        {},
        ("app", "--max-size", "100"),
        0,
        "submodule lib is not checked out, so nothing in it is counted",
        _as_empty_submodule,
    ),
    "a directory that became a submodule": Attack(
        {"app/Dockerfile": _ALL}, {}, ("app", *_GROWTH), 2, "it was no submodule at", _as_submodule
    ),
    "line ends that git makes longer": Attack(
        {"Dockerfile": _ALL, "lines": "l\n" * 300},
        {".gitattributes": "lines text eol=crlf\n"},
        (".", *_GROWTH),
        1,
        "git attributes changed",
        lambda root: _checked_out_again(root, "lines"),
    ),
    "a base that is not there": Attack(
        {"Dockerfile": _ALL}, {}, (".", "--against", "nowhere", "--max-growth", "0"), 2, 'no revision "nowhere"'
    ),
    **{f"names that change their places, {name}": _swapped(change) for name, change in _SWAPS.items()},
    "a new Dockerfile that nothing declares": Attack(
        {"Dockerfile": _ALPINE, ".dockerignore": "**/.env\n", "app/main": "m"},
        {"app/Dockerfile": _ALL, "app/.env": "PASSWORD=hunter22\n"},
        ("--all", *_BASE),
        1,
        ".env is copied into the image",
    ),
    **{
        f"a build that BuildKit refuses, {name}": Attack(
            {"Dockerfile": _ALL}, {"Dockerfile": f"{text}\n"}, (*arguments, *_BASE), 2, seen
        )
        for name, text, arguments, seen in (
            ("for a port", f"{_ALL}EXPOSE abc", (".",), "EXPOSE takes a port or a range of ports, not abc"),
            ("for a port of one of all", f"{_ALL}EXPOSE abc", ("--all",), "EXPOSE takes a port or a range of ports"),
            ("for its own rules", f"# check=error=true\n{_ALL}CMD a", ("--all",), "JSONArgsRecommended"),
        )
    },
    # -- what is too much to be looked at -------------------------------------------------------
    "a secret behind many that are suppressed": Attack(
        {"Dockerfile": _ALL, "ctxopt.toml": _SUPPRESSED},
        {**{f"made/{number}/.env": "PASSWORD=hunter22\n" for number in range(30)}, "zz/.env": "PASSWORD=hunter22\n"},
        (".", *_BASE),
        1,
        "zz/.env is copied into the image",
    ),
    "a secret behind padding": Attack(
        {"Dockerfile": _ALL},
        {".env": "# nothing\n" * 500_000 + "PASSWORD=hunter22\n"},
        (".", *_BASE),
        2,
        "too large or too many to be read completely",
    ),
    # -- names ----------------------------------------------------------------------------------
    "a name that stops the log's commands": Attack(
        {"Dockerfile": _ALL}, {"::stop-commands::x": "x" * 500}, ("--max-size", "100", "."), 1, "stop-commands"
    ),
    "a name that completes the task": Attack(
        {"Dockerfile": _ALL},
        {"##vso[task.complete result=Succeeded]": "x" * 500},
        ("--max-size", "100", "."),
        1,
        "task.complete",
    ),
    "an instruction that is a command": Attack(
        {"Dockerfile": _ALL}, {"Dockerfile": "FROM scratch\nCOPY ::error::x ##[group]y /\n"}, (".",), 1, "error::x"
    ),
}


def _commit(root: Path, message: str = "base") -> None:
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes the repository of an attack, once for all formats."""

    @cache
    def make(name: str) -> Path:
        attack = ATTACKS[name]
        root = write(tmp_path_factory.mktemp("attack") / "project", attack.base)
        _commit(root)
        git(root, "checkout", "-q", "-b", "change")
        for path, text in attack.change.items():
            if text is None:
                (root / path).unlink()
            else:
                write(root, {path: text})
        attack.also(root)
        git(root, "add", "-A")
        git(root, "commit", "-q", "--allow-empty", "-m", "change")
        return root

    return make


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_seen_in_every_format(name: str, attacked: Callable[[str], Path]) -> None:
    attack = ATTACKS[name]
    root = attacked(name)
    for form in FORMATS:
        done = run("check", *attack.arguments, "--format", form, cwd=root, columns=400)
        assert done.returncode == attack.code, (form, done.stdout, done.stderr)
        # An error without any result is text on standard error.
        shown = done.stdout + done.stderr if form == "text" else done.stdout
        assert _words(attack.seen) in _words(shown), (form, done.stdout, done.stderr)
        assert_inert(done.stdout, form)
        assert_inert(done.stderr, "text")


def _words(text: str) -> str:
    """What somebody reads, without the marks of a format."""
    for mark, meaning in {
        "\\u200b": "",
        "&quot;": "",
        '\\"': "",
        '"': "",
        "`": "",
        "\\": "",
        "%25": "%",
        "&#58;": ":",
        "&#x3a;": ":",
    }.items():
        text = text.replace(mark, meaning)
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("base", "change"),
    [
        (f"ARG BASE=debian:11\n{_ACCEPTED}", f"ARG BASE=debian:11\n# Moved.\n\n{_ACCEPTED}USER 1\n"),
        (f"ARG BASE\n{_ACCEPTED}", f"# Moved.\nARG BASE\n{_ACCEPTED}"),
        (f"FROM scratch AS b\n{_ACCEPTED_COPY}", f"FROM scratch AS other\n{_ACCEPTED_COPY}"),
        (
            f"FROM scratch\n{_ACCEPTED_COPY}",
            f"FROM scratch AS b\n{_ACCEPTED_COPY}FROM scratch\nCOPY --from=b /app/x /\n",
        ),
    ],
    ids=["moved", "argument of a service", "another name of the stage", "no stage of the image any more"],
)
@pytest.mark.parametrize("against", [(), ("--against", "main")], ids=["alone", "compared"])
def test_a_comment_counts_where_its_instruction_does_the_same(
    base: str, change: str, against: tuple[str, ...], tmp_path: Path
) -> None:
    service = "services: {a: {build: {context: ., args: {BASE: 'debian:11'}}}}\n"
    _commit(write(tmp_path, {"Dockerfile": base, "src/.env": _ENV, "compose.yaml": service}))
    write(tmp_path, {"Dockerfile": change, "src/new/.env": _ENV})
    options = ("--all", *_BASE, "--approved-base-images", "golden", *against)
    done = run("check", *options, cwd=tmp_path, columns=400)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "suppressed: Dockerfile:" in done.stdout, done.stdout


_KEY = "key = 'AKIA" + "Q3EGRT5XKNY7ZPLM'"
_ALLOWED = f"{_KEY}  # pragma: allowlist secret\n"


@pytest.mark.parametrize(
    ("base", "change", "options", "code", "suppressed"),
    [
        ("a\n", _ALLOWED, _BASE, 1, False),
        ("a\n", _ALLOWED, ("--no-inline-suppressions",), 1, False),
        (_ALLOWED, _ALLOWED, ("--no-inline-suppressions",), 1, False),
        (f"{_KEY}\n", _ALLOWED, _BASE, 1, False),
        (_ALLOWED, _ALLOWED + _ALLOWED.replace("Q3", "R4"), _BASE, 1, False),
        (_ALLOWED, _ALLOWED + _KEY, _BASE, 1, True),
        (_ALLOWED, "b\n" + _ALLOWED, _BASE, 0, True),
        ("a\n", _ALLOWED, (), 0, True),
    ],
)
def test_a_comment_that_allows_a_secret_counts_as_a_suppression(
    base: str, change: str, options: tuple[str, ...], code: int, suppressed: bool, tmp_path: Path
) -> None:
    pytest.importorskip("detect_secrets")
    _commit(write(tmp_path, {"Dockerfile": _ALL, ".dockerignore": ".git\n", "app.py": base}))
    write(tmp_path, {"app.py": change})
    done = run("check", ".", "--scan-secrets", *options, cwd=tmp_path, columns=400)
    assert done.returncode == code, done.stdout
    assert ("1 finding suppressed: app.py:" in done.stdout) is suppressed, done.stdout


@pytest.mark.parametrize(
    ("change", "code", "seen"),
    [
        ({f"made/{number}.py": _KEY for number in range(60)}, 0, "60 findings suppressed"),
        ({**{f"made/{number}.py": _KEY for number in range(60)}, "zz.py": _KEY}, 1, "zz.py:1"),
        ({"zz.py": "# nothing\n" * 200_000 + _KEY}, 1, "zz.py:200001"),
        ({"zz.py": "AKIA" + "IOSFODNN7EXAMPLE\n" * 600 + _KEY}, 1, "zz.py:601"),
    ],
    ids=["suppressed", "behind suppressed ones", "behind padding", "behind placeholders"],
)
def test_no_secret_is_hidden_by_what_is_around_it(change: Files, code: int, seen: str, tmp_path: Path) -> None:
    pytest.importorskip("detect_secrets")
    _commit(write(tmp_path, {"Dockerfile": _ALL, ".dockerignore": ".git\n", "ctxopt.toml": _SUPPRESSED}))
    write(tmp_path, change)
    done = run("check", ".", "--scan-secrets", *_BASE, cwd=tmp_path, columns=400)
    assert done.returncode == code, done.stdout
    assert seen in done.stdout, done.stdout


def test_a_submodule_that_is_not_checked_out_is_not_searched(tmp_path: Path) -> None:
    pytest.importorskip("detect_secrets")
    write(tmp_path, {"app/Dockerfile": _ALL, "app/lib/code": "c"})
    _commit(tmp_path)
    _as_empty_submodule(tmp_path)
    done = run("check", "app", "--scan-secrets", cwd=tmp_path, columns=400)
    assert done.returncode == 2, done.stdout
    assert "submodule lib is not checked out, so it was not searched for secrets" in done.stdout


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_not_searched_for_secrets_fails_in_every_format(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("detect_secrets")
    monkeypatch.setattr("ctxopt.findings.rules.secret_in_text._BYTES", 5)
    write(tmp_path, {"Dockerfile": _ALL, "large.py": "large"})
    for options, code in (((), 2), (("--allow-unchecked", "Dockerfile"), 0)):
        done = run("check", ".", "--scan-secrets", "--format", form, *options, cwd=tmp_path, columns=400)
        assert done.returncode == code, (done.stdout, done.stderr)
        assert "not searched for secrets: unreadable, not downloaded, or too much text" in _words(done.stdout)
    assert form != "text" or done.stdout.splitlines()[-1].endswith("1 not checked, as allowed)")


@pytest.mark.parametrize(
    ("link", "target", "output"),
    [
        ("reports", "../elsewhere", "reports/x.sarif"),
        ("reports", "../elsewhere", "reports/deeper/x.sarif"),
        ("out.sarif", "../elsewhere/x.sarif", "out.sarif"),
        ("out.sarif", ".git/config", "out.sarif"),
        ("reports", ".git/hooks", "reports/pre-commit"),
        ("reports", ".git", "reports/HEAD"),
        ("reports", "bare", "reports/config"),
        ("out.sarif", "web/index.html", "out.sarif"),
        (None, None, ".git/index"),
        (None, None, ".GIT/new"),
        (None, None, "bare/hooks/update"),
    ],
)
def test_no_result_is_written_where_a_link_or_git_leads_it(
    link: str | None, target: str | None, output: str, tmp_path: Path
) -> None:
    git_files = {"HEAD": "x", "config": "x", "objects/": "", "refs/": "", "hooks/update": "x"}
    root = write(
        tmp_path / "project",
        {
            "Dockerfile": _ALPINE,
            "web/index.html": "x",
            ".GIT/": "",
            **{f"bare/{name}": text for name, text in git_files.items()},
            **{f".git/{name}": text for name, text in git_files.items()},
        },
    )
    write(tmp_path, {"elsewhere/deeper/": "", "elsewhere/x.sarif": "x"})
    if link is not None and target is not None:
        (root / link).symlink_to(target)

    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    before = state()
    done = run("check", "--format", "sarif", "-o", output, cwd=root, columns=400)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: cannot write {output}: ") or "symbolic link" in done.stderr
    assert state() == before


def test_an_earlier_result_is_written_again_through_a_link(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _ALPINE, "results/x.sarif": "", "deep/": ""})
    (tmp_path / "out.sarif").symlink_to("results/x.sarif")
    (tmp_path / "reports").symlink_to("deep")
    for output in ("out.sarif", "out.sarif", "reports/x.sarif", "../beside.sarif"):
        done = run("check", "--format", "sarif", "-o", output, cwd=tmp_path, columns=400)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "results/x.sarif").stat().st_size
    assert (tmp_path / "deep/x.sarif").stat().st_size


@pytest.mark.parametrize("form", FORMATS)
def test_an_input_is_no_output_in_any_format(form: str, tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _ALL, ".dockerignore": "*.log\n"})
    for file in ("Dockerfile", ".dockerignore"):
        done = run("check", "--format", form, "-o", file, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"error: cannot write {file}: it is an input of this command; name another file\n"
    assert (tmp_path / "Dockerfile").read_text() == _ALL


_SECRET = "s3cr3t-Value/xyz"
_BAKE = 'variable "TOKEN" {}\ntarget "t" {\n  %s\n}\n'


@pytest.mark.parametrize(
    ("file", "text"),
    [
        *(
            ("compose.yaml", f"services: {{a: {{{part}}}}}\n")
            for part in (
                "build: $TOKEN",
                'build: {context: "${TOKEN:-b}/.."}',
                'build: {context: ., dockerfile: "${TOKEN}"}',
                'build: {context: ., target: "${TOKEN?}"}',
                'build: {context: ., additional_contexts: {z: "./${TOKEN}"}}',
                'extends: "${TOKEN}"',
                'extends: {service: "${TOKEN}", file: compose.yaml}',
                'extends: {service: a, file: "${TOKEN}"}',
            )
        ),
        ("compose.yaml", 'include: ["${TOKEN}.yaml"]\n'),
        ("compose.yaml", 'include: [{path: sub/c.yaml, project_directory: "${TOKEN}"}]\n'),
        *(
            ("docker-bake.hcl", _BAKE % part)
            for part in (
                "context = TOKEN",
                "context = base64encode(TOKEN)",
                'dockerfile = "${TOKEN}x"',
                "target = upper(TOKEN)",
                "contexts = { z = TOKEN }",
                "inherits = [TOKEN]",
                "name = TOKEN\n  matrix = { a = [1] }",
                'name = base64encode(a)\n  matrix = { a = [TOKEN] }\n  context = "gone"',
                "context = b\n  name = a\n  matrix = { a = ['x'], b = [TOKEN] }".replace("'", '"'),
                "context = 1 + TOKEN",
                "pull = TOKEN",
            )
        ),
        (
            "docker-bake.hcl",
            'variable "TOKEN" {\n  validation {\n    condition = false\n    error_message = TOKEN\n  }\n}\n',
        ),
    ],
)
def test_no_value_of_the_environment_is_shown(file: str, text: str, tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch AS x\n", file: text, "sub/c.yaml": "services: {c: {build: gone}}\n"})
    for form in ("text", "json"):
        done = run("check", "--all", "--format", form, cwd=tmp_path, columns=400, TOKEN=_SECRET)
        assert done.returncode == 2, done.stdout
        shown = (done.stdout + done.stderr).lower()
        assert not any(part in shown for part in ("s3cr3t", "value/xyz", b64encode(_SECRET.encode()).decode().lower()))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("compose.yaml", "include: [../outside/c.yaml]\n"),
        ("compose.yaml", "include: [{path: c.yaml, env_file: ../outside/.env}]\n"),
        ("compose.yaml", "include: [{path: c.yaml, project_directory: ../outside}]\n"),
        ("compose.yaml", "services: {a: {extends: {service: p4ss, file: ../outside/c.yaml}}}\n"),
        ("compose.yaml", "services: {a: {build: {context: ., dockerfile: ../outside/.env}}}\n"),
        (".env", "COMPOSE_FILE=../outside/c.yaml\n"),
        (".devcontainer/devcontainer.json", '{"dockerComposeFile": "../../outside/c.yaml"}\n'),
        (
            ".github/workflows/w.yaml",
            "jobs: {a: {steps: [{uses: docker/bake-action@v5, with: {source: ., files: ../outside/c.hcl}}]}}\n",
        ),
    ],
)
def test_nothing_that_a_declaration_names_is_read_outside(file: str, text: str, tmp_path: Path) -> None:
    write(
        tmp_path / "outside",
        {".env": "NAME=p4ss\n", "c.yaml": "services: {p4ss: {build: p4ss}}\n", "c.hcl": 'target "p4ss" {}\n'},
    )
    root = write(
        tmp_path / "project",
        {
            ".git/": "",
            "Dockerfile": _ALPINE,
            "compose.yaml": "services: {}\n",
            file: text,
            "c.yaml": "services: {c: {build: '${NAME}'}}\n",
        },
    )
    done = run("check", "--all", cwd=root, columns=400)
    assert done.returncode == 2, done.stdout
    assert "outside of the project" in done.stdout
    assert "p4ss" not in done.stdout + done.stderr


_DECOYS: dict[str, dict[str, str]] = {
    "another target": {
        "api/Dockerfile": "FROM scratch AS tiny\nFROM scratch\nCOPY src /src\n",
        "compose.yaml": "services: {x: {build: {context: api, target: tiny}}}\n",
    },
    "an argument": {
        "api/Dockerfile": "FROM scratch\nARG FROM=src\nCOPY $FROM /src\n",
        "api/none/main": "",
        "compose.yaml": "services: {x: {build: {context: api, args: {FROM: none}}}}\n",
    },
    "a workflow": {
        ".github/workflows/b.yml": "jobs: {a: {runs-on: x, steps: [{uses: actions/checkout@v4}, "
        "{uses: docker/build-push-action@v6, with: {context: z, file: api/Dockerfile}}]}}\n"
    },
    "an artifact of skaffold": {
        "skaffold.yaml": "apiVersion: skaffold/v4beta6\nkind: Config\nbuild: {artifacts: [{image: x, context: z, "
        "docker: {dockerfile: ../api/Dockerfile}}]}\n"
    },
    "a Compose file in another directory": {
        "deploy/compose.yaml": "services: {x: {build: {context: ../z, dockerfile: ../api/Dockerfile}}}\n"
    },
    "a renamed Dockerfile": {
        "api/Dockerfile": "",
        "api/Dockerfile.prod": _API["api/Dockerfile"],
        "compose.yaml": "services: {x: {build: {context: z, dockerfile: ../api/Dockerfile.prod}}}\n",
    },
}


def test_a_build_that_moves_is_not_taken_out_of_the_check_either(tmp_path: Path) -> None:
    write(tmp_path, _API)
    _commit(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "change")
    git(tmp_path, "mv", "api", "moved")
    service = "services: {x: {build: {context: z, dockerfile: ../moved/Dockerfile}}}\n"
    write(tmp_path, {"compose.yaml": service, "z/src/main": "", "moved/src/large": "x" * 900})
    _commit(tmp_path, "change")
    done = run("check", "--all", *_GROWTH, "--json", cwd=tmp_path)
    (build,) = [build for build in json.loads(done.stdout)["builds"] if not build["passed"]]
    assert (done.returncode, build["breaches"][0]["measured"]) == (1, 900)
    assert "Dockerfile: context moved from api to moved" in build["notes"]


@pytest.mark.parametrize("name", _DECOYS)
def test_another_declaration_takes_no_build_out_of_the_check(name: str, tmp_path: Path) -> None:
    write(tmp_path, _API)
    _commit(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "change")
    write(tmp_path, {**_DECOYS[name], "z/src/main": "", "api/src/large": "x" * 900})
    if not (tmp_path / "api/Dockerfile").read_text():
        (tmp_path / "api/Dockerfile").unlink()
    _commit(tmp_path, "change")
    done = run("check", "--all", *_GROWTH, "--json", cwd=tmp_path)
    assert done.returncode == 1, (done.stdout, done.stderr)
    (build,) = [build for build in json.loads(done.stdout)["builds"] if not build["passed"]]
    assert build["name"] == "api/Dockerfile (as at main)"
    assert build["breaches"][0]["measured"] >= 900


@pytest.mark.parametrize(
    "change",
    [
        {"compose.yaml": "services: {x: {build: api}}\n"},
        {"compose.yaml": "services: {x: {build: {context: ./api, dockerfile: ../api/Dockerfile}}}\n"},
        {"docker-bake.hcl": 'target "x" {\ncontext = "api"\n}\n'},
    ],
    ids=["service", "service with its Dockerfile", "target"],
)
def test_the_same_build_is_checked_once_whoever_declares_it(change: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, _API)
    _commit(tmp_path)
    write(tmp_path, change)
    done = run("check", "--all", "--against", "main", "--json", cwd=tmp_path)
    result = json.loads(done.stdout)
    assert (done.returncode, len(result["builds"]), result["gone"]) == (0, 1, [])


def test_what_no_builder_builds_any_more_is_said_and_does_not_fail(tmp_path: Path) -> None:
    service = "services: {x: {build: {context: api, target: %s}}}\n"
    write(tmp_path, {**_API, "api/Dockerfile": "FROM scratch AS old\nCOPY src /src\n", "compose.yaml": service % "old"})
    _commit(tmp_path)
    write(tmp_path, {"api/Dockerfile": "FROM scratch AS new\nCOPY src /src\n", "compose.yaml": service % "new"})
    done = run("check", "--all", "--against", "main", "--json", cwd=tmp_path)
    result = json.loads(done.stdout)
    assert (done.returncode, len(result["builds"])) == (0, 1)
    (gone,) = result["gone"]
    assert gone.startswith("compose.yaml: service x: as it was declared at main it cannot be built any more: ")


def _grown(root: Path, *options: str) -> list[int]:
    """By how many bytes the builds grew that grew too much, in a repository with one commit and a change to it."""
    _commit(root, "change")
    done = run("check", *options, "--against", "main", "--max-growth", "10%", "--json", cwd=root)
    breaches = [breach for build in json.loads(done.stdout)["builds"] for breach in build["breaches"]]
    assert done.returncode == (1 if breaches else 0), (done.stdout, done.stderr)
    return [breach["measured"] for breach in breaches if breach["rule"] == "limit-growth"]


@pytest.fixture
def api(tmp_path: Path) -> Path:
    other = {"huge/Dockerfile": "FROM scratch\nCOPY data /\n", "huge/data": "d" * 9_000, "huge/src/y": "y"}
    write(tmp_path, {**_API, **other})
    _commit(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "change")
    write(tmp_path, {"api/src/large": "x" * 900})
    return tmp_path


@pytest.mark.parametrize("options", [("--all",), ("api", "-f", "api/Dockerfile.prod")], ids=["all", "one"])
def test_growth_is_seen_where_the_dockerfile_has_another_name(options: tuple[str, ...], api: Path) -> None:
    git(api, "mv", "api/Dockerfile", "api/Dockerfile.prod")
    # What else moves into the context does not make it another one.
    git(api, "mv", "huge/src/y", "api/src/y")
    assert _grown(api, *options) == [901]


def test_growth_is_seen_where_the_dockerfile_has_another_name_and_text(api: Path) -> None:
    (api / "api/Dockerfile").unlink()
    write(api, {"api/Dockerfile.prod": "FROM debian:12\nWORKDIR /app\nRUN make\nCOPY ./src/ .\nUSER 1000\n"})
    assert _grown(api, "--all") == [900]


def test_growth_is_seen_beside_a_named_context_that_is_new(api: Path) -> None:
    write(api, {"z/main": "z"})
    assert _grown(api, "api", "--build-context", "unused=./z") == [900]


def test_a_named_context_that_is_new_has_grown_from_nothing(api: Path) -> None:
    named = "FROM scratch\nCOPY src /src\nCOPY --from=lib . /lib\n"
    write(api, {"api/Dockerfile": named, "lib/main": "l" * 500})
    assert _grown(api, "api", "--build-context", "lib=./lib") == [900, 500]


def test_a_named_context_of_another_name_has_not_grown(api: Path) -> None:
    (api / "api/src/large").unlink()
    service = "services: {x: {build: {context: api, additional_contexts: {%s: ./lib}}}}\n"
    copied = "FROM scratch\nCOPY src /src\nCOPY --from=%s . /lib\n"
    write(api, {"compose.yaml": service % "one", "api/Dockerfile": copied % "one", "lib/main": "l" * 500})
    _commit(api)
    git(api, "branch", "-f", "main")
    write(api, {"compose.yaml": service % "other", "api/Dockerfile": copied % "other"})
    assert _grown(api, "--compose", "compose.yaml") == []


def test_a_name_that_another_service_leaves_hides_no_growth(tmp_path: Path) -> None:
    """The context of `other` is built by `one` now, and it takes a context that no service had."""
    builds = {f"{name}/Dockerfile": f"{_ALL}# {name}\n" for name in "abc"}
    data = {"a/data": "a" * 100, "b/data": "b" * 5000, "c/data": "c" * 100}
    write(tmp_path, {**builds, **data, "compose.yaml": "services: {one: {build: a}, other: {build: b}}\n"})
    _commit(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "change")
    write(tmp_path, {"compose.yaml": "services: {one: {build: b}, other: {build: c}}\n", "c/data": "c" * 900})
    assert _grown(tmp_path, "--compose", "compose.yaml") == [800]


def test_services_of_one_name_that_change_their_places_hide_no_growth(tmp_path: Path) -> None:
    service = "services: {web: {build: ../%s}}\n"
    builds = {"a/Dockerfile": _ALL, "a/data": "a" * 100, "b/Dockerfile": f"{_ALL}# b\n", "b/data": "b" * 5000}
    write(tmp_path, {**builds, "one/compose.yaml": service % "a", "two/compose.yaml": service % "b"})
    _commit(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "change")
    swapped = {"one/compose.yaml": service % "b", "two/compose.yaml": service % "a"}
    write(tmp_path, {**swapped, "a/data": "a" * 900, "b/data": "b" * 100})
    assert _grown(tmp_path, "--all") == [800]


def test_growth_that_was_not_compared_is_not_called_checked(api: Path) -> None:
    write(api, {"new/Dockerfile": "FROM scratch\nCOPY main /\n", "new/main": "n"})
    _commit(api, "change")
    done = run("check", "new", "--against", "main", "--max-growth", "10%", "--max-size", "1MB", cwd=api, columns=300)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].endswith(
        "max-size; max-growth not checked in 1 build: nothing to compare with)"
    )
