"""ctxopt: what a docker build sends, which instruction uses it, and what may safely go."""
