"""Values that the manuals of a repository name."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.evidence import operation
from tests.support.files import write


@pytest.mark.parametrize(("text", "count"), [("`KEY` is `changeme`", 1), ("KEY\nchangeme", 0), ("KEY=changeme2", 0)])
def test_a_default_that_a_manual_names(tmp_path: Path, text: str, count: int) -> None:
    write(
        tmp_path, {"README.md": f"{text}\n", "app/Dockerfile": "FROM scratch\n", ".git/HEAD": "ref: refs/heads/main\n"}
    )
    build = BuildContext(str(tmp_path / "app"))
    assert operation.is_documented(build, "KEY", "changeme") == bool(count)


def test_a_dockerfile_in_the_root_of_the_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The root is its own parent."""
    build = BuildContext(str(write(tmp_path, {"Dockerfile": "FROM scratch\n"})))
    build.root = tmp_path.anchor
    asked: list[str] = []

    def entries(directory: str, _: int) -> tuple[()]:
        asked.append(directory)
        assert asked.count(tmp_path.anchor) < 10, "it does not end"
        return ()

    monkeypatch.setattr(operation, "top_of", lambda _: tmp_path.anchor)
    monkeypatch.setattr(operation, "_entries", entries)
    assert not operation.is_documented(build, "KEY", "changeme")
    assert tmp_path.anchor in asked
