"""The ignore file: its lines, its patterns, and the decision for a path.

Follows moby/patternmatcher, which both builders use. This package reads text and compares strings; it
never looks at the file system.
"""
