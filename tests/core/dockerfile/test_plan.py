"""Stages, variables, targets, and the reads they lead to."""

from typing import Any

import pytest

from ctxopt import DockerfileError, Plan
from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.dockerfile.references import is_git


def of(text: str, **options: Any) -> Plan:
    return plan(text.encode(), "Dockerfile", **options)


def sources(text: str, **options: Any) -> list[tuple[str, ...]]:
    return [read.sources for read in of(text, **options).reads]


def test_only_needed_stages_are_read() -> None:
    text = "FROM scratch AS a\nCOPY a /\nFROM scratch AS b\nCOPY b /\nFROM scratch\nCOPY --from=a / /\nCOPY c /\n"
    assert sources(text) == [("a",), ("c",)]
    assert sources(text, target="B") == [("b",)]
    result = of(text)
    assert [(stage.label, stage.needed, stage.exported) for stage in result.stages] == [
        ("a", True, False),
        ("b", False, False),
        ("stage-2", True, True),
    ]
    assert [read.exported for read in result.reads] == [False, True]


def test_stages_are_found_by_name_and_number_and_extended() -> None:
    text = "FROM scratch AS base\nCOPY x /\nFROM base AS next\nCOPY y /\nFROM scratch\nCOPY --from=1 / /\n"
    result = of(text)
    assert [read.sources for read in result.reads] == [("x",), ("y",)]
    assert result.follow_paths == ("x", "y")


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("COPY a b /d/", ("a", "b")),
        ("ADD a https://example.com/x.tgz /d/", ("a",)),
        ("ADD git@github.com:a/b.git c /d/", ("c",)),
        ("ADD https://example.com/a.git#main c /d/", ("c",)),
        ('COPY ["a b", "/d/"]', ("a b",)),
        ("COPY <<EOF a /d/\nb\nEOF", ("a",)),
        ("RUN --mount=target=/m x", ("/",)),
        ("RUN --mount=type=bind,src=a,dst=/m --mount=type=cache,target=/c x", ("a",)),
        ('RUN --mount=type=bind,\\"source=a,b\\",target=/m x', ("a,b",)),
    ],
)
def test_what_is_read(instruction: str, expected: tuple[str, ...]) -> None:
    assert sources(f"FROM scratch\n{instruction}\n") == [expected]


@pytest.mark.parametrize(
    "instruction",
    [
        "ADD https://example.com/x.tgz /d/",
        "COPY <<EOF /d/\nCOPY a b\nEOF",
        "RUN <<EOF\nCOPY a b\nEOF",
        "RUN --mount=type=secret,id=x --mount=type=ssh x",
        "RUN --mount=type=bind,from=other,target=/m x",
        "COPY --from=busybox / /",
    ],
)
def test_what_reads_nothing(instruction: str) -> None:
    result = of(f"FROM scratch\n{instruction}\n")
    assert result.reads == ()
    assert not result.uses_context
    assert result.follow_paths == ()


def test_flags() -> None:
    (read,) = of("FROM scratch AS s\nCOPY --exclude=*.md --exclude=x --parents --link a/./b /d/\n").reads
    assert (read.excludes, read.parents, read.destination) == (("*.md", "x"), True, "/d/")
    assert (read.stage_label, read.line, read.reaches_image) == ("s", 2, True)


def test_a_bind_mount_never_reaches_the_image() -> None:
    (read,) = of("FROM scratch\nRUN --mount=target=/m x\n").reads
    assert read.exported
    assert not read.reaches_image


def test_everything_is_wanted_when_one_source_is_the_root() -> None:
    result = of("FROM scratch\nCOPY a /\nCOPY x/.. /\n")
    assert (result.uses_context, result.follow_paths) == (True, ())
    # A tmpfs counts as wanting everything, as soon as something else uses the context.
    assert of("FROM scratch\nRUN --mount=type=tmpfs,target=/t x\nCOPY a /\n").follow_paths == ()
    assert not of("FROM scratch\nRUN --mount=type=tmpfs,target=/t x\n").uses_context


def test_variables() -> None:
    text = "ARG A=x\nFROM scratch\nARG A\nARG B=${A}y\nENV C=$B/z D='$A'\nCOPY $A $B ${C#*/} ${D} ${E:-e} /d/\n"
    assert sources(text) == [("x", "xy", "z", "$A", "e")]
    assert sources(text, build_args={"A": "1", "E": "not declared"}) == [("1", "1y", "z", "$A", "e")]


def test_global_arguments_are_not_seen_in_stages_that_do_not_ask() -> None:
    assert sources("ARG A=x\nFROM scratch\nCOPY a$A /d/\n") == [("a",)]


