"""Who reads what: the context reads of a plan, resolved against a walked context as BuildKit does.

This package knows nothing of ignore syntax beyond the pattern sets it is handed.
"""
