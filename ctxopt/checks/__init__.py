"""Builds checked against what is configured: the composition of limits, findings and settings."""
