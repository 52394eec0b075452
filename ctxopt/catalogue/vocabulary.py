"""How commands are read: which only run another command, and what the words of a tool stand for."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from ctxopt.catalogue.tables import read_list, read_table

Commands = tuple[str, ...]


#: Commands that may run another one, and behind a slash the word that they have then: the table of wrappers is read
#: only for one of these.
_RUNNERS: Final = """
sudo doas su runuser gosu su-exec s6-setuidgid setuidgid chpst setpriv chroot fakeroot fakeroot-ng tini tini-static
dumb-init catatonit exec command builtin env time nice ionice timeout gtimeout stdbuf setarch taskset chrt flock
faketime retry xvfb-run nohup setsid unbuffer eatmydata linux32 linux64 i386 x86_64 dbus-run-session chronic
with-contenv busybox catchsegv proxychains proxychains4 torsocks torify cross-env dotenv dotenv/run dotenvx/run
doppler/run op/run infisical/run mise/exec mise/x asdf/exec rbenv/exec pyenv/exec nodenv/exec direnv/exec conda/run
mamba/run micromamba/run corepack npx pnpx bunx bun/x pnpm/dlx yarn/dlx npm/exec npm/x pnpm/exec yarn/exec uvx
pnpm/turbo pnpm/nx pnpm/lerna pnpm/lage yarn/turbo yarn/nx yarn/lerna yarn/lage yarnpkg/turbo yarnpkg/nx yarnpkg/lerna
yarnpkg/lage bun/turbo bun/nx bun/lerna bun/lage uv/tool uv/run pipx/run poetry/run pipenv/run rye/run pdm/run hatch/run
bundle/exec opam/exec sh bash dash ash ksh zsh
"""


def may_run_another(words: Sequence[str]) -> bool:
    """Whether words may be those of a wrapper or a shell, given a command without its directory and what follows."""
    seconds = _seconds().get(words[0])
    return seconds is not None and any(not second or second in words for second in seconds)


@cache
def _seconds() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for runner in _RUNNERS.split():
        name, _, second = runner.partition("/")
        found.setdefault(name, []).append(second)
    return found


class Tool(NamedTuple):
    """How the words of some tools are read.

    The first `words` of them are not paths; -1 stands for those before the first option, -2 for all. `values` are
    options whose value is neither a path nor a command, `files` options whose value is a path and no command, and
    `directory` options whose value is the working directory. Another `skipped` words are no paths whatever they look
    like, unless one of the options `expressions` is given. Of a directory that the tool is given as a package, not
    everything is needed: `packages`. With `texts`, words with spaces are commands for a shell.
    """

    names: tuple[str, ...]
    words: int = 0
    values: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    directory: tuple[str, ...] = ()
    skipped: int = 0
    expressions: tuple[str, ...] = ()
    packages: bool = False
    texts: bool = False


class Wrapper(NamedTuple):
    """Commands that run the command behind their own options and arguments.

    Of `names` each is one or more words. `values` are options whose value is the next word, `arguments` is the number
    of words before the command, `optional` that of those which stand right behind the name or not at all. With one of
    the options `instead` there are no arguments. `assignments` says that variables may be set before the command.

    `script` are options whose value is a text for a shell; without `words` there is no other way to give a command,
    unless one of `instead` is given. With an option of `never` no command is run, or not as it is written. `runs` are
    the only commands that are run, () for any.

    `directory` are options whose value is the working directory. With an option of `moves`, and always if `moved`, the
    working directory is unknown. `project` says that files of a project are read first.
    """

    names: tuple[str, ...]
    values: tuple[str, ...] = ()
    arguments: int = 0
    optional: int = 0
    instead: tuple[str, ...] = ()
    assignments: bool = False
    script: tuple[str, ...] = ()
    words: bool = True
    never: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    directory: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    moved: bool = False
    project: bool = False


class Shells(NamedTuple):
    """The file of shells.

    `shells` are POSIX shells, `other_shells` those with another language, which base images with one of `windows` in
    their names have. `sourcing` are commands that run a file in
    the current shell, `script_endings` ends of the names of files for a shell. `interpreters` run programs in other
    languages. `script_options` are options whose value is a script that runs, `starters` scripts that only
    start a tool.
    """

    shells: tuple[str, ...]
    other_shells: tuple[str, ...]
    windows: tuple[str, ...]
    sourcing: tuple[str, ...]
    script_endings: tuple[str, ...]
    interpreters: tuple[str, ...]
    script_options: tuple[str, ...]
    starters: tuple[str, ...]


@cache
def shells() -> Shells:
    """What is known of shells."""
    return read_table(Shells, "shells.toml")


@cache
def wrappers() -> tuple[Wrapper, ...]:
    """The commands that run another one."""
    return read_list(Wrapper, "wrappers.toml")


@cache
def wrappers_by_name() -> Mapping[str, tuple[tuple[tuple[str, ...], Wrapper], ...]]:
    """The wrappers by the first word of their names, each with all words of the name, the longest first."""
    found: dict[str, list[tuple[tuple[str, ...], Wrapper]]] = {}
    for wrapper in wrappers():
        for name in wrapper.names:
            words = tuple(name.split())
            found.setdefault(words[0], []).append((words, wrapper))
    return {name: tuple(sorted(entries, key=lambda entry: -len(entry[0]))) for name, entries in found.items()}


@cache
def tools() -> Mapping[str, Tool]:
    """The tools whose words are known, by name."""
    return {name: tool for tool in read_list(Tool, "tools.toml") for name in tool.names}
