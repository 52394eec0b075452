"""The guide's commands print what the guide shows."""

import re
import shlex
from pathlib import Path

from sample_projects.make_junk import make
from tests.support.cli import run

_GUIDE = (Path(__file__).parent.parent / "docs" / "guide.md").read_text(encoding="utf-8")


def test_each_command_prints_what_the_guide_shows(tmp_path: Path) -> None:
    root = tmp_path / "node-web"
    make("node-web", root)
    _, *steps = re.findall(r"```sh\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", _GUIDE, re.DOTALL)
    assert len(steps) == _GUIDE.count("```sh") - 1 == 5
    for commands, shown in steps:
        printed = []
        for command in commands.splitlines():
            name, *arguments = shlex.split(command)
            assert name == "ctxopt"
            done = run(*arguments, cwd=root, columns=80)
            assert (done.returncode, done.stderr) == (0, "")
            printed += [line.rstrip() for line in done.stdout.splitlines()]
        rest = iter(printed)
        assert [line for line in shown.splitlines() if line not in rest] == []
