"""What the tests of the command share."""

from pathlib import Path

import pytest

from sample_projects.make_junk import JUNK, make


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All sample projects with their junk, to look at: nothing is written there."""
    root = tmp_path_factory.mktemp("samples")
    for name in JUNK:
        make(name, root / name)
    return root
