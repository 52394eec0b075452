"""The Dockerfile: its instructions, its stages, and every read of the build context.

Follows BuildKit's front end (frontend/dockerfile in moby/buildkit). This package reads text; whether a
file exists is not its business.
"""
