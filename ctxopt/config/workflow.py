"""The text of a GitHub Actions workflow that checks a build context."""

import json
import shlex

from ctxopt.errors import CtxoptError

_WORKFLOW = """# Checks the size of the build context against the limits in ctxopt.toml.
name: build context
on: [push, pull_request]
permissions:
  contents: read
jobs:
  context:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      - run: pip install "docker-ctxopt @ git+https://github.com/ctxopt/ctxopt@v{version}"
      - run: {command}
"""


def workflow(context: str, version: str) -> str:
    """A workflow that checks a context, a path in the repository, with a version of ctxopt. Raises CtxoptError."""
    if "${{" in context or not context.isprintable():
        raise CtxoptError("a workflow cannot contain this path", file=context)
    # From the context's directory, the configuration decides which builds are checked.
    place = "" if context == "." else f"cd {shlex.quote(context)} && "
    command = f"{place}ctxopt check --format github --step-summary"
    return _WORKFLOW.format(version=version, command=json.dumps(command, ensure_ascii=False) if place else command)
