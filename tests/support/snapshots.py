"""Recorded output. `UPDATE_SNAPSHOTS=1 pytest` writes it again; look at the difference before you commit it."""

import os
from pathlib import Path


def check(file: Path, text: str) -> None:
    """Compare text with a recorded file."""
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
