"""Annotations as SARIF 2.1.0, the format of code scanning services."""

import os
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from ctxopt.annotations.model import Annotation, Annotations, Descriptor, Level
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import printable
from ctxopt.render.dumps import dumps

_HOMEPAGE = "https://github.com/ctxopt/ctxopt"
#: Maximum number of results: GitHub shows no more, and refuses a log with many more. The worst come first.
_MOST = 5000
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
#: Lone surrogates that stand for no byte of a name: no encoding has them.
_UNENCODABLE = lazy_re("[\ud800-\udc7f\udd00-\udfff]")


def render(annotations: Annotations) -> str:
    """A log with one run, in ASCII."""
    numbers = {rule.id: number for number, rule in enumerate(annotations.rules)}
    driver = {
        "name": "ctxopt",
        "version": version("docker-ctxopt"),
        "informationUri": _HOMEPAGE,
        "rules": [_rule(rule) for rule in annotations.rules],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": all(item.level is not Level.ERROR for item in annotations.unchecked),
                "toolExecutionNotifications": [
                    *(_notification(item, numbers[item.rule]) for item in annotations.unchecked[:_MOST]),
                    *_cut(len(annotations.items), "results"),
                    *_cut(len(annotations.unchecked), "builds that could not be checked"),
                ],
            }
        ],
        "results": [_result(item, numbers[item.rule]) for item in annotations.items[:_MOST]],
        "properties": {
            "title": printable(annotations.title),
            "summary": [{"label": printable(label), "value": printable(value)} for label, value in annotations.summary],
        },
    }
    return dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Descriptor) -> dict[str, Any]:
    # GitHub requires the full description as well.
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.title},
        "help": {"text": rule.help, "markdown": rule.help},
        **({"helpUri": rule.page} if rule.page else {}),
        "defaultConfiguration": {"level": rule.level.value},
    }


def _notification(item: Annotation, number: int) -> dict[str, Any]:
    """What could not be checked. It is about the run of the tool, not about the code, so it is no result."""
    return {
        "associatedRule": {"id": item.rule, "index": number},
        "level": item.level.value,
        "message": {"text": _message(item.text)},
        "locations": [_location(item)],
    }


def _cut(count: int, what: str) -> list[dict[str, Any]]:
    """A notification about what is not in the log, if anything is not."""
    if count <= _MOST:
        return []
    return [{"level": "note", "message": {"text": f"and {count - _MOST:,} more {what}"}}]


def _result(item: Annotation, number: int) -> dict[str, Any]:
    return {
        "ruleId": item.rule,
        "ruleIndex": number,
        "level": item.level.value,
        "message": {"text": _message(item.text)},
        "locations": [_location(item)],
    }


def _location(item: Annotation) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(item.file), "region": _region(item)}}


def _message(text: str) -> str:
    """A message without placeholders and links; SARIF has an escape for the former only."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _artifact(file: str | None) -> dict[str, str]:
    # GitHub refuses a whole log for one result without a location.
    path = "." if file is None else quote(_UNENCODABLE.sub("\ufffd", file), errors="surrogateescape")
    if file is not None and os.path.isabs(file):
        # After two slashes, the first directory would be a host.
        return {"uri": "file:///" + path.lstrip("/")}
    return {"uri": path, "uriBaseId": "%SRCROOT%"}


def _region(item: Annotation) -> dict[str, int]:
    # Not every reader accepts a location without a region, so the default is the first line.
    start = max(1, item.line or 1)
    region = {"startLine": start}
    if item.end_line is not None:
        region["endLine"] = max(start, item.end_line)
    return region
