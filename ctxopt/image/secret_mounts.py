"""How a file with a secret is handed to the RUN that needs it, without a trace in a layer."""

import re
from dataclasses import dataclass
from typing import Final

#: A path that needs no quotes, neither in a Dockerfile nor in a shell.
_SAFE: Final = re.compile(r"/?[\w.-]+(?:/[\w.-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class SecretMount:
    """A secret: the `flag` of a RUN that mounts it, and the `option` of `docker build` that gives it."""

    flag: str
    option: str


def secret_mount(path: str, target: str | None) -> SecretMount:
    """Return how a file of the context is mounted as a secret; with a target of None, where Docker puts secrets."""
    name = re.sub("[^a-z0-9_]", "", path.rpartition("/")[2].lower()) or "secret"
    where = f",target={target}" if target and _SAFE.fullmatch(target) else ""
    source = path if _SAFE.fullmatch(path) else "FILE"
    return SecretMount(f"--mount=type=secret,id={name}{where}", f"--secret id={name},src={source}")
