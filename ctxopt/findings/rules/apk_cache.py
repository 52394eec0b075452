"""An `apk add` that leaves its package index in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import is_command


def check(context: RuleContext) -> Iterator[Finding]:
    """Find commands in the exported image that keep the package index."""
    for kept in caches.kept_caches(context, "apk"):
        command = next(word for word in kept.run.words[1:] if word in ("add", "update", "upgrade"))
        yield caches.finding(
            kept,
            RULE.id,
            f"apk {command} leaves the package index in this layer, usually a few megabytes",
            _without_index(context, kept) if command == "update" else f"write apk {command} --no-cache",
            severity=Severity.NOTE,
            edits=() if command == "update" else caches.edits_with_flag(context, kept, (command,), "--no-cache"),
        )


RULE = Rule(
    id="CTX208",
    name="size-apk-cache",
    of_image=True,
    hadolint=("DL3019",),
    title="apk package index left in a layer",
    help=("Without `--no-cache`, apk leaves the package index, a few megabytes, in `/var/cache/apk`. Add the flag."),
    check=check,
)


def _without_index(context: RuleContext, kept: caches.Kept) -> str:
    """The fix for an update: each command that uses the index downloads one for itself."""
    commands = context.commands
    steps = [number for number in commands.image_steps if number >= kept.run.step]
    runs = [run for number in commands.with_words(steps, ("apk",)) for run in commands.of(number)]
    users = [
        command
        for command in ("upgrade", "add")
        for run in runs
        if is_command(run, f"apk {command}") and not any(word.startswith(kept.cache.flags) for word in run.words)
    ]
    written = " and ".join(f"apk {command} --no-cache" for command in dict.fromkeys(users))
    return f"write {written}, and drop the apk update" if written else "drop the apk update"
