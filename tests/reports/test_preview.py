"""What the proposals of a report have in common."""

from pathlib import Path

import pytest

from ctxopt.builds.build import Build
from ctxopt.builds.discovery import Request
from ctxopt.evidence.model import Judgement
from ctxopt.proposal import propose
from ctxopt.proposal.judged import GitKnowledge, judged
from ctxopt.proposal.model import Level
from ctxopt.proposal.trials import Trials
from ctxopt.reports.preview import known_of, preview
from ctxopt.treemap.builder_view import BuilderView
from ctxopt.treemap.builder_view import decided as decided_by
from tests.proposal.support import FROM, some
from tests.support.files import write


def test_the_evidence_for_both_levels_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", ".git/HEAD": "ref: refs/heads/main\n", **some("docs", "x.md")})
    asked = []

    def counted(trials: Trials, git: GitKnowledge) -> Judgement:
        asked.append(trials.group.name)
        return judged(trials, git)

    monkeypatch.setattr(propose, "judged", counted)
    known = known_of(str(tmp_path), Request())
    assert [one.level for one in known.proposals] == [Level.LIKELY]
    assert known.proposal is not None
    assert known.proposal.level is Level.PROVEN
    assert asked == [".dockerignore"]


def test_nothing_is_decided_in_a_directory_that_is_ignored(tmp_path: Path) -> None:
    files = {"Dockerfile": FROM + "COPY . /\n", ".dockerignore": "data\n", "src/.DS_Store": "x", **some("docs", "x.md")}
    write(tmp_path, {**files, "data/a/b.bin": "b", "data/c.bin": "c"})
    shown = preview(Build("", str(tmp_path), None))
    assert [one.level for one in shown.decisions] == [None, None, Level.LIKELY, Level.LIKELY]
    for one in shown.decisions:
        assert not any(directory.path.startswith("data") for directory in one.tree.directories())
    view = BuilderView.over(shown.tree, shown.decisions[0])
    (decided,) = decided_by(shown.tree, [view])
    data = shown.tree.by_path["data"]
    assert (bytes(view.flags(data)), decided["data"], decided["data/a"]) == (bytes(2), 0, 0)
