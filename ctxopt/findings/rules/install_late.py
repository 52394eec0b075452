"""Dependencies that are installed after a COPY of all sources: any change of a file repeats it."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.display import plural
from ctxopt.findings import installs, layers
from ctxopt.findings.installs import LateInstall
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.settings import Settings

RULE = "CTX301"
NAME = "cache-install-late"
TITLE = "Dependencies are installed after a COPY of all sources"
HELP = (
    "Copy the manifests and locks alone, install, and then copy the rest: the layer with the dependencies is then "
    "taken from the cache until a manifest changes."
)
#: Scripts that npm and its kin run by themselves when they install.
_SCRIPTS = ("preinstall", "install", "postinstall", "prepare")
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
        confidence=Confidence.MEDIUM if late.ecosystem.builds or late.ecosystem.alone else Confidence.HIGH,
        evidence=(f"line {read.line}: {layers.shown_read(read)}", f"line {step.line}: {layers.shown_step(step)}"),
        end_line=step.end_line,
    )


def _fix(context: BuildContext, late: LateInstall) -> str:
    read = context.plan.reads[late.read]
    if late.ecosystem.mount:
        return f"keep what it downloads with RUN --mount=type=cache,target={late.ecosystem.mount} …"
    if late.earlier:
        brings = f"{layers.lines(late.earlier)} {'brings' if len(late.earlier) == 1 else 'bring'} what it needs"
        return f"move RUN {late.command} above line {read.line}: {brings}{_scripts(context, late)}"
    return f"above line {read.line}, write {_copy(context, late)} and RUN {late.command}" + _scripts(context, late)


def _copy(context: BuildContext, late: LateInstall) -> str:
    """The COPY of what the command needs, to where it looks for it."""
    workdir = context.commands.directories[late.step]
    destination = next(one for one in context.destinations if one.read == late.read)
    names = late.needs
    directories = {paths.parent(name) for name in names}
    shown = " ".join(names[:_NAMED]) + (f" … ({len(names) - _NAMED} more)" if len(names) > _NAMED else "")
    if len(directories) > 1:
        return f"COPY --parents {shown} {_shown(destination.path, workdir)} (Dockerfile syntax 1.20 or newer)"
    top = destination.node.path
    inside = next(iter(directories))
    inside = "" if inside == "." else inside
    target = paths.join(destination.path, inside[len(top) :]) if inside.startswith(top) else destination.path
    return f"COPY {shown} {_shown(target, workdir)}"


def _shown(target: str, workdir: str) -> str:
    if target == workdir:
        return "./"
    if target.startswith(workdir.rstrip("/") + "/"):
        return target[len(workdir.rstrip("/")) + 1 :] + "/"
    return target.rstrip("/") + "/"


def _scripts(context: BuildContext, late: LateInstall) -> str:
    """What else npm and its kin may need: scripts and members of a workspace."""
    import json

    manifest = late.needs[0]
    if paths.base(manifest) != "package.json":
        return ""
    data = context.read(manifest, _LARGEST)
    try:
        parsed = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return ""
    scripts = parsed.get("scripts") if isinstance(parsed, dict) else None
    found = [name for name in _SCRIPTS if isinstance(scripts, dict) and name in scripts]
    notes = ""
    if context.tree.root.find(".npmrc") >= 0:
        # It mostly holds a token, and a COPY of it would keep that in a layer.
        notes += "; what .npmrc says must reach it, too, best with --mount=type=secret"
    has_members = isinstance(parsed, dict) and "workspaces" in parsed
    if has_members or "pnpm-workspace.yaml" in map(paths.base, late.needs):
        notes += "; the package.json of each member of the workspace as well, with COPY --parents"
    if found:
        notes += f"; its script {' and '.join(found)} may need more files"
    return notes
