"""One build with other texts in its ignore files: what its builder gets, and where that lands in the image."""

import io
import os
import shutil
import stat
import tarfile
from collections.abc import Mapping, Set
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from ctxopt.builds.build import Build
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.named_context import entry_of
from ctxopt.errors import CtxoptError
from ctxopt.image.layout import Layout, layouts
from ctxopt.proposal.group import SHARED, with_file
from ctxopt.verify.contents import Contents, is_copy
from ctxopt.verify.request import BuildRequest

#: The name of a Dockerfile that is not in the context, in the tar for the legacy builder.
_OUTSIDE = ".dockerfile.ctxopt-verify"
#: A name for which the oldest kind of header is enough.
_PLAIN = lazy_re(r"[\x20-\x7e]{1,90}")


@dataclass(frozen=True)
class Part:
    """A directory that a build gets, as its main context or by a name; `classic`: the legacy builder builds it."""

    context: BuildContext
    classic: bool

    @cached_property
    def sent(self) -> frozenset[str]:
        """The entries that the builder gets. Raises CtxoptError where it would refuse them."""
        context = self.context
        return frozenset(context.classic_entries if self.classic else context.transfer_entries)

    @cached_property
    def totals(self) -> Totals:
        """The files that the builder gets."""
        view = View.CLASSIC if self.classic else View.TRANSFER
        return self.context.usage.totals(lambda flags, _: bool(flags & view))

    def copied(self, gone: frozenset[str]) -> set[str]:
        """The paths to which COPY and ADD bring these files, also by way of other stages; relative to the root."""
        return {path.lstrip("/") for path, (origin, _) in self.layout.files.items() if origin in gone}

    def as_copied(self, gone: frozenset[str], image: Contents, elsewhere: Set[str]) -> set[str]:
        """The paths in the image that are these files still, as COPY and ADD brought them.

        Not one that a step has changed, whose own work would be lost with it, and not one of `elsewhere`.
        """
        origins = {path.lstrip("/"): origin for path, (origin, _) in self.layout.files.items() if origin in gone}
        return {
            path
            for path, origin in origins.items()
            if path not in elsewhere and (path not in image or is_copy(image, path, self._on_disk(origin)))
        }

    def _on_disk(self, entry: str) -> str:
        return os.path.join(self.context.root, *entry.rstrip("/").split("/"))

    @cached_property
    def read(self) -> frozenset[str]:
        """The entries that any instruction reads; directories have no slash."""
        return frozenset(path for paths in self._read_by for path in paths)

    @cached_property
    def _read_by(self) -> list[list[str]]:
        """For each read of the plan, the entries that it takes."""
        usage = self.context.usage
        sets = usage.reader_sets
        taken: list[list[str]] = [[] for _ in self.context.plan.reads]
        for directory in self.context.transferred.directories():
            for index, number in enumerate(usage.numbers(directory)):
                if directory.flags[index] & View.BUILDKIT:
                    for reader in sets[number]:
                        if reader >= 0:
                            taken[reader].append(directory.child_path(directory.names[index]))
        return taken

    @cached_property
    def layout(self) -> Layout:
        """Where the files of this directory are in the image."""
        plan = self.context.plan
        last = max((stage.number for stage in plan.stages if stage.exported), default=-1)
        return layouts(plan, self._read_by, self.context.snapshot).get(last, Layout())

    def stage(self, path: Path) -> None:
        """Copy what the ignore file leaves of a named context to a new directory. Raises CtxoptError."""
        path.mkdir(parents=True)
        given = self.context.located.buildkit_ignore
        for entry in self.context.buildkit_entries:
            _stage(self.context.root, entry, path)
        if given is not None and SHARED in self.context.buildkit_entries:
            path.joinpath(SHARED).unlink()
            path.joinpath(SHARED).write_bytes(given.data)


@dataclass(frozen=True)
class State:
    """A build whose ignore files have other texts.

    `main` is its main context; `parts` are what it gets of the directory whose ignore files these are: `main`, or
    what it knows by a name, or both.
    """

    build: Build
    main: Part
    parts: tuple[Part, ...]

    @cached_property
    def sent(self) -> frozenset[str]:
        """The entries that the builder gets of the directory. Raises CtxoptError where it would refuse them."""
        return frozenset(entry_of(part.context.name, entry) for part in self.parts for entry in part.sent)

    @cached_property
    def totals(self) -> Totals:
        """The files that the builder gets of the directory."""
        return sum((part.totals for part in self.parts), Totals())

    def request(self, *, cached: bool = True) -> BuildRequest:
        """What the builder is given."""
        context, build = self.main.context, self.build
        ignore = context.ignore_file(View.CLASSIC if self.main.classic else View.BUILDKIT)
        staged = {part.context.name: part.stage for part in self.parts if part.context.name}
        named = [each for each in build.contexts if each.name not in staged]
        return BuildRequest(
            context.root,
            os.path.basename(context.located.dockerfile.name) or "Dockerfile",
            context.located.dockerfile.data,
            None if ignore is None else ignore.data,
            self._write_tar,
            (
                *([f"--target={build.target}"] if build.target else []),
                *(word for name, value in build.build_args for word in ("--build-arg", f"{name}={value}")),
                *([f"--platform={build.platform}"] if build.platform else []),
                *(word for each in named for word in ("--build-context", f"{each.name}={each.value}")),
            ),
            cached,
            staged,
        )

    def _write_tar(self, path: Path) -> str:
        """Write the context as docker/cli sends it, with the ignore file of this state; returns the Dockerfile's name.

        Owners are root, as the client sets them. Raises CtxoptError.
        """
        context = self.main.context
        inside = context.located.dockerfile_path
        ignore = context.ignore_file(View.CLASSIC)
        given = {} if ignore is None else {SHARED: ignore.data}
        # The client takes for an archive only what begins with a header of the old kind.
        name = inside if inside is not None and _PLAIN.fullmatch(inside) else _OUTSIDE
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
            _add_bytes(archive, name, context.located.dockerfile.data)
            for entry, data in given.items():
                _add_bytes(archive, entry, data)
            for entry in sorted(self.main.sent.difference(given, (name,))):
                _add(archive, context.root, entry)
        return name

    @cached_property
    def ignore_files(self) -> set[str]:
        """The paths in the image of the ignore files that the builder gets."""
        found: set[str] = set()
        for part in self.parts:
            located = part.context.located
            files = (located.buildkit_ignore, located.classic_ignore)
            found |= part.copied(frozenset(file.name for file in files if file is not None))
        return found

    def excluded_in(self, after: "State", image: Contents) -> set[str]:
        """The paths in the image of this state that are files which another state does not get, as COPY brought them.

        Not one in whose place another file of the directory is afterwards.
        """
        elsewhere = {path.lstrip("/") for part in after.parts for path in part.layout.files}
        pairs = zip(self.parts, after.parts, strict=True)
        return {path for one, other in pairs for path in one.as_copied(one.read - other.read, image, elsewhere)}


