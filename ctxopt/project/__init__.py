"""What is built here: the Dockerfile of a context and the ignore files that go with it."""
