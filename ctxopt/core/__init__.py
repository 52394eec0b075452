"""What Docker does with a context and a Dockerfile, and nothing else: no git, no advice, no screen."""
