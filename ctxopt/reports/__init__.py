"""Finished answers as frozen dataclasses; nothing here is laid out for a screen."""
