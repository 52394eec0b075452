"""What speaks against a text of an ignore file."""

from pathlib import Path

from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.proposal.keep import KeepMap
from ctxopt.proposal.proof import objections
from tests.proposal.support import FROM
from tests.support.files import write


def _objections(root: Path, text: bytes) -> list[str]:
    tree = walk_unfiltered(str(root))
    before = BuildContext(str(root), unfiltered=tree)
    after = before.with_ignore_file(SourceFile(".dockerignore", text), ".dockerignore", tree)
    return list(objections(before, after, KeepMap(tree, [], classic=True)))


def test_an_instruction_that_only_the_legacy_builder_fails_on(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY *.txt /\n", "a.txt": 1, "b": 1})
    (found,) = _objections(tmp_path, b"*.txt\n")
    assert found.endswith(", with the legacy builder")
    assert _objections(tmp_path, b"b\n") == []


def test_an_instruction_that_it_fails_on_today(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY *.none /\n", "b": 1})
    assert _objections(tmp_path, b"b\n") == []
