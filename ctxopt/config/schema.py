"""The JSON Schema of a configuration."""

from typing import Any

from ctxopt.config.keys import ARRAYS, CHECK_KEYS, LIMIT_KEYS, RULE_KEYS, Key


def schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of ctxopt.toml, which is also that of [tool.ctxopt] in pyproject.toml.

    It accepts what the reader accepts, except for what a schema cannot express: two builds of the same name,
    and patterns that Docker refuses.
    """
    properties: dict[str, Any] = {key.name: _reference(key) for key in (*LIMIT_KEYS, *RULE_KEYS, *CHECK_KEYS)}
    for name, (keys, description) in ARRAYS.items():
        properties[name] = {"description": description, "type": "array", "items": _table(keys)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ctxopt.toml",
        "description": "The configuration of ctxopt, also at [tool.ctxopt] in pyproject.toml.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": {key.name: _described(key) for key in (*LIMIT_KEYS, *RULE_KEYS, *CHECK_KEYS)},
    }


def _table(keys: tuple[Key, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [key.name for key in keys if key.required],
        "properties": {key.name: _reference(key) if key in LIMIT_KEYS else _described(key) for key in keys},
    }


def _reference(key: Key) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{key.name}"}


def _described(key: Key) -> dict[str, Any]:
    return {"description": key.description, **key.spec.schema}
