"""Whether a file that is no Dockerfile is a template for one."""

import re
from typing import Final

from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import DockerfileError

#: What begins a statement of a template (Jinja, Go, Handlebars, ERB, EJS) where a Dockerfile has an instruction.
_STATEMENT: Final = lazy_re(rb"^[ \t]*(?:\{[{%#]|<%)", re.MULTILINE)
#: What stands for a value, as these and the templates of build tools write it.
_VALUE: Final = lazy_re(rb"\{\{|\{%|<%|@[A-Za-z_]\w*@|%%?[A-Za-z_]\w*%|\[\[[ \w.]+\]\]")


def as_template(error: DockerfileError, data: bytes) -> DockerfileError:
    """The error of a Dockerfile with these bytes, which says so if the reason is that it is a template."""
    lines = data.split(b"\n")
    line = lines[error.line - 1] if error.line is not None and error.line <= len(lines) else b""
    if _STATEMENT.search(data) is None and _VALUE.search(line) is None:
        return error
    hint = "this looks like a template: render it, and name the result with -f"
    return DockerfileError(error.problem, file=error.file, line=error.line, hint=hint)
