"""The recorded answers of BuildKit (see `tests/live_refusals.py`) to values that it parses itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from ctxopt.core.dockerfile.plan import plan
from ctxopt.errors import DockerfileError
from tests.support.refusals import dockerfiles

_RECORDED = json.loads((Path(__file__).parents[2] / "data" / "refusals.json").read_text(encoding="utf-8"))


def _is_refused(dockerfile: str) -> bool:
    try:
        plan(dockerfile.encode(), "Dockerfile")
    except DockerfileError:
        return True
    return False


def test_all_are_recorded() -> None:
    assert [one["dockerfile"] for one in _RECORDED] == list(dockerfiles())


@pytest.mark.parametrize("one", _RECORDED, ids=lambda one: one["dockerfile"])
def test_what_buildkit_refuses_is_refused(one: dict[str, str | None]) -> None:
    text = one["dockerfile"]
    assert text is not None
    assert _is_refused(text) is (one["error"] is not None), one["error"]


@pytest.mark.parametrize(
    "text",
    [
        # Of a variable whose value is not known here nobody knows what comes of it.
        "FROM alpine\nEXPOSE $PORT\nSTOPSIGNAL $SIGNAL\nVOLUME $PATHS",
        "FROM alpine\nARG MODE\nCOPY --chmod=$MODE a /",
        "FROM --platform=$BUILDPLATFORM alpine",
        "FROM scratch AS unused\nEXPOSE abc\nFROM scratch",
        "FROM scratch\nRUN --security=insecure true",
    ],
)
def test_what_is_not_known_or_not_built_is_not_refused(text: str) -> None:
    assert not _is_refused(text)


@pytest.mark.parametrize("instruction", ["EXPOSE $X", "STOPSIGNAL $X", "COPY --chmod=$X a /"])
def test_a_value_that_is_given_is_not_shown(instruction: str) -> None:
    text = f"FROM scratch\nARG X\n{instruction}\n".encode()
    with pytest.raises(DockerfileError, match=r"\$X is not valid with the arguments that are given") as caught:
        plan(text, "Dockerfile", build_args={"X": "p4ss!"})
    assert "p4ss" not in str(caught.value)


@pytest.mark.parametrize(
    ("syntax", "refused"),
    [
        ("", True),
        ("# syntax=docker/dockerfile:1\n", True),
        ("# syntax=docker/dockerfile\n", True),
        ("# syntax=mirror.test/docker/dockerfile:1.20.0\n", True),
        ("# syntax=docker/dockerfile:1-labs\n", False),
        ("# syntax=docker/dockerfile-upstream:master\n", False),
    ],
)
def test_devices_are_only_in_the_labs(syntax: str, refused: bool) -> None:
    assert _is_refused(f"{syntax}FROM scratch\nRUN --device=a true\n") is refused
    assert not _is_refused(f"{syntax}FROM scratch AS unused\nRUN --device=a true\nFROM scratch\n")


def test_options_of_the_lint_rules_as_an_argument() -> None:
    with pytest.raises(DockerfileError, match="BUILDKIT_DOCKERFILE_CHECK has an invalid option"):
        plan(b"FROM scratch\n", "Dockerfile", build_args={"BUILDKIT_DOCKERFILE_CHECK": "p4ss"})
    # The argument takes the place of the directive.
    plan(b"# check=error=x\nFROM scratch\n", "Dockerfile", build_args={"BUILDKIT_DOCKERFILE_CHECK": "skip=all"})


@pytest.mark.parametrize("one", _RECORDED, ids=lambda one: one["dockerfile"])
def test_the_same_lint_rules_are_violated(one: dict[str, Any]) -> None:
    if one["error"] is not None and not one["error"].startswith("lint violation"):
        return
    data = one["dockerfile"].encode()
    options = {} if b"check=" in data else {"BUILDKIT_DOCKERFILE_CHECK": "error=true"}
    found: list[str] = []
    try:
        plan(data, "Dockerfile", build_args=options)
    except DockerfileError as error:
        found = error.problem.rpartition(": ")[2].split(", ")
    assert found == (one["lint"] if options or one["error"] else [])


@pytest.mark.parametrize(
    "comment", ["check=skip=all", "check=skip=JSONArgsRecommended", " check=skip=a,JSONArgsRecommended"]
)
def test_a_comment_above_an_instruction_skips_lint_rules_for_it(comment: str) -> None:
    """Newer than the engine of the recorded answers."""
    text = "# check=error=true\nFROM scratch\n#{}\nCMD a\n{}"
    assert not _is_refused(text.format(comment, ""))
    assert _is_refused(text.format(comment, "ENTRYPOINT a\n"))
    assert _is_refused(text.format("check=skip=x=y;z", ""))


@pytest.mark.parametrize("skip", ["all", "JSONArgsRecommended", "a, JSONArgsRecommended"])
def test_lint_rules_that_are_skipped_are_not_violated(skip: str) -> None:
    options = {"BUILDKIT_DOCKERFILE_CHECK": f"skip={skip};error=true"}
    plan(b"FROM scratch\nCMD a\n", "Dockerfile", build_args=options)


def test_what_depends_on_an_image_violates_no_lint_rule() -> None:
    text = b"# check=error=true\nFROM alpine\nUSER $UID\nWORKDIR $HOME\n"
    plan(text, "Dockerfile")


def test_neither_podman_nor_the_legacy_builder_has_lint_rules() -> None:
    text = b"# check=error=true\nFROM scratch\nCMD a\n"
    plan(text, "Containerfile", podman=True)
    plan(text, "Dockerfile", every_stage=True)
