"""Which files of a context hold secrets, going by their names."""

from collections.abc import Iterable

from ctxopt.build_context import BuildContext
from ctxopt.context.files import Files
from ctxopt.context.tree import Directory, Tree, View
from ctxopt.evidence.catalogue import Secret, catalogue
from ctxopt.evidence.names import NameIndex, any_match, ends_with

#: As many files are opened whose contents tell.
_OPENED = 200


def risks(context: BuildContext) -> dict[str, str]:
    """The paths of files and directories that hold secrets, by what the catalogue knows, each with the reason.

    What a builder is not sent is no risk.
    """
    tree = context.transferred
    known = NameIndex((name, (name, secret)) for secret in catalogue().secret for name in secret.names)
    suspected = known.find(tree.names)
    found: dict[str, str] = {}
    if suspected:
        files = Files(context.root)
        opened = 0
        for path, secrets in _sent(tree, suspected):
            for pattern, secret in secrets:
                if not ends_with(path, pattern) or any_match(secret.but, path.rpartition("/")[2]):
                    continue
                if secret.contains:
                    opened += 1
                    if opened > _OPENED or not _contains(files, path, secret.contains):
                        continue
                found[path] = secret.warning
                break
    return found


_Suspected = dict[str, list[tuple[str, Secret]]]


def _sent(tree: Tree, suspected: _Suspected) -> Iterable[tuple[str, list[tuple[str, Secret]]]]:
    for directory in tree.directories():
        for name in suspected.keys() & set(directory.names):
            if _flags(directory, name) & (View.BUILDKIT | View.CLASSIC):
                yield directory.child_path(name), suspected[name]


def _flags(directory: Directory, name: str) -> int:
    return directory.flags[directory.find(name)]


def _contains(files: Files, path: str, texts: Iterable[str]) -> bool:
    data = files.read(path) or b""
    return any(text.encode() in data for text in texts)
