"""A file that contains a secret, judging by its name: the further it gets, the worse."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from ctxopt.catalogue.names import any_match
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, View
from ctxopt.core.dockerfile.model import StageCopy
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.golang import paths
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import plural
from ctxopt.evidence.operation import has_other_context
from ctxopt.evidence.secret_files import FoundSecret, Reach, SecretFile
from ctxopt.evidence.tried_secrets import is_for_trying_out
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import is_for_tests
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.only_from_git import only_from_git
from ctxopt.findings.rule import Limit, Rule
from ctxopt.findings.secret_readers import may_be_read_by_run
from ctxopt.image.secret_mounts import secret_mount
from ctxopt.image.users import user_of

if TYPE_CHECKING:
    from ctxopt.image.exposure import Exposure


#: Maximum number of findings for one instruction, and of patterns in a fix.
_SHOWN: Final = 20
_PATTERNS: Final = 10

#: A path in an image that needs no quotes.
_SAFE: Final = lazy_re(r"(?:/[\w.-]+)+", re.ASCII)

#: A command that writes the values of environment files into a file of the program.
_DUMPS: Final = lazy_re(r"\bcomposer\s+(?:-\S+\s+)*dump-env\b|\bconsole\s+(?:-\S+\s+)*dotenv:dump\b")

#: Gives the text of a fix.
_Fix: TypeAlias = "Callable[[RuleContext, SecretFile, Exposure], str]"


def check(context: RuleContext) -> Iterator[Finding]:
    """Find secrets by their names and, where that helps, by the contents of the files.

    One in the image is an error, in another stage a warning, sent to the builder a note, and only in the
    context an info; lower if it is doubtful.
    """
    yield from _found(context)
    yield from only_from_git(context, _found)


def _found(context: RuleContext) -> Iterator[Finding]:
    """Find secrets in one build, as its ignore file leaves it."""
    build = context.build
    placed: dict[int, list[tuple[FoundSecret, Exposure]]] = {}
    waiting: dict[bool, list[SecretFile]] = {}
    for found in context.secrets:
        if not context.settings.scan_secrets and is_for_trying_out(build, context.git, found):
            continue
        if found.exposure is not None and not context.settings.scan_secrets and _is_of_others(context, found):
            continue
        if found.exposure is not None:
            placed.setdefault(found.exposure.step.line, []).append((found, found.exposure))
        else:
            waiting.setdefault(found.reach == Reach.SENT, []).append(found.file)
    for group in placed.values():
        for number, (found, exposure) in enumerate(group):
            yield _placed(context, found, exposure, _fix if number < _SHOWN else _short_fix)
    for sent, some in waiting.items():
        yield _waiting(build, some, sent=sent)


def _is_of_others(context: RuleContext, found: FoundSecret) -> bool:
    """Whether a file is tracked for an image of tests, or is none of the Dockerfile, which has another context."""
    build = context.build
    if context.git is not None and context.git.tracks(found.file.path) and is_for_tests(build):
        return True
    own = paths.parent(build.located.dockerfile_path or "")
    return own not in ("", ".") and not found.file.path.startswith(f"{own}/") and has_other_context(build)


def _rest(rest: Sequence[Finding]) -> Finding:
    """The finding about the secrets of an instruction beyond the maximum; the first of them is the worst."""
    placed = "the image" if "into the image" in rest[0].message else "a stage"
    return replace(
        rest[0],
        message=f"{plural(len(rest), 'more file')} with secrets copied into {placed}",
        fix="exclude them, or mount those that a RUN needs",
        totals=sum((one.totals for one in rest if one.totals is not None), Totals()),
        evidence=tuple(f"{one.subject}: {one.message.partition(': ')[2]}" for one in rest),
        subject=None,
        incomplete=any(one.incomplete for one in rest),
    )


RULE = Rule(
    id="CTX101",
    name="secret-by-name",
    title="File with a secret in the build context",
    help=(
        "Exclude the file. Pass it to the RUN that needs it with `--mount=type=secret`, and to containers "
        "at run time. A secret in a layer stays there, even if a later instruction removes the file."
    ),
    check=check,
    limit=Limit(_SHOWN, lambda finding: finding.line, _rest),
)


class About:
    """What findings of this rule are about, alone or among others."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        own = [finding for finding in findings if finding.rule == RULE.id]
        self._paths = {finding.subject for finding in own if finding.subject is not None}
        self._lines = {finding.line for finding in own if finding.subject is None}

    def covers(self, path: str, line: int | None) -> bool:
        """Whether one is about a secret; `line` is that of the instruction that takes it."""
        return path in self._paths or line in self._lines


