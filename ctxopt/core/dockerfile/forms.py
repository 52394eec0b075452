"""The form that each instruction must have, as BuildKit checks it when it parses the file."""

from ctxopt.core.dockerfile.flags import suggestion
from ctxopt.core.dockerfile.parser import Instruction
from ctxopt.core.golang.text import SPACE

#: All instructions that BuildKit knows.
KEYWORDS = (
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL"),
    *("MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
)


def form_problem(instruction: Instruction) -> str:
    """What is wrong with an instruction's form, or ""."""
    keyword, args = instruction.keyword, instruction.args
    if keyword not in KEYWORDS:
        return f"unknown instruction {keyword}{suggestion(keyword, KEYWORDS)}"
    if keyword == "FROM":
        return _from_problem(args)
    if keyword in ("COPY", "ADD") and len(args) < 2:
        return f"{keyword} needs at least one source and a destination"
    if keyword in ("WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER") and len(args) != 1:
        return f"{keyword} takes exactly one argument"
    if keyword in ("ENV", "LABEL", "EXPOSE", "VOLUME", "ARG", "ONBUILD", "HEALTHCHECK", "SHELL") and not args:
        return f"{keyword} needs at least one argument"
    if keyword in ("ENV", "LABEL") and "" in args[::2]:
        return f"{keyword} has an empty name"
    if keyword == "ARG" and any(word.startswith("=") for word in args):
        return "ARG has an empty name"
    if keyword == "SHELL" and not instruction.is_json:
        return 'SHELL takes a JSON array, such as ["/bin/sh", "-c"]'
    if keyword == "ONBUILD" and args[0] in ("ONBUILD", "FROM", "MAINTAINER"):
        return f"{args[0]} is not allowed as an ONBUILD trigger"
    if keyword == "VOLUME" and not all(word.strip(SPACE) for word in args):
        return "VOLUME has an empty path"
    if keyword == "HEALTHCHECK":
        return _healthcheck_problem(args)
    return ""


def _from_problem(args: tuple[str, ...]) -> str:
    if len(args) == 3 and args[1].lower() == "as":
        name = args[2].lower()
        if name[:1].isascii() and name[:1].isalpha() and all(c.isascii() and (c.isalnum() or c in "-_.") for c in name):
            return ""
        return f'invalid stage name "{args[2]}": it starts with a letter and has only letters, digits, - _ and .'
    return "" if len(args) == 1 else "FROM takes an image, or an image AS a name"


def _healthcheck_problem(args: tuple[str, ...]) -> str:
    kind = args[0].upper()
    if kind == "NONE":
        return "HEALTHCHECK NONE takes no arguments" if any(args[1:]) else ""
    if kind != "CMD":
        return f"unknown HEALTHCHECK type {args[0]}; use CMD or NONE"
    return "" if any(args[1:]) else "HEALTHCHECK CMD needs a command"
