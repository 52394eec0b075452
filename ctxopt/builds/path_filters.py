"""The path filters of GitHub workflows: `paths` and `paths-ignore` of the events that start them.

Follows GitHub's filter patterns: `*` matches within a directory, `**` across directories, `?` and `+` repeat the
character before them, and the last pattern that matches decides.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from ctxopt.builds import workflows, yaml_tree
from ctxopt.builds.build import DeclaringFile
from ctxopt.builds.build_lines import built_in
from ctxopt.builds.reading import Budget, read_text, relative_to
from ctxopt.builds.yaml_parts import entries, items, text_of
from ctxopt.builds.yaml_tree import Node
from ctxopt.core.golang.regex import ANY_IN_SEGMENT, ANYTHING, DIRECTORIES, ItemKind, Program, RegexItem, literal
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

_EVENTS = ("push", "pull_request", "pull_request_target")
#: The keys of an event that say which tags and branches start a workflow.
_TAGS = ("tags", "tags-ignore")
_BRANCHES = ("branches", "branches-ignore")
#: Steps that do nothing but build, or prepare for it.
_FOR_BUILDS = ("docker/", "actions/checkout", "aws-actions/", "google-github-actions/", "azure/", "sigstore/")
#: Maximum number of patterns of one filter, and of characters of one of them.
_MOST = 200
_LONGEST = 500
_WILD = lazy_re(r"[*?+\[\]]")


@dataclass(frozen=True, slots=True)
class FilterPattern:
    """A pattern with its line; `positive` is False for one that begins with `!`."""

    text: str
    line: int
    positive: bool

    def matches(self, path: str) -> bool:
        """Whether a path in the repository matches."""
        if not _WILD.search(self.text):
            return self.text == path
        start = self.text.removesuffix("**")
        if start.endswith("/") and not _WILD.search(start):
            return path.startswith(start)
        return _program(self.text).matches(path)


@dataclass(frozen=True, slots=True)
class PathFilter:
    """The filter of an event: `paths`, or with `excludes` `paths-ignore`; `line` is that of the key."""

    event: str
    line: int
    patterns: tuple[FilterPattern, ...]
    excludes: bool

    @property
    def key(self) -> str:
        """The key in the workflow."""
        return f"{self.event}.{'paths-ignore' if self.excludes else 'paths'}"

    def leaves_out(self, path: str) -> bool:
        """Whether a pattern with `!` names this file, so that it is left out on purpose."""
        return any(not pattern.positive and pattern.matches(path) for pattern in self.patterns)

    def starts(self, path: str) -> bool:
        """Whether a change of this file starts the workflow."""
        if self.excludes:
            return not any(pattern.matches(path) for pattern in self.patterns)
        decided = False
        for pattern in self.patterns:
            if pattern.positive != decided and pattern.matches(path):
                decided = pattern.positive
        return decided


@dataclass(frozen=True, slots=True)
class FilteredBuild:
    """A build of a workflow: its context and its Dockerfile, relative to the repository."""

    context: str
    dockerfile: str


@dataclass(frozen=True, slots=True)
class FilteredWorkflow:
    """A workflow with filters, and the builds that it runs; `only_builds` if it does nothing else.

    It is `targeted` if one of these builds ends with a stage that it names.
    """

    filters: tuple[PathFilter, ...]
    builds: frozenset[FilteredBuild]
    only_builds: bool
    targeted: bool = False


def filtered_workflow(file: DeclaringFile, root: str) -> FilteredWorkflow | None:
    """The filters and the builds of a workflow of the repository at `root`; None for one without a filter.

    Raises CtxoptError for what is no YAML, and LeadsOut.
    """
    text = file.text if file.text is not None else read_text(file.path, file.shown, root)
    if text is None or "paths" not in text:
        return None
    documents = yaml_tree.parse(text, file.shown, Budget(file.shown))
    for document in documents:
        workflow = entries(document)
        filters = tuple(_filters(workflow))
        if filters:
            steps = [entries(step) for job in entries(workflow.get("jobs")).values() for step in _steps(job)]
            builds = frozenset(_builds(DeclaringFile(file.path, file.shown, text), root, steps))
            return FilteredWorkflow(filters, builds, all(map(_only_builds, steps)), any(map(_names_target, steps)))
    return None


def _filters(workflow: Mapping[str, Node]) -> Iterator[PathFilter]:
    # YAML 1.1 takes the key for a boolean; here it is a text.
    events = entries(workflow.get("on"))
    for event in _EVENTS:
        given = entries(events.get(event)).keys()
        if not given.isdisjoint(_TAGS) and given.isdisjoint(_BRANCHES):
            # GitHub evaluates no path filter for a push of a tag, and nothing else starts this one.
            continue
        for key, excludes in (("paths", False), ("paths-ignore", True)):
            node = entries(events.get(event)).get(key)
            patterns = tuple(_patterns(items(node)))
            if node is not None and patterns and len(patterns) <= _MOST:
                yield PathFilter(event, node.line, patterns, excludes)


def _patterns(nodes: Iterable[Node]) -> Iterator[FilterPattern]:
    for node in nodes:
        text = text_of(node)
        if text and len(text) <= _LONGEST:
            yield FilterPattern(text.removeprefix("!"), node.line, not text.startswith("!"))


def _steps(job: Node) -> tuple[Node, ...]:
    return items(entries(job).get("steps"))


def _only_builds(step: Mapping[str, Node]) -> bool:
    action, script = text_of(step.get("uses")), text_of(step.get("run"))
    if action is not None:
        return action.startswith(_FOR_BUILDS)
    return script is None or any(True for _ in built_in(script))


def _names_target(step: Mapping[str, Node]) -> bool:
    """Whether a step builds a stage that it names."""
    script = text_of(step.get("run")) or ""
    return "target" in entries(step.get("with")) or ("--target" in script and any(True for _ in built_in(script)))


def _builds(file: DeclaringFile, root: str, steps: Iterable[Mapping[str, Node]]) -> Iterator[FilteredBuild]:
    for build in workflows.read(file, root).builds:
        dockerfile = build.dockerfile or os.path.join(build.context, "Dockerfile")
        yield FilteredBuild(relative_to(root, build.context), relative_to(root, dockerfile))
    for made in workflows.git_builds(file, root):
        yield FilteredBuild(made.directory or ".", os.path.normpath(os.path.join(made.directory, made.file)))
    for step in steps:
        directory = text_of(step.get("working-directory")) or ""
        for _, given, context in built_in(text_of(step.get("run")) or ""):
            dockerfile = given or os.path.join(context, "Dockerfile")
            yield FilteredBuild(*(os.path.normpath(os.path.join(directory, one)) for one in (context, dockerfile)))


@cache
def _program(pattern: str) -> Program:
    """A pattern as an automaton, which takes linear time."""
    made: list[RegexItem] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**", at):
            is_start = at == 0 or pattern[at - 1] == "/"
            if is_start and pattern.startswith("**/", at):
                made.append(DIRECTORIES)
                at += 3
            else:
                made.append(ANYTHING)
                at += 2
            continue
        end = pattern.find("]", at + 2) if char == "[" else -1
        if char == "*":
            made.append(ANY_IN_SEGMENT)
        elif char in "?+" and made and made[-1].kind is ItemKind.ONE:
            last = made[-1]
            if char == "?":
                made[-1] = RegexItem(last.kind, last.holds, last.literal, optional=True)
            else:
                made.append(RegexItem(ItemKind.STAR, last.holds))
        elif end > 0:
            made.append(_of_class(pattern[at + 1 : end]))
            at = end
        else:
            made.append(literal(char))
        at += 1
    return Program(tuple(made))


def _of_class(text: str) -> RegexItem:
    ranges = [(text[at], text[at + 2]) for at in range(len(text) - 2) if text[at + 1] == "-"]
    chars = frozenset(text)
    return RegexItem(ItemKind.ONE, lambda char: char in chars or any(low <= char <= high for low, high in ranges))
