"""Which files of a context hold secrets, going by their names."""

from collections.abc import Iterable

from ctxopt.build_context import BuildContext
from ctxopt.catalogue.names import NameIndex, any_match, ends_with
from ctxopt.catalogue.secrets import Secret, secrets
from ctxopt.context.files import Files
from ctxopt.context.tree import Directory, Tree, View

#: As many files are opened whose contents tell.
_OPENED = 200


def risks(context: BuildContext) -> dict[str, str]:
    """The paths of files and directories that hold secrets, by what the catalogue knows, each with the reason.

    What a builder is not sent is no risk.
    """
    tree = context.transferred
    known = NameIndex((name, (name, secret)) for secret in secrets() for name in secret.names)
    suspected = known.find(tree.names)
    found: dict[str, str] = {}
    if suspected:
        files = Files(context.root)
        opened = 0
        for path, candidates in _sent(tree, suspected):
            for pattern, secret in candidates:
                if not ends_with(path, pattern) or any_match(secret.but, path.rpartition("/")[2]):
                    continue
                if secret.contains or secret.unless:
                    opened += 1
                    if opened > _OPENED or not secret.fits(files.read(path)):
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
