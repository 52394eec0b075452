"""What the last commits rebuild, and changes that would have rebuilt less; never checks a commit out."""
