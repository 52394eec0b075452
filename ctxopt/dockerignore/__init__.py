"""What is promised under this name: `ctxopt.dockerignore.pathspec`, for the pathspec library."""
