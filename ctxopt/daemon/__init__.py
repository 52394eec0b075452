"""The disk usage of a Docker engine: where the engine is reached, what it answers, and how to prune."""
