"""`python -m ctxopt`."""

from ctxopt.cli import main

main(prog_name="ctxopt")
