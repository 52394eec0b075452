"""The settings of the rules."""

from ctxopt.core.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user sets for the rules.

    `approved_base_images` are shell patterns of the images that a build may use; () allows all.
    `scan_secrets` also searches the contents of the files that instructions copy. `select` and `ignore` are ids of
    rules: only those selected run, all if there are none, but never those ignored.
    """

    approved_base_images: tuple[str, ...] = ()
    scan_secrets: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def runs(self, rule: str) -> bool:
        """Whether the rule of an id runs."""
        return (not self.select or rule in self.select) and rule not in self.ignore


#: The settings of a run without any options.
DEFAULT = Settings()
