"""What people can ask of the rules."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What rules are told besides the build.

    `approved_base_images` are patterns, as in a shell, of the images that may be built from; () for any.
    `scan_secrets` asks for a look into the files that instructions read.
    """

    approved_base_images: tuple[str, ...] = ()
    scan_secrets: bool = False


#: Where nothing is asked.
DEFAULT = Settings()
