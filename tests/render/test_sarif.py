"""SARIF is valid by its schema, whatever the names are."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given, settings
from jsonschema import Draft7Validator

from ctxopt.annotations.model import Annotation, Annotations, Level
from ctxopt.render import sarif
from tests.render.support import ANY, HOSTILE, RULES, everywhere, one


@cache
def _validator() -> Draft7Validator:
    schema = json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def parse(annotations: Annotations) -> Any:
    """The only run of a log, which is valid and in ASCII."""
    text = sarif.render(annotations)
    assert text.isascii()
    log = json.loads(text)
    _validator().validate(log)
    (run,) = log["runs"]
    return run


def _uri(annotations: Annotations) -> str:
    (result,) = parse(annotations)["results"]
    uri: str = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    return uri


def test_a_result() -> None:
    run = parse(one("it fails\nread on", "api/Dockerfile", 3))
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.id for rule in RULES]
    assert [rule["defaultConfiguration"]["level"] for rule in run["tool"]["driver"]["rules"]] == [
        "warning",
        "error",
        "warning",
    ]
    assert run["properties"]["summary"] == [{"label": "BuildKit transfers", "value": "36.5 kB in 19 files"}]
    assert run["results"] == [
        {
            "ruleId": "build-fails",
            "ruleIndex": 1,
            "level": "error",
            "message": {"text": "it fails\nread on"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "api/Dockerfile", "uriBaseId": "%SRCROOT%"},
                        "region": {"startLine": 3},
                    }
                }
            ],
        }
    ]


def test_levels_and_lines() -> None:
    items = [
        Annotation("limit-size", Level.WARNING, "a", "x", 4, 6),
        Annotation("limit-size", Level.NOTE, "b", "x", 0, -1),
        Annotation("limit-size", Level.NOTE, "c", None),
    ]
    results = parse(Annotations("t", (), RULES, tuple(items)))["results"]
    assert [result["level"] for result in results] == ["warning", "note", "note"]
    regions = [result["locations"][0]["physicalLocation"]["region"] for result in results]
    assert regions == [{"startLine": 4, "endLine": 6}, {"startLine": 1, "endLine": 1}, {"startLine": 1}]


def test_what_is_about_the_whole_has_a_location_too() -> None:
    assert _uri(one("it", None, None)) == "."


@pytest.mark.parametrize("name", ["a b/c%d", "a:b", "a?b#c", "caf\u00e9", "a\nb\x00", "\udcff\udc80", "../up", "[1]"])
def test_a_name_comes_back_from_its_uri(name: str) -> None:
    uri = _uri(one("it", name))
    assert uri.isascii()
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert unquote_to_bytes(uri) == os.fsencode(name)


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert unquote_to_bytes(_uri(one("it", "a\ud800\udcff"))) == b"a\xef\xbf\xbd\xff"


@pytest.mark.parametrize("name", ["/etc/Dockerfile", "//etc/Dockerfile"])
def test_an_absolute_name_names_no_host(name: str) -> None:
    (result,) = parse(one("it", name))["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "file:///etc/Dockerfile"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[a](1)", "[a] (1)"),
        ("{0}", "{{0}}"),
        ("\x1b[2J\udcff\u202e", "\\x1b[2J\\xff\\u202e"),
    ],
)
def test_a_message_has_no_links_and_no_placeholders(text: str, shown: str) -> None:
    (result,) = parse(one(text))["results"]
    assert result["message"] == {"text": shown}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_valid(text: str) -> None:
    assert len(parse(everywhere(text))["results"]) == 3


@settings(max_examples=60)
@given(ANY)
def test_any_text_is_valid(annotations: Annotations) -> None:
    results = parse(annotations)["results"]
    assert [result["ruleId"] for result in results] == [item.rule for item in annotations.items]
    for result in results:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert urlsplit(uri).netloc == ""
        assert "](" not in result["message"]["text"]


def test_no_more_results_than_github_shows() -> None:
    items = tuple(Annotation("build-fails", Level.ERROR, f"n{number}", "Dockerfile", 1) for number in range(5003))
    (run,) = json.loads(sarif.render(Annotations("ctxopt check", (), RULES, items)))["runs"]
    assert len(run["results"]) == 5000
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "and 3 more results"
    assert run["tool"]["driver"]["informationUri"].startswith("https://")
