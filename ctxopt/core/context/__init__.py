"""The build context as the builders see it: one walk of a directory, with the views of both.

This package reads directories. It knows nothing of Dockerfiles.
"""
