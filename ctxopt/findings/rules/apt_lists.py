"""An `apt-get update` whose package lists stay in the image."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.dockerfile.model import Step
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings import caches, layers
from ctxopt.findings.apt import ListsUpdate, lists_updates
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule

#: What runs a command in the background.
_BACKGROUND: Final = lazy_re(r"(?<![&>|\d\\])&(?![&>\d])(?=\s|$)")

#: What begins a condition.
_IF: Final = lazy_re(r"(?:^|[\s;&|(])if[ \t]")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find updates in the exported image after which the same RUN does not remove the lists.

    One without an install from whose lists a later RUN installs is found by the rule for that. Where a later RUN only
    looks a package up in them, such as one to remove, they are kept for that.
    """
    updates = {update.step: update for update in lists_updates(context, context.commands.image_steps)}
    for kept in caches.kept_caches(context, "apt"):
        update = updates.get(kept.run.step)
        users = () if update is None else update.users
        if _BACKGROUND.search(kept.step.text) is not None:
            # What is appended does not wait for it.
            continue
        if update is not None and (update.asked or (users and not update.installs)):
            continue
        if update is not None and len(updates) > 1 and _may_not_run(kept.step, update):
            # Which of the RUN that ask for the same really updates is not known.
            continue
        yield caches.finding(
            kept,
            RULE.id,
            f"{kept.run.name} update leaves its package lists in this layer, usually tens of megabytes",
            _fix(context, kept, update),
            edits=caches.edits_at_the_end(context, kept) if _is_last(update) else (),
        )


RULE = Rule(
    id="CTX206",
    name="size-apt-lists",
    of_image=True,
    hadolint=("DL3009",),
    title="apt package lists left in a layer",
    help=(
        "`apt-get update` downloads package lists, usually tens of megabytes that are soon outdated. "
        "Remove them in the same `RUN`, or mount a cache at `/var/lib/apt/lists`."
    ),
    check=check,
)


def _may_not_run(step: Step, update: ListsUpdate) -> bool:
    """Whether an update only runs under a condition."""
    return bool(update.run.asks) or (update.run.conditional and _IF.search(step.text) is not None)


def _is_last(update: ListsUpdate | None) -> bool:
    """Whether nothing later may install from the lists."""
    return update is None or (update.certain and update.installs and not update.users)


def _fix(context: RuleContext, kept: caches.Kept, update: ListsUpdate | None) -> str:
    """What to do: a RUN that nothing installs from can go, and what later ones install from must stay until then."""
    removal = caches.at_the_end(context, kept)
    if update is None:
        return removal
    if update.users:
        steps = context.build.plan.steps
        lines = layers.lines(steps[user].line for user in update.users)
        # What runs in between, such as the script of a repository, has to stay there.
        between = range(update.step + 1, update.users[-1])
        if any(steps[number].kind == "RUN" and number not in update.users for number in between):
            front = f"write {kept.run.name} update && in front of the install in {lines}"
            return f"{removal}, and {front}, with the same removal behind it"
        return f"merge it with the install in {lines}, and {removal}"
    if not update.installs:
        if update.certain:
            return f"remove the {kept.run.name} update: no RUN here installs from its lists"
        return f"write {kept.run.name} update && in the RUN whose script installs from its lists, and remove them there"
    return removal if update.certain else f"{removal}; a script that installs later then needs its own update"
