"""The configuration of a project: limits, builds and suppressed findings, from ctxopt.toml or pyproject.toml."""
