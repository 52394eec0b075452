"""What tests need of the system that they run on, and what is made the same on all of them.

A plugin of pytest as well, which the conftest.py of the repository loads.
"""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0

#: Marks of tests.
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs modes, scripts or special files as POSIX has them")
root_only = pytest.mark.skipif(not IS_ROOT, reason="only root may do this")
not_as_root = pytest.mark.skipif(IS_ROOT or os.name != "posix", reason="needs a user who may not read everything")
any_name = pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that takes any bytes for a name")

#: ERROR_INVALID_NAME and ERROR_PRIVILEGE_NOT_HELD: a name that Windows does not have, a link that it does not allow.
_REFUSED = (123, 1314)


def fifo(path: Path) -> None:
    """Make a FIFO; the test is skipped where there are none."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs FIFOs")
    os.mkfifo(path)


def needs_unix_sockets() -> None:
    """Skip the test where Python has no Unix sockets."""
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("needs Unix sockets")


def unix_socket(path: Path) -> None:
    """Make a Unix socket that nobody listens on; the test is skipped where there are none."""
    needs_unix_sockets()
    with socket.socket(socket.AF_UNIX) as made:
        # The name of a socket must be short.
        made.bind(os.path.relpath(path))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Iterator[None]:
    """Skip a test that cannot write its files here. An error that ctxopt itself has met is none of that."""
    try:
        return (yield)
    except OSError as error:
        if getattr(error, "winerror", None) in _REFUSED and not _met_by_ctxopt(error):
            pytest.skip(f"this system refuses what the test makes: {error}")
        raise


def _met_by_ctxopt(error: OSError) -> bool:
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_globals.get("__name__", "").partition(".")[0] == "ctxopt":
            return True
        frame = frame.tb_next
    return False


def pytest_configure() -> None:
    """Make what tests write have the same bytes everywhere: Windows would end lines with two characters."""
    if os.name == "nt":
        # Its defaults come last: data, encoding, errors, newline.
        Path.write_text.__defaults__ = (None, None, "\n")
