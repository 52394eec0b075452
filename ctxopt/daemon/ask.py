"""Asking an engine for its disk usage, through its HTTP interface and without trust in its answer."""

import http.client
import json
import os
import re
import socket
import threading
from collections.abc import Mapping
from typing import Any, Final

from ctxopt.daemon.endpoint import NoEngine, address, endpoint
from ctxopt.daemon.model import ApiVersion, EngineReport
from ctxopt.daemon.usage import disk_usage

#: Seconds: until there is a connection, and for everything together. The engine measures the files of every volume and
#: container, which takes long on a large disk; `docker system df` waits for it without a limit.
_CONNECT: Final = 2.0
_PATIENCE: Final = 60.0
#: Bytes that are read of an answer.
_LARGEST: Final = 16 << 20
_VERSION: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,3})", re.ASCII)
_ODD: Final = "it does not respond like a Docker engine"


def ask_engine(environment: Mapping[str, str] = os.environ, patience: float = _PATIENCE) -> EngineReport:
    """The disk usage of the engine that the docker command would talk to, or why it is not known.

    It takes no longer than `patience` seconds, whatever the engine does.
    """
    try:
        where = endpoint(environment)
    except NoEngine as reason:
        return EngineReport("", None, str(reason))
    found: list[EngineReport] = []
    # Looking up a name can take as long as it likes, and an answer can come byte by byte: nobody waits for that.
    asking = threading.Thread(target=lambda: found.append(_asked(where)), daemon=True)
    asking.start()
    asking.join(patience)
    return found[0] if found else EngineReport(where, None, f"no response within {patience:g} seconds")


def _asked(where: str) -> EngineReport:
    try:
        answer, api = _get(address(where))
        disk = disk_usage(answer)
        return EngineReport(where, disk, "" if disk else _ODD, api)
    except NoEngine as reason:
        return EngineReport(where, None, str(reason))
    except TimeoutError:
        return EngineReport(where, None, "no response in time")
    except OSError as error:
        return EngineReport(where, None, error.strerror or str(error))
    except (http.client.HTTPException, ValueError, RecursionError):
        return EngineReport(where, None, _ODD)


class _Connection(http.client.HTTPConnection):
    """A connection to a host, or over a Unix socket."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        self._path = target if isinstance(target, str) else None
        host, port = ("localhost", 80) if isinstance(target, str) else target
        super().__init__(host, port, timeout=_CONNECT)

    def connect(self) -> None:
        if self._path is None:
            super().connect()
        elif not hasattr(socket, "AF_UNIX"):
            raise NoEngine("Unix sockets are not supported by Python on this system")
        else:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(_CONNECT)
            self.sock.connect(self._path)
        self.sock.settimeout(_PATIENCE)


def _get(target: str | tuple[str, int]) -> tuple[Any, ApiVersion | None]:
    """The engine's answer, and the version of its interface.

    Raises OSError, HTTPException, ValueError, RecursionError and NoEngine.
    """
    connection = _Connection(target)
    try:
        connection.request("GET", "/_ping")
        ping = connection.getresponse()
        version = _VERSION.fullmatch(ping.getheader("Api-Version") or "")
        ping.read(_LARGEST)
        connection.request("GET", f"/v{version[0]}/system/df" if version else "/system/df")
        answer = connection.getresponse()
        data = answer.read(_LARGEST + 1)
        if answer.status != 200:
            raise NoEngine(f"it responds with status {answer.status}")
        if len(data) > _LARGEST:
            raise NoEngine("its response is too long")
        return json.loads(data), (int(version[1]), int(version[2])) if version else None
    finally:
        connection.close()
