"""Base images made of this machine's own files."""

from collections.abc import Iterable

from tests.support.engine.session import Connection


def provide(connection: Connection, names: Iterable[str]) -> None:
    """Make the images of these names that the engine does not have yet."""
