"""A password or a key in the text of a file that an instruction copies."""

from collections.abc import Iterator
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.secrets import is_elsewhere
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import noting_files
from ctxopt.core.context.tree import Totals
from ctxopt.display import plural, size
from ctxopt.evidence.secret_files import secret_files
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

if TYPE_CHECKING:
    from ctxopt.findings.secret_texts import SecretText
    from ctxopt.image.exposure import Exposure


#: Maximum size of a file to read, of all files together, in bytes, and maximum number of files.
LARGEST: Final = 1 << 20
_BYTES: Final = 64 << 20
_FILES: Final = 20_000
#: Maximum number of findings.
_TOLD: Final = 50
#: Maximum number of files to name in one finding.
_NAMED: Final = 5
_SAMPLE: Final = 8 << 10


def check(context: RuleContext) -> Iterator[Finding]:
    """Find secrets in the files that COPY and ADD copy, with `scan_secrets`. Only their places are reported.

    Raises CtxoptError with `scan_secrets` if detect-secrets is not installed.
    """
    build = context.build
    if not context.settings.scan_secrets:
        return
    from ctxopt.findings.secret_texts import require_plugins, secrets_in

    require_plugins()
    known = {one.path for one in secret_files(build)}
    paths = [path for path in _paths(build) if path not in known and not is_elsewhere(path)]
    by_path: dict[str, list[SecretText]] = {}
    read = total = 0
    unread: list[str] = []
    for path, count in ((path, _size(build, path)) for path in paths):
        if not count:
            continue
        if count > LARGEST or total + count > _BYTES or read >= _FILES:
            unread.append(path)
            continue
        read, total = read + 1, total + count
        secrets = list(secrets_in(_text(build, path)))
        if secrets:
            by_path[path] = secrets
    exposures = context.exposure(by_path)
    told = 0
    untold: list[str] = []
    # What no comment allows comes first, so that comments hide nothing by their number.
    for allowed, path in ((allowed, path) for allowed in (False, True) for path in by_path):
        exposure = exposures.of(path)
        secrets = [one for one in by_path[path] if one.allowed is allowed]
        for what in dict.fromkeys(secret.what for secret in secrets):
            told += 1
            if told > _TOLD:
                untold.append(path)
            elif exposure is not None:
                yield _finding(path, _size(build, path), [one for one in secrets if one.what == what], exposure)
    if unread or untold:
        yield _left(build, unread, untold)


RULE = Rule(
    id="CTX102",
    name="secret-in-text",
    title="Password or key in a copied file",
    help=(
        "Remove it from the file, revoke it, and pass it with `--mount=type=secret` or at run time. "
        "This rule only runs with `--scan-secrets`."
    ),
    check=check,
)


def _paths(build: BuildContext) -> list[str]:
    """The files that instructions copy into a stage, those in the image first."""
    reads = build.plan.reads
    numbers = [
        result.read.number
        for result in build.usage.results
        if result.read.kind != "RUN" and not result.read.unresolved and result.error is None
    ]
    numbers.sort(key=lambda number: not reads[number].reaches_image)
    return list(dict.fromkeys(path for number in numbers for path in build.usage.files_of(number)))


def _size(build: BuildContext, path: str) -> int:
    entry = build.locate(path)
    return 0 if entry is None else entry[0].sizes[entry[1]]


def _text(build: BuildContext, path: str) -> str:
    """The text of a file; "" for a binary file."""
    with noting_files(None):
        # It is only searched: a result of ctxopt that is copied along may be written again.
        data = build.read(path, LARGEST) or b""
    return "" if b"\0" in data[:_SAMPLE] else data.decode("utf-8", "replace")


def _finding(path: str, size: int, secrets: "list[SecretText]", exposure: "Exposure") -> Finding:
    from ctxopt.findings.secret_texts import ALLOWED

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
        f"contains {first.what}; {step} in line {exposure.step.line} of the Dockerfile copies it into {target}",
        "remove it from the file, revoke it, and pass it to a RUN with --mount=type=secret",
        totals=Totals(1, size),
        confidence=Confidence.HIGH if first.sure and exposure.sure else Confidence.MEDIUM,
        evidence=(f"also in line {', '.join(map(str, lines[:10]))}",) if lines else (),
        end_line=first.line,
        allowed_in=tuple(sorted({one.line for one in secrets})) if first.allowed else (),
        allowed_by=ALLOWED,
    )


def _left(build: BuildContext, unread: list[str], untold: list[str]) -> Finding:
    """The finding about files that were not read, and about those with secrets beyond the maximum."""
    parts = [f"{plural(len(unread), 'file')} not searched: too large or too many"] if unread else []
    parts += [f"{plural(len(untold), 'more secret')} found"] if untold else []
    largest = nsmallest(_NAMED, unread, key=lambda path: (-_size(build, path), path))
    evidence = [f"not searched: {path}: {size(_size(build, path))}" for path in largest]
    evidence += [f"not searched: and {len(unread) - _NAMED:,} more"] if len(unread) > _NAMED else []
    files = list(dict.fromkeys(untold))
    evidence += [f"secret in {path}" for path in files[:_NAMED]]
    evidence += [f"secrets in {len(files) - _NAMED:,} more files"] if len(files) > _NAMED else []
    return Finding(
        RULE.id,
        Severity.NOTE if untold else Severity.INFO,
        build.plan.file,
        None,
        "; ".join(parts),
        "exclude what the build does not need",
        evidence=tuple(evidence),
    )
