"""The builds of a skaffold.yaml, as far as Docker or kaniko runs them."""

import os
from dataclasses import replace

from ctxopt.builds import yaml_tree
from ctxopt.builds.build import Build, Declared, DeclaringFile, Unresolved
from ctxopt.builds.docker_options import Options
from ctxopt.builds.dockerfiles import is_skaffold_file
from ctxopt.builds.partial import Partial, Unknown, Value, finish, is_remote
from ctxopt.builds.reading import Budget, inside, read_text
from ctxopt.builds.yaml_parts import entries, items, text_of
from ctxopt.builds.yaml_tree import Node
from ctxopt.errors import CtxoptError

#: The builders that read no Dockerfile.
_OTHERS = ("bazel", "jib", "ko", "buildpacks", "custom")


def read(file: DeclaringFile, root: str) -> Declared:
    """The build of every artifact with a Dockerfile, also of required files. Raises CtxoptError and LeadsOut.

    Paths count from the file's directory, that of a Dockerfile from its context.
    """
    found = Declared(())
    budget = Budget(file.shown)
    waiting, seen = [file], {os.path.realpath(file.path)}
    while waiting:
        one = waiting.pop()
        builds, unresolved, required = _read(one, root, budget)
        found = Declared(found.builds + builds, unresolved=found.unresolved + unresolved)
        for other in required:
            # Those of the usual names are found by themselves.
            if os.path.realpath(other.path) not in seen and not is_skaffold_file(os.path.basename(other.path)):
                waiting.append(other)
            seen.add(os.path.realpath(other.path))
    return found


def _read(
    file: DeclaringFile, root: str, budget: Budget
) -> tuple[tuple[Build, ...], tuple[Unresolved, ...], list[DeclaringFile]]:
    """The builds of one file, what of it is not resolved, and the files that it requires."""
    text = file.text if file.text is not None else read_text(file.path, file.shown, root)
    directory = os.path.dirname(os.path.abspath(file.path))
    if text is None:
        raise CtxoptError("there is no such file", file=file.shown)
    builds: list[Build] = []
    unresolved: list[Unresolved] = []
    required: list[DeclaringFile] = []
    for document in yaml_tree.parse(text, file.shown, budget):
        for one in items(entries(document).get("requires")):
            path = text_of(entries(one).get("path"))
            if not path:
                continue
            place = os.path.normpath(os.path.join(directory, path))
            shown = os.path.normpath(os.path.join(os.path.dirname(file.shown), path)).replace(os.sep, "/")
            if "{{" in path or is_remote(path) or not inside(root, place):
                reason = f"it requires {path}, which is not read"
                unresolved.append(Unresolved(file.shown, file.shown, reason, one.line))
            elif not os.path.isdir(place):
                required.append(DeclaringFile(place, shown))
        for artifact in items(entries(entries(document).get("build")).get("artifacts")):
            parts = entries(artifact)
            if any(_is_given(parts.get(name)) for name in _OTHERS):
                continue
            docker = entries(parts.get("docker") or parts.get("kaniko"))
            context = _value(parts.get("context"), "context") or "."
            args = {name: _value(value, name) for name, value in entries(docker.get("buildArgs")).items()}
            partial = Partial(
                context if isinstance(context, Unknown) else os.path.normpath(os.path.join(directory, context)),
                _value(docker.get("dockerfile"), "dockerfile"),
                None,
                _value(docker.get("target"), "target"),
                (),
                {
                    name: replace(value, later=True) if isinstance(value, Unknown) else value
                    for name, value in args.items()
                },
            )
            words = [word for flag in items(docker.get("cliFlags")) if (word := text_of(flag)) is not None]
            partial = Options.of(words).over(partial, _text_value, lambda path: _placed(path, directory))
            image = text_of(parts.get("image")) or f"line {artifact.line}"
            finished = finish(partial, f"{file.shown}: artifact {image}", file.shown, directory)
            builds += [finished.build] if finished.build is not None else []
            unresolved += finished.unresolved
    return tuple(builds), tuple(unresolved), required


def _placed(path: Value, directory: str) -> Value:
    return path if isinstance(path, Unknown) or is_remote(path) else os.path.normpath(os.path.join(directory, path))


def _is_given(node: Node | None) -> bool:
    """Whether a key has a value other than `null`."""
    return node is not None and not (isinstance(node, yaml_tree.Scalar) and not node.text)


def _value(node: Node | None, what: str) -> Value | None:
    text = text_of(node)
    return None if text is None else _text_value(text, what)


def _text_value(text: str, what: str) -> Value:
    return Unknown(f"{what} is a template") if "{{" in text else text
