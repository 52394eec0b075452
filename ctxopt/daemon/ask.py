"""Asking an engine for its figures, through its HTTP interface and without trust in its answer.

The sums are those of `docker system df`. Engines with version 1.52 of the interface make them themselves.
"""

import http.client
import json
import os
import re
import socket
import threading
from collections.abc import Mapping
from typing import Any, Final

from ctxopt.daemon.endpoint import NoEngine, address, endpoint
from ctxopt.daemon.model import Disk, EngineReport, Figures

#: Seconds: until there is a connection, and for everything together.
_CONNECT: Final = 2.0
_PATIENCE: Final = 8.0
#: As many bytes of an answer are read.
_LARGEST: Final = 16 << 20
_VERSION: Final = re.compile(r"[0-9]{1,2}\.[0-9]{1,3}", re.ASCII)
#: No size is larger than what an engine's 64 bits hold.
_MOST: Final = (1 << 63) - 1


def ask_engine(environment: Mapping[str, str] = os.environ, patience: float = _PATIENCE) -> EngineReport:
    """The figures of the engine that the docker command would talk to, or why there are none.

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
    return found[0] if found else EngineReport(where, None, f"it did not answer within {patience:g} seconds")


def _asked(where: str) -> EngineReport:
    try:
        return EngineReport(where, disk(_get(address(where))))
    except NoEngine as reason:
        return EngineReport(where, None, str(reason))
    except TimeoutError:
        return EngineReport(where, None, "it did not answer in time")
    except OSError as error:
        return EngineReport(where, None, error.strerror or str(error))
    except (http.client.HTTPException, ValueError, RecursionError):
        return EngineReport(where, None, "it does not answer as a Docker engine does")


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
            raise NoEngine("Python has no Unix sockets on this system")
        else:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(_CONNECT)
            self.sock.connect(self._path)
        # Summing up a large disk takes its time.
        self.sock.settimeout(_PATIENCE)


def _get(target: str | tuple[str, int]) -> Any:
    """What the engine answers. Raises OSError, HTTPException, ValueError, RecursionError and NoEngine."""
    connection = _Connection(target)
    try:
        connection.request("GET", "/_ping")
        ping = connection.getresponse()
        version = ping.getheader("Api-Version") or ""
        ping.read(_LARGEST)
        prefix = f"/v{version}" if _VERSION.fullmatch(version) else ""
        connection.request("GET", f"{prefix}/system/df?type=image&type=build-cache")
        answer = connection.getresponse()
        data = answer.read(_LARGEST + 1)
        if answer.status != 200:
            raise NoEngine(f"it answers with status {answer.status}")
        if len(data) > _LARGEST:
            raise NoEngine("its answer is too long")
        return json.loads(data)
    finally:
        connection.close()


def disk(answer: Any) -> Disk:
    """The figures in an engine's answer. Raises NoEngine for what is no such answer."""
    if not isinstance(answer, dict):
        raise NoEngine("it does not answer as a Docker engine does")
    images = _summed(answer.get("ImageUsage")) or _images(answer.get("Images"), answer.get("LayersSize"))
    cache = _summed(answer.get("BuildCacheUsage")) or _cache(answer.get("BuildCache"))
    if images is None and cache is None:
        raise NoEngine("it does not answer as a Docker engine does")
    return Disk(images, cache)


def _summed(usage: Any) -> Figures | None:
    if not isinstance(usage, dict):
        return None
    return Figures(*(_number(usage.get(key)) for key in ("TotalCount", "ActiveCount", "TotalSize", "Reclaimable")))


def _images(images: Any, layers: Any) -> Figures | None:
    """Images that a container uses keep what they share with no other image, as far as that is known."""
    if not isinstance(images, list):
        return None
    rows = [row for row in images if isinstance(row, dict)]
    used = [row for row in rows if _signed(row.get("Containers")) != 0]
    kept = sum(
        _number(row.get("Size")) - _number(row.get("SharedSize"))
        for row in used
        if _signed(row.get("Size")) >= 0 and _signed(row.get("SharedSize")) >= 0
    )
    size = _number(layers)
    active = sum(_signed(row.get("Containers")) > 0 for row in rows)
    return Figures(len(rows), active, size, min(max(size - kept, 0), size))


def _cache(records: Any) -> Figures | None:
    """Records that share their content with an image are counted there."""
    if records is None or not isinstance(records, list):
        return None
    rows = [row for row in records if isinstance(row, dict)]
    own = [row for row in rows if row.get("Shared") is not True]
    size = sum(_number(row.get("Size")) for row in own)
    used = sum(_number(row.get("Size")) for row in own if row.get("InUse") is True)
    return Figures(len(rows), sum(row.get("InUse") is True for row in rows), min(size, _MOST), min(size - used, _MOST))


def _number(value: Any) -> int:
    """A size or a count; 0 for what is none."""
    return min(max(_signed(value), 0), _MOST)


def _signed(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
