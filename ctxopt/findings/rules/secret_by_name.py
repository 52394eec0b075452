"""A file that holds a secret, going by its name: the further it gets, the worse."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, View
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.golang import paths
from ctxopt.display import plural
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.findings.secret_files import SecretFile, secret_files

if TYPE_CHECKING:
    from ctxopt.findings.exposure import Exposure, Exposures


#: As doubtful is a file in which nothing looks like a secret.
_NO_SECRET: Final = 2
#: As many are told one by one of an instruction, and as many are named of others.
_TOLD: Final = 20
_LISTED: Final = 10
_SAFE: Final = re.compile(r"/?[\w.-]+(?:/[\w.-]+)*", re.ASCII)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find secrets by their names and, where that tells, by what is in the files.

    In the image one is an error, in another stage a warning, with the builder a note, else in the context
    an info; less if it is doubtful.
    """
    build = context.build
    found = secret_files(build)
    if not found:
        return
    exposures = context.exposure(one.path for one in found)
    placed: dict[int, list[tuple[SecretFile, Exposure]]] = {}
    waiting: dict[bool, list[SecretFile]] = {}
    for one in sorted(found, key=lambda one: (one.doubt, one.path)):
        exposure = exposures.of(one.path)
        if one.doubt >= _NO_SECRET and (exposure is None or not exposure.in_image):
            continue
        if exposure is not None:
            placed.setdefault(exposure.step.line, []).append((one, exposure))
        elif not one.doubt:
            waiting.setdefault(exposures.is_sent(one.path), []).append(one)
    for group in placed.values():
        told = group if len(group) <= _TOLD else group[: _TOLD - 1]
        for one, exposure in told:
            yield _placed(build, exposures, one, exposure)
        if len(told) < len(group):
            rest = group[len(told) :]
            yield _rest(build, [one for one, _ in rest], rest[0][1])
    for sent, some in waiting.items():
        yield _waiting(build, some, sent=sent)


RULE = Rule(
    id="CTX101",
    name="secret-by-name",
    title="A file with a secret in the build context",
    help=(
        "Leave the file out with the ignore file, hand it to the RUN that needs it with `--mount=type=secret`, and to "
        "a container when it starts. What is in a layer stays there, whatever a later instruction removes."
    ),
    check=check,
)


def _severity(exposure: "Exposure", doubt: int) -> Severity:
    return (Severity.ERROR if exposure.in_image else Severity.WARNING).lowered(doubt)


def _placed(build: BuildContext, exposures: "Exposures", one: SecretFile, exposure: "Exposure") -> Finding:
    """A secret that an instruction takes into a stage, or into the image."""
    read, step = exposure.read, exposure.step
    evidence = []
    if step is not read:
        evidence.append(f"{read.kind} in line {read.line} takes it into stage {read.stage_label}")
    elif exposure.in_image and (line := exposures.removal(one.path, read)) is not None:
        evidence.append(f"RUN in line {line} removes it again, but the layer of line {read.line} keeps it")
    target = "the image" if exposure.in_image else f"stage {read.stage_label}, and so its cache"
    why = f": {one.secret.warning}" if one.doubt < _NO_SECRET else ", though no value in it looks like a secret now"
    confidence = one.confidence
    if not exposure.sure and confidence is Confidence.HIGH:
        confidence = Confidence.MEDIUM
    return Finding(
        RULE.id,
        _severity(exposure, one.doubt),
        build.plan.file,
        step.line,
        f"{one.path} gets into {target}{why}",
        _fix(build, one, exposure),
        Totals(1, one.size),
        confidence,
        tuple(evidence),
        step.end_line,
        one.path,
    )


def _fix(build: BuildContext, one: SecretFile, exposure: "Exposure") -> str:
    """What to do: an ignored file breaks no broad COPY, but one that names it."""
    mount = _mount(one.path, exposure.origin)
    if any(paths.join("/", source)[1:] == one.path for source in exposure.read.sources):
        return f"take it out of the {exposure.read.kind}, and give it to the RUN that needs it: {mount}"
    leave = f"add {literal(one.path)} to {_ignore_file(build)}"
    return f"{leave}; a RUN that needs it takes {mount}" if _is_used(build, one, exposure) else leave


def _is_used(build: BuildContext, one: SecretFile, exposure: "Exposure") -> bool:
    """Whether a command of the stage may need the file, going by the names of those that read such files."""
    tools = {command.split()[0] for command in one.secret.used_by}
    texts = (step.text for step in build.plan.steps if step.kind == "RUN" and step.stage == exposure.read.stage)
    return any(not tools.isdisjoint(text.split()) for text in texts)


def _mount(path: str, place: str | None) -> str:
    """The flag of a RUN that mounts the file as a secret where it was copied to, and the option for the build."""
    name = re.sub("[^a-z0-9_]", "", path.rpartition("/")[2].lower()) or "secret"
    target = f",target={place}" if place and _SAFE.fullmatch(place) else ""
    source = path if _SAFE.fullmatch(path) else "FILE"
    return f"--mount=type=secret,id={name}{target} with docker build --secret id={name},src={source}"


def _ignore_file(build: BuildContext) -> str:
    file = build.ignore_file(View.BUILDKIT)
    return ".dockerignore" if file is None else file.name


def _rest(build: BuildContext, rest: Sequence[SecretFile], exposure: "Exposure") -> Finding:
    """Those of an instruction that are too many to be told one by one."""
    return Finding(
        RULE.id,
        _severity(exposure, rest[0].doubt),
        build.plan.file,
        exposure.step.line,
        f"{plural(len(rest), 'more file')} with secrets get into {'the image' if exposure.in_image else 'a stage'}",
        f"add them to {_ignore_file(build)}",
        _totals(rest),
        rest[0].confidence,
        _listed(rest),
        exposure.step.end_line,
    )


def _waiting(build: BuildContext, some: Sequence[SecretFile], *, sent: bool) -> Finding:
    """Secrets that no instruction takes into a stage."""
    first, *others = some
    what = f"{first.path} and {plural(len(others), 'more file')} with secrets are" if others else f"{first.path} is"
    them = "them" if others else "it"
    where = "sent to the builder" if sent else f"in the context, where the next COPY may take {them}"
    patterns = " ".join(literal(one.path) for one in some[:_LISTED])
    return Finding(
        RULE.id,
        Severity.NOTE if sent else Severity.INFO,
        _ignore_file(build) if build.ignore_file(View.BUILDKIT) is not None else build.plan.file,
        None,
        f"{what} {where}" + ("" if others else f": {first.secret.warning}"),
        f"add {patterns} to {_ignore_file(build)}",
        _totals(some),
        evidence=_listed(some) if others else (),
        subject=None if others else first.path,
    )


def _totals(some: Sequence[SecretFile]) -> Totals:
    return Totals(len(some), sum(one.size for one in some))


def _listed(some: Sequence[SecretFile]) -> tuple[str, ...]:
    lines = [f"{one.path}: {one.secret.warning}" for one in some[:_LISTED]]
    return (*lines, f"and {len(some) - _LISTED:,} more") if len(some) > _LISTED else tuple(lines)
