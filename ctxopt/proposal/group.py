"""The builds that read one ignore file, and how all builds on a context fall into such groups."""

import os
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from itertools import islice
from typing import Final

from ctxopt.builds.discovery import DiscoveredBuild
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Tree
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import ContextError
from ctxopt.image.needs_buildkit import needs_buildkit
from ctxopt.proposal.block import without_block

#: The ignore file of all builds that have none of their own.
SHARED: Final = ".dockerignore"


@dataclass(frozen=True, slots=True)
class Group:
    """The builds that read one ignore file.

    `name` is the file's name for people, `path` its absolute path, `inside` its path in the context if it has one.
    `present` are its bytes, None where there is no file; `base` the bytes to start from. `contexts` and `origins`
    have one item for each build. The last of them only have to keep what they read: `outlined` builds that cannot be
    resolved, and then `classic_only` ones, which read the file with the legacy builder alone, or more of it.
    `legacy_dockerfiles` are those of them that have ignore files of their own for BuildKit.
    """

    name: str
    path: str
    inside: str | None
    present: bytes | None
    base: bytes
    contexts: tuple[BuildContext, ...]
    origins: tuple[str, ...]
    outlined: int = 0
    classic_only: int = 0
    legacy_dockerfiles: tuple[str, ...] = ()

    def today(self, tree: Tree) -> tuple[BuildContext, ...]:
        """The builds as they are."""
        return tuple(context.with_unfiltered(tree) for context in self.contexts)

    def with_text(self, data: bytes | None, tree: Tree) -> tuple[BuildContext, ...]:
        """The builds with these bytes in the ignore file, or with no file."""
        file = SourceFile(self.name, data) if data is not None else None
        return tuple(with_file(context, file, self.name, tree) for context in self.contexts)

    def with_effects(
        self, today: Sequence[BuildContext], proposed: Sequence[BuildContext]
    ) -> Iterator[tuple[str, BuildContext, BuildContext]]:
        """The origins of the builds for which both builders read the file, with two states of each."""
        return islice(zip(self.origins, today, proposed, strict=True), len(self.builds))

    @property
    def builds(self) -> tuple[str, ...]:
        """The origins of the builds for which both builders read the file."""
        return self.origins[: len(self.origins) - self.classic_only - self.outlined]

    def unresolved_of(self, states: Sequence[BuildContext]) -> Iterator[tuple[str, BuildContext]]:
        """The states of the builds that cannot be resolved, by their origins."""
        end = len(self.contexts) - self.classic_only
        return islice(zip(self.origins, states, strict=True), end - self.outlined, end)

    @property
    def is_new(self) -> bool:
        """Whether it is a file that only its Dockerfile reads and that does not exist yet."""
        return self.present is None and self.name != SHARED

    @property
    def classic(self) -> bool:
        """Whether the legacy builder reads this file as well."""
        return self.name == SHARED or any(
            is_podmans(context)
            or (context.located.classic_ignore is not None and context.located.classic_ignore.name == self.name)
            for context in self.contexts
        )


# -- one build with another file ----------------------------------------------------------------


def is_podmans(context: BuildContext) -> bool:
    """Whether a build is podman's, which reads one ignore file whatever builds."""
    return context.located.podman


def with_shared(context: BuildContext) -> BuildContext:
    """A build that has an ignore file of its own, as it is once the legacy builder reads a shared one."""
    if is_podmans(context) or context.located.classic_ignore is not None:
        return context
    changed = copy(context)
    changed.located = replace(changed.located, classic_ignore=SourceFile(SHARED, b""))
    return changed


def with_file(context: BuildContext, file: SourceFile | None, name: str, tree: Tree) -> BuildContext:
    """A build with this ignore file, or with none of that name."""
    changed = context.with_ignore_file(file, name, tree)
    if is_podmans(context):
        changed.located = replace(changed.located, classic_ignore=changed.located.buildkit_ignore)
    return changed


# -- all builds ---------------------------------------------------------------------------------


