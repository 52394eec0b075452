"""Limits, suppressions and the check of one build; never reads the configuration."""
