"""What each builder is sent once a proposal is accepted: computed, and read again after it is written."""

from pathlib import Path

import pytest

from ctxopt.builds.build import Build
from ctxopt.builds.discovery import Request
from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.build_context import BuildContext
from ctxopt.proposal.applied import with_proposal, with_proposed_files
from ctxopt.proposal.model import Level
from ctxopt.proposal.propose import propose
from ctxopt.reports.cost.estimate import estimate
from ctxopt.reports.cost.model import Rates
from ctxopt.reports.preview import preview
from ctxopt.reports.savings import Proposals
from ctxopt.treemap.build import build_treemap
from tests.proposal.support import FROM, accept
from tests.support.files import Files, write

_NARROW: Files = {"Dockerfile": FROM + "COPY a /\n", **dict.fromkeys("abx", 100)}
_CASES: dict[str, tuple[str, Files]] = {
    "shared": ("Dockerfile", _NARROW),
    "own": (
        "b.Dockerfile",
        {**_NARROW, "b.Dockerfile": FROM + "COPY b /\n", "b.Dockerfile.dockerignore": "x\n"},
    ),
    "podman": (
        "Containerfile",
        {**_NARROW, "Containerfile": FROM + "COPY b /\n", "Containerfile.dockerignore": "x\n"},
    ),
    "podman alone": ("Containerfile", {"Containerfile": FROM + "COPY a /\n", "a": 100, "b": 100}),
    "containerignore": (
        "Containerfile",
        {**_NARROW, "Containerfile": FROM + "COPY b /\n", ".containerignore": "x\n"},
    ),
    "own containerignore": (
        "Containerfile",
        {**_NARROW, "Containerfile": FROM + "COPY b /\n", "Containerfile.containerignore": "x\n"},
    ),
}


@pytest.mark.parametrize(("dockerfile", "files"), _CASES.values(), ids=_CASES)
def test_it_is_what_the_builders_are_sent_once_it_is_written(dockerfile: str, files: Files, tmp_path: Path) -> None:
    root, path = str(write(tmp_path, files)), str(tmp_path / dockerfile)
    proposal = propose(root, Request((path,)))
    assert any(file.changes for file in proposal.files)
    context = BuildContext(root, path)
    computed = with_proposal(context, proposal, with_proposed_files(walk_unfiltered(root), proposal))
    cost = estimate(Proposals(lambda _: Request((path,))).savings(context, "ctxopt generate"), Rates(1, None))
    after = {
        view.builder: view.sent.size
        for view in build_treemap(preview(Build("", root, path))).views
        if view.level is Level.PROVEN
    }
    accept(proposal)
    written = BuildContext(root, path)
    assert computed.buildkit_entries == written.buildkit_entries
    assert computed.classic_entries == written.classic_entries
    assert computed.transfer_entries == written.transfer_entries
    assert cost.buildkit.after is not None
    assert cost.classic.after is not None
    sent = {
        "BuildKit": _size(tmp_path, written.transfer_entries),
        "classic": _size(tmp_path, written.classic_entries),
    }
    assert {"BuildKit": cost.buildkit.after.build.size, "classic": cost.classic.after.build.size} == sent
    assert after == sent


def _size(root: Path, entries: list[str]) -> int:
    return sum((root / entry).stat().st_size for entry in _files(entries))


def _files(entries: list[str]) -> set[str]:
    return {entry for entry in entries if not entry.endswith("/")}
