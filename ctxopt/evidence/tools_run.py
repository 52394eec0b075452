"""Which tools the commands of a build run, by the names that they have in files of settings."""

from collections.abc import Iterable
from typing import Final

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.image.commands import Run

#: The option behind which interpreters have the name of a module.
_MODULE: Final = "-m"


@dataclass(frozen=True, slots=True)
class Tools:
    """The names of commands, each as such and, with the one behind it, as a part of another: `cargo deb`."""

    names: frozenset[str] = frozenset()
    parts: frozenset[tuple[str, str]] = frozenset()

    def runs(self, tool: str, name: str) -> bool:
        """Whether a command runs a tool, or the part of it with a name; a tool "" is the name itself."""
        plain = plain_name(name)
        return (tool, plain) in self.parts if tool else plain in self.names

    def reads(self, file: str) -> bool:
        """Whether a tool runs whose settings are in a file with this name, as in `.pylintrc` and `vale.ini`."""
        stem = plain_name(file.lstrip(".").partition(".")[0])
        return stem in self.names or (stem.endswith("rc") and stem[:-2] in self.names)


NO_TOOLS: Final = Tools()


def tools_of(runs: Iterable[Run]) -> Tools:
    """The tools that some commands run."""
    names: set[str] = set()
    parts: set[tuple[str, str]] = set()
    for run in runs:
        if not run.sure or not run.words:
            continue
        names.add(plain_name(run.name))
        following = next((word for word in run.words[1:] if not word.startswith("-")), None)
        if following is not None:
            parts.add((run.name, plain_name(following)))
        if _MODULE in run.words[1:-1]:
            names.add(plain_name(run.words[run.words.index(_MODULE) + 1].partition(".")[0]))
    return Tools(frozenset(names), frozenset(parts))


def plain_name(name: str) -> str:
    """A name without its version, its scope, and what it is written with."""
    return name.rpartition("/")[2].partition("@")[0].lower().replace("_", "-")
