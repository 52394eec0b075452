"""The build of a devcontainer.json, or of the Compose files that it names."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from ctxopt.builds.build import Declared, DeclaringFile
from ctxopt.builds.partial import Partial, Unknown, Value, finish
from ctxopt.builds.reading import is_outside, read_text
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: Texts and comments of JSON with comments, and a comma before what closes.
_TOKENS = lazy_re(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*(?:(?://[^\n]*\n|/\*.*?\*/)\s*)*[}\]])', re.DOTALL)


def read(file: DeclaringFile, root: str) -> Declared:
    """The builds of a devcontainer.json; paths count from its directory. Raises CtxoptError and LeadsOut."""
    text = file.text if file.text is not None else read_text(file.path, file.shown, root)
    try:
        data = json.loads(_TOKENS.sub(lambda token: token[1] or "", text or "{}"))
    except (ValueError, RecursionError):
        raise CtxoptError("not valid JSON with comments", file=file.shown) from None
    if not isinstance(data, dict):
        return Declared(())
    directory = os.path.dirname(os.path.abspath(file.path))
    composed = data.get("dockerComposeFile")
    if composed is not None:
        return _of_compose(composed, file, directory, root)
    build = data.get("build") if isinstance(data.get("build"), dict) else {}
    assert isinstance(build, dict)
    dockerfile = build.get("dockerfile") or data.get("dockerFile")
    if not isinstance(dockerfile, str):
        return Declared(())
    context = _value(build.get("context") or data.get("context") or ".", "context")
    partial = Partial(
        context if isinstance(context, Unknown) else os.path.normpath(os.path.join(directory, context)),
        _placed(_value(dockerfile, "dockerfile"), directory),
        None,
        _value(build["target"], "target") if isinstance(build.get("target"), str) else None,
        (),
        _arguments(build.get("args")),
    )
    finished = finish(partial, f"{file.shown}: development container", file.shown, directory)
    return Declared(() if finished.build is None else (finished.build,), unresolved=finished.unresolved)


def _of_compose(composed: Any, file: DeclaringFile, directory: str, root: str) -> Declared:
    from ctxopt.builds.declared import read_compose

    names = [name for name in (composed if isinstance(composed, list) else [composed]) if isinstance(name, str)]
    shown = os.path.dirname(file.shown)
    files = [
        DeclaringFile(
            os.path.normpath(os.path.join(directory, name)),
            os.path.normpath(os.path.join(shown, name)).replace(os.sep, "/"),
        )
        for name in names
        if "${" not in name
    ]
    for one in files:
        if is_outside(one.path, root, directory):
            raise CtxoptError("dockerComposeFile names a file outside of the project", file=file.shown)
    return read_compose(files, root) if files else Declared(())


def _value(text: str, what: str) -> Value:
    return Unknown(f"{what} has a variable") if "${" in text else text


def _placed(path: Value, directory: str) -> Value:
    return path if isinstance(path, Unknown) else os.path.normpath(os.path.join(directory, path))


def _arguments(args: Any) -> Mapping[str, Value | None]:
    """The arguments whose values are known; others depend on who opens the container."""
    if not isinstance(args, dict):
        return {}
    return {name: value for name, value in args.items() if isinstance(value, str) and "${" not in value}