def test_an_argument_without_value_is_reported() -> None:
    result = of("FROM scratch\nARG DIR\nCOPY $DIR/a /d/\n")
    assert result.reads[0].unresolved == {"DIR"}
    assert "Dockerfile:3: the value of $DIR is unknown" in result.notes[0]
    assert not of("FROM scratch\nARG DIR\nCOPY $DIR/a /d/\n", build_args={"DIR": "x"}).reads[0].unresolved
    assert not of("FROM scratch\nCOPY $DIR/a /d/\n").reads[0].unresolved


def test_doubt_is_handed_on() -> None:
    (read,) = of("FROM scratch\nARG A\nENV B=x$A\nCOPY $B /d/\n").reads
    assert read.unresolved == {"B"}
    (read,) = of("FROM scratch\nARG A\nENV A=known\nCOPY $A /d/\n").reads
    assert (read.sources, read.unresolved) == (("known",), frozenset())


def test_a_base_image_may_set_any_variable() -> None:
    (read,) = of("FROM node:22\nCOPY $NODE_DIR/x /d/\n").reads
    assert read.unresolved == {"NODE_DIR"}


def test_platform_arguments() -> None:
    text = "FROM scratch\nARG TARGETARCH\nCOPY bin/$TARGETARCH /d/\n"
    assert of(text).reads[0].unresolved == {"TARGETARCH"}
    (read,) = of(text, platform="linux/arm64").reads
    assert (read.sources, read.unresolved) == (("bin/arm64",), frozenset())
    assert sources(text, build_args={"TARGETARCH": "mine"}) == [("bin/mine",)]


def test_onbuild_fires_in_the_next_stage() -> None:
    text = "FROM scratch AS a\nONBUILD COPY --from=c / /\nONBUILD COPY x /\n"
    text += "FROM scratch AS c\nCOPY y /\nFROM a\nCOPY z /\n"
    result = of(text)
    assert [(read.sources, read.line, read.trigger) for read in result.reads] == [
        (("y",), 5, False),
        (("x",), 6, True),
        (("z",), 7, False),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("COPY a b\n", "Dockerfile:1: COPY before the first FROM"),
        ("ARG x\n", "no stage to build"),
        ("FROM a\nCOPPY a b\n", "unknown instruction COPPY .did you mean COPY"),
        ("FROM a\nCOPY a\n", "Dockerfile:2: COPY needs at least one source"),
        ("FROM a\nCOPY --form=x a b\n", "unknown flag --form .did you mean from"),
        ("FROM a\nCOPY --from=x --from=y a b\n", "--from is given twice"),
        ("FROM a\nCOPY --link=maybe a b\n", "takes true or false"),
        ("FROM a\nCOPY --chown a b\n", "--chown needs a value"),
        ("FROM a\nCOPY --from=$x a b\n", "--from takes no variables"),
        ("FROM a\nCOPY --from=7 a b\n", "no stage number 7"),
        ("FROM a\nCOPY https://x/y /\n", "use ADD"),
        ("FROM a AS 1x\n", "invalid stage name"),
        ("FROM a b\n", "FROM takes an image"),
        ("ARG TAG\nFROM a:$TAG\n", '"a:" is neither a stage nor a valid image name; a:.TAG may want a --build-arg'),
        ("FROM UPPER\n", '"UPPER" is neither a stage nor a valid image name'),
        ("ARG B\nFROM $B\n", "is blank; give the argument a default"),
        ("FROM --platform=$X a\n", "platform .* is empty"),
        ("FROM a AS x\nCOPY --from=x a b\n", "copies from itself"),
        ("FROM a AS x\nCOPY --from=y a b\nFROM a AS y\nFROM x\n", "comes later"),
        ("FROM scratch\nCOPY ${x:?gone} b\n", "x: gone"),
        ("FROM a\nENV =x\n", "empty name"),
        ("FROM a\nSHELL x\n", "SHELL takes a JSON array"),
        ("FROM a\nONBUILD FROM x\n", "not allowed as an ONBUILD trigger"),
        ("FROM a\nHEALTHCHECK FOO\n", "unknown HEALTHCHECK type"),
        ("FROM a\nWORKDIR\n", "exactly one argument"),
        ("FROM a\nRUN --mount=type=bnd x\n", "unknown mount type 'bnd' .did you mean bind"),
        ("FROM a\nRUN --mount=sorce=x,target=/m x\n", "unknown mount option 'sorce'"),
        ("FROM a\nRUN --mount=source x\n", "needs a value"),
        ('FROM a\nRUN --mount="a x\n', "bare|quoted|needs a value"),
        ("FROM scratch\nRUN --mount=type=bind x\n", "needs a target"),
        ("FROM a\nADD --checksum=sha256:x a /\n", "--checksum goes with one"),
        ("FROM a\nCOPY a <<EOF\nEOF\n", "here-document as its destination"),
    ],
)
def test_errors_give_location_problem_and_fix(text: str, problem: str) -> None:
    with pytest.raises(DockerfileError, match=problem) as caught:
        of(text, target="y" if "comes later" in problem and "FROM x" not in text else None)
    assert "\n" not in str(caught.value)


