"""What a build reads from its named contexts, and what these replace."""

import pytest

from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.named_context import NamedContext

_LIB = NamedContext("lib", "/work/lib")


def _plan(text: str, *contexts: NamedContext, target: str | None = None) -> Plan:
    return plan(text.encode(), "Dockerfile", target=target, contexts=contexts or (_LIB,))


def _sources(plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    return [(read.kind, read.sources) for read in plan.reads]


def _lib(text: str, *contexts: NamedContext, target: str | None = None) -> Plan:
    """The plan with the reads of the context `lib`."""
    return dict(_plan(text, *contexts, target=target).named)["lib"]


def test_a_copy_from_a_context() -> None:
    text = "FROM scratch\nCOPY a /\nCOPY --from=lib x y /l/\n"
    whole = _plan(text)
    assert _sources(whole) == [("COPY", ("a",))]
    assert whole.follow_paths == ("a",)
    assert whole.images == ()
    assert whole.copies == ()
    lib = dict(whole.named)["lib"]
    assert _sources(lib) == [("COPY", ("x", "y"))]
    assert (lib.follow_paths, lib.uses_context) == (("x", "y"), True)
    (read,) = lib.reads
    assert (read.context, read.line, read.destination, read.reaches_image, read.number) == ("lib", 3, "/l/", True, 0)
    assert [step.read for step in lib.steps] == [None, 0]
    assert [step.read for step in whole.steps] == [0, None]


def test_without_the_context_it_is_an_image() -> None:
    found = plan(b"FROM scratch\nCOPY --from=lib x /\n", "Dockerfile")
    assert [use.name for use in found.images] == ["lib"]
    assert found.named == ()


def test_a_context_that_nothing_reads() -> None:
    lib = _lib("FROM scratch\nCOPY a /\n")
    assert (lib.reads, lib.uses_context) == ((), False)


@pytest.mark.parametrize("name", ["lib:latest", "docker.io/library/lib", "library/lib"])
def test_names_are_compared_as_image_names(name: str) -> None:
    assert _sources(_lib(f"FROM scratch\nCOPY --from={name} x /\n")) == [("COPY", ("x",))]


def test_a_mount() -> None:
    text = (
        "FROM scratch\n"
        "RUN --mount=from=lib,source=s,target=/s --mount=type=cache,from=lib,target=/c --mount=target=/m make\n"
    )
    whole = _plan(text)
    assert _sources(whole) == [("RUN", ("/",))]
    assert _sources(dict(whole.named)["lib"]) == [("RUN", ("s", "/"))]
    assert dict(whole.named)["lib"].follow_paths == ()


def test_from_a_context_takes_all_of_it() -> None:
    lib = _lib("FROM lib\nCOPY a /\n")
    assert _sources(lib) == [("FROM", ("/",))]
    assert lib.follow_paths == ()
    (read,) = lib.reads
    assert read.broad
    assert read.reaches_image
    assert [(step.kind, step.read) for step in lib.steps] == [("FROM", 0), ("COPY", None)]


def test_from_a_context_that_only_copies_take_from() -> None:
    text = "FROM lib AS base\nENV A=1\nFROM scratch\nCOPY --from=base x /\n"
    lib = _lib(text)
    # COPY from the stage fails for what is not sent, so it is a read of its own.
    assert _sources(lib) == [("FROM", ("/",)), ("COPY", ("x",))]
    assert lib.follow_paths == ("x",)
    assert not lib.reads[0].reaches_image


def test_a_run_may_use_all_of_it() -> None:
    text = "FROM lib AS base\nFROM base AS made\nRUN make\nFROM scratch\nCOPY --from=made x /\n"
    assert _lib(text).follow_paths == ()


def test_a_replaced_stage_reads_nothing() -> None:
    text = (
        "FROM golang AS tools\nCOPY t /t\n"
        "FROM golang AS lib\nCOPY big /\nCOPY --from=tools /t /\nRUN make\n"
        "FROM scratch\nCOPY --from=lib out/bin /bin\nCOPY a /\n"
    )
    whole = _plan(text)
    assert _sources(whole) == [("COPY", ("a",))]
    assert [stage.name for stage in whole.stages if stage.needed] == ["lib", ""]
    assert whole.images == ()
    assert whole.copies == ()
    assert _sources(dict(whole.named)["lib"]) == [("COPY", ("out/bin",))]
    # BuildKit asks for what the idle stage names too.
    assert whole.follow_paths == ("a", "t")


def test_from_a_replaced_stage() -> None:
    text = "FROM golang AS lib\nONBUILD COPY fired /\nRUN make\nFROM lib\nCOPY a /\n"
    whole = _plan(text)
    assert _sources(whole) == [("COPY", ("fired",)), ("COPY", ("a",))]
    assert _sources(dict(whole.named)["lib"]) == [("FROM", ("/",))]


def test_a_replaced_target() -> None:
    lib = _lib("FROM golang AS lib\nRUN make\nFROM scratch\n", target="lib")
    assert _sources(lib) == [("FROM", ("/",))]
    assert lib.reads[0].exported


def test_a_replaced_stage_may_come_later() -> None:
    text = "FROM scratch AS a\nCOPY --from=1 x /\nFROM golang AS lib\nFROM a\n"
    assert _sources(_lib(text)) == [("COPY", ("x",))]


def test_a_stage_whose_number_is_named() -> None:
    text = "FROM golang AS lib\nRUN make\nFROM scratch\nCOPY --from=0 x /\n"
    assert _sources(_lib(text)) == [("COPY", ("x",))]


def test_contexts_that_are_no_directories() -> None:
    image = NamedContext("lib", "docker-image://alpine")
    whole = _plan("FROM lib AS a\nCOPY $HOME/x /\nFROM scratch\nCOPY --from=a /y /\nCOPY --from=lib /z /\n", image)
    assert whole.named == ()
    assert whole.images == ()
    assert whole.reads[0].unresolved == {"HOME"}
    assert [copy.source for copy in whole.copies] == [0]


def test_the_variables_of_a_directory_are_known() -> None:
    whole = _plan("FROM lib\nWORKDIR app\nCOPY $HOME/x /\n")
    assert whole.reads[0].unresolved == frozenset()
    assert whole.reads[0].workdir == "/app"
    assert whole.usual_notes == ()


def test_scratch_is_never_replaced() -> None:
    whole = _plan("FROM scratch\nCOPY a /\n", NamedContext("scratch", "/work/lib"))
    assert _sources(dict(whole.named)["scratch"]) == []


def test_unknown_variables_of_a_context() -> None:
    whole = _plan("FROM scratch\nARG X\nCOPY --from=lib $X /\n")
    assert whole.notes == ()
    assert "the value of $X is unknown" in dict(whole.named)["lib"].notes[0]


def test_stages_say_which_context_they_are() -> None:
    whole = _plan("FROM golang AS lib\nFROM lib AS next\nFROM x AS last\n", _LIB, NamedContext("x", "/x"))
    assert [stage.context for stage in whole.stages] == ["lib", "", "x"]
