"""Which builds there are, beyond the one that is named: found where a project declares them, and opened together."""
