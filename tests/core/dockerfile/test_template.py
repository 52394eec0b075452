"""A template for a Dockerfile is called one, and a mere mistake is not."""

import pytest

from ctxopt.core.dockerfile.plan import plan
from ctxopt.errors import DockerfileError


@pytest.mark.parametrize(
    "text",
    [
        "{% set v = 3 %}\nFROM alpine:{{ v }}\n",
        "FROM alpine:{{ v }}\n",
        "<% if x %>\nFROM a\n",
        "FROM <%= base %>\n",
        "{{- if .Base }}\nFROM a\n{{ end }}\n",
        "FROM @BASE@\n",
        "FROM %BASE%\n",
        "FROM %%BASE%%\n",
        "FROM [[ base ]]\n",
        "FROM a\n{% for f in files %}\nCOPY {{ f }} /\n{% endfor %}\n",
    ],
)
def test_a_template(text: str) -> None:
    with pytest.raises(DockerfileError, match="this looks like a template: render it, and name the result with -f"):
        plan(text.encode(), "Dockerfile.j2")


@pytest.mark.parametrize(
    "text", ["COPPY a b\n", "FROM a b c\n", "FROM a\nRUN docker ps --format '{{.ID}}'\nCOPPY a b\n", "FROM a@b\n", ""]
)
def test_a_mistake(text: str) -> None:
    with pytest.raises(DockerfileError) as error:
        plan(text.encode(), "Dockerfile")
    assert "template" not in str(error.value)


def test_what_docker_accepts_is_no_template() -> None:
    assert plan(b"FROM a\nRUN docker ps --format '{{.ID}}'\nCOPY {{a}} /\n", "Dockerfile").reads[0].sources == (
        "{{a}}",
    )
