"""Builds before and after a proposal, by real engines, which runs the code of a project; never writes a file of it."""
