"""The builds of a skaffold.yaml, as far as Docker or kaniko runs them."""

import os
from dataclasses import replace

from ctxopt.builds import yaml_tree
from ctxopt.builds.build import Declared, DeclaringFile, Unresolved
from ctxopt.builds.partial import Partial, Unknown, Value, finish
from ctxopt.builds.reading import Budget, read_text
from ctxopt.builds.yaml_parts import entries, items, text_of
from ctxopt.builds.yaml_tree import Node

#: The builders that read no Dockerfile.
_OTHERS = ("bazel", "jib", "ko", "buildpacks", "custom")


def read(file: DeclaringFile, root: str) -> Declared:
    """The build of every artifact with a Dockerfile. Raises CtxoptError and LeadsOut.

    Paths count from the file's directory, that of a Dockerfile from its context.
    """
    text = file.text if file.text is not None else read_text(file.path, file.shown, root)
    directory = os.path.dirname(os.path.abspath(file.path))
    builds = []
    unresolved: list[Unresolved] = []
    for document in yaml_tree.parse(text or "", file.shown, Budget(file.shown)):
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
            image = text_of(parts.get("image")) or f"line {artifact.line}"
            finished = finish(partial, f"{file.shown}: artifact {image}", file.shown, directory)
            builds += [finished.build] if finished.build is not None else []
            unresolved += finished.unresolved
    return Declared(tuple(builds), unresolved=tuple(unresolved))


def _is_given(node: Node | None) -> bool:
    """Whether a key has a value other than `null`."""
    return node is not None and not (isinstance(node, yaml_tree.Scalar) and not node.text)


def _value(node: Node | None, what: str) -> Value | None:
    text = text_of(node)
    return Unknown(f"{what} is a template") if text is not None and "{{" in text else text
