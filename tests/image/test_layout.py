"""The paths of the context's files in the stages."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxopt.image import layout
from ctxopt.image.layout import layouts
from tests.support.contexts import context

_FILES = {"a": 1, "src/b": 2, "src/deep/c": 3, "lib/d": 4, "m/same": 1, "n/same": 1}


def _layout(root: Path, dockerfile: str) -> tuple[dict[str, str], list[int]]:
    """The last stage: the origin of each path, and the lines with unknown destinations."""
    opened = context(root / "context", _FILES, dockerfile)
    made = layouts(opened.plan, opened.files_read, opened.snapshot)
    last = made[max(made)]
    return {path: origin for path, (origin, _) in sorted(last.files.items())}, last.unknown


@pytest.mark.parametrize(
    ("instruction", "places"),
    [
        ("COPY a /x", {"/x": "a"}),
        ("COPY a /x/", {"/x/a": "a"}),
        ("COPY a src/b /x/", {"/x/a": "a", "/x/b": "src/b"}),
        ("COPY src /x", {"/x/b": "src/b", "/x/deep/c": "src/deep/c"}),
        ("COPY src/ /", {"/b": "src/b", "/deep/c": "src/deep/c"}),
        ("COPY s*c /x", {"/x/b": "src/b", "/x/deep/c": "src/deep/c"}),
        ("COPY src/b lib/* /x/", {"/x/b": "src/b", "/x/d": "lib/d"}),
        ('COPY ["a", "/x y/"]', {"/x y/a": "a"}),
        ("WORKDIR /w\nCOPY a .", {"/w/a": "a"}),
        ("WORKDIR /w\nCOPY a ./", {"/w/a": "a"}),
        ("WORKDIR /w\nCOPY a sub/../b", {"/w/b": "a"}),
        ("WORKDIR /w\nWORKDIR v\nADD src/b .", {"/w/v/b": "src/b"}),
        ("COPY --parents src/deep/c /x/", {"/x/src/deep/c": "src/deep/c"}),
        ("COPY --parents ./src/./deep /x/", {"/x/deep/c": "src/deep/c"}),
        ("COPY a /x\nCOPY lib/d /x", {"/x": "lib/d"}),
        ("COPY n/same m/same /x/", {"/x/same": "m/same"}),
        ("COPY m/same n/same /x/", {"/x/same": "n/same"}),
    ],
)
def test_where_a_copy_puts_things(tmp_path: Path, instruction: str, places: dict[str, str]) -> None:
    head = "# syntax=docker/dockerfile:1\nFROM scratch\n"
    assert _layout(tmp_path, head + instruction + "\n") == (places, [])


def test_matches_are_copied_in_their_order(tmp_path: Path) -> None:
    opened = context(tmp_path / "context", {"a/same": 1, "z/same": 1}, "FROM scratch\nCOPY z/* /x/\n")
    (tmp_path / "context/z/up").symlink_to("../a")
    made = layouts(opened.plan, opened.files_read, opened.snapshot)[0]
    assert made.files == {"/x/same": ("a/same", 0)}


@pytest.mark.parametrize(
    ("rest", "places"),
    [
        ("FROM scratch\nCOPY --from=one /app/deep /y", {"/y/c": "src/deep/c"}),
        ("FROM scratch\nCOPY --from=0 /app/b /y/", {"/y/b": "src/b"}),
        ("FROM scratch\nCOPY --from=one /app/* /y/", {"/y/b": "src/b", "/y/c": "src/deep/c"}),
        ("FROM one\nCOPY a /", {"/a": "a", "/app/b": "src/b", "/app/deep/c": "src/deep/c"}),
        ("FROM scratch AS two\nCOPY --from=one /app /z\nFROM scratch\nCOPY --from=two /z/b /", {"/b": "src/b"}),
        ("FROM scratch\nCOPY --from=one /elsewhere /y", {}),
        ("FROM scratch\nCOPY --from=alpine:3 /app /y", {}),
    ],
)
def test_through_stages(tmp_path: Path, rest: str, places: dict[str, str]) -> None:
    assert _layout(tmp_path, f"FROM scratch AS one\nCOPY src /app\n{rest}\n") == (places, [])


@pytest.mark.parametrize(
    "dockerfile",
    ["FROM alpine\nCOPY a b\n", "FROM scratch\nARG X\nCOPY $X /x\n", "FROM alpine\nCOPY a $HOME/\n"],
)
def test_unknown_destinations(tmp_path: Path, dockerfile: str) -> None:
    places, unknown = _layout(tmp_path, dockerfile)
    assert places == {}
    assert unknown == [dockerfile.count("\n")]


def test_triggers_on_one_line_apply_in_their_order(tmp_path: Path) -> None:
    triggers = "FROM scratch AS one\nCOPY src/b /b\nFROM scratch AS two\nONBUILD COPY {}\nONBUILD COPY {}\nFROM two\n"
    copies = ("--from=one /b /x", "a /x")
    assert _layout(tmp_path, triggers.format(*copies)) == ({"/x": "a"}, [])
    assert _layout(tmp_path, triggers.format(*reversed(copies))) == ({"/x": "src/b"}, [])


_COPIES = ("COPY . /", "COPY . /x/", "COPY . y", "COPY a /", "COPY b /x/", "COPY . / /z/", "COPY b/* /y/")
_FROM_STAGES = ("/ /", "/ /x/", "/x /", "/x/ /y/", "/ x", ". /", "/ / /w/", "/* /", "/x/b /x/b")


@settings(max_examples=60)
@given(st.data())
def test_what_is_copied_as_a_whole_is_where_it_is_path_by_path(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = []
    for stage in range(data.draw(st.integers(1, 5))):
        base = data.draw(st.sampled_from(("scratch", *(f"s{i}" for i in range(stage)))))
        lines.append(f"FROM {base} AS s{stage}")
        for _ in range(data.draw(st.integers(0, 3))):
            if stage and data.draw(st.booleans()):
                source = data.draw(st.integers(0, stage - 1))
                lines.append(f"COPY --from=s{source} {data.draw(st.sampled_from(_FROM_STAGES))}")
            else:
                lines.append(data.draw(st.sampled_from(_COPIES)))
    files = {"a": 1, "b/c": 2, "b/d/e": 3, "x/a": 4}
    build = context(tmp_path_factory.mktemp("context"), files, "\n".join(lines) + "\n")
    read = [[] if result.error else build.usage.files_of(result.read.number) for result in build.usage.results]
    whole = layouts(build.plan, read, build.snapshot)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(layout, "_only_directory", lambda step, snapshot: None)
        assert whole == layouts(build.plan, read, build.snapshot)


def test_copies_that_double_the_files_with_each_stage_end(tmp_path: Path) -> None:
    """Of thirty such stages the last would have a billion times the files of the first."""
    lines = ["FROM scratch AS s0", "COPY . /"]
    for number in range(1, 31):
        source = f"COPY --from=s{number - 1} / "
        lines += [f"FROM scratch AS s{number}", f"{source}/a/", f"{source}/b/"]
    opened = context(tmp_path / "context", {"f": 1}, "\n".join(lines) + "\n")
    made = layouts(opened.plan, opened.files_read, opened.snapshot)
    assert not made[10].unknown
    assert made[30].unknown
    assert sum(len(layout.files) for layout in made.values()) < 3_000_000


def test_copies_of_the_context_place_only_so_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_MOST_PLACED", 0)
    monkeypatch.setattr(layout, "_MOST_TIMES", 2)
    text = "FROM scratch\n" + "".join(f"COPY . /x{number}/\n" for number in range(5))
    placed, unknown = _layout(tmp_path, text)
    assert len(placed) == 2 * (len(_FILES) + 1)
    assert unknown == [4, 5, 6]
