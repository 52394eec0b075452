"""The configuration that holds in a directory. Where there is none, as in most projects, nothing is loaded for it."""

from ctxopt.config.find import find
from ctxopt.config.model import Config


def read_config(start: str) -> Config:
    """The configuration that holds in a directory: of the nearest file there or above.

    The search ends at the directory that holds `.git`. In one directory ctxopt.toml comes before
    pyproject.toml. Raises CtxoptError for a file that cannot be read, that leads out of its directory,
    or that says what no configuration can.
    """
    found = find(start)
    if found is None:
        return Config()
    from ctxopt.config.parse import config_of

    return config_of(found)
