"""Issues for GitLab's Code Quality: what it requires, and fingerprints that tell them apart."""

import json

from hypothesis import given, settings

from ctxopt.annotations.model import Annotation, Annotations, Level
from ctxopt.render import gitlab
from tests.render.support import ANY, RULES
from tests.support.inert import assert_inert


def test_the_form() -> None:
    item = Annotation("build-fails", Level.ERROR, "gone", "api/Dockerfile", 3)
    text = gitlab.render(Annotations("ctxopt check", (), RULES, (item, item)))
    first, second = json.loads(text)
    assert first["fingerprint"] != second["fingerprint"]
    del first["fingerprint"]
    assert first == {
        "description": "gone",
        "check_name": "build-fails",
        "severity": "critical",
        "location": {"path": "api/Dockerfile", "lines": {"begin": 3}},
    }


def test_an_issue_stays_the_same_where_lines_are_added_above() -> None:
    texts = [
        gitlab.render(Annotations("", (), RULES, (Annotation("build-fails", Level.ERROR, "gone", "Dockerfile", line),)))
        for line in (3, 8)
    ]
    assert json.loads(texts[0])[0]["fingerprint"] == json.loads(texts[1])[0]["fingerprint"]


@given(ANY)
@settings(max_examples=50)
def test_every_issue_is_one_that_gitlab_reads(annotations: Annotations) -> None:
    text = gitlab.render(annotations)
    assert_inert(text, "gitlab")
    assert text.isascii()
    issues = json.loads(text)
    assert len(issues) == len(annotations.items) + len(annotations.unchecked)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        assert issue["location"]["path"]
