"""The steps of a workflow as GitHub reads them: the action that one uses, its version and its inputs."""

import os
import re
from collections.abc import Mapping

from ctxopt.builds import yaml_tree
from ctxopt.builds.reading import Budget, LeadsOut, inside, read_text
from ctxopt.builds.yaml_parts import entries, text_of
from ctxopt.builds.yaml_tree import Node
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

BUILD = "docker/build-push-action"
BAKE = "docker/bake-action"
DEFAULT_CONTEXT = "{{defaultContext}}"
#: With which inputs the actions build from the checkout.
BUILD_FIX = "context: ."
BAKE_FIX = "source: ."
#: The first version of docker/bake-action that builds from git by default.
_BAKE_FROM_GIT = 6
_VERSION = lazy_re(r"v?(\d{1,4})(\.|$)")
#: What may be an action of the repository itself, and what ends it in lists and mappings on one line.
_LOCAL = lazy_re(r"""\./[^\s"'#]{1,300}""")
_ENDS = lazy_re(r"[,\[\]{}]")


def used(step: Mapping[str, Node]) -> tuple[str, str, str]:
    """The action of a step, "@", and its version. GitHub does not tell cases of the name apart."""
    action, at, version = (text_of(step.get("uses")) or "").partition("@")
    action = action.lower().removeprefix("https://github.com/")
    if action.startswith((".", "docker:")):
        return action, at, version
    # The runner takes a slash of either kind between parts, and drops empty ones.
    return "/".join(filter(None, re.split(r"[/\\]", action))), at, version


def inputs(step: Mapping[str, Node]) -> Mapping[str, Node]:
    """The inputs of a step by their names, of which GitHub does not tell cases apart."""
    return {name.lower(): node for name, node in entries(step.get("with")).items()}


def as_newer(given: Mapping[str, Node], version: str) -> Mapping[str, Node]:
    """The inputs of docker/build-push-action as those of version 2 and later; version 1 builds from the checkout.

    Which version a commit or a branch is, its inputs say.
    """
    old = {"path", "dockerfile", "build_args"} & given.keys()
    major = _VERSION.match(version)
    if int(major[1]) != 1 if major else not old or "context" in given:
        return given
    here = yaml_tree.Scalar(".", 0)
    path, file, args = (given.get(name) for name in ("path", "dockerfile", "build_args"))
    lines = yaml_tree.Scalar((text_of(args) or "").replace(",", "\n"), 0)
    newer = {**given, "context": path or here, "file": file, "build-args": None if args is None else lines}
    return {name: node for name, node in newer.items() if node is not None}


def bakes_from_git(version: str) -> bool:
    """Whether docker/bake-action of a version builds from git by default; a commit or a branch is the newest one."""
    found = _VERSION.match(version)
    return found is None or int(found[1]) >= _BAKE_FROM_GIT


def in_git(context: str) -> str:
    """The directory of a context without the name of the repository of the workflow."""
    return context.strip().removeprefix(DEFAULT_CONTEXT).removeprefix(":")


def listed(text: str) -> tuple[str, ...]:
    """The items of an input that is a list, between commas or in lines."""
    return tuple(item for item in (part.strip() for part in re.split("[,\n]", text)) if item)


def local_actions(text: str) -> set[str]:
    """What may be the actions of the repository itself that a text uses, in whatever layout."""
    found = set(_LOCAL.findall(text))
    return found | {_ENDS.split(name)[0] for name in found}


def building(action: str, root: str, budget: Budget) -> str | None:
    """The action of the repository itself that builds, from one that a step uses; None for none that can be read."""
    waiting, seen = [action], {action}
    while waiting:
        action = waiting.pop()
        for name in ("action.yml", "action.yaml") if action.startswith("./") else ():
            path = os.path.normpath(os.path.join(root, action, name))
            try:
                text = (read_text(path, action, root) if inside(root, path) else None) or ""
            except (CtxoptError, LeadsOut):
                continue
            budget.spend(1 + len(text) // 1_000)
            if BUILD in text.lower() or BAKE in text.lower():
                return action
            used = local_actions(text) - seen
            seen |= used
            waiting += sorted(used)
    return None
