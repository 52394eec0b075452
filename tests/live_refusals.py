"""Record what BuildKit refuses of the Dockerfiles in `tests/support/refusals.py`, and what its lint rules say of them.

    python tests/live_refusals.py

Asks the engine that the `docker` command reaches, by `docker build --call=check`, which runs nothing, and writes
`tests/data/refusals.json`. Lines that name a front end of a registry are recorded without it. A check looks at all
stages, also at those that a build does not need.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.refusals import dockerfiles

_FILE = Path(__file__).parent / "data" / "refusals.json"


def answer(dockerfile: str) -> dict[str, Any]:
    """The error of a Dockerfile, None for none, and the sorted names of the lint rules that it violates."""
    with tempfile.TemporaryDirectory() as root:
        Path(root, "Dockerfile").write_text(dockerfile.replace("# syntax=docker/dockerfile:1", "# escape=\\"))
        command = ("docker", "build", "--call=check,format=json", root)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        return {
            "dockerfile": dockerfile,
            "error": done.stderr.strip().rpartition("ERROR: ")[2].split("\n")[0],
            "lint": [],
        }
    found = json.loads(done.stdout)
    rules = sorted({one["ruleName"] for one in found.get("warnings") or ()})
    return {"dockerfile": dockerfile, "error": found.get("buildError", {}).get("message"), "lint": rules}


def main() -> None:
    """Ask about all of them, and write the answers."""
    _FILE.write_text(json.dumps([answer(text) for text in dockerfiles()], indent=1) + "\n")


if __name__ == "__main__":
    main()
