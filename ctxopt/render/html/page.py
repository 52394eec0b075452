"""Treemaps as a page that stands alone: it loads nothing, and may load nothing."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from importlib.metadata import version
from importlib.resources import files

from ctxopt.render.html.data import data, title
from ctxopt.treemap.model import Treemap

#: Characters that reorder text or are invisible in the source of the page.
_TURNING = (
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
#: These, and characters that could end a script element, begin another one or a comment, or end a JavaScript line.
_STEERING = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u0085\u2028\u2029" + _TURNING}


def page(*treemaps: Treemap) -> str:
    """The page of one build, or of several, as text without lone surrogates; names are escaped as on a terminal."""
    script, style = _asset("assets/page.js"), _asset("assets/page.css")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {
        "policy": escape(policy, quote=False),
        "title": escape(title(treemaps)),
        "style": style,
        "script": script,
        "data": "".join(_json(data(treemaps, f"Made by ctxopt {version('docker-ctxopt')}."))),
    }
    # In one pass, so that no part is searched for the placeholder of another.
    return re.sub(r"\{(policy|title|style|script|data)\}", lambda found: parts[found[1]], _asset("page.html"))


def _json(value: object) -> Iterator[str]:
    for part in json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).iterencode(value):
        # A runner takes `##` with a bracket after it for a command wherever it is in a line.
        yield part.translate(_STEERING).replace("##", "#\\u0023")


def _asset(name: str) -> str:
    text: str = files(__package__).joinpath(name).read_text(encoding="utf-8")
    # A browser normalizes line ends before it hashes.
    return text.replace("\r\n", "\n")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
