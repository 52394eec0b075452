"""Finished answers, as frozen dataclasses; never lays one out."""
