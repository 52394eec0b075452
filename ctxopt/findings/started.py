"""What the containers of a final image start: its commands, and whether one is a server for development."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from ctxopt.catalogue.development import dev_server, development, is_dev_script
from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import COMMAND_STEPS, Reader, Run
from ctxopt.image.effects import Target
from ctxopt.image.places import resolved

#: Maximum size of a package.json to read, in bytes, and maximum number of such files.
_LARGEST: Final = 64 << 10
_MOST: Final = 20
#: Maximum number of words of a command that may be the script that it starts.
_MOST_WORDS: Final = 4


def started_runs(context: RuleContext) -> tuple[Run, ...]:
    """The commands that containers of the final image start, health checks included."""
    return context.once(_started_runs)


def _started_runs(context: RuleContext) -> tuple[Run, ...]:
    plan = context.build.plan
    kinds = [kind for kind in COMMAND_STEPS if kind != "RUN"]
    steps = [number for number in context.commands.image_steps if plan.steps[number].kind in kinds]
    reader = Reader(plan, 0)
    return tuple(run for number in steps for run in reader.of_step(number))


def started_scripts(context: RuleContext) -> tuple[str, ...]:
    """The texts of the scripts of the context that containers of the final image start."""
    return context.once(_started_scripts)


def _started_scripts(context: RuleContext) -> tuple[str, ...]:
    words = dict.fromkeys(word for run in started_runs(context) for word in run.words[:_MOST_WORDS])
    targets = (Target(path, False) for word in words if (path := resolved(None, word)) is not None)
    nodes = (node for target in targets for one in context.destinations for node in one.entries(target))
    texts = (context.build.read(node.path, _LARGEST) or b"" for node in islice(nodes, _MOST))
    return tuple(text.decode("utf-8", "replace") for text in texts if text.startswith(b"#!"))


def starts_dev_server(context: RuleContext) -> bool:
    """Whether a container starts a server that compiles the sources itself, directly or by a script of npm."""
    return any(
        dev_server().search(text) is not None
        for run in started_runs(context)
        for text in _texts(context.build, run.name, run.words)
    )


def _texts(build: BuildContext, name: str, words: Sequence[str]) -> Iterator[str]:
    """The text of a command, and that of the script of package.json that it runs."""
    yield " ".join((name, *words[1:]))
    if name in development().runners:
        if is_dev_script(_script(words)):
            yield "nodemon"
        yield from scripts_of_manifests(build, words)


def scripts_of_manifests(build: BuildContext, words: Sequence[str]) -> Iterator[str]:
    """The texts that the files package.json of an image have for the script that a command of npm or yarn runs."""
    script = _script(words)
    for path in islice(_manifests(build), _MOST):
        text = (build.read(path, _LARGEST) or b"").decode("utf-8", "replace")
        found = re.search(rf'"{re.escape(script)}"\s{{0,9}}:\s{{0,9}}"((?:[^"\\]|\\.){{1,500}})"', text)
        if found is not None:
            yield found[1]


def _script(words: Sequence[str]) -> str:
    """The script that a command such as `npm --prefix web run start` runs; "" for none."""
    before = ""
    for word in words[1:]:
        if word not in ("run", "workspace") and not word.startswith("-") and before not in development().valued:
            return word
        before = word
    return ""


def _manifests(build: BuildContext) -> Iterator[str]:
    """The paths at which a package.json may be that gets into the image: those in what a COPY copies."""
    sources = (source for read in build.plan.reads if read.reaches_image for source in read.sources)
    named = (paths.join("/", source)[1:].removesuffix("package.json") for source in sources)
    yield from dict.fromkeys(("package.json", *(paths.join(name, "package.json") for name in named if name)))
