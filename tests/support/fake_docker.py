"""A `docker` for tests without an engine: it builds by copying the context, and remembers what it was asked.

A build fails if the ignore file has a line that is named in `breaks`. An image has the files of the context that no
line of the ignore file names, below /app.
"""

import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = """#!{python} -IS
import io, os, pathlib, signal, sys, tarfile
state, words = pathlib.Path({state!r}), sys.argv[1:]
with (state / "log").open("a") as log:
    log.write("\\x1f".join(words) + "\\n")
images = state / "images"
interrupts = state / "interrupts"
if interrupts.exists() and interrupts.read_text().split()[0] == words[0]:
    os.kill(os.getppid(), int(interrupts.read_text().split()[1]))
named = dict(word.split("=", 1) for word in words if word.startswith("--") and "=" in word)
if words[:2] == ["buildx", "build"]:
    dockerfile = pathlib.Path(named["--file"])
    lines = dockerfile.with_name(dockerfile.name + ".dockerignore").read_text().splitlines()
    (state / "building").write_text(str(os.getpid()))
    print("#5 [1/1] COPY . .", file=sys.stderr, flush=True)
    if (state / "hang").exists():
        signal.pause()
    for broken in {breaks!r}:
        if broken in lines:
            print("#5 0.1 " + {said!r}.format(broken), file=sys.stderr)
            print("#5 ERROR: process did not complete successfully: exit code: 1", file=sys.stderr)
            sys.exit(1)
    with tarfile.open(images / named["--tag"].replace("/", "_"), "w") as image:
        for path in sorted(pathlib.Path(words[-1]).rglob("*")):
            inside = path.relative_to(words[-1])
            if path.is_file() and not any((str(inside) + "/").startswith(line + "/") for line in lines):
                image.add(path, "app/" + str(inside))
        if any(differing in lines for differing in {differs!r}):
            image.addfile(tarfile.TarInfo("new"))
    pathlib.Path(named["--iidfile"]).write_text(named["--tag"])
elif words[0] == "create":
    print(words[-2])
elif words[0] == "export":
    sys.stdout.buffer.write((images / words[1]).read_bytes())
elif words[0] == "rmi":
    for image in words[1:]:
        (images / image).unlink(missing_ok=True)
elif words[0] == "run":
    sys.exit(3 if {exits!r} in words else 0)
"""


@dataclass(frozen=True)
class FakeDocker:
    """The directory of the program, and what it keeps."""

    directory: Path

    @property
    def path(self) -> str:
        """PATH with the program in it."""
        return f"{self.directory / 'bin'}{os.pathsep}{os.environ['PATH']}"

    @property
    def commands(self) -> list[list[str]]:
        """What it was asked, in order."""
        return [line.split("\x1f") for line in (self.directory / "log").read_text().splitlines()]

    @property
    def images(self) -> list[str]:
        """The images that it has."""
        return sorted(path.name for path in (self.directory / "images").iterdir())

    def hang(self) -> None:
        """From now on no build ends."""
        (self.directory / "hang").touch()

    def interrupt(self, command: str, number: int) -> None:
        """From now on whoever runs this command gets a signal at once."""
        (self.directory / "interrupts").write_text(f"{command} {number}")


def fake_docker(
    directory: Path,
    breaks: Sequence[str] = (),
    exits: str = "",
    differs: Sequence[str] = (),
    said: str = "cat: {0}: No such file",
) -> FakeDocker:
    """A fake docker in a new directory; a container whose command has the word `exits` exits with 3.

    What a build that fails says is `said`, with what breaks it in its place.
    An image has a file more if the ignore file has a line that is named in `differs`.
    """
    (directory / "bin").mkdir(parents=True)
    (directory / "images").mkdir()
    program = directory / "bin/docker"
    program.write_text(
        _PROGRAM.format(
            python=sys.executable,
            state=str(directory),
            breaks=tuple(breaks),
            exits=exits,
            differs=tuple(differs),
            said=said,
        )
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return FakeDocker(directory)