def state_with(build: Build, context: BuildContext, texts: Mapping[str, bytes], tree: Tree, *, classic: bool) -> State:
    """A build with these texts in its ignore files, by their names; an empty text stands for no file.

    They are those of the directory that was walked as `tree`: the main context of the build, or one that it knows by a
    name. Raises CtxoptError.
    """
    own = context.located.dockerfile.name + SHARED
    is_main = context.unfiltered is tree
    main = Part(_with_texts(context, texts, tree, own, classic=classic) if is_main else context, classic)
    named = (
        Part(_with_texts(each, texts, tree, "", classic=False), False)
        for each in context.named.values()
        if each.unfiltered is tree and each.plan.reads
    )
    return State(build, main, (*([main] if is_main else []), *named))


def _with_texts(
    context: BuildContext, texts: Mapping[str, bytes], tree: Tree, own: str, *, classic: bool
) -> BuildContext:
    """A context with these texts in its ignore files; `own` is the name of the Dockerfile's."""
    read = {file.name for file in map(context.ignore_file, (View.BUILDKIT, View.CLASSIC)) if file is not None}
    if classic:
        # The client sends the ignore file, which BuildKit gets apart from the context.
        for name, data in texts.items():
            if data and tree.find(name) is None and "/" not in name:
                tree = replace(tree, root=tree.root.with_file(name, len(data)), unfiltered=None)
    applied = context.with_unfiltered(tree)
    # The Dockerfile's own ignore file comes last, since it takes precedence over the shared one.
    for name, data in sorted(texts.items(), key=lambda pair: pair[0] != SHARED):
        if name in {SHARED, own, *read}:
            applied = with_file(applied, SourceFile(name, data) if data else None, name, tree)
    if classic:
        # The engine applies the patterns once more, so that COPY finds what BuildKit would find with this file.
        applied = applied.with_unfiltered(tree)
        applied.located = replace(applied.located, buildkit_ignore=applied.located.classic_ignore)
    return applied


def _link(source: str, target: Path) -> None:
    if os.link in os.supports_follow_symlinks:
        os.link(source, target, follow_symlinks=False)
    else:
        os.link(source, target)


def _stage(root: str, entry: str, top: Path) -> None:
    """Put an entry of a directory below another one: files are linked where the system can, and never written to."""
    source, target = os.path.join(root, *entry.rstrip("/").split("/")), top.joinpath(*entry.rstrip("/").split("/"))
    try:
        status = os.lstat(source)
        if stat.S_ISDIR(status.st_mode):
            target.mkdir(parents=True, exist_ok=True)
            # With what it takes to put entries into it, and to remove them.
            target.chmod(stat.S_IMODE(status.st_mode) | stat.S_IRWXU)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        if stat.S_ISREG(status.st_mode):
            try:
                _link(source, target)
            except (OSError, NotImplementedError):
                shutil.copy2(source, target, follow_symlinks=False)
        elif stat.S_ISLNK(status.st_mode):
            target.symlink_to(os.readlink(source))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CtxoptError(f"cannot read it: {reason}", file=entry) from None


def _add(archive: tarfile.TarFile, root: str, entry: str) -> None:
    path = os.path.join(root, *entry.rstrip("/").split("/"))
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            member = archive.gettarinfo(path, entry.rstrip("/"))
            archive.addfile(_of_root(member))
            return
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            # The size of what was opened: the file may have been replaced since.
            member = archive.gettarinfo(arcname=entry, fileobj=file)
            if member.islnk():
                member.type, member.linkname = tarfile.REGTYPE, ""
                member.size = os.fstat(file.fileno()).st_size
            archive.addfile(_of_root(member), file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CtxoptError(f"cannot read it: {reason}", file=entry) from None


def _add_bytes(archive: tarfile.TarFile, entry: str, data: bytes) -> None:
    member = tarfile.TarInfo(entry)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def _of_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    # As the client has it, and a fraction would need another kind of header.
    member.mtime = int(member.mtime)
    return member
