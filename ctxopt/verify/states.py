"""One build with other texts in its ignore files: what its builder gets, and where that lands in the image."""

import io
import os
import re
import stat
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from ctxopt.builds.build import Build
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Totals, Tree, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.image.layout import Layout, layouts
from ctxopt.proposal.group import SHARED, with_file
from ctxopt.verify.contents import Contents, is_copy
from ctxopt.verify.request import BuildRequest

#: The name of a Dockerfile that is not in the context, in the tar for the legacy builder.
_OUTSIDE = ".dockerfile.ctxopt-verify"
#: A name for which the oldest kind of header is enough.
_PLAIN = re.compile(r"[\x20-\x7e]{1,90}")


@dataclass(frozen=True)
class State:
    """A build whose ignore files have other texts; `classic`: it is built by the legacy builder."""

    build: Build
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

    def request(self, *, cached: bool = True) -> BuildRequest:
        """What the builder is given."""
        located, build = self.context.located, self.build
        view = View.CLASSIC if self.classic else View.BUILDKIT
        ignore = self.context.ignore_file(view)
        return BuildRequest(
            self.context.root,
            os.path.basename(located.dockerfile.name) or "Dockerfile",
            located.dockerfile.data,
            None if ignore is None else ignore.data,
            self._write_tar,
            (
                *([f"--target={build.target}"] if build.target else []),
                *(word for name, value in build.build_args for word in ("--build-arg", f"{name}={value}")),
                *([f"--platform={build.platform}"] if build.platform else []),
                *(word for each in build.contexts for word in ("--build-context", f"{each.name}={each.value}")),
            ),
            cached,
        )

    def _write_tar(self, path: Path) -> str:
        """Write the context as docker/cli sends it, with the ignore file of this state; returns the Dockerfile's name.

        Owners are root, as the client sets them. Raises CtxoptError.
        """
        dockerfile = self.context.located.dockerfile
        inside = self.context.located.dockerfile_path
        ignore = self.context.ignore_file(View.CLASSIC)
        given = {} if ignore is None else {SHARED: ignore.data}
        # The client takes for an archive only what begins with a header of the old kind.
        name = inside if inside is not None and _PLAIN.fullmatch(inside) else _OUTSIDE
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
            _add_bytes(archive, name, dockerfile.data)
            for entry, data in given.items():
                _add_bytes(archive, entry, data)
            for entry in sorted(self.sent.difference(given, (name,))):
                _add(archive, self.context.root, entry)
        return name

    def copied(self, gone: frozenset[str]) -> set[str]:
        """The paths to which COPY and ADD bring these files, also by way of other stages; relative to the root."""
        layout = self._layout
        return {path.lstrip("/") for path, (origin, _) in layout.files.items() if origin in gone}

    def as_copied(self, gone: frozenset[str], image: Contents, after: "State") -> set[str]:
        """The paths in the image that are these files still, as COPY and ADD brought them.

        Not one that a step has changed, whose own work would be lost with it, and not one in whose place another file
        of the context is afterwards.
        """
        elsewhere = {path.lstrip("/") for path in after._layout.files}
        origins = {path.lstrip("/"): origin for path, (origin, _) in self._layout.files.items() if origin in gone}
        return {
            path
            for path, origin in origins.items()
            if path not in elsewhere and (path not in image or is_copy(image, path, self._on_disk(origin)))
        }

    def _on_disk(self, entry: str) -> str:
        return os.path.join(self.context.root, *entry.rstrip("/").split("/"))

    def gone(self, other: "State") -> frozenset[str]:
        """The entries that an instruction reads here and not in another state; directories have no slash."""
        return self.read - other.read

    @cached_property
    def read(self) -> frozenset[str]:
        """The entries that any instruction reads."""
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
    def _layout(self) -> Layout:
        plan = self.context.plan
        last = max((stage.number for stage in plan.stages if stage.exported), default=-1)
        return layouts(plan, self._read_by, self.context.snapshot).get(last, Layout())


def state_with(build: Build, context: BuildContext, texts: Mapping[str, bytes], tree: Tree, *, classic: bool) -> State:
    """A build with these texts in its ignore files, by their names; an empty text stands for no file."""
    own = context.located.dockerfile.name + SHARED
    read = {file.name for file in map(context.ignore_file, (View.BUILDKIT, View.CLASSIC)) if file is not None}
    if classic:
        # The client sends the ignore file, which BuildKit gets apart from the context.
        for name, data in texts.items():
            if data and tree.find(name) is None and "/" not in name:
                tree = replace(tree, root=tree.root.with_file(name, len(data)))
    applied = context.with_unfiltered(tree)
    # The Dockerfile's own ignore file comes last, since it takes precedence over the shared one.
    for name, data in sorted(texts.items(), key=lambda pair: pair[0] != SHARED):
        if name in {SHARED, own, *read}:
            applied = with_file(applied, SourceFile(name, data) if data else None, name, tree)
    if classic:
        # The engine applies the patterns once more, so that COPY finds what BuildKit would find with this file.
        applied = applied.with_unfiltered(tree)
        applied.located = replace(applied.located, buildkit_ignore=applied.located.classic_ignore)
    return State(build, applied, classic)


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
