"""What is worked out once for one run of a command, in which the files of a repository do not change."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

_Made = TypeVar("_Made")
_known: Final[ContextVar[dict[Hashable, Any] | None]] = ContextVar("known", default=None)


@contextmanager
def one_run() -> Iterator[None]:
    """The `with` block is one run."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once_a_run(key: Hashable, make: Callable[[], _Made]) -> _Made:
    """What `make` works out, once for each key in one run; each time outside of any."""
    known = _known.get()
    if known is None:
        return make()
    if key not in known:
        known[key] = make()
    made: _Made = known[key]
    return made
