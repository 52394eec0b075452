"""The builds of a group with one text after the other in the ignore file."""

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Tree, View
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.proposal.block import Record, merge
from ctxopt.proposal.group import Group
from ctxopt.proposal.keep import KeepMap


class Trials:
    """The builds of a group with the user's own lines only, as they are, and with other texts; each is decided once.

    `tree` is the context walked with no patterns, with the ignore file in it; `users` are the user's own lines.
    Of what the block records, `record`, lines that were chosen by hand count as the user's own; what builds were found
    to need, and what was excepted by hand, has to stay.
    """

    def __init__(self, group: Group, tree: Tree, users: bytes, record: Record | None = None) -> None:
        self.group = group
        self.tree = tree
        record = record or Record()
        excepted = (line.removeprefix("!") for line in record.by_hand if line.startswith("!"))
        self._built = PatternSet((*record.needed, *excepted))
        if record.by_hand:
            users = merge(users or None, (), file=group.name, record=Record(by_hand=record.by_hand))
        self.before = group.with_text(users or None, tree)
        self._excepted = _excepted(self.before[0])
        today = group.today(tree)
        as_before = all(now.located == was.located for now, was in zip(today, self.before, strict=True))
        self.today = self.before if as_before else today
        self._known = {users: self.before}
        if group.present is not None:
            self._known[group.present] = self.today
        #: The last other text: all of them would fill the memory.
        self._last: tuple[bytes, tuple[BuildContext, ...]] | None = None
        self._needed: KeepMap | None = None

    def after(self, data: bytes) -> tuple[BuildContext, ...]:
        """The builds with these bytes in the ignore file; b"" is no file."""
        if data in self._known:
            return self._known[data]
        if self._last is None or self._last[0] != data:
            self._last = data, self.group.with_text(data or None, self.tree)
        return self._last[1]

    def needed(self) -> KeepMap:
        """What has to stay of what is sent with the user's own lines; may be changed."""
        if self._needed is None:
            self._needed = self._keep_map(self.before)
        return self._needed.copy()

    def needed_after(self, data: bytes) -> KeepMap:
        """What has to stay with these bytes in the ignore file."""
        builds = self.after(data)
        return self.needed() if builds is self.before else self._keep_map(builds)

    def _keep_map(self, builds: tuple[BuildContext, ...]) -> KeepMap:
        made = KeepMap(self.tree, builds, classic=self.group.classic, ignore_file=self.group.inside)
        made.keep_matching(self._built)
        made.keep_named(self._excepted)
        return made


def _excepted(context: BuildContext) -> tuple[Pattern, ...]:
    """The exceptions by which the user asks for an entry of a name; `!src/**` only opens what another line closes."""
    exceptions = context.patterns(View.BUILDKIT).exceptions
    return tuple(one for one in exceptions if one.error is None and one.cleaned.rpartition("/")[2] not in ("*", "**"))
