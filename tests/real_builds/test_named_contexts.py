"""What BuildKit sends of named contexts, and what these replace, on a real engine."""

from pathlib import Path

import pytest

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, View
from ctxopt.core.named_context import NamedContext
from ctxopt.errors import CtxoptError
from tests.support.engine import Engine

pytestmark = pytest.mark.engine

_FILES = {
    "app/a": "1",
    "app/t": "2",
    "app/big": "3",
    "app/fired": "4",
    "lib/x": "5",
    "lib/y": "6",
    "lib/d/z": "7",
    "lib/log": "8",
    "lib/.dockerignore": "log\n",
    "lib/app.Dockerfile.dockerignore": "x\n",
    "lib/Dockerfile.dockerignore": "x\n",
}
#: Dockerfiles, and whether they build.
_DOCKERFILES = {
    "copy": ("FROM scratch\nCOPY a /\nCOPY --from=lib x d /\n", True),
    "copy all": ("FROM scratch\nCOPY --from=lib . /\n", True),
    "twice": ("FROM scratch\nCOPY --from=lib x /\nCOPY --from=lib:latest y /\n", True),
    "wildcard": ("FROM scratch\nCOPY --from=lib * /\n", True),
    "wildcard below": ("FROM scratch\nCOPY --from=lib d/* /\nCOPY --from=lib d/*.none x /\n", False),
    "wildcard below, beside": ("FROM scratch\nCOPY --from=lib d/*.none d/z /\n", True),
    "wildcard below, replaced": (
        "FROM busybox AS lib\nFROM scratch\nCOPY --from=lib d/* /\nCOPY --from=lib d/*.none x /\n",
        True,
    ),
    "missing": ("FROM scratch\nCOPY --from=lib none /\n", False),
    "ignored": ("FROM scratch\nCOPY --from=lib log /\n", False),
    "mount": ("FROM busybox\nRUN --mount=from=lib,source=d,target=/d cat /d/z\n", True),
    "cache": ("FROM busybox\nRUN --mount=type=cache,from=lib,target=/c true\n", True),
    "from": ("FROM lib\nCOPY a /\n", True),
    "from, copied": ("FROM lib AS base\nENV A=1\nFROM scratch\nCOPY --from=base x /\n", True),
    "from, a stage more": ("FROM lib AS base\nFROM base AS b\nENV A=1\nFROM scratch\nCOPY --from=b d /\n", True),
    "replaced": (
        "FROM busybox AS tools\nCOPY t /t\nFROM busybox AS lib\nCOPY big none /\nCOPY --from=tools /t /\nRUN false\n"
        "FROM scratch\nCOPY --from=lib y /\nCOPY a /\n",
        True,
    ),
    "replaced, missing": ("FROM busybox AS lib\nCOPY big /\nFROM scratch\nCOPY --from=lib big /\n", False),
    "replaced, started from": ("FROM busybox AS lib\nRUN false\nFROM lib\nCOPY a /\n", True),
    "replaced, started from, trigger": ("FROM busybox AS lib\nONBUILD COPY fired /\nFROM lib\nCOPY a /\n", True),
    "replaced, by number": ("FROM busybox AS lib\nRUN false\nFROM scratch\nCOPY --from=0 y /\n", True),
    "replaced, later": ("FROM scratch AS a\nCOPY --from=1 y /\nFROM busybox AS lib\nFROM a\n", True),
    "not used": ("FROM scratch\nCOPY a /\n", True),
}


#: What of these is there depends on which of its two requests BuildKit makes first; we take them to fail.
_EITHER = ("wildcard below",)


def _transferred(context: BuildContext) -> frozenset[str]:
    tree = context.transferred
    return frozenset(
        directory.child_path(name)
        for directory in tree.directories()
        for name, kind, flags in zip(directory.names, directory.kinds, directory.flags, strict=True)
        if kind == EntryKind.FILE and flags & View.TRANSFER
    )


def _fails(context: BuildContext) -> bool:
    try:
        for one in (context, *context.named.values()):
            one.usage.check()
    except CtxoptError:
        return True
    return False


@pytest.mark.parametrize("name", _DOCKERFILES)
def test_what_is_sent(real_engine: Engine, tmp_path: Path, name: str) -> None:
    text, builds = _DOCKERFILES[name]
    for path, content in _FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    (tmp_path / "app/Dockerfile").write_text(text)
    app, lib = tmp_path / "app", tmp_path / "lib"
    sent = real_engine.transferred_of_named(app, {"lib": lib})["lib"]
    context = BuildContext(str(app), contexts=[NamedContext("lib", str(lib))])
    # The ignore file is read by itself, which looks the same.
    assert sent - {".dockerignore"} == _transferred(context.named["lib"]) - {".dockerignore"}
    succeeded = real_engine.build(app, contexts={"lib": lib}).succeeded
    assert succeeded is builds or name in _EITHER
    assert _fails(context) is not builds
