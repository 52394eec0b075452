"""How a file with a secret is handed to the RUN that needs it, without a trace in a layer."""

import re
from collections.abc import Iterable
from typing import Final

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.users import is_root

#: A path that needs no quotes, neither in a Dockerfile nor in a shell.
_SAFE: Final = lazy_re(r"/?[\w.-]+(?:/[\w.-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class SecretMount:
    """A secret: the `flag` of a RUN that mounts it, and the `option` of `docker build` that gives it."""

    flag: str
    option: str


def secret_mount(path: str, target: str | None, users: Iterable[str] = ()) -> SecretMount:
    """How a file of the context is mounted as a secret; with a target of None, where Docker puts secrets.

    `users` are those who read it, as USER names them: only root can read a secret if nothing is said.
    """
    name = re.sub("[^a-z0-9_]", "", path.rpartition("/")[2].lower()) or "secret"
    where = f",target={target}" if target and _SAFE.fullmatch(target) else ""
    source = path if _SAFE.fullmatch(path) else "FILE"
    return SecretMount(f"--mount=type=secret,id={name}{where}{_readable(users)}", f"--secret id={name},src={source}")


def _readable(users: Iterable[str]) -> str:
    """The fields that let some users read a secret: the owner's number if it is known, or else anybody may."""
    names = {user.partition(":")[0].strip("\"'") for user in users if not is_root(user)}
    if not names:
        return ""
    (name, *others) = sorted(names)
    return f",uid={name}" if not others and name.isascii() and name.isdigit() else ",mode=0444"
