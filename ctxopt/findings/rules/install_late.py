"""Dependencies that are installed after a COPY of all sources: a change of any file repeats it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ctxopt.catalogue.words import INSTALLS
from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.display import plural
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

if TYPE_CHECKING:
    from ctxopt.findings.installs import LateInstall

_LARGEST = 1 << 20
_NAMED = 6


def check(context: RuleContext) -> Iterator[Finding]:
    """Find late installs in all stages that the build needs."""
    numbers = (number for number, _ in context.build.plan.numbered_steps())
    if not context.commands.with_words(numbers, INSTALLS):
        return
    from ctxopt.findings.installs import late_installs

    for late in late_installs(context):
        yield _finding(context, late)


RULE = Rule(
    id="CTX301",
    name="cache-install-late",
    title="Dependencies installed after copying all sources",
    help=(
        "Copy only the manifests and lock files, install, then copy the rest: the dependency layer "
        "stays cached until a manifest changes."
    ),
    check=check,
)


def _finding(context: RuleContext, late: "LateInstall") -> Finding:
    build = context.build
    read, step = build.plan.reads[late.read], build.plan.steps[late.step]
    cached = any(mount.type == "cache" for mount in context.commands.mounts(late.step))
    return Finding(
        RULE.id,
        Severity.NOTE if cached else Severity.WARNING,
        build.plan.file,
        step.line,
        f"{late.name} runs again when any of {plural(late.others, 'file')} changes that it does not "
        f"need: {layers.shown_read(read)} in line {read.line} copies them",
        _fix(context, late),
        confidence=Confidence.MEDIUM if late.install.builds or late.install.alone else Confidence.HIGH,
        evidence=(f"line {read.line}: {layers.shown_read(read)}", f"line {step.line}: {layers.shown_step(step)}"),
        end_line=step.end_line,
    )


def _fix(context: RuleContext, late: "LateInstall") -> str:
    read = context.build.plan.reads[late.read]
    if late.install.mount:
        return f"keep its downloads in a cache: RUN --mount=type=cache,target={late.install.mount} …"
    from ctxopt.image.secret_mounts import secret_mount
    from ctxopt.image.users import user_of

    users = (user_of(context.build.plan, late.step),)
    mounts = [secret_mount(path, paths.join(_destination(context, late), _base(path)), users) for path in late.secrets]
    run = " ".join(("RUN", *(mount.flag for mount in mounts), late.command))
    if mounts:
        run += f"; build with docker build {' '.join(mount.option for mount in mounts)}"
    if late.earlier:
        brings = f"{layers.lines(late.earlier)} {'copies' if len(late.earlier) == 1 else 'copy'} all it needs"
        return f"move {run} above line {read.line}: {brings}{_cautions(context.build, late)}"
    copies = ", ".join(_copies(context, late))
    return f"above line {read.line}, write {copies} and {run}" + _cautions(context.build, late)


def _destination(context: RuleContext, late: "LateInstall") -> str:
    """The directory of the image that the command works in, as far as the COPY tells."""
    return late.run.directory or context.commands.directories[late.step]


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _copies(context: RuleContext, late: "LateInstall") -> Iterator[str]:
    """The COPY of what the command needs, to where it looks for it: directories each by themselves."""
    workdir = context.commands.directories[late.step]
    destination = next(one for one in context.destinations if one.read == late.read)
    top = destination.node.path

    def target(inside: str) -> str:
        inside = "" if inside == "." else inside
        return paths.join(destination.path, inside[len(top) :]) if inside.startswith(top) else destination.path

    names = [path for path in late.needs if not path.endswith("/")]
    directories = {paths.parent(name) for name in names}
    shown = " ".join(names[:_NAMED]) + (f" … ({len(names) - _NAMED} more)" if len(names) > _NAMED else "")
    if len(directories) > 1:
        yield f"COPY --parents {shown} {_shown(destination.path, workdir)} (Dockerfile syntax 1.20 or newer)"
    else:
        yield f"COPY {shown} {_shown(target(next(iter(directories))), workdir)}"
    for name in late.needs:
        if name.endswith("/"):
            yield f"COPY {name} {_shown(target(name.rstrip('/')), workdir)}"


def _shown(target: str, workdir: str) -> str:
    if target == workdir:
        return "./"
    if target.startswith(workdir.rstrip("/") + "/"):
        return target[len(workdir.rstrip("/")) + 1 :] + "/"
    return target.rstrip("/") + "/"


def _cautions(build: BuildContext, late: "LateInstall") -> str:
    """What else the command may need, going by what is in the files that it reads."""
    from ctxopt.image.installs import install_scripts, texts_in

    install = late.install
    if install.requirements or install.nested:
        # What these files name is among what is copied.
        return ""
    files = {path: build.read(path, _LARGEST) for path in late.needs if not path.endswith("/")}
    notes = ""
    if any(texts_in(install.members, data) for data in files.values()):
        manifest = _base(late.needs[0])
        notes += f"; also copy the {manifest} of each workspace member, with COPY --parents"
    for path, data in files.items():
        said = texts_in(install.unless if install.alone else (*install.unless, *install.mind), data)
        if said:
            notes += f"; {' and '.join(text.strip() for text in said)} in {path} may need more files"
    found = install_scripts(install, files[late.needs[0]])
    if found:
        notes += f"; its script {' and '.join(found)} may need more files"
    return notes
