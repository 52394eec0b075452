"""The text of JSON documents."""

import json
from typing import Any


def dumps(value: Any) -> str:
    """JSON with two spaces of indentation, in ASCII, so that no name can harm a terminal or steer a runner."""
    return _inert(json.dumps(value, indent=2, ensure_ascii=True))


def dumps_in_one_line(value: Any) -> str:
    """The same without line ends."""
    return _inert(json.dumps(value, ensure_ascii=True))


def _inert(text: str) -> str:
    # Two number signs are in texts only, where an escape means the same.
    return text.replace("##", "#\\u0023")