def _warning(secret: SecretFile, *, in_image: bool) -> str:
    """What a file contains, and what that means where it is in the image."""
    return secret.secret.warning if in_image else secret.secret.warning.partition("; anyone")[0]


def _severity(exposure: "Exposure", doubt: int) -> Severity:
    return (Severity.ERROR if exposure.in_image else Severity.WARNING).lowered(doubt)


def _confidence(secret: SecretFile) -> Confidence:
    """How certain it is that this is a secret."""
    return Confidence.MEDIUM if secret.doubt else Confidence.HIGH


def _placed(context: RuleContext, found: FoundSecret, exposure: "Exposure", fix: _Fix) -> Finding:
    """The finding about a secret that an instruction copies into a stage or into the image."""
    build = context.build
    secret = found.file
    read, step = exposure.read, exposure.step
    evidence = []
    if step is not read:
        evidence.append(f"{read.kind} in line {read.line} copies it into stage {read.stage_label}")
        if exposure.path is None:
            evidence.append(f"the build puts it into its output, which line {step.line} copies")
    elif exposure.in_image and found.removal is not None:
        evidence.append(f"RUN in line {found.removal} removes it, but the layer of line {read.line} keeps it")
    target = "the image" if exposure.in_image else f"stage {read.stage_label} and its build cache"
    confidence = _confidence(secret)
    if not exposure.sure and confidence is Confidence.HIGH:
        confidence = Confidence.MEDIUM
    return Finding(
        RULE.id,
        _severity(exposure, secret.doubt),
        build.plan.file,
        step.line,
        f"{secret.path} is copied into {target}: {_warning(secret, in_image=exposure.in_image)}"
        + (" (too large or too many to be read completely)" if secret.unread else ""),
        fix(context, secret, exposure),
        totals=Totals(1, secret.size),
        confidence=confidence,
        evidence=tuple(evidence),
        end_line=step.end_line,
        subject=secret.path,
        incomplete=secret.unread,
    )


def _fix(context: RuleContext, one: SecretFile, exposure: "Exposure") -> str:
    """The fix: excluding the file breaks no broad COPY, but one that names it."""
    build = context.build
    mount = _mount(one.path, exposure.origin, _user_after(build, exposure))
    if one.secret.program:
        return (
            "the program reads it, so it cannot be excluded: take the values out, pass them when the container starts "
            "(--env-file), or mount the file then"
        )
    dumping = _dumping_line(build) if one.secret.assigns else 0
    if dumping:
        return (
            f"line {dumping} writes its values into the image, so it cannot be excluded: leave only defaults in it, "
            "and pass the values when the container starts (--env-file), which come first"
        )
    if any(paths.join("/", source)[1:] == one.path for source in exposure.read.sources):
        remove = f"remove it from the {exposure.read.kind}"
        if not exposure.in_image or may_be_read_by_run(context, one, exposure.read, exposure.origin):
            return f"{remove}, and mount it for the RUN that needs it: {mount}"
        return f"{remove}, and mount it when the container starts, as no RUN needs it: {_at_start(exposure)}"
    if not exposure.read.broad and any(_names(source, one.path) for source in exposure.read.sources):
        others = "copy the other files by name, and mount this one"
        if not exposure.in_image or may_be_read_by_run(context, one, exposure.read, exposure.origin):
            return f"{others}: {mount} for the RUN that needs it, or with docker run -v for the program"
        return f"{others} when the container starts, as no RUN needs it: {_at_start(exposure)}"
    leave = f"add {literal(one.path)} to {_ignore_file(build)}"
    step = exposure.step
    if isinstance(step, StageCopy) and any(paths.base(source) == paths.base(one.path) for source in step.sources):
        leave += f", and remove it from the COPY in line {step.line}"
    if _is_used(context, one, exposure):
        return f"{leave}; a RUN that needs it can use {mount}"
    if not exposure.in_image or "run time" in one.secret.warning:
        return leave
    return f"{leave}; if the program reads it, mount it when the container starts (docker run -v)"


