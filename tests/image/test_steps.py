"""The commands of a plan's RUN, and their mounts."""

import pytest

from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.ids import StageId, StepId
from ctxopt.image.steps import MountPoint, StepCommands


def steps(text: str) -> StepCommands:
    return StepCommands(plan(text.encode(), "Dockerfile"))


def test_commands_of_a_step() -> None:
    found = steps('FROM a\nRUN npm --prefix web ci && ls\nCMD ["x"]\nRUN ["rm", "-rf", "y"]\n')
    assert [(run.words, run.directory) for run in found.of(StepId(0))] == [(("npm", "ci"), "?0/web"), (("ls",), "?0")]
    assert found.of(StepId(1)) == ()
    assert [run.words for run in found.of(StepId(2))] == [("rm", "-rf", "y")]
    assert found.unread == ()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1,), ()])
def test_unread_steps_do_not_depend_on_what_is_asked_first(order: tuple[int, ...]) -> None:
    found = steps("FROM a\nRUN if\nRUN rm -rf x\nRUN 'a\n")
    assert [len(found.of(StepId(number))) for number in order] == [(0, 1, 0)[number] for number in order]
    assert found.unread == (0, 2)


def test_after_much_unreadable_text_later_steps_are_not_parsed() -> None:
    found = steps("FROM a\nRUN rm x\n" + f"RUN if {'x' * 7000}\n" * 5 + "RUN rm x\n")
    assert len(found.of(StepId(6))) == 0
    assert [len(found.of(StepId(number))) for number in range(7)] == [1] + [0] * 6
    assert found.unread == (1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("head", "read"),
    [
        ("FROM a\n", True),
        ('FROM a\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\n', True),
        ('FROM a\nSHELL ["powershell", "-Command"]\n', False),
        ('FROM a\nSHELL ["C:\\\\Windows\\\\cmd.exe", "/S"]\n', False),
        ("FROM mcr.microsoft.com/windows/servercore:ltsc2022\n", False),
        ('FROM mcr.microsoft.com/windows/nanoserver\nSHELL ["bash", "-c"]\n', True),
        ('FROM a AS b\nSHELL ["pwsh"]\nFROM b\n', False),
    ],
)
def test_other_shells_are_not_read(head: str, read: bool) -> None:
    found = steps(head + "RUN rm -rf x\n")
    assert bool(found.of(found.image_steps[-1])) == read
    assert found.unread == ()


def test_scripts_in_other_languages_are_not_read() -> None:
    found = steps("FROM a\nRUN <<X\n#!/usr/bin/env python3\nrm(x)\nX\n")
    assert (found.of(StepId(0)), found.unread) == ((), ())


@pytest.mark.parametrize(
    "head", ["<<X", "<<X bash", "<<-'X' /bin/sh -e", "bash <<X", "/bin/bash -euxo <<X", 'sh -s <<"X"']
)
def test_scripts_for_shells_are_read(head: str) -> None:
    found = steps(f"FROM a\nRUN {head}\ncd /x\nrm -rf y\nX\n")
    assert [(run.words, run.directory) for run in found.of(StepId(0))][1:] == [(("rm", "-rf", "y"), "/x")]


@pytest.mark.parametrize(
    "head", ["cat <<X > y", "<<X cat", "python3 <<X", "bash script.sh <<X", "bash <<X && rm -rf z"]
)
def test_other_here_documents_are_no_commands(head: str) -> None:
    found = steps(f"FROM a\nRUN {head}\nrm -rf y\nX\n")
    assert ("rm", "-rf", "y") not in [run.words for run in found.of(StepId(0))]


def test_the_steps_of_the_image_and_of_a_stage() -> None:
    found = steps("FROM a AS b\nRUN b\nFROM a AS c\nRUN c\nFROM b\nCOPY --from=c /x /\nRUN rm d\n")
    assert found.image_steps == (0, 2, 3)
    assert found.in_stage(StageId(1)) == (1,)
    assert found.in_stage(StageId(2)) == (0, 2, 3)
    assert found.with_words(found.image_steps, ("rm",)) == [3]


def test_mounts() -> None:
    text = (
        "FROM a\nWORKDIR /w\nRUN --mount=type=cache,target=c --mount=source=x,target=/x/ --mount=type=tmpfs,dst=$T x\n"
    )
    assert steps(text).mounts(StepId(1)) == (
        MountPoint("cache", "/w/c"),
        MountPoint("bind", "/x"),
        MountPoint("tmpfs", None),
    )
    assert steps("FROM a\nRUN x\n").mounts(StepId(0)) == ()
