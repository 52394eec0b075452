"""What a build is given as an argument may be a secret: no result shows it, only the name."""

import json
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import write
from tests.support.inert import FORMATS

_VALUE = "s3cr3tV/x"
_COMMANDS = ("analyze", "check", "lint", "stages", "explain src/a", "ls", "cache", "generate --level likely", "report")
_START = "FROM alpine AS a\nARG TOKEN\nARG SECOND=${TOKEN}2\nENV X=$SECOND\n"
_FOUND = (
    "ENV DIR=$TOKEN\nCOPY src/ /y/$X/\nADD https://u:$TOKEN@h.com/x /z/$X\nLABEL a=$TOKEN\nEXPOSE $TOKEN\n"
    "RUN echo $TOKEN && curl https://a:$TOKEN@acme.com/\nUSER $TOKEN\nSTOPSIGNAL $TOKEN\n"
)


def _shown(root: Path, command: str, *options: str) -> str:
    name, *words = command.split()
    done = run(name, *words, *options, "--build-arg", f"TOKEN={_VALUE}", cwd=root, columns=400)
    return done.stdout + done.stderr


_FAILING = """\
COPY $TOKEN/x /y
COPY ../${X}/x src/ /y/
ADD ["src/$X*", "/q/"]
COPY --parents src/./$TOKEN /y/
RUN --mount=type=bind,source=$TOKEN,target=/m/$TOKEN ls
COPY src/a src/b ${X}/y
"""


@pytest.mark.parametrize("command", _COMMANDS)
@pytest.mark.parametrize("form", [*FORMATS, "html"])
@pytest.mark.parametrize("more", ["", _FAILING])
def test_no_value_that_a_build_is_given_is_shown(command: str, form: str, more: str, tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _START + _FOUND + more, "src/a": "a", "src/b": "b", "left": "x"})
    shown = _shown(tmp_path, command, "--format", form)
    assert "s3cr3t" not in shown, shown


@pytest.mark.parametrize(
    ("instruction", "seen"),
    [
        ("COPY $TOKEN/x /y", 'COPY source "$TOKEN/x" is not in the build context'),
        ("COPY ../$X/x /y", 'COPY source "../$X/x" is outside of the build context'),
        ("RUN --mount=type=bind,source=$TOKEN,target=/m ls", 'RUN source "$TOKEN" is not in the build context'),
        ("COPY src/ $TOKEN/", "COPY src/"),
        ("ADD https://u:$TOKEN@h.com/x-1.2.tgz /z", "ADD from https://u:$TOKEN@h.com/x-1.2.tgz without a checksum"),
        ("RUN --mount=type=$TOKEN,target=/x ls", "--mount=type=$TOKEN,target=/x is not valid with the arguments"),
        ("COPY ${NO?$TOKEN} /x", "NO: $TOKEN"),
        ("COPY https://$TOKEN /x", "COPY cannot take a URL (https://$TOKEN)"),
        ("FROM scratch\nCOPY --from=$TOKEN / /", "--from takes no variables"),
    ],
)
@pytest.mark.parametrize("view", ["transfer", "classic"])
def test_what_is_shown_in_its_place(instruction: str, seen: str, view: str, tmp_path: Path) -> None:
    start = _START.replace("alpine", "scratch")
    write(tmp_path, {"Dockerfile": f"{start}{instruction}\n", "src/a": "a"})
    shown = _shown(tmp_path, "analyze" if view == "transfer" else "check --view classic")
    assert "s3cr3t" not in shown
    if view == "transfer":
        assert seen in " ".join(shown.split())


@pytest.mark.parametrize(
    ("source", "shown"),
    [("$DIR", "src/a"), ("$DIR*", "$DIR*"), ("$TOKEN/../../src/a", "$TOKEN/../../src/a"), ("./${DIR%/a}", "./src")],
)
def test_the_path_of_a_file_that_is_there_is_shown(source: str, shown: str, tmp_path: Path) -> None:
    text = f"FROM scratch\nARG DIR\nARG TOKEN\nCOPY {source} /x\n"
    write(tmp_path, {"Dockerfile": text, "src/a": "a"})
    done = run("analyze", "--json", "--build-arg", "DIR=src/a", "--build-arg", f"TOKEN={_VALUE}", cwd=tmp_path)
    assert json.loads(done.stdout)["instructions"][0]["sources"] == [shown]
    assert "s3cr3t" not in json.dumps(json.loads(done.stdout)["instructions"])


def test_a_base_image_that_is_none_is_shown_as_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "ARG TOKEN\nFROM $TOKEN\n"})
    done = run("check", "--build-arg", "TOKEN=S3CR3T", cwd=tmp_path)
    assert '"$TOKEN" is neither a stage nor a valid image name' in done.stderr
    assert "S3CR3T" not in done.stderr


def test_defaults_of_the_dockerfile_are_shown(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nARG DIR=gone\nCOPY $DIR /x\n"})
    assert 'COPY source "$DIR" (gone) is not in the build context' in run("check", cwd=tmp_path, columns=400).stdout


def test_the_command_that_is_proposed_takes_the_value_from_the_environment(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": f"{_START}COPY src /src\n", "src/a": "a", "left": "x" * 500})
    assert "ctxopt generate --build-arg TOKEN" in _shown(tmp_path, "analyze")
