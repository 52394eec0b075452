"""Which instruction reads what: the reads of a plan, resolved against a walked context as BuildKit does.

This package knows nothing about ignore syntax except the pattern sets that it is given.
"""
