"""What all tests share."""

import sys

import pytest
from hypothesis import HealthCheck, settings

from tests.support.engine import Engine, engine
from tests.support.engine.session import Session

# How long an example takes depends on what else the machine does.
settings.register_profile("ctxopt", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ctxopt")


def pytest_configure(config: pytest.Config) -> None:
    """Open the test session in the process that runs it, not in its workers."""
    if not hasattr(config, "workerinput") and sys.platform != "win32":
        config.add_cleanup(Session().close)


@pytest.fixture(scope="session")
def real_engine() -> Engine:
    """A real Docker engine, shared by all workers. The tests that use it are marked `engine`."""
    return engine()
