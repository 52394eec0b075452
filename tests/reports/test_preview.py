"""What the proposals of a report have in common."""

from pathlib import Path

import pytest

from ctxopt.builds.discovery import Request
from ctxopt.evidence.model import Judgement
from ctxopt.proposal import propose
from ctxopt.proposal.judged import GitKnowledge, judged
from ctxopt.proposal.model import Level
from ctxopt.proposal.trials import Trials
from ctxopt.reports.preview import known_of
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
