"""The build context as both builders see it, from one walk of a directory.

This package reads directories. It knows nothing about Dockerfiles.
"""
