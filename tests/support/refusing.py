"""A system that refuses to open a directory, also for a user who may read everything."""

import os
from typing import Any

import pytest


def refuse_to_open(monkeypatch: pytest.MonkeyPatch, name: str, error: OSError) -> None:
    """Let opening any directory of this name fail, by a descriptor or by its path."""
    for function in ("open", "scandir"):
        monkeypatch.setattr(os, function, _refusing(getattr(os, function), name, error))


def _refusing(real: Any, name: str, error: OSError) -> Any:
    def refusing(path: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(path, str) and os.path.basename(path) == name:
            raise error
        return real(path, *arguments, **options)

    return refusing
