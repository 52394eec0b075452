"""Builds before and after a proposal, by real engines; the only package that runs the code of a project."""
