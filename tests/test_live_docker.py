"""The classic view against the tar that the real docker command sends. No engine is needed."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctxopt import BuildContext, CtxoptError, Request, Style, propose
from ctxopt.core.context.tree import Totals, View
from sample_projects.make_junk import JUNK, make
from tests.live_differential import difference
from tests.support.classic_client import Engine
from tests.support.random_corners import random_corner
from tests.support.systems import fifo, not_as_root
from tests.support.trees import Case, random_build, random_case, write_case

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(shutil.which("docker") is None, reason="there is no docker command here"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as started:
        yield started


def case(ignore: str, *names: str, dockerfile: str = "Dockerfile") -> Case:
    return {
        "tree": [{"path": name, "type": "file", "size": 3} for name in names],
        "ignore_files": {".dockerignore": ignore},
        "dockerfile": "FROM scratch\nCOPY . /\n",
        "dockerfile_path": dockerfile,
    }


@pytest.mark.parametrize("seed", range(0, 200, 25))
def test_random_contexts(engine: Engine, seed: int) -> None:
    for number in range(seed, seed + 25):
        drawn = random_case(number)
        assert difference(engine, drawn) is None, drawn


@pytest.mark.parametrize("seed", range(0, 200, 25))
def test_random_corners(engine: Engine, seed: int) -> None:
    for number in range(seed, seed + 25):
        drawn = random_corner(number)
        assert difference(engine, drawn) is None, drawn


@pytest.mark.parametrize(
    "given",
    [
        case("*\n", "a"),
        case("**\n", "sub/a", dockerfile="sub/Dockerfile"),
        case("sub\n", "sub/a", dockerfile="sub/Dockerfile"),
        case("**/sub\n", "sub/a", dockerfile="sub/Dockerfile"),
        case("a*|b\n", "ax", "xb", "c"),
        case("x{2}?\n", "xxy", "x{2}y"),
        case("a\n!a/[z-a]\n", "a/b", "c"),
        case("c\n!a/[z-a]\n", "a/b", "c"),
        case("a\n!a/x/y\na/*\n", "a/x/y", "a/z"),
        # The longest line, and one that is too long. The space is trimmed: a pattern of that length would keep the
        # client busy for seconds.
        case("a".rjust(65_535) + "\n", "a"),
        case("a".rjust(65_536) + "\n", "a"),
    ],
)
def test_chosen_contexts(engine: Engine, given: Case) -> None:
    assert difference(engine, given) is None


def test_sizes_links_and_special_files(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "big").write_bytes(b"x" * 12_345)
    (tmp_path / "link").symlink_to("big")
    (tmp_path / "nowhere").symlink_to("../nothing")
    fifo(tmp_path / "fifo")
    (tmp_path / os.fsdecode(b"byte\xff")).touch()
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("sock")
        sent = engine.sent(tmp_path)
        context = BuildContext(str(tmp_path))
        assert sent is not None
        assert sorted(sent) == context.classic_entries
    place = context.locate("big")
    assert place is not None
    assert sent["big"] == place[0].sizes[place[1]]


def test_a_context_that_is_a_link(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "link").symlink_to("real")
    sent = engine.sent(tmp_path / "link")
    assert sent is not None
    assert sorted(sent) == BuildContext(str(tmp_path / "link")).classic_entries


@pytest.mark.parametrize("name", ["dockerfile", "Dockerfile"])
def test_the_dockerfile_is_found_as_docker_finds_it(engine: Engine, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("FROM scratch\n")
    sent = engine.sent(tmp_path)
    assert sent is not None
    assert sorted(sent) == BuildContext(str(tmp_path)).classic_entries == [name]


def test_an_ignore_file_that_is_a_directory(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".dockerignore").mkdir()
    assert engine.sent(tmp_path) is None
    context = BuildContext(str(tmp_path))
    assert context.buildkit_entries == [".dockerignore/", "Dockerfile"]
    with pytest.raises(CtxoptError, match=r"\.dockerignore: it is a directory"):
        _ = context.classic_entries


@pytest.mark.parametrize("ignore", [None, "", "b", "b\n", ".dockerignore\n"])
def test_a_dockerfile_outside_of_the_context(engine: Engine, tmp_path: Path, ignore: str | None) -> None:
    root = tmp_path / "context"
    (root / "sub").mkdir(parents=True)
    for name in ("a", "b", "sub/c"):
        (root / name).write_text(name)
    if ignore is not None:
        (root / ".dockerignore").write_text(ignore)
    (tmp_path / "My.Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    sent = engine.sent(root, str(tmp_path / "My.Dockerfile"))
    assert sent is not None
    files = [size for name, size in sent.items() if not name.endswith("/")]
    context = BuildContext(str(root), str(tmp_path / "My.Dockerfile"))
    assert context.sent(View.CLASSIC) == Totals(len(files), sum(files))


def test_a_linked_ignore_file_cannot_be_changed_on_the_way(engine: Engine, tmp_path: Path) -> None:
    root = tmp_path / "context"
    root.mkdir()
    (root / "patterns").write_text("b\n")
    (root / ".dockerignore").symlink_to("patterns")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    assert engine.sent(root, str(tmp_path / "Dockerfile")) is None
    with pytest.raises(CtxoptError, match="the legacy builder fails on it with this Dockerfile"):
        _ = BuildContext(str(root), str(tmp_path / "Dockerfile")).classic_entries


@not_as_root
def test_an_unreadable_file(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "closed").touch(mode=0)
    assert engine.sent(tmp_path) is None
    with pytest.raises(CtxoptError, match="closed: no permission to read it"):
        _ = BuildContext(str(tmp_path)).classic_entries


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("name", [*sorted(JUNK), *range(300, 340)])
def test_the_tar_is_what_a_proposal_says(engine: Engine, tmp_path: Path, name: str | int, style: Style) -> None:
    root = tmp_path / "context"
    dockerfile = "build/api.Dockerfile" if name == "go-monorepo" else None
    if isinstance(name, int):
        root.mkdir()
        write_case(root, random_build(name))
    else:
        make(name, root)
    asked = Request((str(root / dockerfile),) if dockerfile else (), only=True)
    try:
        (file,) = propose(str(root), asked, style=style).files
    except CtxoptError:
        assert engine.sent(root, dockerfile) is None or isinstance(name, int)
        return
    assert file.effects[0].classic is not None
    before, after = file.effects[0].classic
    assert _totals(engine.sent(root, dockerfile)) == before
    if file.changes:
        (root / ".dockerignore").write_bytes(file.new)
    assert _totals(engine.sent(root, dockerfile)) == after


def _totals(sent: dict[str, int] | None) -> Totals:
    """The files in a tar, with links and the like, whose size there is 0."""
    assert sent is not None
    files = [size for name, size in sent.items() if not name.endswith("/")]
    return Totals(len(files), sum(files))
