"""The text of JSON documents."""

import json
from typing import Any


def dumps(value: Any) -> str:
    """JSON with two spaces of indentation, in ASCII, so that no name can harm a terminal or steer a runner."""
    # Two number signs are in texts only, where an escape means the same.
    return json.dumps(value, indent=2, ensure_ascii=True).replace("##", "#\\u0023")
