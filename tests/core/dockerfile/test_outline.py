"""What the text of a Dockerfile names, where it cannot be planned."""

import pytest

from ctxopt.core.dockerfile.outline import outline
from ctxopt.core.named_context import NamedContext


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("COPY a b /x/\n", [("a", "b")]),
        ('ADD ["a b", "c", "/x/"]\n', [("a b", "c")]),
        ("copy --chown=1 --link ./a/ /x\n", [("a",)]),
        ("COPY . /x\n", [("/",)]),
        ("COPY dist/$APP/x y$B $C/z /\n", [("dist/*", "y*", "/")]),
        ("COPY ${A:-x} /\n", [("/",)]),
        ("COPY a \\\n  # a comment\n  b \\\r\n  /x/\n", [("a", "b")]),
        ("ONBUILD COPY a /\n", [("a",)]),
        ("COPY a\\ b /\n", [("/",)]),
        ('COPY "a" /\n', [("a",)]),
        ("COPY --from=base a /\nFROM base\n", []),
        ("ADD https://example.com/x a /\n", [("a",)]),
        ("ADD git@example.com:a/b.git /\n", []),
        ("COPY <<EOF /x\nCOPY\n", []),
        ("RUN --mount=type=bind,source=a,target=/a --mount=target=/b make\n", [("a",), ("/",)]),
        ("RUN --mount=source=a/b$X/c,target=/x make\n", [("a",)]),
        ("RUN --mount=type=cache,target=/c --mount=type=secret,id=x make\n", []),
        ("# COPY a /\nENV COPY=a\n", []),
        ("FROM ${NONE}\nFROM x AS\nCOPY a /\nbroken [\n", [("a",)]),
    ],
)
def test_sources(text: str, sources: list[tuple[str, ...]]) -> None:
    plan = outline(text.encode(), "Dockerfile")
    assert [read.sources for read in plan.reads] == sources
    assert [plan.steps[read.step].read for read in plan.reads] == list(range(len(sources)))
    assert plan.uses_context is bool(sources)


def test_lines() -> None:
    (read,) = outline(b"FROM x\nCOPY a \\\n b /\n", "Dockerfile").reads
    assert (read.line, read.end_line, read.kind) == (2, 3, "COPY")


def test_named_contexts() -> None:
    text = "FROM lib\nCOPY a /\nCOPY --from=lib:latest b /\nCOPY --from=$X c /\nRUN --mount=from=lib,source=d x\n"
    plan = outline(
        text.encode(), "Dockerfile", [NamedContext("lib", "/lib"), NamedContext("image", "docker-image://x")]
    )
    assert [read.sources for read in plan.reads] == [("a",)]
    ((name, lib),) = plan.named
    assert name == "lib"
    assert [read.sources for read in lib.reads] == [("/",), ("b",), ("c",), ("d",)]
    assert [lib.steps[read.step].read for read in lib.reads] == [0, 1, 2, 3]


def test_a_great_many_instructions_read_everything() -> None:
    plan = outline(b"COPY a /\n" * 2_001, "Dockerfile")
    assert [read.sources for read in plan.reads] == [("/",)]


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"COPY", b"COPY a", b"COPY [", b"COPY --", b"\\\n" * 9])
def test_odd_texts(text: bytes) -> None:
    assert outline(text, "Dockerfile").reads == ()
