"""Finished answers as text, JSON, a page and formats for CI: one module a format; never works one out."""
