"""The disk usage of a Docker engine, asked over its socket, and how to prune it; never changes anything there."""
