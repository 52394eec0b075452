"""The configuration for a directory. Where there is none, as in most projects, no parser is loaded."""

from ctxopt.config.find import WORK_TREE, Place, RawConfig, find, find_file, find_in_root
from ctxopt.config.model import Config


def read_config(start: str, place: Place = WORK_TREE) -> Config:
    """The configuration for a directory: the nearest file there or above.

    The search ends at the directory that contains `.git`; a file below that can only tighten what the one there sets,
    unless that allows to override it. In one directory ctxopt.toml takes precedence over
    pyproject.toml. Raises CtxoptError for a file that cannot be read, that is a link out of its directory,
    or that is invalid.
    """
    found = find(start, place)
    config = _config(found)
    root = None if found is None else find_in_root(found, place)
    if root is None:
        return config
    from ctxopt.config.tighten import tightened

    return tightened(config, _config(root))


def read_config_file(file: str, place: Place = WORK_TREE) -> Config:
    """The configuration in a file, wherever it is. Raises CtxoptError as for one that is found."""
    return _config(find_file(file, place))


def _config(found: RawConfig | None) -> Config:
    if found is None:
        return Config()
    from ctxopt.config.parse import config_of

    return config_of(found)
