"""The build of a devcontainer.json, or of the Compose files that it names."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ctxopt.builds.build import Declared, DeclaringFile, Unresolved
from ctxopt.builds.docker_options import Options
from ctxopt.builds.partial import Partial, Unknown, Value, finish, is_remote
from ctxopt.builds.reading import is_outside, read_text
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: Texts and comments of JSON with comments, and a comma before what closes.
_TOKENS = lazy_re(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*(?:(?://[^\n]*\n|/\*.*?\*/)\s*)*[}\]])', re.DOTALL)

#: The folder that is opened.
_FOLDER = "${localWorkspaceFolder}"


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
    folder = _workspace(directory)

    def value(text: object, what: str) -> Value:
        return _value(text if isinstance(text, str) else "", what, folder)

    context = value(build.get("context") or data.get("context") or ".", "context")
    partial = Partial(
        context if isinstance(context, Unknown) else os.path.normpath(os.path.join(directory, context)),
        _placed(value(dockerfile, "dockerfile"), directory),
        None,
        value(build["target"], "target") if isinstance(build.get("target"), str) else None,
        (),
        _arguments(build.get("args"), folder),
    )
    options = build.get("options")
    words = [word for word in options if isinstance(word, str)] if isinstance(options, list) else []
    partial = Options.of(words).over(partial, value, lambda path: _named(path, folder))
    finished = finish(partial, f"{file.shown}: development container", file.shown, directory)
    return Declared(() if finished.build is None else (finished.build,), unresolved=finished.unresolved)


def _of_compose(composed: Any, file: DeclaringFile, directory: str, root: str) -> Declared:
    from ctxopt.builds.declared import read_compose

    folder = _workspace(directory)
    written = [name for name in (composed if isinstance(composed, list) else [composed]) if isinstance(name, str)]
    values = [_value(name, "dockerComposeFile", folder) for name in written]
    names = [name for name in values if isinstance(name, str)]
    unknown = dict.fromkeys(value.why for value in values if isinstance(value, Unknown))
    unresolved = tuple(Unresolved(file.shown, file.shown, why) for why in unknown)
    shown = os.path.dirname(file.shown)
    files = [
        DeclaringFile(
            os.path.normpath(os.path.join(directory, name)),
            os.path.normpath(os.path.join(shown, name)).replace(os.sep, "/"),
        )
        for name in names
    ]
    for one in files:
        if is_outside(one.path, root, directory):
            raise CtxoptError("dockerComposeFile names a file outside of the project", file=file.shown)
    declared = read_compose(files, root) if files else Declared(())
    return replace(declared, unresolved=declared.unresolved + unresolved)


def _workspace(directory: str) -> str:
    """The folder that is opened, from the directory of a devcontainer.json."""
    parts = directory.split(os.sep)
    return os.sep.join(parts[: parts.index(".devcontainer")]) if ".devcontainer" in parts else directory


def _value(text: str, what: str, folder: str) -> Value:
    """A text with the folder that is opened in place of its variable; other variables depend on who opens it."""
    text = text.replace(_FOLDER, folder)
    return Unknown(f"{what} has a variable") if "${" in text else text


def _named(path: Value, directory: str) -> Value:
    """What a named context is: a local path counts from the folder that is opened."""
    return path if isinstance(path, Unknown) or is_remote(path) else os.path.normpath(os.path.join(directory, path))


def _placed(path: Value, directory: str) -> Value:
    return path if isinstance(path, Unknown) else os.path.normpath(os.path.join(directory, path))


def _arguments(args: Any, folder: str) -> Mapping[str, Value | None]:
    """The arguments; the values of some depend on who opens the container."""
    if not isinstance(args, dict):
        return {}
    values = {name: _value(value, name, folder) for name, value in args.items() if isinstance(value, str)}
    return {name: replace(value, later=True) if isinstance(value, Unknown) else value for name, value in values.items()}
