"""JSON, TOML, YAML and INI as plain values; JSON with comments, as TypeScript, Angular and editors write it."""

import json
from functools import lru_cache
from typing import Final

from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: A string, which is kept, or a comment.
_STRING_OR_COMMENT: Final = lazy_re(r'"(?:[^"\\\n]|\\.)*+"|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?')
#: A string, which is kept, or a comma behind which a bracket closes.
_STRING_OR_COMMA: Final = lazy_re(r'"(?:[^"\\\n]|\\.)*+"|,(?=\s*+[\]}])')


def without_comments(text: str) -> str:
    """A JSON text without comments, and without a comma behind the last item of a list or an object."""
    if "/" in text:
        text = _STRING_OR_COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else " ", text)
    return _STRING_OR_COMMA.sub(lambda found: found[0] if found[0][0] == '"' else "", text)


# A few things are looked for in each text, one after the other.
@lru_cache(maxsize=8)
def tree_of(text: str, form: str) -> object:
    """The value in a text of one of these forms, not to be changed; None if it is malformed, or expands to too much."""
    try:
        if form == "json":
            return _json(text)
        if form == "ini":
            return _ini(text)
        return _toml(text) if form == "toml" else _yaml(text)
    except (ValueError, RecursionError, CtxoptError):
        return None


def _toml(text: str) -> object:
    import tomllib

    return tomllib.loads(text)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(without_comments(text))


def _ini(text: str) -> object:
    """The sections, with the words of each value."""
    # Loaded for the few files that are written in it.
    from configparser import Error, RawConfigParser

    parser = RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except Error:
        return None
    return {
        name: {key: (value or "").replace(",", " ").split() for key, value in parser.items(name)}
        for name in parser.sections()
    }


def _yaml(text: str) -> object:
    # Loaded for the few files that are written in it.
    from ctxopt.builds.reading import Budget
    from ctxopt.builds.yaml_tree import Map, Node, Scalar, parse

    budget = Budget("")

    def plain(node: Node) -> object:
        # A node that is repeated by an alias counts each time.
        budget.spend(1)
        if isinstance(node, Scalar):
            return node.text
        if isinstance(node, Map):
            return {key: plain(value) for key, value in node.entries.items()}
        return [plain(item) for item in node.items]

    documents = parse(text, "", budget)
    return plain(documents[0]) if documents else None
