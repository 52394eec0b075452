"""The build context as the builders see it: one walk of a directory, with the views of both.

This package finds and reads directories and files. It knows nothing of what is in a Dockerfile.
"""
