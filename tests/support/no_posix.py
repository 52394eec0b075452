"""Runs ctxopt as far as that can be tried elsewhere without what Windows does not have: `-m tests.support.no_posix`.

What is gone is gone before the first module of ctxopt is loaded. Modules of others that need it are loaded before.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from typing import Any

import git.cmd

#: Used by other modules in this process, which have them on Windows in another form or not at all.
_OTHERS = (subprocess, tempfile, git.cmd)

#: What Python's documentation calls "Availability: Unix", without what `subprocess` calls when it starts git.
OF_OS = (
    *("O_CLOEXEC", "O_DIRECTORY", "O_DSYNC", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "O_PATH", "O_SYNC"),
    *("fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups", "getuid", "getpgid", "setsid", "killpg"),
    *("chown", "fchdir", "fchmod", "fchown", "lchown", "fdatasync", "mkfifo", "mknod", "pathconf", "statvfs"),
    *("posix_fadvise", "pread", "preadv", "pwrite", "pwritev", "readv", "writev", "sendfile", "copy_file_range"),
    *("getxattr", "listxattr", "setxattr"),
    *("sched_getaffinity", "sysconf", "uname", "getloadavg", "nice"),
)
OF_SIGNAL = ("SIGPIPE", "SIGHUP", "SIGALRM", "SIGKILL", "SIGUSR1", "SIGWINCH", "alarm", "setitimer")
MODULES = ("fcntl", "grp", "pwd", "resource", "termios", "posix")

_open, _scandir = os.open, os.scandir


def _open_a_file(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
    if dir_fd is not None:
        raise NotImplementedError("dir_fd unavailable on this platform")
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    return _open(path, flags, mode)


def _list_a_path(path: Any = ".") -> Any:
    if isinstance(path, int):
        raise TypeError("scandir: path should be string, bytes, os.PathLike or None, not int")
    return _scandir(path)


def take_away() -> None:
    """Take from this process what only POSIX has."""
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL), (socket, ("AF_UNIX",))):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]  # so that an import of it fails
    vars(os).update(open=_open_a_file, scandir=_list_a_path)
    for functions in (os.supports_dir_fd, os.supports_fd):
        functions.clear()
    # It looked at these when it was loaded.
    vars(shutil).update(_use_fd_functions=False)


if __name__ == "__main__":
    assert not any(name.partition(".")[0] == "ctxopt" for name in sys.modules)
    take_away()
    from ctxopt.__main__ import run

    run()
