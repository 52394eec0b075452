"""Plans of several targets of one Dockerfile are those that each target has by itself."""

from collections.abc import Callable
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core.dockerfile import plan as planning
from ctxopt.core.dockerfile.lint_options import LintOptions
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.dockerfile.planning.targets import DockerfileRequest
from ctxopt.errors import CtxoptError
from tests.support.steps import assert_linear, lines_run

_LINES = (
    "COPY a /x/",
    "COPY --from={other} /x /y",
    "COPY --from=busybox /x /y",
    "COPY --from={number} /x /y",
    "RUN --mount=type=bind,target=/m --mount=type=bind,from={other},target=/n make",
    "RUN --mount=type=bind,source=$V,target=/m make",
    "ONBUILD COPY b /b",
    "ONBUILD COPY --from={other} /b /b",
    "ONBUILD COPY --from=Bad /b /b",
    "ONBUILD ADD",
    "ARG V=c",
    "ARG TARGETARCH",
    "ENV V=$V/d W=${{W:?none}}",
    "ENV V=$V/d",
    "COPY $V $U /v/",
    "COPY --exclude=$V . /v/",
    "ADD https://example.com/a /a",
    "ADD a https://example.com/$V /a/",
    "WORKDIR sub$V",
    "COPY . $V",
    "STOPSIGNAL nothing",
    "EXPOSE none",
    "CMD echo $V",
)
_BASES = ("scratch", "debian", "{other}", "$B", "Bad", "python:3-onbuild", "base-$TARGETSTAGE")


@st.composite
def _dockerfiles(draw: st.DrawFn) -> tuple[str, list[str]]:
    count = draw(st.integers(2, 5))
    bases = st.sampled_from(_BASES[:4]) if draw(st.booleans()) else st.sampled_from(_BASES)
    lines = st.sampled_from(_LINES[:8] + _LINES[10:19]) if draw(st.booleans()) else st.sampled_from(_LINES)
    text = "ARG B=debian\n"
    for number in range(count):
        other = draw(st.integers(0, max(number - 1, 0))) if draw(st.booleans()) else max(number - 1, 0)
        names = {"other": f"s{other}" if number else "scratch", "number": other}
        text += f"FROM {draw(bases).format(**names)} AS s{number}\n"
        text += "".join(f"{line.format(**names)}\n" for line in draw(st.lists(lines, max_size=4)))
    return text, [f"s{number}" for number in range(count)]


def _outcome(call: Callable[[], Plan]) -> object:
    try:
        found = call()
    except CtxoptError as error:
        return str(error), error.hint
    # The numbers and places of reads, copies and downloads are no part of how they compare.
    return found, [[astuple(one) for one in part] for part in (found.reads, found.copies, found.downloads)]


@given(
    _dockerfiles(),
    st.sampled_from((None, "linux/arm64")),
    st.sampled_from(((), ("B",), ("*",))),
    st.sampled_from(({}, {"V": "given"})),
)
def test_the_plans_of_all_targets_are_those_of_each(
    dockerfile: tuple[str, list[str]], platform: str | None, unknown: tuple[str, ...], arguments: dict[str, str]
) -> None:
    text, names = dockerfile
    data = text.encode()
    asked = DockerfileRequest(data, "Dockerfile", tuple(arguments.items()), platform, (), False, unknown)
    planning._plans_of.cache_clear()
    for target in [*names, None, "missing", *names[::-1]]:
        for every_stage in (False, True):
            together = _outcome(
                lambda target=target, every_stage=every_stage: plan(  # type: ignore[misc] # a lambda with defaults
                    data,
                    "Dockerfile",
                    target=target,
                    build_args=arguments,
                    platform=platform,
                    unknown_args=unknown,
                    every_stage=every_stage,
                )
            )
            alone = _outcome(
                lambda target=target, every_stage=every_stage: planning._planned_alone(  # type: ignore[misc]
                    asked, target, every_stage, LintOptions()
                )
            )
            assert together == alone, (text, target, every_stage)


def _all_targets(text: str, count: int) -> Callable[[], object]:
    def call() -> None:
        planning._plans_of.cache_clear()
        for number in range(count):
            try:
                plan(text.encode(), "Dockerfile", target=f"s{number}")
            except CtxoptError:
                continue

    return call


@pytest.mark.parametrize(
    "stage", ["FROM scratch AS s{}\nCOPY a$V /x/\n", "FROM debian AS s{}\nRUN make\nADD a b https://a/b /x/\n"]
)
@pytest.mark.parametrize("end", ["", "FROM Bad\n", "FROM scratch\nSTOPSIGNAL none\n", "FROM scratch\nCOPY\n"])
def test_as_many_targets_as_stages_are_no_product(stage: str, end: str) -> None:
    assert_linear(lambda size: _all_targets("".join(stage.format(i) for i in range(size)) + end, size), 60, margin=2000)


def test_a_target_that_decides_what_is_run_is_planned_by_itself() -> None:
    text = b"FROM scratch AS s0\nARG TARGETSTAGE\nCOPY $TARGETSTAGE /\nFROM s0 AS s1\n"
    for target in ("s0", "s1", "s0"):
        assert plan(text, "Dockerfile", target=target).reads[0].sources == (target,)


def test_the_same_target_is_planned_once() -> None:
    text = "FROM scratch AS s0\n" + "COPY a /\n" * 100
    planning._plans_of.cache_clear()
    once = lines_run(lambda: plan(text.encode(), "Dockerfile", target="s0"))
    assert lines_run(lambda: plan(text.encode(), "Dockerfile", target="s0")) < once / 5
