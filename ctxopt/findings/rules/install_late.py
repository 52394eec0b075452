"""Dependencies that are installed after a COPY of all sources: any change of a file repeats it."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.display import plural
from ctxopt.findings import installs, layers
from ctxopt.findings.installs import LateInstall
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.settings import Settings
from ctxopt.image.installs import install_scripts, texts_in
from ctxopt.image.secret_mounts import secret_mount

RULE = "CTX301"
NAME = "cache-install-late"
TITLE = "Dependencies are installed after a COPY of all sources"
HELP = (
    "Copy the manifests and locks alone, install, and then copy the rest: the layer with the dependencies is then "
    "taken from the cache until a manifest changes."
)
_LARGEST = 1 << 20
_NAMED = 6


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find commands in all stages that the build needs."""
    for late in installs.late_installs(context):
        yield _finding(context, late)


def _finding(context: BuildContext, late: LateInstall) -> Finding:
    read, step = context.plan.reads[late.read], context.plan.steps[late.step]
    cached = any(mount.type == "cache" for mount in context.commands.mounts(late.step))
    return Finding(
        RULE,
        Severity.NOTE if cached else Severity.WARNING,
        context.plan.file,
        step.line,
        f"{late.name} runs again whenever one of {plural(late.others, 'file')} changes that it does not need: "
        f"{layers.shown_read(read)} in line {read.line} takes them",
        _fix(context, late),
        confidence=Confidence.MEDIUM if late.install.builds or late.install.alone else Confidence.HIGH,
        evidence=(f"line {read.line}: {layers.shown_read(read)}", f"line {step.line}: {layers.shown_step(step)}"),
        end_line=step.end_line,
    )


def _fix(context: BuildContext, late: LateInstall) -> str:
    read = context.plan.reads[late.read]
    if late.install.mount:
        return f"keep what it downloads with RUN --mount=type=cache,target={late.install.mount} …"
    mounts = [secret_mount(path, paths.join(_destination(context, late), _base(path))) for path in late.secrets]
    run = " ".join(("RUN", *(mount.flag for mount in mounts), late.command))
    if mounts:
        run += f", with docker build {' '.join(mount.option for mount in mounts)}"
    if late.earlier:
        brings = f"{layers.lines(late.earlier)} {'brings' if len(late.earlier) == 1 else 'bring'} what it needs"
        return f"move {run} above line {read.line}: {brings}{_cautions(context, late)}"
    copies = ", ".join(_copies(context, late))
    return f"above line {read.line}, write {copies} and {run}" + _cautions(context, late)


def _destination(context: BuildContext, late: LateInstall) -> str:
    """The directory of the image that the command works in, as far as the COPY tells."""
    return late.run.directory or context.commands.directories[late.step]


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _copies(context: BuildContext, late: LateInstall) -> Iterator[str]:
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


def _cautions(context: BuildContext, late: LateInstall) -> str:
    """What else the command may need, going by what is in the files that it reads."""
    install = late.install
    if install.requirements or install.nested:
        # What these files name is among what is copied.
        return ""
    files = {path: context.read(path, _LARGEST) for path in late.needs if not path.endswith("/")}
    notes = ""
    if any(texts_in(install.members, data) for data in files.values()):
        manifest = _base(late.needs[0])
        notes += f"; the {manifest} of each member of the workspace as well, with COPY --parents"
    for path, data in files.items():
        said = texts_in(install.unless if install.alone else (*install.unless, *install.mind), data)
        if said:
            notes += f"; {' and '.join(text.strip() for text in said)} in {path} may need more files"
    found = install_scripts(install, files[late.needs[0]])
    if found:
        notes += f"; its script {' and '.join(found)} may need more files"
    return notes