def test_an_unknown_target_names_the_stages() -> None:
    with pytest.raises(DockerfileError, match=r'no stage "biuld" .did you mean build.*the stages are build, test'):
        of("FROM a AS build\nFROM a AS test\n", target="biuld")
    with pytest.raises(DockerfileError):
        of("FROM a AS build\n", target="0")


def test_only_the_source_of_a_mount_decides_what_it_reads() -> None:
    read = of("FROM lambda\nRUN --mount=source=a,target=${ROOT}/a x\n").reads[0]
    assert (read.sources, read.unresolved) == (("a",), frozenset())
    read = of("FROM lambda\nRUN --mount=source=$ROOT,target=/a x\n").reads[0]
    assert read.unresolved == {"ROOT"}


@pytest.mark.parametrize(
    "line",
    [
        "RUN --mount=type=cache,target=/c,uid=$APP_UID x",
        "WORKDIR /\nRUN --mount=type=cache,target=$GOPATH x",
        "COPY a${VERSION:?needed} /x",
        "ADD --checksum=$SUM a /x",
    ],
)
def test_a_variable_that_a_base_image_may_set_is_not_an_error(line: str) -> None:
    of(f"FROM image\n{line}\n")
    if "SUM" not in line:
        with pytest.raises(DockerfileError):
            of(f"FROM scratch\n{line}\n")


def test_a_note_says_where_a_value_would_come_from() -> None:
    assert "the base image may set it" in of("FROM a\nCOPY $X /\n").notes[0]
    assert "pass --build-arg X=… to be exact" in of("FROM a\nARG X\nCOPY $X /\n").notes[0]


@pytest.mark.parametrize("text", ["${args[@]}", "${v:?needed}", "${x:0:3}"])
def test_the_text_of_a_here_document_is_expanded(text: str) -> None:
    with pytest.raises(DockerfileError):
        of(f"FROM scratch\nCOPY <<EOF /x\n{text}\nEOF\n")
    assert of(f"FROM scratch\nCOPY <<'EOF' /x\n{text}\nEOF\nRUN <<EOF\n{text}\nEOF\n").reads == ()


def test_a_stage_from_a_stage_takes_env_over_arg() -> None:
    text = "FROM scratch AS a\nENV V=prod\nARG V\nCOPY $V /\nFROM a\nCOPY $V /\n"
    assert [read.sources for read in of(text, build_args={"V": "dev"}).reads] == [("dev",), ("prod",)]
    text = "FROM node AS a\nARG V=18\nCOPY f$V /\nFROM a\nCOPY f$V /\n"
    assert [read.unresolved for read in of(text).reads] == [frozenset(), {"V"}]


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux/arm64/v8", "linux/arm64 arm64 "),
        ("linux/arm", "linux/arm/v7 arm v7"),
        ("linux/arm/6", "linux/arm/v6 arm v6"),
        ("linux/x86_64", "linux/amd64 amd64 "),
        ("linux/amd64/v3", "linux/amd64/v3 amd64 v3"),
    ],
)
def test_platforms_are_normalized(platform: str, expected: str) -> None:
    text = "FROM scratch\nARG TARGETPLATFORM TARGETARCH TARGETVARIANT BUILDARCH\nCOPY "
    read = of(text + '["$TARGETPLATFORM $TARGETARCH $TARGETVARIANT", "/x"]\n', platform=platform).reads[0]
    assert (read.sources, read.unresolved) == ((expected,), frozenset())
    assert of(text + "$BUILDARCH /x\n", platform=platform).reads[0].unresolved == {"BUILDARCH"}


def test_a_url_with_a_path_for_a_port_is_a_path() -> None:
    assert of("FROM scratch\nADD ssh://git@host.org:org/repo.git /x\n").uses_context
    assert not of("FROM scratch\nADD ssh://git@host.org:22/org/repo.git /x\n").uses_context
    assert not of("FROM scratch\nADD git@host.org:org/repo.git /x\n").uses_context


