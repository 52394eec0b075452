"""A process that replaces a file over and over. It imports little, since many of them are started."""

from multiprocessing.connection import Connection

from ctxopt.files import read_for_change, replace_file

SHORT = b"a" * 200_000
LONG = b"b" * 300_000


def replace_without_end(root: str, name: str, started: Connection) -> None:
    """Replace the one text by the other, and that by the first, until somebody kills the process."""
    started.send_bytes(b"!")
    while True:
        snapshot = read_for_change(root, name)
        replace_file(snapshot, LONG if snapshot.data == SHORT else SHORT)
