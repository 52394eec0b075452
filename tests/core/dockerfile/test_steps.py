"""The instructions of the stages that a target needs, and where each of them works."""

import pytest

from ctxopt.core.dockerfile.model import Step
from ctxopt.core.dockerfile.plan import plan


def steps(text: str, target: str | None = None) -> tuple[Step, ...]:
    return plan(text.encode(), "Dockerfile", target=target).steps


def step(instruction: str) -> Step:
    (found,) = steps(f"FROM scratch\n{instruction}\n")
    return found


def test_those_of_needed_stages_in_order() -> None:
    text = "ARG V\nFROM scratch AS a\nENV x=y\nFROM scratch AS b\nRUN b\nFROM a\nCOPY --from=a / /\nUSER u\n"
    assert [(one.stage, one.kind, one.line) for one in steps(text)] == [(0, "ENV", 3), (2, "COPY", 7), (2, "USER", 8)]
    assert [one.kind for one in steps(text, "b")] == ["RUN"]


def test_triggers_have_the_line_of_the_from_that_fires_them() -> None:
    text = "FROM scratch AS a\nONBUILD RUN x \\\n y\nONBUILD RUN <<E\nz\nE\nFROM a\nRUN w\n"
    assert [(one.stage, one.kind, one.line, one.text) for one in steps(text)] == [
        (1, "RUN", 7, "x  y"),
        (1, "RUN", 7, "z\n"),
        (1, "RUN", 8, "w"),
    ]


@pytest.mark.parametrize(
    ("instruction", "text", "words", "shell"),
    [
        ("RUN --network=none  a $B \\\n  && c", "a $B   && c", None, True),
        ('RUN ["a", "b c"]', '["a", "b c"]', ("a", "b c"), False),
        ("CMD a b", "a b", None, True),
        ('CMD ["a"]', '["a"]', ("a",), False),
        ("ENTRYPOINT a", "a", None, True),
        ('SHELL ["a", "-c"]', '["a", "-c"]', ("a", "-c"), False),
        ("HEALTHCHECK --interval=5s cmd  a  b", "a  b", None, True),
        ('HEALTHCHECK CMD ["a", "b"]', '["a", "b"]', ("a", "b"), False),
        ("HEALTHCHECK NONE", "NONE", None, False),
        ("COPY --link a  b /c/", "a  b /c/", None, False),
        ('COPY ["a b", "/c/"]', '["a b", "/c/"]', ("a b", "/c/"), False),
        ("ENV a=b c='d e'", "a=b c='d e'", None, False),
        ("COPY <<A <<'B' /c/\na\nA\n$b\nB", "<<A <<'B' /c/\na\nA\n$b\nB", None, False),
        ("RUN <<E\na\nb\nE", "a\nb\n", None, True),
        ("RUN <<-E\n\ta\n\t\tb\n\tE", "a\nb\n", None, True),
        ("RUN <<E cat\na\nE", "<<E cat\na\nE", None, True),
        ("RUN a <<E <<F\nb\nE\nc\nF", "a <<E <<F\nb\nE\nc\nF", None, True),
        ("RUN <<E\n#!/bin/bash -e\na\nE", "#!/bin/bash -e\na\n", None, True),
        ("RUN <<E\n#!/usr/bin/env -S bash\na\nE", "#!/usr/bin/env -S bash\na\n", None, True),
        ("RUN <<E\n#!/usr/bin/env python3\na\nE", "#!/usr/bin/env python3\na\n", None, False),
    ],
)
def test_text(instruction: str, text: str, words: tuple[str, ...] | None, shell: bool) -> None:
    found = step(instruction)
    assert (found.text, found.words, found.shell) == (text, words, shell)


def test_the_escape_character_of_the_file() -> None:
    assert steps("# escape=`\nFROM scratch\nRUN a `\n b\n")[0].text == "a  b"


def test_where_instructions_work() -> None:
    text = "FROM image AS a\nRUN a\nWORKDIR b\nRUN b\nWORKDIR /c\nCOPY x .\nWORKDIR ../d\nADD x .\nARG X\nWORKDIR $X\n"
    text += "RUN --mount=target=m c\nFROM a\nRUN d\nFROM scratch\nRUN e\nCOPY --from=1 / /\n"
    planned = plan(text.encode(), "Dockerfile")
    assert [(one.kind, one.workdir) for one in planned.steps] == [
        ("RUN", None),
        ("WORKDIR", None),
        ("RUN", None),
        ("WORKDIR", None),
        ("COPY", "/c"),
        ("WORKDIR", "/c"),
        ("ADD", "/d"),
        ("ARG", "/d"),
        ("WORKDIR", "/d"),
        ("RUN", None),
        ("RUN", None),
        ("RUN", "/"),
        ("COPY", "/"),
    ]
    assert [(read.destination, read.workdir) for read in planned.reads] == [(".", "/c"), (".", "/d"), ("m", None)]
    assert [stage.parent for stage in planned.stages] == [None, 0, None]


def test_a_stage_starts_in_the_directory_of_its_parent() -> None:
    found = steps("FROM image AS a\nWORKDIR /a\nFROM a\nWORKDIR b\nRUN c\n")
    assert [one.workdir for one in found] == [None, "/a", "/a/b"]