def test_a_url_with_a_very_long_port_is_answered() -> None:
    port = "a" * 100_000
    assert not is_git(f"ssh://:{port}")
    assert not is_git(f"ssh://[::1]:{port}")
    assert is_git("ssh://[::1]:22/x")
    assert is_git("git://[a:b]/x")


def test_arguments_of_buildkit_itself_are_no_variables() -> None:
    assert of("FROM scratch\nARG BUILDKIT_SBOM_SCAN_STAGE=true\nCOPY x$BUILDKIT_SBOM_SCAN_STAGE /\n").follow_paths == (
        "x",
    )


@pytest.mark.parametrize("form", ["${V:#a}", "${V:%a}", "${V:%%a}"])
def test_trimming_has_no_form_with_a_colon(form: str) -> None:
    with pytest.raises(DockerfileError, match="unsupported modifier"):
        of(f"FROM scratch\nARG V=a\nCOPY {form} /\n")


@pytest.mark.parametrize("step", ["$a{}$a{}", "${{a{}//x/$a{}}}"])
def test_variables_that_double_are_stopped(step: str) -> None:
    lines = [
        "FROM scratch",
        "ARG a0=xxxxxxxx",
        *(f"ARG a{i + 1}={step.format(i, i)}" for i in range(60)),
        "COPY $a60 /",
    ]
    with pytest.raises(DockerfileError, match="fill in more than"):
        of("\n".join(lines))


def test_a_note_tells_of_an_exclude_that_buildkit_garbles() -> None:
    found = of("FROM scratch\nCOPY --exclude=é --exclude=e . /\n")
    assert found.reads[0].excludes == ("Ã©", "e")
    assert [note for note in found.notes if "--exclude=é " in note and note.startswith("Dockerfile:2: ")] == [
        *found.notes
    ]
    assert len(found.notes) == 1


def test_variables_do_not_fill_in_without_end() -> None:
    lines = "ENV big=" + "x" * 60_000 + "\n" + "ENV other=$big\n" * 300
    with pytest.raises(DockerfileError, match=r"Dockerfile:282: the variables up to here fill in more than 16,777,216"):
        of("FROM scratch\n" + lines)


def test_stages_do_not_inherit_without_end() -> None:
    first = "FROM scratch AS s0\n" + "".join(f"ENV v{number}=x\n" for number in range(1500))
    chain = "".join(f"FROM s{number} AS s{number + 1}\n" for number in range(800))
    with pytest.raises(DockerfileError, match="the stages up to here inherit more than 1,048,576 variables altogether"):
        of(first + chain)


def test_only_a_few_of_many_unknown_variables_are_named() -> None:
    names = [f"A{number}" for number in range(8)]
    text = (
        "FROM scratch\n" + "".join(f"ARG {name}\n" for name in names) + f"COPY {''.join(f'${n}/' for n in names)} /\n"
    )
    found = of(text)
    assert found.reads[0].unresolved == set(names)
    assert len(found.notes) == 6
    assert found.notes[-1] == (
        "Dockerfile:10: the values of 3 more variables are unknown, so COPY counts as reading the whole context"
    )


def test_reads_copies_and_downloads_know_their_step() -> None:
    text = "FROM scratch AS b\nRUN --mount=target=/m x\nADD https://example.com/f y /d/\n"
    text += "FROM scratch AS a\nONBUILD COPY --from=b / /\nONBUILD COPY x /\nONBUILD COPY z /\n"
    text += "FROM scratch AS unused\nCOPY other /\nFROM a\nWORKDIR /w\nCOPY --from=b /m q\nCOPY . .\n"
    result = of(text)
    assert [read.number for read in result.reads] == list(range(5))
    steps = [result.steps[read.step] for read in result.reads]
    assert [(step.kind, step.text) for step in steps] == [
        ("RUN", "x"),
        ("ADD", "https://example.com/f y /d/"),
        ("COPY", "x /"),
        ("COPY", "z /"),
        ("COPY", ". ."),
    ]
    assert [step.read for step in steps] == list(range(5))
    assert sum(step.read is not None for step in result.steps) == 5
    assert [result.steps[copy.step].text for copy in result.copies] == ["/ /", "/m q"]
    assert [result.steps[download.step].text for download in result.downloads] == ["https://example.com/f y /d/"]


def test_the_same_read_in_two_plans_is_equal_wherever_the_plans_list_it() -> None:
    text = "FROM scratch AS a\nCOPY x /\nFROM scratch AS b\nCOPY y /\nFROM b\nCOPY --from={} / /\n"
    (alone,) = of(text.format("b")).reads
    _, second = of(text.format("a")).reads
    assert (alone.number, second.number) == (0, 1)
    assert alone == second
    assert len({alone, second}) == 1
