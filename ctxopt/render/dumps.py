"""The text of JSON documents."""

import json
from typing import Any


def dumps(value: Any) -> str:
    """JSON with two spaces of indentation, in ASCII, so that no name can harm a terminal."""
    return json.dumps(value, indent=2, ensure_ascii=True)
