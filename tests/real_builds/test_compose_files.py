"""Compose files, as Compose itself reads them."""

from pathlib import Path

import pytest

from tests.live_declared import difference
from tests.support.files import write

pytestmark = pytest.mark.engine

_BASE = """
services:
  web:
    build:
      context: ./web
      dockerfile: D
      target: prod
      args: {A: "1", B: "2", C: }
      additional_contexts: {shared: ./shared, base: docker-image://alpine}
  api: {build: api, image: x}
  db: {image: y}
"""

_SETS: dict[str, dict[str, str]] = {
    "one file": {"compose.yaml": _BASE, ".env": "C=from .env\n"},
    "an override": {
        "compose.yaml": _BASE,
        "override.yaml": "services: {web: {build: {target: dev, args: [A=3, D=4]}}, more: {build: {context: more}}}",
    },
    "reset and override": {
        "compose.yaml": _BASE,
        "override.yaml": """
services:
  web:
    build:
      args: {A: !reset null, E: "5"}
      additional_contexts: !override {only: ./only}
      target: !reset null
  api: !override {build: web}
""",
    },
    "lists and maps": {
        "compose.yaml": "services: {w: {build: {context: ., args: [A=1, B=2=3, C]}}}",
        "override.yaml": "services: {w: {build: {args: {B: b, C: c}, additional_contexts: [x=./x]}}}",
    },
    "a short form": {
        "compose.yaml": "services: {w: {build: web}, v: {build: {context: api, target: t}}}",
        "override.yaml": "services: {w: {build: {target: t}}, v: {build: web}}",
    },
    "extends": {
        "compose.yaml": """
services:
  base: {build: {context: web, args: {A: a, B: b}, target: t}}
  child: {extends: base, build: {args: {B: c}}}
  far: {extends: {file: sub/common.yaml, service: common}, build: {dockerfile: E}}
""",
        "sub/common.yaml": "services:\n  common: {extends: deeper, build: {context: ctx}}\n"
        "  deeper: {build: {args: {X: x}}}\n",
    },
    "include": {
        "compose.yaml": "include: [sub/compose.yaml, {path: [a.yaml, b.yaml], project_directory: api}]\n"
        "services: {own: {build: .}}",
        "sub/compose.yaml": "services: {sub: {build: {context: here, args: {V: '${V}', W: }}}}",
        "sub/.env": "V=sub\nW=sub\n",
        "a.yaml": "services: {both: {build: {target: a}}}",
        "b.yaml": "services: {both: {build: {target: b}}}",
        "api/": "",
    },
    "variables": {
        "compose.yaml": """
services:
  w:
    build:
      context: ./${DIR:-web}
      args:
        PATTERN: "^v[0-9]+$"
        LONE: "$ $1 a$"
        ESCAPED: "$${X}"
        DEFAULT: "${NONE:-${DIR}-x}"
        SET: "${DIR+yes}${NONE+no}"
        EMPTY: "${EMPTY-a}${EMPTY:-b}"
        NAME: "${COMPOSE_PROJECT_NAME}"
        BRACES: '${NONE:-{"a":1}}'
""",
        ".env": "DIR=api\nEMPTY=\nQUOTED='a $DIR'\n",
    },
    "anchors and merge keys": {
        "compose.yaml": """
x-build: &build {context: web, args: &args {A: 1.20, B: true, C: 0x10, D: 012, E: null}}
services:
  a: {build: {<<: *build, target: t}}
  b: {build: {<<: *build, args: {<<: *args, A: "1.20"}}}
""",
    },
    "dates": {
        "compose.yaml": """
services:
  a:
    build:
      context: web
      args: {A: 2024-01-02, B: 2024-1-2 1:2:3, C: 2024-01-02T10:11:12.120Z, D: 2024-01-02t10:11:12-03:30, E: 2024-02-30,
        F: "2024-01-02", G: 2024-01-02 10:11:12 Z, H: 2024-01-02T10:11:12, I: 0001-01-01, J: 2024-01-02T10:11:12+00:00}
""",
    },
    "documents": {
        "compose.yaml": "services: {a: {build: {context: web, target: one}}}\n"
        "---\nservices: {a: {build: {target: two}}}\n"
    },
    "profiles": {"compose.yaml": "services: {a: {build: web, profiles: [x]}, b: {build: api}}"},
    "an inline Dockerfile": {
        "compose.yaml": "services: {a: {build: {context: web, dockerfile_inline: 'FROM $${X:-scratch}'}}}"
    },
}


@pytest.mark.parametrize("name", _SETS)
def test_file_sets(tmp_path: Path, name: str) -> None:
    write(tmp_path, _SETS[name])
    files = [tmp_path / "compose.yaml", *tmp_path.glob("override.yaml")]
    assert difference(files, str(tmp_path)) == ("read", None)


_REFUSED = (
    *("services: {a: {build: '${'}}", "services: {a: {build: {context: ., args: {A: '${X'}}}}"),
    *("services: [a]", "a: b: c"),
)


@pytest.mark.parametrize("text", _REFUSED)
def test_what_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"compose.yaml": text})
    assert difference([tmp_path / "compose.yaml"], str(tmp_path)) == ("refused", None)
