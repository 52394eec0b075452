"""Named contexts that are directories: each has an ignore file, views and reads of its own."""

from pathlib import Path

import pytest

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.named_context import NamedContext
from ctxopt.errors import ContextError, PatternError, ReadError
from tests.support.files import write

_DOCKERFILE = "FROM scratch\nCOPY a.py /\nCOPY --from=lib . /lib\n"


def _project(root: Path) -> None:
    for name, text in {
        "app/Dockerfile": _DOCKERFILE,
        "app/a.py": "a",
        "app/.dockerignore": "x\n",
        "lib/b.py": "bb",
        "lib/Dockerfile.dockerignore": "b.py\n",
        "lib/log": "l",
        "lib/.dockerignore": "log\n",
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)


def _opened(root: Path, **others: str) -> BuildContext:
    contexts = [NamedContext(name, str(root / path)) for name, path in {"lib": "lib", **others}.items()]
    return BuildContext(str(root / "app"), contexts=contexts)


def test_its_own_views(tmp_path: Path) -> None:
    _project(tmp_path)
    context = _opened(tmp_path)
    assert context.transfer_entries == ["a.py"]
    lib = context.named["lib"]
    assert (lib.name, lib.root) == ("lib", str(tmp_path / "lib"))
    assert lib.transfer_entries == [".dockerignore", "Dockerfile.dockerignore", "b.py"]
    assert lib.used_files == [".dockerignore", "Dockerfile.dockerignore", "b.py"]
    assert lib.build_files == (".dockerignore",)
    assert lib.named == {}


def test_the_legacy_builder_has_none(tmp_path: Path) -> None:
    _project(tmp_path)
    lib = _opened(tmp_path).named["lib"]
    assert lib.tree.refusals.keys() == {View.CLASSIC}
    with pytest.raises(ContextError, match="the legacy builder has no named contexts"):
        lib.classic_entries  # noqa: B018 - a property that raises


def test_another_dockerfile_is_planned_for_it(tmp_path: Path) -> None:
    _project(tmp_path)
    lib = _opened(tmp_path).named["lib"].with_dockerfile(b"FROM scratch\nCOPY --from=lib b.py /\n")
    assert lib.used_files == ["b.py"]


@pytest.mark.parametrize("path", ["none", "lib/b.py"])
def test_a_directory_that_is_not_there(tmp_path: Path, path: str) -> None:
    _project(tmp_path)
    with pytest.raises(ContextError, match=r"named context.*\(other\)"):
        _opened(tmp_path, other=path)


def test_the_context_itself_by_a_name(tmp_path: Path) -> None:
    _project(tmp_path)
    (tmp_path / "app/Dockerfile").write_text("FROM scratch\nCOPY --from=src a.py /\n")
    context = _opened(tmp_path, src="app")
    assert context.transfer_entries == []
    assert context.named["src"].used_files == ["a.py"]
    assert context.named["lib"].transfer_entries == []


def test_an_ignore_file_that_nobody_reads(tmp_path: Path) -> None:
    _project(tmp_path)
    (tmp_path / "lib/.dockerignore").write_text("[\n")
    (tmp_path / "app/Dockerfile").write_text("FROM scratch\nCOPY a.py /\n")
    assert _opened(tmp_path).named["lib"].transfer_entries == []
    (tmp_path / "app/Dockerfile").write_text(_DOCKERFILE)
    with pytest.raises(PatternError, match="bad pattern"):
        _opened(tmp_path).named["lib"].transfer_entries  # noqa: B018 - a property that raises


def test_wildcards_that_match_nothing_in_a_directory(tmp_path: Path) -> None:
    _project(tmp_path)
    (tmp_path / "lib/sub").mkdir()
    (tmp_path / "lib/sub/x.py").touch()
    (tmp_path / "app/Dockerfile").write_text("FROM scratch\nCOPY --from=lib . /\nCOPY --from=lib sub/*.js /\n")
    with pytest.raises(ReadError, match=r'source "sub/\*.js" \(sub\) is not in the named context lib; no file in it'):
        _opened(tmp_path).named["lib"].usage.check()


def test_what_another_instruction_asks_for_is_not_there(tmp_path: Path) -> None:
    _project(tmp_path)
    write(tmp_path, {"lib/real/x": "1", "lib/real/y": "2"})
    (tmp_path / "lib/a").symlink_to("real")
    (tmp_path / "lib/b").symlink_to("a")
    text = "FROM scratch\nCOPY --from=lib a/x /\nCOPY --from=lib b /b/\n"
    (tmp_path / "app/Dockerfile").write_text(text)
    named = _opened(tmp_path).named["lib"]
    assert named.files_read == [["real/x"], ["real/x", "real/y"]]
    # In one stage it is one request, in which a link is followed once.
    (tmp_path / "app/Dockerfile").write_text(text.replace("scratch", "lib AS l\nFROM scratch").replace("=lib", "=l"))
    assert _opened(tmp_path).named["lib"].used_files == ["real/x"]


def test_many_requests_are_taken_together(tmp_path: Path) -> None:
    _project(tmp_path)
    write(tmp_path, {f"lib/f{number}": "1" for number in range(50)})
    copies = "".join(f"COPY --from=lib f{number} /\n" for number in range(50))
    (tmp_path / "app/Dockerfile").write_text(f"FROM scratch\n{copies}")
    assert len(_opened(tmp_path).named["lib"].used_files) == 50
