"""`python -m ctxopt`."""

from ctxopt.cli import run

run()
