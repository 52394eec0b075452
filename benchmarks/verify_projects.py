"""The builds and the seconds that `ctxopt verify` takes for each of the small projects of its tests.

    PYTHONPATH=. .venv/bin/python benchmarks/verify_projects.py [BUILDER...]

The builders are buildkit, classic, buildah and podman; by default buildkit and buildah. An engine is started as for the
tests, see tests/support/engine. Seconds are those of the whole command, the first build without cache.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.real_builds.test_verify import Verify, committed, dropped
from tests.real_builds.verify_projects import PROJECTS
from tests.support.engine import engine
from tests.support.engine.session import Session
from tests.support.files import write


def main(builders: list[str]) -> None:
    """Print a line for each project and builder."""
    session = Session()
    try:
        for builder in builders:
            for name, project in PROJECTS.items():
                with tempfile.TemporaryDirectory() as folder:
                    verify = Verify(engine(), builder, Path(folder) / "state")
                    root = committed(write(Path(folder) / "project", project.files))
                    verify.provide(root)
                    started = time.monotonic()
                    answer = verify.json(root, *(f"--run={command}" for command in project.commands))
                    seconds = time.monotonic() - started
                result = "as expected" if dropped(answer) == project.dropped else "NOT AS EXPECTED"
                print(f"{builder:9} {name:28} {answer['builds_run']:3} builds {seconds:6.1f} s  {result}", flush=True)
    finally:
        session.close()


if __name__ == "__main__":
    main(sys.argv[1:] or ["buildkit", "buildah"])