def _dumping_line(build: BuildContext) -> int:
    """The line of the RUN that makes a program of environment files, as Symfony's Composer does; 0 for none."""
    dumping = (step.line for step in build.plan.steps if step.kind == "RUN" and _DUMPS.search(step.text) is not None)
    return next(dumping, 0)


def _short_fix(context: RuleContext, one: SecretFile, exposure: "Exposure") -> str:
    """The same for one of many, for which the commands of the build are not searched once more."""
    return f"add {literal(one.path)} to {_ignore_file(context.build)}, or mount it for the {exposure.read.kind}"


def _names(source: str, path: str) -> bool:
    """Whether a source with wildcards in its last part means a file, which an ignore file would take from it."""
    parent, _, name = paths.join("/", source)[1:].rpartition("/")
    is_one = paths.join("/", paths.parent(path))[1:] == parent and any_match((name,), paths.base(path))
    return is_one and bool(parent or name.strip("*?"))


def _is_used(context: RuleContext, one: SecretFile, exposure: "Exposure") -> bool:
    """Whether a command names the file, or a directory that it is in, or a RUN has one that reads such files."""
    build, evidence = context.build, context.evidence
    if evidence is not None and evidence.first(one.secret.used_by) is not None:
        return True
    above = [one.path[:at] for at, char in enumerate(one.path) if char == "/"]
    if evidence is not None and any(evidence.mentions.of(path) for path in (one.path, *above)):
        return True
    tools = {command.split()[0] for command in one.secret.used_by}
    texts = (step.text for step in build.plan.steps if step.kind == "RUN" and step.stage == exposure.read.stage)
    return any(not tools.isdisjoint(text.split()) for text in texts)


def _user_after(build: BuildContext, exposure: "Exposure") -> str:
    """The user of the first RUN that could read what an instruction copies, or of the instruction itself."""
    plan, read = build.plan, exposure.read
    later = range(read.step + 1, len(plan.steps))
    runs = (number for number in later if plan.steps[number].kind == "RUN" and plan.steps[number].stage == read.stage)
    return user_of(plan, StepId(next(runs, read.step)))


def _mount(path: str, place: str | None, user: str) -> str:
    """The RUN flag that mounts the file as a secret where it was copied to, with the option for the build."""

    mount = secret_mount(path, place, (user,))
    return f"{mount.flag} with docker build {mount.option}"


def _at_start(exposure: "Exposure") -> str:
    """The ways in which a container gets a file when it starts, at its place in the image."""
    place = exposure.path or exposure.origin
    target = place if place is not None and _SAFE.fullmatch(place) else "PATH"
    return f"docker run --mount type=bind,source=FILE,target={target},readonly, or `secrets:` of Compose or Swarm"


def _ignore_file(build: BuildContext) -> str:
    file = build.ignore_file(View.BUILDKIT)
    return ".dockerignore" if file is None else file.name


def _waiting(build: BuildContext, some: Sequence[SecretFile], *, sent: bool) -> Finding:
    """The finding about secrets that no instruction copies."""
    first, *others = some
    what = f"{first.path} and {plural(len(others), 'more file')} with secrets are" if others else f"{first.path} is"
    them = "them" if others else "it"
    where = "sent to the builder" if sent else f"in the context, where a COPY can take {them}"
    patterns = " ".join(literal(one.path) for one in some[:_PATTERNS])
    return Finding(
        RULE.id,
        Severity.NOTE if sent else Severity.INFO,
        _ignore_file(build) if build.ignore_file(View.BUILDKIT) is not None else build.plan.file,
        None,
        f"{what} {where}" + ("" if others else f": {_warning(first, in_image=False)}"),
        f"add {patterns} to {_ignore_file(build)}",
        totals=_totals(some),
        evidence=_listed(some) if others else (),
        subject=None if others else first.path,
    )


def _totals(some: Sequence[SecretFile]) -> Totals:
    return Totals(len(some), sum(one.size for one in some))


def _listed(some: Sequence[SecretFile]) -> tuple[str, ...]:
    return tuple(f"{one.path}: {one.secret.warning}" for one in some)
