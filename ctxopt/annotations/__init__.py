"""Messages about places in a repository: one model, one module a result; never decides what is wrong."""
