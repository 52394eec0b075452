"""What the history of a repository would have made of a build's cache: which instructions each commit rebuilds."""
