"""Dependencies that are installed after a COPY of all sources: any change of a file repeats it."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.display import plural
from ctxopt.findings import installs, layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.installs import LateInstall
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

#: Scripts that npm and its kin run by themselves when they install.
_SCRIPTS = ("preinstall", "install", "postinstall", "prepare")
_LARGEST = 1 << 20
_NAMED = 6


def check(context: RuleContext) -> Iterator[Finding]:
    """Find commands in all stages that the build needs."""
    for late in installs.late_installs(context):
        yield _finding(context, late)


RULE = Rule(
    id="CTX301",
    name="cache-install-late",
    title="Dependencies are installed after a COPY of all sources",
    help=(
        "Copy the manifests and locks alone, install, and then copy the rest: the layer with the dependencies is then "
        "taken from the cache until a manifest changes."
    ),
    check=check,
)


def _finding(context: RuleContext, late: LateInstall) -> Finding:
    build = context.build
    read, step = build.plan.reads[late.read], build.plan.steps[late.step]
    cached = any(mount.type == "cache" for mount in context.commands.mounts(late.step))
    return Finding(
        RULE.id,
        Severity.NOTE if cached else Severity.WARNING,
        build.plan.file,
        step.line,
        f"{late.name} runs again whenever one of {plural(late.others, 'file')} changes that it does not need: "
        f"{layers.shown_read(read)} in line {read.line} takes them",
        _fix(context, late),
        confidence=Confidence.MEDIUM if late.ecosystem.builds or late.ecosystem.alone else Confidence.HIGH,
        evidence=(f"line {read.line}: {layers.shown_read(read)}", f"line {step.line}: {layers.shown_step(step)}"),
        end_line=step.end_line,
    )


def _fix(context: RuleContext, late: LateInstall) -> str:
    build = context.build
    read = build.plan.reads[late.read]
    if late.ecosystem.mount:
        return f"keep what it downloads with RUN --mount=type=cache,target={late.ecosystem.mount} …"
    if late.earlier:
        brings = f"{layers.lines(late.earlier)} {'brings' if len(late.earlier) == 1 else 'bring'} what it needs"
        return f"move RUN {late.command} above line {read.line}: {brings}{_scripts(build, late)}"
    return f"above line {read.line}, write {_copy(context, late)} and RUN {late.command}" + _scripts(build, late)


def _copy(context: RuleContext, late: LateInstall) -> str:
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


def _scripts(build: BuildContext, late: LateInstall) -> str:
    """What else npm and its kin may need: scripts and members of a workspace."""
    import json

    manifest = late.needs[0]
    if paths.base(manifest) != "package.json":
        return ""
    data = build.read(manifest, _LARGEST)
    try:
        parsed = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return ""
    scripts = parsed.get("scripts") if isinstance(parsed, dict) else None
    found = [name for name in _SCRIPTS if isinstance(scripts, dict) and name in scripts]
    notes = ""
    if build.tree.root.find(".npmrc") >= 0:
        # It mostly holds a token, and a COPY of it would keep that in a layer.
        notes += "; what .npmrc says must reach it, too, best with --mount=type=secret"
    has_members = isinstance(parsed, dict) and "workspaces" in parsed
    if has_members or "pnpm-workspace.yaml" in map(paths.base, late.needs):
        notes += "; the package.json of each member of the workspace as well, with COPY --parents"
    if found:
        notes += f"; its script {' and '.join(found)} may need more files"
    return notes
