"""The settings of the rules, from a configuration."""

from ctxopt.config.model import Config
from ctxopt.findings.settings import Settings


def rule_settings(config: Config, *, scan_secrets: bool = False) -> Settings:
    """The settings of the rules; `scan_secrets` is the option of the command line."""
    approved, scan = config.rules.approved_base_images, config.rules.scan_secrets
    return Settings(() if approved is None else approved.value, scan_secrets or (scan is not None and scan.value))
