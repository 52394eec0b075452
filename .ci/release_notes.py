"""Print what the changelog says of a version: `python .ci/release_notes.py 0.1.0`. Fails where it says nothing."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def notes(changelog: str, version: str) -> str:
    """The section of a version, without its heading. Raises SystemExit if there is none, or nothing in it."""
    sections = re.split(r"^## +", changelog, flags=re.MULTILINE)[1:]
    for section in sections:
        heading, _, text = section.partition("\n")
        if heading.split()[:1] == [version] and text.strip():
            return text.strip() + "\n"
    raise SystemExit(f"CHANGELOG.md says nothing of {version}: give what is new there a heading `## {version}`")


def main() -> None:
    (version,) = sys.argv[1:]
    version = version.removeprefix("v")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if project["version"] != version:
        raise SystemExit(f"pyproject.toml has version {project['version']}, not {version}")
    sys.stdout.write(notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version))


if __name__ == "__main__":
    main()
