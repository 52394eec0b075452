"""What services of Compose and Kubernetes run in an image is needed in it."""

from pathlib import Path

import pytest

from ctxopt.evidence.service_commands import service_commands
from tests.evidence.support import claimed, judged, text, write
from tests.support.steps import assert_linear

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"
ENTRY = PLAIN + 'ENTRYPOINT ["serve"]\n'


@pytest.mark.parametrize(
    ("yaml", "words"),
    [
        ('a:\n  command: ["serve", "docs"]\n', ("serve", "docs")),
        ("a:\n  command: [serve,\n    docs]\n", ("serve", "docs")),
        ("a:\n  command: # what runs\n    - serve\n    - docs\n  b: c\n", ("serve", "docs")),
        ("a:\n  command:\n  - serve\n  - docs # of it\n  b:\n  - c\n", ("serve", "docs")),
        ('a:\n  command: serve "my docs" -x\n', ("serve", "my docs", "-x")),
        ("a:\n  command: >-\n    serve\n    docs\n  b: c\n", ("serve", "docs")),
        ("- command:\n    - sh\n    - -c\n    - |\n      cat docs/x\n", ("sh", "-c", "cat docs/x")),
        ("a:\n  args: ['serve', 'docs']\n", ("serve", "docs")),
    ],
)
def test_the_forms_of_a_command(yaml: str, words: tuple[str, ...]) -> None:
    assert [command.words for command in service_commands(yaml)] == [words]


@pytest.mark.parametrize(
    "yaml",
    [
        "  - command: [serve]\n    args: [docs]\n",
        "  - args: [docs]\n    command: [serve]\n",
        "  a:\n    entrypoint: serve\n    command: docs\n",
        "  a:\n    command: docs\n    entrypoint: serve\n",
    ],
)
def test_the_two_parts_of_a_command(yaml: str) -> None:
    assert ("serve", "docs") in [command.words for command in service_commands(yaml) if command.whole]


@pytest.mark.parametrize(
    ("file", "yaml"),
    [
        ("compose.yml", 'services:\n  a:\n    build: .\n    command: ["serve", "docs"]\n'),
        ("docker-compose.prod.yaml", "services:\n  a:\n    build: .\n    command:\n      - serve\n      - docs\n"),
        ("compose.yml", "services:\n  a:\n    build: .\n    entrypoint: serve docs\n"),
        ("compose.yml", "services:\n  a:\n    build: .\n    command: docs\n    entrypoint: [serve]\n"),
        ("compose.yml", "services:\n  a:\n    build: .\n    command: ['-d', 'docs']\n"),
        ("k8s/base/deployment.yaml", "spec:\n  containers:\n  - image: a\n    command:\n    - serve\n    - docs\n"),
        ("deploy/a.yml", 'spec:\n  containers:\n  - image: a\n    command: ["serve"]\n    args: ["docs"]\n'),
        ("charts/a/templates/deployment.yaml", "      - name: {{ .Chart.Name }}\n        args: [serve, docs]\n"),
        ("helm/values.yaml", "args:\n  - serve\n  - docs\n"),
        ("k8s/job.yaml", "    command:\n    - sh\n    - -c\n    - |\n      serve docs\n"),
    ],
)
def test_words_of_services(tmp_path: Path, file: str, yaml: str) -> None:
    write(tmp_path, "docs/a.md", "tests/x")
    assert claimed(judged(tmp_path, PLAIN))["docs"] == "docs"
    text(tmp_path, file, yaml)
    found = claimed(judged(tmp_path, PLAIN))
    assert "docs" not in found
    assert found["tests"] == "tests"


@pytest.mark.parametrize("yaml", ["a:\n  command: docs\n", "a:\n  args:\n  - docs\n", "a:\n  command: [-x, docs]\n"])
def test_words_for_an_entry_point(tmp_path: Path, yaml: str) -> None:
    write(tmp_path, "docs/a.md")
    text(tmp_path, "k8s/a.yml", yaml)
    assert "docs" not in claimed(judged(tmp_path, ENTRY))


@pytest.mark.parametrize(
    "yaml",
    [
        "a:\n  command: npm run docs\n",
        'a:\n  command: ["npm", "run", "docs"]\n',
        "a:\n  command: [mkdir, -p, docs]\n",
        "a:\n  build:\n    args:\n      docs: 1\n",
        "a:\n  command: [echo, docs]\n",
        "a:\n  args:\n    - KEY=1\n    # docs\n",
    ],
)
def test_words_that_are_no_paths(tmp_path: Path, yaml: str) -> None:
    write(tmp_path, "docs/a.md")
    text(tmp_path, "compose.yml", yaml)
    assert "docs" in claimed(judged(tmp_path, PLAIN))


@pytest.mark.parametrize("yaml", ["command: [a\n", "args:\n- a\n", "command: >\n  a\n", "args: |\n"])
def test_twice_the_text_is_twice_the_work(yaml: str) -> None:
    assert_linear(lambda count: lambda: list(service_commands(yaml * count)), 100)
