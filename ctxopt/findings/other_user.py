"""What the program of an image needs besides a USER, so that it runs as another user than root."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import final_steps
from ctxopt.findings.started import started_runs, starts_dev_server
from ctxopt.image.commands import Run
from ctxopt.image.effects import path_of
from ctxopt.image.places import resolved

#: Only root may enter this directory.
_HOME: Final = "/root/"
_IN_HOME: Final = lazy_re(r"(?<![\w.-])/root/(?!\.cache\b|\.npm\b)[\w.]")
#: Maximum number of directories, and of lines, that a fix names.
_MOST: Final = 3


def what_else(context: RuleContext, user: str, *, has_shell: bool = True) -> str:
    """What has to belong to a user, or to be somewhere else, as the end of a fix; "" for nothing that is known.

    `user` is its name, "" where it gets one; without a shell, no RUN can give it a directory.
    """
    found = [_to_own(context, user or "that user", has_shell=has_shell), _to_move(context), *_kept(context)]
    return "".join(f"; {one}" for one in found if one)


def _to_own(context: RuleContext, user: str, *, has_shell: bool) -> str:
    if starts_dev_server(context):
        return (
            f"what its development server writes beside the sources must belong to {user}{_in_workdir(context, user)}"
        )
    # Imported here because it reads many files.
    from ctxopt.evidence.privileges import mounted_in

    made = list(dict.fromkeys((*_volumes(context.build), *_made(context), *mounted_in(context.build))))
    if made:
        how = "chown in a RUN" if has_shell else "COPY --chown"
        return f"what it writes to must belong to {user}, such as {layers.listed(made[:_MOST])} ({how})"
    if any(step.kind == "RUN" for step in final_steps(context.build.plan)) or context.build.plan.reads:
        how = "COPY --chown, or chown in a RUN" if has_shell else "COPY --chown"
        return f"what it writes to must belong to {user} ({how})"
    return ""


def _in_workdir(context: RuleContext, user: str) -> str:
    """The command that gives a user the directory in which a program of Node.js starts."""
    last = next((step for step in reversed(list(final_steps(context.build.plan))) if step.kind != "WORKDIR"), None)
    workdir = None if last is None else last.workdir
    if workdir is None or workdir == "/" or " " in user:
        return " (chown in a RUN)"
    return f" (RUN chown {user} {workdir} {paths.join(workdir, 'node_modules')})"


def _volumes(build: BuildContext) -> Iterator[str]:
    for step in final_steps(build.plan):
        if step.kind == "VOLUME":
            yield from (word for word in step.words or step.text.split() if word.startswith("/") and "$" not in word)


def _made(context: RuleContext) -> Iterator[str]:
    """The directories that a RUN of the image makes, where a program may have its data."""
    from ctxopt.catalogue.system import system

    commands = context.commands
    runs = (run for number in commands.with_words(commands.image_steps, ("mkdir",)) for run in commands.of(number))
    for path in (path for run in runs if run.name == "mkdir" for path in _arguments(run)):
        if (
            path is not None
            and path.startswith("/")
            and not f"{path}/".startswith((*system().left_over, "/etc/", _HOME))
        ):
            yield path


def _arguments(run: Run) -> Iterator[str | None]:
    return (path_of(run, word) for word in run.words[1:] if not word.startswith("-"))


def _to_move(context: RuleContext) -> str:
    lines = list(islice(dict.fromkeys(_in_home(context)), _MOST))
    return f"it cannot enter /root: use another directory in {layers.lines(lines)}" if lines else ""


def _in_home(context: RuleContext) -> Iterator[int]:
    """The lines of the image that put something into the home directory of root that the program may need."""
    build, commands = context.build, context.commands
    for number in commands.image_steps:
        step = build.plan.steps[number]
        if step.kind in ("COPY", "ADD", "WORKDIR"):
            place = (step.expanded or (step.text,))[-1]
            path = resolved(commands.directories[number], place)
            if path is not None and f"{path}/".startswith(_HOME):
                yield step.line
        elif step.kind in ("ENV", "CMD", "ENTRYPOINT") and _IN_HOME.search(step.text) is not None:
            yield step.line


def _kept(context: RuleContext) -> Iterator[str]:
    """How another user gets what commands put into the home directory of root."""
    from ctxopt.catalogue.root_images import root_images

    steps = [context.build.plan.steps[number] for number in context.commands.image_steps]
    names = {paths.base(word) for run in started_runs(context) for word in (run.name, *run.written[:1])}
    for kept in root_images().kept:
        if kept.starts and names.isdisjoint(kept.starts):
            continue
        line = next((one.line for one in steps if one.kind == "RUN" and any(map(one.text.count, kept.commands))), None)
        if line is not None and not any(text in one.text for one in steps for text in kept.unless):
            yield f"it cannot read what line {line} puts into /root: {kept.fix}"
