"""A password or a key in the text of a file that an instruction copies."""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.secrets import is_elsewhere
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.core.golang.text import UTF_16_MARKS
from ctxopt.display import plural, size
from ctxopt.evidence.secret_files import copied_by_name
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.only_from_git import only_from_git
from ctxopt.findings.rule import Limit, Rule
from ctxopt.git.pointers import pointer_size

if TYPE_CHECKING:
    from ctxopt.findings.secret_texts import SecretText
    from ctxopt.image.exposure import Exposure


#: Maximum number of bytes to search, and of places in them that are looked at closer.
_BYTES: Final = 1 << 30
_PLACES: Final = 500_000
#: Maximum number of findings, and of files that are named in one.
_SHOWN: Final = 50
_NAMED: Final = 5
_SAMPLE: Final = 8 << 10
#: What texts hardly contain, and the share of it that makes a file binary.
_CONTROL: Final = bytes({*range(0x20), 0x7F} - set(b"\t\n\v\f\r"))
_FEW: Final = 0.05
#: What Git LFS mostly has, and nobody reads as text.
_NO_TEXT: Final = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".psd", ".ico", ".tif", ".tiff", ".svgz", ".pdf", ".ttf", ".otf"),
    *(".woff", ".woff2", ".mp3", ".mp4", ".wav", ".ogg", ".mov", ".avi", ".webm", ".zip", ".gz", ".tgz", ".bz2", ".xz"),
    *(".zst", ".7z", ".rar", ".tar", ".jar", ".whl", ".deb", ".rpm", ".exe", ".dll", ".so", ".dylib", ".a", ".lib"),
    *(".onnx", ".pt", ".pth", ".bin", ".safetensors", ".gguf", ".h5", ".pb", ".tflite", ".npy", ".npz", ".parquet"),
    *(".glb", ".fbx", ".blend", ".uasset", ".unitypackage", ".ckpt", ".pkl", ".joblib", ".model", ".weights"),
)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find secrets in the files that COPY and ADD copy, with `scan_secrets`. Only their places are reported.

    Raises CtxoptError with `scan_secrets` if detect-secrets is not installed.
    """
    if not context.settings.scan_secrets:
        return
    from ctxopt.findings.secret_texts import require_plugins

    require_plugins()
    yield from _found(context)
    yield from only_from_git(context, _found)


def _found(context: RuleContext) -> Iterator[Finding]:
    """Find secrets in the files of one build, as its ignore file leaves it."""
    from ctxopt.findings.secret_texts import Places, secrets_in

    build = context.build
    # What is only doubted by its name may well be certain by its text.
    known = {one.file.path for one in context.secrets if not one.file.doubt}
    asked = copied_by_name(build)
    by_path: dict[str, list[SecretText]] = {}
    places, total = Places(_PLACES), 0
    unread: list[str] = []
    for path in _paths(build):
        count = _size(build, path)
        if not count or path in known or (is_elsewhere(path) and path not in asked):
            continue
        try:
            texts = _texts(build, path, count)
            total += count if texts else 0
            found = [] if total > _BYTES else [one for text in texts for one in secrets_in(text, places)]
        except (OSError, ValueError):
            unread.append(path)
            continue
        if texts and (total > _BYTES or places.left < 0):
            unread.append(path)
        if found:
            by_path[path] = list(dict.fromkeys(found))
    exposures = context.exposure(by_path)
    for path, found in by_path.items():
        exposure = exposures.of(path)
        for what, allowed in dict.fromkeys((one.what, one.allowed) for one in found):
            secrets = [one for one in found if (one.what, one.allowed) == (what, allowed)]
            if exposure is not None:
                yield _finding(path, _size(build, path), secrets, exposure)
    if unread:
        yield _unsearched(build, unread)


def _rest(rest: Sequence[Finding]) -> Finding:
    """The finding about secrets beyond the maximum; the first of them is the worst."""
    files = list(dict.fromkeys(one.file for one in rest))
    evidence = [f"secret in {path}" for path in files[:_NAMED]]
    evidence += [f"secrets in {len(files) - _NAMED:,} more files"] if len(files) > _NAMED else []
    return replace(
        rest[0],
        message=f"{plural(len(rest), 'more secret')} found; the first is here",
        totals=None,
        evidence=tuple(evidence),
        allowed_in=(),
    )


RULE = Rule(
    id="CTX102",
    name="secret-in-text",
    title="Password or key in a copied file",
    help=(
        "Remove it from the file, revoke it, and pass it with `--mount=type=secret` or at run time. "
        "This rule only runs with `--scan-secrets`."
    ),
    check=check,
    limit=Limit(_SHOWN, lambda finding: None if finding.incomplete else "", _rest),
)


def _paths(build: BuildContext) -> list[str]:
    """The files that instructions copy into a stage, those in the image first."""
    reads = build.plan.reads
    numbers = [
        result.read.number
        for result in build.usage.results
        if result.read.kind != "RUN" and not result.read.unresolved and result.error is None
    ]
    in_image = build.usage.files_of_any(number for number in numbers if reads[number].reaches_image)
    return list(dict.fromkeys([*in_image, *build.usage.files_of_any(numbers)]))


def _size(build: BuildContext, path: str) -> int:
    entry = build.locate(path)
    return 0 if entry is None else entry[0].sizes[entry[1]]


def _texts(build: BuildContext, path: str, size: int) -> list[Iterator[str]]:
    """The text of a file in parts, in each encoding that programs may read it in; none for a binary file.

    It raises OSError and ValueError, as its parts do, where the file cannot be read or was not downloaded.
    """
    first = next(build.parts(path, min(size, _SAMPLE)), b"")
    if pointer_size(first) is not None and not path.lower().endswith(_NO_TEXT):
        raise ValueError(path)
    encodings = ["utf-16"] if first.startswith(UTF_16_MARKS) else []
    if not encodings and _is_binary(first):
        # Without a mark, the texts of Windows have a NUL in every second place.
        even, odd = (part.count(0) > (1 - _FEW) * len(part) for part in (first[::2], first[1::2]))
        encodings = ["utf-16-be" if even else "utf-16-le"] if even is not odd else []
    else:
        encodings.append("utf-8")
    return [_decoded(build.parts(path, size), encoding) for encoding in encodings]


def _decoded(parts: Iterator[bytes], encoding: str) -> Iterator[str]:
    return map(codecs.getincrementaldecoder(encoding)("replace").decode, parts)


def _is_binary(sample: bytes) -> bool:
    """Whether what a file begins with is no text: a NUL, and so many control characters that nobody reads it as one."""
    return b"\0" in sample and len(sample.translate(None, _CONTROL)) < (1 - _FEW) * len(sample)


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


def _unsearched(build: BuildContext, unread: list[str]) -> Finding:
    """The finding about files that were not searched to their ends."""
    largest = nsmallest(_NAMED, unread, key=lambda path: (-_size(build, path), path))
    evidence = [f"not searched: {path}: {size(_size(build, path))}" for path in largest]
    evidence += [f"not searched: and {len(unread) - _NAMED:,} more"] if len(unread) > _NAMED else []
    return Finding(
        RULE.id,
        Severity.INFO,
        build.plan.file,
        None,
        f"{plural(len(unread), 'file')} not searched for secrets: unreadable, not downloaded, or too much text",
        "exclude what the build does not need",
        evidence=tuple(evidence),
        incomplete=True,
    )