def groups_of(
    root: str, builds: Sequence[DiscoveredBuild], outlined: Sequence[DiscoveredBuild] = (), *, split: bool = False
) -> Iterator[Group]:
    """The builds by the ignore file that BuildKit reads, the shared one first.

    Each group also has those of the `outlined` builds that read its file, as far as they are known.

    The shared one also has to keep what those need of it that read it with the legacy builder only. With `split` it has
    not, and a build that reads everything where others do not gets a file of its own.
    """
    by_name = _by_ignore_file(builds)
    unresolved = _by_ignore_file(outlined)
    shared = by_name.get(SHARED, [])
    apart = _to_set_apart(shared) if split else []
    rest = [build for build in shared if build not in apart]
    legacy = [] if split else [*filter(_is_legacys, builds), *filter(_is_legacys, outlined)]
    if rest:
        by_name[SHARED] = rest
    for name in sorted(by_name, key=lambda name: (name != SHARED, name)):
        yield _group(root, name, by_name[name], None, unresolved.get(name, ()), legacy if name == SHARED else ())
    if rest:
        own: dict[str, list[DiscoveredBuild]] = {}
        for build in apart:
            own.setdefault(build.context.located.dockerfile.name + SHARED, []).append(build)
        for name, members in sorted(own.items()):
            yield _group(root, name, members, _present(shared) or b"")


def _by_ignore_file(builds: Iterable[DiscoveredBuild]) -> dict[str, list[DiscoveredBuild]]:
    by_name: dict[str, list[DiscoveredBuild]] = {}
    for build in builds:
        file = build.context.located.buildkit_ignore
        by_name.setdefault(SHARED if file is None else file.name, []).append(build)
    return by_name


def _is_legacys(build: DiscoveredBuild) -> bool:
    """Whether the legacy builder needs more of the shared ignore file than BuildKit does for the same build.

    It reads that one where BuildKit reads another one, and builds the stages that no target names.
    """
    context, located = build.context, build.context.located
    if located.classic_refusal is not None or located.podman or context.name or needs_buildkit(context.plan):
        return False
    own = _has_own(build)
    target = max(stage.number for stage in context.plan.stages if stage.exported)
    unnamed = any(not stage.needed and not stage.name for stage in context.plan.stages[:target])
    return (own and located.classic_ignore is not located.buildkit_ignore) or (unnamed and not own)


def _group(
    root: str,
    name: str,
    builds: Sequence[DiscoveredBuild],
    base: bytes | None,
    outlined: Sequence[DiscoveredBuild] = (),
    legacy: Sequence[DiscoveredBuild] = (),
) -> Group:
    """A group; `base` is given for a new file: what the builds read until it exists.

    `legacy` are the builds that read it with the legacy builder only, or more of it.
    """
    present = None if base is not None else _present(builds)
    if present is None and os.path.isdir(os.path.join(root, name)):
        raise ContextError("it is a directory, so no ignore file can be written", file=name, hint="move it elsewhere")
    return Group(
        name,
        os.path.normpath(os.path.join(root, name)),
        None if os.path.isabs(name) or name.startswith("../") else name,
        present,
        (present or b"") if base is None else without_block(base, SHARED),
        (*(build.context for build in (*builds, *outlined)), *(build.context.as_legacy() for build in legacy)),
        tuple(build.build.origin for build in (*builds, *outlined, *legacy)),
        len(outlined),
        len(legacy),
        tuple(sorted({build.context.located.dockerfile.name for build in legacy if _has_own(build)})),
    )


def _has_own(build: DiscoveredBuild) -> bool:
    """Whether BuildKit reads another ignore file than the shared one for a build."""
    file = build.context.located.buildkit_ignore
    return file is not None and file.name != SHARED


def _present(builds: Sequence[DiscoveredBuild]) -> bytes | None:
    file = builds[0].context.located.buildkit_ignore
    return None if file is None else file.data


def _to_set_apart(shared: Sequence[DiscoveredBuild]) -> list[DiscoveredBuild]:
    """The builds that read everything, if others do not and if they can have an ignore file of their own.

    A Dockerfile is set apart with all the builds that use it.
    """
    by_dockerfile: dict[str, list[DiscoveredBuild]] = {}
    for build in shared:
        by_dockerfile.setdefault(build.context.located.dockerfile.name, []).append(build)
    apart = [
        build
        for builds in by_dockerfile.values()
        if all(build.own_ignore_file for build in builds) and any(_reads_everything(build.context) for build in builds)
        for build in builds
    ]
    others = [build for build in shared if build not in apart]
    helped = others and not any(_reads_everything(build.context) for build in others)
    return apart if helped and any(build.context.plan.reads for build in others) else []


def _reads_everything(context: BuildContext) -> bool:
    return any(read.broad or read.unresolved for read in context.plan.reads)
