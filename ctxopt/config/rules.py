"""What a configuration tells the rules."""

from ctxopt.config.model import Config
from ctxopt.findings.settings import Settings


def rule_settings(config: Config, *, scan_secrets: bool = False) -> Settings:
    """What the rules are told; `scan_secrets` is the option of the command line."""
    approved, scan = config.rules.approved_base_images, config.rules.scan_secrets
    return Settings(() if approved is None else approved.value, scan_secrets or (scan is not None and scan.value))
