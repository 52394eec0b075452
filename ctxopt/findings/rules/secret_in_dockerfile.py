"""A secret in the Dockerfile itself: in ARG or ENV, by name or by value, or in the words of a command."""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import Step, label_of
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.secret_files import is_for_trying
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

if TYPE_CHECKING:
    from ctxopt.catalogue.secret_variables import Value

#: What every secret has in its name, or near it: the catalogue is only read for a build that has one of these.
_HINTS: Final = (
    *("PASS", "PWD", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "://", "AUTH", "AKIA", "ASIA", "XOX", "AIZA", "GHP_"),
    *("GLPAT", "SK-", "_LIVE_", "HF_", "NPM_", "SG.", "DCKR_", "_V1_", "_PAT", "_PW", "CURL", "MACHINE", "LOGIN"),
)
_KINDS: Final = ("ARG", "ENV", "RUN", "LABEL", "CMD", "ENTRYPOINT", "COPY", "ADD", "HEALTHCHECK")


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable with the name of a secret, and the step that sets it."""

    name: str
    number: StepId
    step: Step
    value: "Value"


def check(context: RuleContext) -> Iterator[Finding]:
    """Find secrets in the instructions of all stages that the build needs. No value is shown.

    In the image one is an error, elsewhere a warning; one that is passed while building is less, and a note where
    everybody would try it first, or where the Dockerfile is for tests.
    """
    build = context.build
    steps = [(number, step) for number, step in build.plan.numbered_steps() if _may_have_one(step, _KINDS)]
    triggers = [step for step in build.plan.triggers if _may_have_one(step, ("ONBUILD",))]
    if triggers:
        yield from _in_triggers(build, triggers)
    if not steps:
        return
    # Imported here because most builds have nothing that looks like a secret.
    from ctxopt.catalogue.secret_variables import Value, secrets_in_text

    variables = [one for number, step in steps for one in _variables(number, step)]
    kept = {(one.step.stage, one.name) for one in variables if one.step.kind == "ENV"}
    for number, step in steps:
        inside = list(secrets_in_text(step.text))
        for secret in inside:
            yield _in_text(build, step, secret.what, weak=secret.weak)
        if inside:
            continue
        yield from _written(build, number, step)
        for one in (one for one in variables if one.number == number):
            if one.value is Value.SECRET:
                yield _given(build, one)
            elif one.value is Value.WEAK and step.kind == "ENV" and _is_exported(build, step):
                yield _weak(build, one)
            elif _is_passed(build, one, kept):
                yield _passed(build, one)


RULE = Rule(
    id="CTX111",
    name="secret-in-dockerfile",
    title="Secret in the Dockerfile",
    help=(
        "Values of `ARG` and `ENV`, and the text of each `RUN`, stay in the history of the image. Mount a secret in "
        "the `RUN` that needs it with `--mount=type=secret`, and pass what the container needs when it starts."
    ),
    check=check,
    hides_lines=True,
)


def _may_have_one(step: Step, kinds: Collection[str]) -> bool:
    if step.kind not in kinds:
        return False
    text = step.text.upper()
    return any(hint in text for hint in _HINTS)


def _in_triggers(build: BuildContext, triggers: Iterable[Step]) -> Iterator[Finding]:
    """The findings about ONBUILD, which the configuration of the image has as it is written."""
    from ctxopt.catalogue.secret_variables import Value, secrets_in_text
    from ctxopt.image.variables import triggered

    number = StepId(len(build.plan.steps))
    for step in filter(None, map(triggered, triggers)):
        inside = list(secrets_in_text(step.text))
        for secret in inside:
            yield _in_text(build, step, secret.what, weak=secret.weak)
        if not inside:
            yield from _written(build, number, step)
            given = (one for one in _variables(number, step) if one.value is Value.SECRET)
            yield from (_given(build, one) for one in given)


def _written(build: BuildContext, number: StepId, step: Step) -> Iterator[Finding]:
    """The findings about values that commands and here-documents give to names of secrets, one for each name."""
    from ctxopt.catalogue.secret_variables import Value, keyed_secrets, names_secret, value_of
    from ctxopt.image.variables import assigned_in, heredocs_of

    assigned = [
        name for name, value in assigned_in(step) if names_secret(name) and value_of(name, value) is Value.SECRET
    ]
    for name in dict.fromkeys((*assigned, *keyed_secrets(heredocs_of(step)))):
        yield _given(build, _Variable(name, number, step, Value.SECRET))


def _variables(number: StepId, step: Step) -> Iterator[_Variable]:
    from ctxopt.catalogue.secret_variables import names_secret, value_of
    from ctxopt.image.variables import variables_of

    for name, value in variables_of(step):
        if names_secret(name):
            yield _Variable(name, number, step, value_of(name, value or ""))


def _is_passed(build: BuildContext, one: _Variable, kept: Collection[tuple[StageId, str]]) -> bool:
    """Whether a variable takes its value from the build, and keeps it; `kept` are those that an ENV sets as well."""
    from ctxopt.catalogue.secret_variables import Value

    if one.step.kind == "ENV":
        return one.value is Value.REFERENCE and _from_argument(build, one)
    is_own = one.value is Value.NONE and (one.step.stage, one.name) not in kept
    return one.step.kind == "ARG" and is_own and bool(_users(build, one, named=False))


def _is_exported(build: BuildContext, step: Step) -> bool:
    return any(stage.number == step.stage and stage.exported for stage in build.plan.stages)


def _where(build: BuildContext, step: Step) -> str:
    if _is_exported(build, step):
        return "the image"
    names = {stage.number: stage.name for stage in build.plan.stages}
    return f"the build cache of stage {label_of(names[step.stage], step.stage)}"


def _in_text(build: BuildContext, step: Step, what: str, *, weak: bool) -> Finding:
    severity = Severity.ERROR if _is_exported(build, step) else Severity.WARNING
    known = ", which everybody would try first" if weak else ""
    return _finding(
        build,
        step,
        Severity.NOTE if weak else severity,
        f"this {step.kind} contains {what}{known}: whoever has the Dockerfile or {_where(build, step)} can read it",
        "take it out and revoke it; mount it in the RUN that needs it: RUN --mount=type=secret,id=NAME …",
        Confidence.MEDIUM if weak else Confidence.HIGH,
    )


def _weak(build: BuildContext, one: _Variable) -> Finding:
    message = f"{one.name} has a value that everybody would try first, in every container that is not given another"
    fix = f"remove the value, and pass {one.name} when the container starts"
    return _finding(build, one.step, Severity.NOTE, message, fix, Confidence.MEDIUM)


def _given(build: BuildContext, one: _Variable) -> Finding:
    step = one.step
    message = f"the value of {one.name} is in the Dockerfile and in {_where(build, step)}"
    if is_for_trying(build):
        fix = f"make sure that {one.name} is for tests alone; else {_instead(build, one)}"
        return _finding(build, step, Severity.NOTE, message, fix, Confidence.MEDIUM)
    severity = Severity.ERROR if _is_exported(build, step) else Severity.WARNING
    fix = f"remove the value and revoke it; {_instead(build, one)}"
    return _finding(build, step, severity, message, fix, Confidence.MEDIUM)


def _passed(build: BuildContext, one: _Variable) -> Finding:
    """The finding about a value that is not in the Dockerfile, but given to the build as an argument."""
    kept = "environment" if one.step.kind == "ENV" else "history"
    exported = _is_exported(build, one.step)
    where = f"the {kept} of the image" if exported else _where(build, one.step)
    return _finding(
        build,
        one.step,
        Severity.WARNING if exported and not is_for_trying(build) else Severity.NOTE,
        f"the value of {one.name} that the build is given stays in {where}",
        _instead(build, one),
        Confidence.MEDIUM,
    )


def _instead(build: BuildContext, one: _Variable) -> str:
    """What to do in place of a variable: mount it in the RUN that use it, or pass it to the container."""
    name = one.name
    users = _users(build, one, named=True)
    mount = f"RUN --mount=type=secret,id={name},env={name} (Dockerfile syntax 1.10 or newer)"
    if users:
        return f"write {mount} in {layers.lines(users)}, and build with --secret id={name}"
    if one.step.kind not in ("ARG", "RUN") and _is_exported(build, one.step):
        return f"pass {name} when the container starts (docker run --env-file)"
    return f"write {mount} where a command needs it, and build with --secret id={name}"


def _users(build: BuildContext, one: _Variable, *, named: bool) -> list[int]:
    """The lines of the RUN that set a variable, or come after it is set in its stage.

    With `named`, only of those that have its name in them.
    """
    if one.step.kind == "RUN":
        return [one.step.line]
    steps = build.plan.steps[one.number + 1 :]
    return [
        step.line
        for step in steps
        if step.stage == one.step.stage and step.kind == "RUN" and (not named or one.name in step.text)
    ]


def _from_argument(build: BuildContext, one: _Variable) -> bool:
    """Whether a variable takes its value from an ARG of its stage, which has none in the Dockerfile."""
    from ctxopt.image.variables import variables_of

    before = (step for step in build.plan.steps[: one.number] if step.kind == "ARG" and step.stage == one.step.stage)
    names = {name for step in before for name, _ in variables_of(step)}
    values = [value or "" for name, value in variables_of(one.step) if name == one.name]
    return any(f"${name}" in value or f"${{{name}" in value for value in values for name in names)


def _finding(
    build: BuildContext, step: Step, severity: Severity, message: str, fix: str, confidence: Confidence
) -> Finding:
    return Finding(
        RULE.id, severity, build.plan.file, step.line, message, fix, confidence=confidence, end_line=step.end_line
    )
