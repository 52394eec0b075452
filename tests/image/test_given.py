"""What ENV and ARG give to each step, with and without copies of it."""

from hypothesis import given as examples
from hypothesis import strategies as st

from ctxopt.core.dockerfile.plan import plan
from ctxopt.image.given import ASSIGNED, given

_LINE = st.sampled_from(
    ["ENV a=1", "ENV a=2 b=3", "ARG b=4", "RUN x", "ENV c 5", "FROM s0 AS {}", "FROM scratch AS {}"]
)


@examples(st.lists(_LINE, max_size=14))
def test_each_step_has_the_texts_before_it(lines: list[str]) -> None:
    stages = iter(range(1, 100))
    text = "FROM scratch AS s0\n" + "".join(
        f"{line.format(f's{next(stages)}') if 'FROM' in line else line}\n" for line in lines
    )
    planned = plan(f"{text}FROM scratch\n".encode(), "Dockerfile")
    parents = {stage.number: stage.parent for stage in planned.stages}
    texts: dict[int, list[str]] = {}
    for step, found in zip(planned.steps, given(planned), strict=True):
        parent = parents[step.stage]
        now = texts.setdefault(step.stage, list(texts.get(parent, ())) if parent is not None else [])
        assert list(found) == now
        assert found[-3:] == now[-3:]
        values = [pair for text in now for pair in ASSIGNED.findall(text)]
        for name in "abc":
            assert found.mentions(name) == any(name in text for text in now)
            assert found.values_of(name) == list(dict.fromkeys(value for key, value in values if key == name))
        if step.kind in ("ENV", "ARG"):
            now.append(step.text)
