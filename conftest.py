"""Lets pytest find the plugins of the tests."""

pytest_plugins = ["tests.support.systems", "pytester"]
