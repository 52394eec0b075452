"""What Compose and bake make of their files."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.engine.session import tools


class DeclarationError(Exception):
    """What Compose or bake refuses, in its words."""


def compose_config(
    files: Sequence[Path], env: Mapping[str, str] | None = None, directory: Path | None = None
) -> dict[str, Any]:
    """The project that `docker compose config` resolves from files. Raises DeclarationError."""
    given = [word for file in files for word in ("--file", str(file))]
    return _parsed(["docker", "compose", *given, "config", "--format", "json"], env, directory or files[0].parent)


def bake_print(
    files: Sequence[Path],
    env: Mapping[str, str] | None = None,
    directory: Path | None = None,
    targets: Sequence[str] = (),
) -> dict[str, Any]:
    """The groups and targets that `docker buildx bake --print` resolves from files. Raises DeclarationError."""
    given = [word for file in files for word in ("--file", str(file))]
    return _parsed(["docker", "buildx", "bake", *given, "--print", *targets], env, directory or files[0].parent)


def _parsed(command: list[str], env: Mapping[str, str] | None, directory: Path) -> dict[str, Any]:
    done = subprocess.run(
        command, cwd=directory, env={**tools(), **(env or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DeclarationError(done.stderr.strip())
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed
