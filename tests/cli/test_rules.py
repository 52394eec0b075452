"""`ctxopt rules`, end to end."""

import json

from tests.support.cli import run


def test_the_list() -> None:
    done = run("rules", columns=60)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("CTX005  A pattern that matches in the root")]
    assert max(map(len, lines)) <= 60
    assert "ignore-root-only" in run("rules", columns=120).stdout


def test_one_is_explained_by_either_name() -> None:
    done = run("rules", "ignore-root-only")
    assert done.stdout == run("rules", "CTX005").stdout
    assert done.stdout.startswith("CTX005 ignore-root-only\n")
    assert "# ctxopt ignore=CTX005" in done.stdout
    assert done.stdout.endswith("/docs/rules/CTX005.md\n")


def test_as_json() -> None:
    found = json.loads(run("rules", "CTX005", "CTX004", "--format", "json").stdout)
    assert [rule["name"] for rule in found["rules"]] == ["ignore-root-only", "ignore-no-effect"]
    assert set(found["rules"][0]) == {"rule", "name", "title", "help", "page"}


def test_one_that_there_is_not() -> None:
    done = run("rules", "ignore-root-olny")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'error: no rule "ignore-root-olny"; did you mean CTX005?\n'
