"""Messages about places in a repository: one model, and one module for each result."""
