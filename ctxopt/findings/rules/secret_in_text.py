"""A password or a key in the text of a file that an instruction takes into a stage."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.display import plural
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.findings.secret_files import is_elsewhere, secret_files

if TYPE_CHECKING:
    from ctxopt.findings.exposure import Exposure
    from ctxopt.findings.secret_texts import SecretText


#: Files of up to so many bytes are read, up to so many in all, and no more than so many of them.
_LARGEST: Final = 1 << 20
_BYTES: Final = 64 << 20
_FILES: Final = 20_000
#: As many are told one by one.
_TOLD: Final = 50
_SAMPLE: Final = 8 << 10


def check(context: RuleContext) -> Iterator[Finding]:
    """Find secrets in the texts that COPY and ADD take, if that is asked for. No secret is told, only its place.

    Raises CtxoptError if that is asked for and the library that knows them is not installed.
    """
    build = context.build
    if not context.settings.scan_secrets:
        return
    from ctxopt.findings.secret_texts import require_plugins, secrets_in

    require_plugins()
    known = {one.path for one in secret_files(build)}
    paths = [path for path in _paths(build) if path not in known and not is_elsewhere(path)]
    found: dict[str, list[SecretText]] = {}
    read = unread = total = 0
    for path, size in ((path, _size(build, path)) for path in paths):
        if not size:
            continue
        if size > _LARGEST or total + size > _BYTES or read >= _FILES:
            unread += 1
            continue
        read, total = read + 1, total + size
        secrets = list(secrets_in(_text(build, path)))
        if secrets:
            found[path] = secrets
    exposures = context.exposure(found)
    told = 0
    for path, secrets in found.items():
        exposure = exposures.of(path)
        for what in dict.fromkeys(secret.what for secret in secrets):
            told += 1
            if exposure is not None and told <= _TOLD:
                yield _finding(path, _size(build, path), [one for one in secrets if one.what == what], exposure)
    if unread or told > _TOLD:
        yield _left(build, unread, told - _TOLD)


RULE = Rule(
    id="CTX102",
    name="secret-in-text",
    title="A password or a key in a file that is copied",
    help=(
        "Take it out of the file, change it wherever it is used, and hand it over with `--mount=type=secret` or when "
        "the container starts. Only looked for with `--scan-secrets`."
    ),
    check=check,
)


def _paths(build: BuildContext) -> list[str]:
    """The files that instructions take into a stage, those in the image first."""
    reads = build.plan.reads
    numbers = [
        number
        for number, result in enumerate(build.usage.results)
        if reads[number].kind != "RUN" and not reads[number].unresolved and result.error is None
    ]
    numbers.sort(key=lambda number: not reads[number].reaches_image)
    return list(dict.fromkeys(path for number in numbers for path in build.usage.files_of(number)))


def _size(build: BuildContext, path: str) -> int:
    place = build.locate(path)
    return 0 if place is None else place[0].sizes[place[1]]


def _text(build: BuildContext, path: str) -> str:
    """What is in a file, nothing for one that is no text."""
    data = build.read(path, _LARGEST) or b""
    return "" if b"\0" in data[:_SAMPLE] else data.decode("utf-8", "replace")


def _finding(path: str, size: int, secrets: "list[SecretText]", exposure: "Exposure") -> Finding:
    first = min(secrets, key=lambda one: one.line)
    lines = sorted({one.line for one in secrets} - {first.line})
    severity = Severity.ERROR if exposure.in_image else Severity.WARNING
    target = "the image" if exposure.in_image else f"stage {exposure.read.stage_label}"
    step = "COPY" if exposure.step is not exposure.read else exposure.read.kind
    return Finding(
        RULE.id,
        severity if first.sure else severity.lowered(1),
        path,
        first.line,
        f"it holds {first.what}, and {step} in line {exposure.step.line} of the Dockerfile takes it into {target}",
        "take it out of the file, change it where it is used, and give it to a RUN with --mount=type=secret",
        Totals(1, size),
        Confidence.HIGH if first.sure and exposure.sure else Confidence.MEDIUM,
        (f"also in line {', '.join(map(str, lines[:10]))}",) if lines else (),
        first.line,
    )


def _left(build: BuildContext, unread: int, untold: int) -> Finding:
    """What was not looked at, or is not told."""
    parts = [f"{plural(unread, 'file')} not looked into, for size or number"] if unread else []
    parts += [f"{plural(untold, 'more secret')} in files not listed"] if untold > 0 else []
    return Finding(
        RULE.id,
        Severity.NOTE if untold > 0 else Severity.INFO,
        build.plan.file,
        None,
        "; ".join(parts),
        "leave out with the ignore file what the build does not need",
    )
