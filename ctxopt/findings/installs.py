"""Commands that install dependencies after a COPY of more than they need: what they need, and what repeats them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from ctxopt.catalogue.vocabulary import Commands
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, Kind
from ctxopt.core.golang import paths
from ctxopt.core.usage.snapshot import Node
from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import Run, is_command
from ctxopt.image.destinations import Destination
from ctxopt.image.effects import Target, path_of


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """How the dependencies of one kind of project are installed.

    `installs` are the commands; `manifest` names the file beside which they work, with wildcards if need be, and
    `others` are files that they read if those are there. `alone` is the command for dependencies alone, if it is
    another one. `builds` tells that the command builds the project as well, so that it must run again in any
    case and a mounted cache is as good. `nested` are manifests that count at any depth. `downloads` is a text in
    one of `others` where something is downloaded at all. With `mount`, no command installs dependencies alone,
    and that directory is the one to mount a cache at.
    """

    installs: Commands
    manifest: str
    others: tuple[str, ...] = ()
    alone: str = ""
    builds: bool = False
    nested: tuple[str, ...] = ()
    downloads: bytes = b""
    mount: str = ""


_PIPS: Final = ("pip", "pip3", "pip3.*", "python -m pip", "python3 -m pip", "python3.* -m pip")
_GOALS: Final = ("package", "install", "verify", "clean", "compile", "dependency:*")
#: The file is the one that the command names.
_NAMED: Final = ""

ECOSYSTEMS: Final = (
    Ecosystem(
        ("npm ci", "npm install $", "npm i $", "npm clean-install"),
        "package.json",
        ("package-lock.json", "npm-shrinkwrap.json"),
    ),
    Ecosystem(
        ("yarn install", "yarn $"),
        "package.json",
        ("yarn.lock", ".yarnrc", ".yarnrc.yml", ".yarn", ".pnp.cjs"),
    ),
    Ecosystem(
        ("pnpm install", "pnpm i"),
        "package.json",
        ("pnpm-lock.yaml", "pnpm-workspace.yaml", ".pnpmfile.cjs", "patches"),
    ),
    Ecosystem(("bun install", "bun i"), "package.json", ("bun.lock", "bun.lockb", "bunfig.toml")),
    Ecosystem((*(f"{pip} install" for pip in _PIPS), "uv pip install", "uv pip sync"), _NAMED),
    Ecosystem(("conda env create", "conda env update", "mamba env create", "mamba env update"), _NAMED),
    Ecosystem(("poetry install",), "pyproject.toml", ("poetry.lock", "poetry.toml"), "poetry install --no-root"),
    Ecosystem(("pipenv install", "pipenv sync"), "Pipfile", ("Pipfile.lock",)),
    Ecosystem(("uv sync",), "pyproject.toml", ("uv.lock", "uv.toml"), "uv sync --no-install-project"),
    Ecosystem(("go mod download",), "go.mod", ("go.sum",)),
    Ecosystem(("go build", "go install !*@"), "go.mod", ("go.sum",), "go mod download", builds=True, downloads=b"h1:"),
    Ecosystem(("bundle install", "bundle $"), "Gemfile", ("Gemfile.lock", ".ruby-version", "*.gemspec")),
    Ecosystem(
        ("composer install",), "composer.json", ("composer.lock",), "composer install --no-scripts --no-autoloader"
    ),
    Ecosystem(
        tuple(f"{mvn} {goal}" for mvn in ("mvn", "mvnw") for goal in _GOALS),
        "pom.xml",
        alone="mvn dependency:go-offline",
        builds=True,
        nested=("pom.xml",),
    ),
    Ecosystem(
        ("dotnet restore",),
        "*.*proj",
        ("*.sln", "*.slnx", "nuget.config", "NuGet.Config", "Directory.*.props", "Directory.*.targets", "global.json"),
        nested=("*.csproj", "*.fsproj", "*.vbproj"),
    ),
    Ecosystem(
        ("cargo build", "cargo install --path"),
        "Cargo.toml",
        ("Cargo.lock",),
        builds=True,
        downloads=b"registry+",
        mount="/usr/local/cargo/registry",
    ),
    Ecosystem(
        ("gradle build", "gradlew build", "gradle assemble", "gradlew assemble", "gradle bootJar", "gradlew bootJar"),
        "build.gradle*",
        builds=True,
        mount="/root/.gradle",
    ),
    Ecosystem(("mix deps.get",), "mix.exs", ("mix.lock",)),
    Ecosystem(("dart pub get", "flutter pub get"), "pubspec.yaml", ("pubspec.lock",)),
)
#: Other commands that fetch dependencies, by the manifest.
_ALSO: Final = {
    "package.json": ("pnpm fetch", "npm install !-g !--global"),
    "Cargo.toml": ("cargo *",),
    "pom.xml": ("mvn *", "mvnw *"),
    "pyproject.toml": ("pip* install", "python* -m pip install"),
    "build.gradle*": ("gradle *", "gradlew *"),
    _NAMED: ("pip* wheel", "pip* download"),
}
#: Texts of which one is in every RUN that may install dependencies.
WORDS: Final = (
    *("npm", "yarn", "bun", "pip", "conda", "mamba", "poetry", "uv", "go ", "composer", "mvn", "dotnet", "mix", "pub"),
    *("cargo", "gradle"),
)
_WORD: Final = re.compile(r"[\w.-]+")
#: For each command the words that it cannot do without.
_NEEDED: Final = tuple(
    frozenset(word for word in command.split() if _WORD.fullmatch(word) and word[0] != "-")
    for ecosystem in ECOSYSTEMS
    for command in ecosystem.installs
)
#: Files that only say what is to be installed or how.
_MANIFEST_LIKE: Final = re.compile(
    r"(?:requirements|constraints)[\w.-]*\.(?:txt|in)|package(?:-lock)?\.json|[\w.-]+\.lock|(?:.*/)?pom\.xml|go\.(?:mod|sum)"
)
_REQUIREMENT_FILE: Final = re.compile(r"(?:-r|-c|--requirement|--constraint)[ \t=]*+([^ \t#]++)")
#: No requirements file is longer, in bytes, and none names others at more than so many levels.
_LARGEST: Final = 1 << 20
_DEEPEST: Final = 5
_MOST_NESTED: Final = 50


@dataclass(frozen=True, slots=True)
class LateInstall:
    """One command that installs dependencies below a COPY of more than it needs.

    `read` is the place of the COPY or ADD in the plan's reads, `step` and `run` are those of the command, which is
    called `name`. `needs` are the paths of the files in the context that it reads, `earlier` the lines of other
    instructions that bring all of them above the COPY. `others` is how many files the COPY takes besides: each
    change of one repeats the step.
    """

    read: int
    step: int
    run: Run
    name: str
    ecosystem: Ecosystem
    needs: tuple[str, ...]
    earlier: tuple[int, ...]
    others: int

    @property
    def command(self) -> str:
        """The command that installs the dependencies alone."""
        if self.ecosystem.alone:
            return self.ecosystem.alone
        return " ".join(self.run.words)


def late_installs(context: RuleContext) -> Iterator[LateInstall]:
    """The commands of all stages that a build needs which install dependencies too late, one for each RUN and kind."""
    commands, plan = context.commands, context.build.plan
    candidates = [n for n in commands.with_words(range(len(plan.steps)), WORDS) if _may_install(plan.steps[n].text)]
    broad = (
        {destination.step for destination in context.destinations if destination.node.inside is not None}
        if candidates
        else set()
    )
    for stage in plan.stages:
        before = broad.intersection(commands.in_stage(stage.number))
        for step in (number for number in candidates if plan.steps[number].stage == stage.number):
            if not any(number < step for number in before):
                continue
            found: set[str] = set()
            for run in commands.of(step):
                late = _late(context, stage.number, step, run)
                if late is not None and late.ecosystem.installs[0] not in found:
                    found.add(late.ecosystem.installs[0])
                    yield late


def _may_install(text: str) -> bool:
    """Whether all words of one of the commands are in a text: most texts need not be read as a shell would."""
    words = frozenset(_WORD.findall(text))
    return any(needed <= words for needed in _NEEDED)


def _late(context: RuleContext, stage: int, step: int, run: Run) -> LateInstall | None:
    build = context.build
    known = ((one, command) for one in ECOSYSTEMS for command in one.installs if is_command(run, command))
    ecosystem, command = next(known, (None, ""))
    if ecosystem is None or run.directory is None or _is_after_a_build(context, step, run):
        return None
    if ecosystem.builds and any(mount.type == "cache" for mount in context.commands.mounts(step)):
        return None
    steps = set(context.commands.in_stage(stage))
    destinations = [
        destination for destination in context.destinations if destination.step in steps and destination.step < step
    ]
    brought = list(_manifests(destinations, run, ecosystem))
    if not brought:
        return None
    destination, node = brought[-1]
    # What builds as well installs nothing any more after a command for that alone.
    before = step if ecosystem.builds else destination.step
    if destination.node.inside is None or _is_installed(context, stage, before, ecosystem):
        return None
    needs = _needs(build, node, ecosystem)
    if needs is None:
        return None
    others = _others(build, destination, needs)
    if not others:
        return None
    above = [one for one in destinations if one.step < destination.step]
    earlier = _brought_by(build, above, needs)
    return LateInstall(destination.read, step, run, _named(run, command), ecosystem, needs, earlier, others)


def _named(run: Run, command: str) -> str:
    """What a command is called: the words of its pattern, with the name that it has here."""
    words = [word for word in command.split() if word != "$" and not word.startswith(("!", "--"))]
    return " ".join((run.name, *words[1:])).removesuffix(" *")


def _is_after_a_build(context: RuleContext, step: int, run: Run) -> bool:
    """Whether the same tool did something else before in the same RUN, so that what it needs is there already."""
    runs = context.commands.of(step)
    before = (one for one in runs[: runs.index(run)] if one.name == run.name and one.directory == run.directory)
    return any(word in ("run", "exec", "build", "test") for one in before for word in one.words[1:2])


def _manifests(
    destinations: Sequence[Destination], run: Run, ecosystem: Ecosystem
) -> Iterator[tuple[Destination, Node]]:
    """The manifests of a command, as they were brought to where it works, in the order of the build."""
    wanted = []
    if ecosystem.manifest == _NAMED:
        wanted = [path for word in _named_files(run) if (path := path_of(run, word)) is not None]
    elif run.directory is not None:
        wanted = [paths.join(run.directory, ecosystem.manifest)]
        if any(word.endswith((".sln", ".csproj", ".fsproj")) for word in run.words):
            named = (path_of(run, word) for word in run.words if word.endswith((".sln", ".csproj", ".fsproj")))
            wanted = [path for path in named if path is not None]
    for destination in destinations:
        for path in wanted:
            for node in destination.entries(Target(path, False)):
                yield destination, node


def _named_files(run: Run) -> Iterator[str]:
    """The files that a command is told to install from."""
    words = iter(run.words)
    for word in words:
        flag, equals, value = word.partition("=")
        if flag in ("-r", "--requirement", "-f", "--file"):
            yield value if equals else next(words, "")
        elif word.startswith("-r") and len(word) > 2:
            yield word[2:]


def _is_installed(context: RuleContext, stage: int, before: int, ecosystem: Ecosystem) -> bool:
    """Whether dependencies of this kind were installed above an instruction already."""
    commands = context.commands
    same = [one for one in ECOSYSTEMS if one.manifest == ecosystem.manifest]
    patterns = [pattern for one in same for pattern in one.installs]
    patterns += [*_ALSO.get(ecosystem.manifest, ())]
    numbers = [number for number in commands.in_stage(stage) if number < before]
    return any(
        is_command(run, pattern) and (ecosystem.manifest != _NAMED or any(_named_files(run)))
        for number in commands.with_words(numbers, WORDS)
        for run in commands.of(number)
        for pattern in patterns
    )


def _needs(build: BuildContext, node: Node, ecosystem: Ecosystem) -> tuple[str, ...] | None:
    """The files of the context that a command reads, as far as they are there; None if it needs the sources."""
    if ecosystem.manifest == _NAMED:
        return _required(build, node.path)
    found = [node.path]
    directory = node.directory
    for pattern in ecosystem.others:
        found += [directory.child_path(name) for name in directory.names if fnmatchcase(name, pattern)]
    if ecosystem.downloads and not _downloads(build, directory, ecosystem):
        return None
    for pattern in ecosystem.nested:
        found += [path for path in _below(directory, pattern) if path not in found]
    return tuple(dict.fromkeys(found)) if len(found) <= _MOST_NESTED else tuple(dict.fromkeys(found[:_MOST_NESTED]))


def _downloads(build: BuildContext, directory: Directory, ecosystem: Ecosystem) -> bool:
    """Whether a project has dependencies that are not in the context."""
    if directory.find("vendor") >= 0:
        return False
    texts = (build.read(directory.child_path(name), _LARGEST) for name in ecosystem.others)
    return any(ecosystem.downloads in text for text in texts if text is not None)


def _below(directory: Directory, pattern: str) -> Iterator[str]:
    stack = [directory]
    while stack:
        directory = stack.pop()
        for name, kind in zip(directory.names, directory.kinds, strict=True):
            if kind != Kind.DIRECTORY and fnmatchcase(name, pattern):
                yield directory.child_path(name)
        stack += reversed(directory.subdirectories.values())


def _required(build: BuildContext, path: str, depth: int = 0) -> tuple[str, ...] | None:
    """A requirements file and those that it names; None if it names a directory of the project or cannot be read."""
    data = build.read(path, _LARGEST)
    if data is None or depth > _DEEPEST:
        return None
    found = [path]
    for line in data.decode("utf-8", "replace").splitlines():
        text = line.strip()
        named = _REQUIREMENT_FILE.match(text)
        if named is not None and "://" not in named[1]:
            inner = paths.join(paths.parent(path), named[1])
            if inner in found:
                continue
            more = _required(build, inner, depth + 1)
            if more is None:
                return None
            found += more
        elif text.startswith((".", "-e .", "-e file:", "--editable", "/", "file:")) or " @ file:" in text:
            return None
    return tuple(dict.fromkeys(found))


def _others(build: BuildContext, destination: Destination, needs: Sequence[str]) -> int:
    """How many files an instruction takes besides those that are needed; 0 if all only say what is installed."""
    usage = build.usage
    total = usage.results[destination.read].totals.files
    if total <= 20 and all(_MANIFEST_LIKE.fullmatch(paths.base(path)) for path in usage.files_of(destination.read)):
        return 0
    own = sum(
        usage.taken(destination.read, *place).files for path in needs if (place := build.locate(path)) is not None
    )
    return total - own


def _brought_by(build: BuildContext, destinations: Sequence[Destination], needs: Sequence[str]) -> tuple[int, ...]:
    """The lines of instructions that together bring all of some files; none if one is missing."""
    lines: dict[int, None] = {}
    for path in needs:
        place = build.locate(path)
        reads = [
            destination.read
            for destination in destinations
            if place is not None and build.usage.taken(destination.read, *place).files
        ]
        if not reads:
            return ()
        lines[build.plan.reads[reads[0]].line] = None
    return tuple(lines)
