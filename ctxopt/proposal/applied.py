"""A build as it is once a proposal is accepted. Nothing is written."""

from dataclasses import replace

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Tree, View
from ctxopt.proposal.group import SHARED, with_file
from ctxopt.proposal.model import Proposal


def with_proposal(context: BuildContext, proposal: Proposal, tree: Tree) -> BuildContext:
    """The build over `tree`, with the proposed text of each ignore file that it reads, or would read once it exists.

    `tree` is walked with no patterns; see `with_proposed_files` for one that contains new ignore files.
    """
    own = context.located.dockerfile.name + SHARED
    present = {file.name for file in map(context.ignore_file, (View.BUILDKIT, View.CLASSIC)) if file is not None}
    applied = context.with_unfiltered(tree)
    # The Dockerfile's own ignore file comes last, since it takes precedence over the shared one.
    for file in sorted(proposal.files, key=lambda file: file.name != SHARED):
        if file.changes and file.name in {SHARED, own, *present}:
            applied = with_file(applied, SourceFile(file.name, file.new), file.name, tree)
    return applied


def with_proposed_files(tree: Tree, proposal: Proposal) -> Tree:
    """The tree with the proposed ignore files in it; a file whose directory does not exist is not added."""
    for file in proposal.files:
        if file.changes and _has_directory(tree, file.name):
            tree = replace(tree, root=tree.root.with_file(file.name, len(file.new)), unfiltered=None)
    return tree


def _has_directory(tree: Tree, name: str) -> bool:
    directory = tree.root
    for part in name.split("/")[:-1]:
        if part not in directory.subdirectories:
            return False
        directory = directory.subdirectories[part]
    return True
