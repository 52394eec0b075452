"""What git tracks and ignores, and revisions read from its objects; never writes, and runs no hooks."""
