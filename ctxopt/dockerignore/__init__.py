"""The public name `ctxopt.dockerignore.pathspec`, for the pathspec library; never holds anything else."""
