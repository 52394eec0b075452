"""Where the engine is that the docker command would talk to: DOCKER_HOST, the context in use, or the usual sockets.

The order is that of docker/cli. What is read of its configuration is JSON of a bounded size.
"""

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

#: No file of the configuration that is longer is read, in bytes.
_LARGEST: Final = 1 << 20
_SOCKETS: Final = ("/var/run/docker.sock", "~/.docker/run/docker.sock")
#: The port of an engine without TLS.
_PORT: Final = 2375


class NoEngine(Exception):
    """Why no engine can be asked."""


def endpoint(environment: Mapping[str, str], sockets: tuple[str, ...] = _SOCKETS) -> str:
    """The address of the engine, such as "unix:///var/run/docker.sock". Raises NoEngine."""
    given = environment.get("DOCKER_HOST")
    if given:
        if environment.get("DOCKER_TLS_VERIFY") and not given.startswith("unix://"):
            raise NoEngine(f"{given} requires TLS (DOCKER_TLS_VERIFY), which is not supported here")
        return given
    # As in docker/cli, never the working directory: a project must not choose the engine.
    home = environment.get("USERPROFILE" if os.name == "nt" else "HOME") or os.path.expanduser("~")
    configuration = environment.get("DOCKER_CONFIG") or os.path.join(home, ".docker")
    name = environment.get("DOCKER_CONTEXT") or _text(
        _read(os.path.join(configuration, "config.json")), "currentContext"
    )
    if name and name != "default":
        return _of_context(configuration, name)
    tried = [home + path[1:] if path.startswith("~") else path for path in sockets]
    for path in tried:
        if _is_socket(path):
            return f"unix://{path}"
    raise NoEngine(f"DOCKER_HOST is not set, and there is no {' or '.join(tried)}")


def address(given: str) -> str | tuple[str, int]:
    """The path of a Unix socket, or a host and its port. Raises NoEngine for what is neither."""
    if given.startswith("unix://"):
        return given.removeprefix("unix://")
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        raise NoEngine(f"{given} is not an address") from None
    if parts.scheme != "tcp" or not host:
        raise NoEngine(f"{given} is not supported here: only unix:// and tcp:// are")
    return host, port


def _of_context(configuration: str, name: str) -> str:
    """The address in a context of the docker command."""
    place = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    found: Any = _read(os.path.join(configuration, "contexts", "meta", place, "meta.json"))
    for key in ("Endpoints", "docker"):
        found = found.get(key) if isinstance(found, dict) else None
    host = _text(found, "Host")
    if not host:
        raise NoEngine(f"the docker context {name} cannot be read")
    if not host.startswith("unix://") and os.path.isdir(os.path.join(configuration, "contexts", "tls", place)):
        raise NoEngine(f"the docker context {name} requires TLS, which is not supported here")
    return host


def _text(found: Any, key: str) -> str:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def _read(path: str) -> Any:
    """What a JSON file holds; None if that cannot be told."""
    try:
        with open(path, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            data = file.read(_LARGEST + 1)
        return json.loads(data) if len(data) <= _LARGEST else None
    except (OSError, ValueError, RecursionError):
        return None


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False
