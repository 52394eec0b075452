"""ctxopt where people run it: hooks, CI services, shells, its own image."""
