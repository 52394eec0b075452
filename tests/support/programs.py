"""Programs that tests run."""

import os
import subprocess
import sys
from pathlib import Path


def program(name: str) -> str:
    """A program of the environment that the tests run in."""
    return str(Path(sys.executable).parent / name)


def git(directory: Path, *arguments: str) -> str:
    """What git prints; it takes no settings of the user or the machine, and commits as a test."""
    given = ("user.name=Test", "user.email=test@example.com", "init.defaultBranch=main")
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *(word for setting in given for word in ("-c", setting)), *arguments]
    return subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True, text=True).stdout
