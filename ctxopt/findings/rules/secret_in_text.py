"""A password or a key in the text of a file that an instruction takes into a stage."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.display import plural
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.secret_files import is_elsewhere, secret_files
from ctxopt.findings.settings import Settings

if TYPE_CHECKING:
    from ctxopt.findings.fate import Taken
    from ctxopt.findings.secret_texts import SecretText

RULE = "CTX102"
NAME = "secret-in-text"
TITLE = "A password or a key in a file that is copied"
HELP = (
    "Take it out of the file, change it wherever it is used, and hand it over with `--mount=type=secret` or when the "
    "container starts. Only looked for with `--scan-secrets`."
)

#: Files of up to so many bytes are read, up to so many in all, and no more than so many of them.
_LARGEST: Final = 1 << 20
_BYTES: Final = 64 << 20
_FILES: Final = 20_000
#: As many are told one by one.
_TOLD: Final = 50
_SAMPLE: Final = 8 << 10


def check(context: BuildContext, settings: Settings) -> Iterator[Finding]:
    """Find secrets in the texts that COPY and ADD take, if that is asked for. No secret is told, only its place.

    Raises CtxoptError if that is asked for and the library that knows them is not installed.
    """
    if not settings.scan_secrets:
        return
    from ctxopt.findings.fate import Fates
    from ctxopt.findings.secret_texts import require_plugins, secrets_in

    require_plugins()
    known = {one.path for one in secret_files(context)}
    paths = [path for path in _paths(context) if path not in known and not is_elsewhere(path)]
    found: dict[str, list[SecretText]] = {}
    read = unread = total = 0
    for path, size in ((path, _size(context, path)) for path in paths):
        if not size:
            continue
        if size > _LARGEST or total + size > _BYTES or read >= _FILES:
            unread += 1
            continue
        read, total = read + 1, total + size
        secrets = list(secrets_in(_text(context, path)))
        if secrets:
            found[path] = secrets
    fates = Fates(context, found)
    told = 0
    for path, secrets in found.items():
        taken = fates.taken(path)
        for what in dict.fromkeys(secret.what for secret in secrets):
            told += 1
            if taken is not None and told <= _TOLD:
                yield _finding(path, _size(context, path), [one for one in secrets if one.what == what], taken)
    if unread or told > _TOLD:
        yield _left(context, unread, told - _TOLD)


def _paths(context: BuildContext) -> list[str]:
    """The files that instructions take into a stage, those in the image first."""
    reads = context.plan.reads
    numbers = [
        number
        for number, result in enumerate(context.usage.results)
        if reads[number].kind != "RUN" and not reads[number].unresolved and result.error is None
    ]
    numbers.sort(key=lambda number: not reads[number].reaches_image)
    return list(dict.fromkeys(path for number in numbers for path in context.usage.files_of(number)))


def _size(context: BuildContext, path: str) -> int:
    place = context.locate(path)
    return 0 if place is None else place[0].sizes[place[1]]


def _text(context: BuildContext, path: str) -> str:
    """What is in a file, nothing for one that is no text."""
    data = context.read(path, _LARGEST) or b""
    return "" if b"\0" in data[:_SAMPLE] else data.decode("utf-8", "replace")


def _finding(path: str, size: int, secrets: "list[SecretText]", taken: "Taken") -> Finding:
    first = min(secrets, key=lambda one: one.line)
    lines = sorted({one.line for one in secrets} - {first.line})
    rank = (Severity.ERROR if taken.in_image else Severity.WARNING).rank + (not first.sure)
    target = "the image" if taken.in_image else f"stage {taken.read.stage_label}"
    step = "COPY" if taken.step is not taken.read else taken.read.kind
    return Finding(
        RULE,
        list(Severity)[rank],
        path,
        first.line,
        f"it holds {first.what}, and {step} in line {taken.step.line} of the Dockerfile takes it into {target}",
        "take it out of the file, change it where it is used, and give it to a RUN with --mount=type=secret",
        Totals(1, size),
        Confidence.HIGH if first.sure and taken.sure else Confidence.MEDIUM,
        (f"also in line {', '.join(map(str, lines[:10]))}",) if lines else (),
        first.line,
    )


def _left(context: BuildContext, unread: int, untold: int) -> Finding:
    """What was not looked at, or is not told."""
    parts = [f"{plural(unread, 'file')} not looked into, for size or number"] if unread else []
    parts += [f"{plural(untold, 'more secret')} in files not listed"] if untold > 0 else []
    return Finding(
        RULE,
        Severity.NOTE if untold > 0 else Severity.INFO,
        context.plan.file,
        None,
        "; ".join(parts),
        "leave out with the ignore file what the build does not need",
    )
