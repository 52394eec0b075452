"""Texts of which one is in every command that a table is about.

The tables themselves are read, and the modules for them loaded, only where a RUN has such a text. Tests hold the two
together.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Commands that install dependencies.
INSTALLS: Final = (
    *("npm", "yarn", "bun", "pip", "conda", "mamba", "poetry", "uv", "go ", "composer", "mvn", "dotnet", "mix", "pub"),
    *("cargo", "gradle"),
)
#: Commands that unpack archives, and those that download files.
UNPACKING: Final = (
    *("tar", "zip", "7z", "unrar", "unxz", "unzstd", "unlzma", "dpkg", "rpm", "install", "apk", "jar", "sh"),
)
DOWNLOADING: Final = ("curl", "wget", "aria2c")
#: Commands that fill the cache of a package manager, by its name.
PACKAGE_CACHES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "apt": ("apt", "mk-build-deps", "gdebi", "rosdep"),
        "apt recommends": ("apt",),
        "apk": ("apk",),
        "dnf": ("dnf", "yum"),
        "zypper": ("zypper",),
        "pip": ("pip",),
        "conda": ("conda", "mamba"),
        "npm": ("npm",),
        "yarn": ("yarn",),
        "poetry": ("poetry",),
        "pdm": ("pdm",),
        "pipenv": ("pipenv",),
        "uv": ("uv ",),
        "bundler": ("bundle",),
        "composer": ("composer",),
        "cargo": ("cargo",),
        "go": ("go ",),
        "gradle": ("gradle",),
        "maven": ("mvn",),
        "nuget": ("dotnet",),
        "yarn berry": ("yarn",),
        "pnpm": ("pnpm",),
        "bun": ("bun ",),
        "pacman": ("pacman",),
        "cpanm": ("cpanm",),
    }
)
#: Those that one rule is about.
TOOL_CACHES: Final = (
    *("poetry", "pdm", "pipenv", "uv", "bundler", "composer", "cargo", "go", "gradle", "maven", "nuget", "yarn berry"),
    *("pnpm", "bun", "pacman", "cpanm"),
)
#: Commands that take away what others have installed or built.
REMOVING: Final = (
    "purge",
    "remove",
    "apk del",
    "erase",
    " rm ",
    "uninstall",
    "prune",
    "clean",
    "prod",
    "--omit",
    "no-dev",
)
#: The words of package managers that remove packages.
UNINSTALLS: Final = frozenset(("del", "purge", "remove", "autoremove", "erase", "uninstall", "rm"))
#: Commands that write a directory with files.
WRITING: Final = ("clone", "svn", "venv", "virtualenv", "pip", "tar", "unzip", "7z")
