"""The settings of the rules."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user sets for the rules.

    `approved_base_images` are shell patterns of the images that a build may use; () allows all.
    `scan_secrets` also searches the contents of the files that instructions copy.
    """

    approved_base_images: tuple[str, ...] = ()
    scan_secrets: bool = False


#: The settings of a run without any options.
DEFAULT = Settings()
