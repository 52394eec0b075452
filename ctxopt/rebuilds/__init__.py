"""Changes to a build that would have kept more of its cache, each tried in the replay of the history."""
