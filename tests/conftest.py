"""What all tests share."""

import sys

import pytest

from tests.support.engine import Engine, engine
from tests.support.engine.session import Session


def pytest_configure(config: pytest.Config) -> None:
    """Open the test session in the process that runs it, not in its workers."""
    if not hasattr(config, "workerinput") and sys.platform != "win32":
        config.add_cleanup(Session().close)


@pytest.fixture(scope="session")
def real_engine() -> Engine:
    """A real Docker engine, shared by all workers. The tests that use it are marked `engine`."""
    return engine()
