"""Finished reports as text for people and as JSON for programs. One module a format; no analysis."""
